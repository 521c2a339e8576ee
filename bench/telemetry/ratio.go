package main

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// ratio is the geometric mean of a/b over the rounds with its 95 % interval,
// after Student's t over the logarithms.
func ratio(a, b []float64) string {
	logs := make([]float64, len(a))
	for i := range a {
		logs[i] = math.Log(a[i] / b[i])
	}
	mean, deviation := stat.MeanStdDev(logs, nil)
	n := float64(len(logs))
	width := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(0.975) * deviation / math.Sqrt(n)
	return fmt.Sprintf("%.3f  %.3f to %.3f", math.Exp(mean), math.Exp(mean-width), math.Exp(mean+width))
}

// middle is the median.
func middle(list []float64) float64 {
	return stat.Quantile(0.5, stat.Empirical, slices.Sorted(slices.Values(list)), nil)
}
