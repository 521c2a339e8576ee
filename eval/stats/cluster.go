package stats

import (
	"errors"
	"fmt"
)

// sum is what a cluster adds to a mean over values.
type sum struct {
	value float64
	count int
}

func (s sum) plus(t sum) sum { return sum{s.value + t.value, s.count + t.count} }

func (s sum) mean() float64 { return s.value / float64(s.count) }

func total(groups []sum) sum {
	var all sum
	for _, g := range groups {
		all = all.plus(g)
	}
	return all
}

// group sums values by cluster, in the order in which clusters first appear.
func group(values []float64, clusters []string) ([]sum, error) {
	if len(values) == 0 {
		return nil, errors.New("no values")
	}
	if clusters != nil && len(clusters) != len(values) {
		return nil, fmt.Errorf("%d values, %d clusters", len(values), len(clusters))
	}
	var groups []sum
	index := map[string]int{}
	for i, v := range values {
		if !finite(v) {
			return nil, fmt.Errorf("value %d is %v", i, v)
		}
		at, known := len(groups), false
		if clusters != nil {
			if at, known = index[clusters[i]]; !known {
				at = len(groups)
				index[clusters[i]] = at
			}
		}
		if !known {
			groups = append(groups, sum{})
		}
		groups[at] = groups[at].plus(sum{v, 1})
	}
	return groups, nil
}
