package main

import (
	"fmt"
	"strings"
)

// path says how worth changed, round by round; "·" stands for no change.
func path(worth []float64) string {
	var out []string
	for i, w := range worth {
		if i > 0 && w == worth[i-1] {
			out = append(out, "·")
			continue
		}
		out = append(out, fmt.Sprintf("%.3f", w))
	}
	return strings.Join(out, " ")
}
