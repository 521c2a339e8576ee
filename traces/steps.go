package traces

import (
	"slices"
	"strings"

	"github.com/honehq/hone/otel"
)

// mostSteps bounds what is compared: it takes their product in time and room.
const mostSteps = 400

// stepsOf are the steps of an answer that tell something of it. SQL statements
// depend on what a cache holds.
func stepsOf(a Account, spans []otel.Span) []otel.Row {
	rows := otel.Waterfall(newTree(spans).below(a.span), mostSteps)
	return slices.DeleteFunc(rows, func(r otel.Row) bool { return r.Left > 0 || strings.HasPrefix(r.Label, "sql ") })
}

// pairSteps aligns two lists of steps by their longest common subsequence.
func pairSteps(a, b []otel.Row) []StepPair {
	same := func(x, y otel.Row) bool { return x.Depth == y.Depth && x.Label == y.Label }
	longest := make([][]int, len(a)+1) // of a[i:] and b[j:]
	for i := range longest {
		longest[i] = make([]int, len(b)+1)
	}
	for i := range slices.Backward(a) {
		for j := range slices.Backward(b) {
			longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			if same(a[i], b[j]) {
				longest[i][j] = max(longest[i][j], 1+longest[i+1][j+1])
			}
		}
	}
	pairs := []StepPair{}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && same(a[i], b[j]) && longest[i][j] == 1+longest[i+1][j+1]:
			pairs = append(pairs, pairOf(&a[i], &b[j]))
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && longest[i+1][j] >= longest[i][j+1]:
			pairs = append(pairs, pairOf(&a[i], nil))
			i++
		default:
			pairs = append(pairs, pairOf(nil, &b[j]))
			j++
		}
	}
	return pairs
}

// pairOf makes a pair of which one may be missing.
func pairOf(a, b *otel.Row) StepPair {
	p := StepPair{Kind: " "}
	side := func(r *otel.Row) *Side {
		p.Depth, p.Label = r.Depth, r.Label
		return &Side{r.Busy.Seconds(), append([]string{}, r.Facts...)}
	}
	switch {
	case a == nil:
		p.Kind, p.B = "+", side(b)
	case b == nil:
		p.Kind, p.A = "-", side(a)
	default:
		p.A, p.B = side(a), side(b)
		if a.Count != b.Count || !slices.Equal(telling(a.Facts), telling(b.Facts)) {
			p.Kind = "~"
		}
	}
	return p
}

// telling are the facts that two runs can have in common: not their IDs and times.
func telling(facts []string) []string {
	return slices.DeleteFunc(slices.Clone(facts), func(f string) bool {
		for _, own := range []string{"run_", "resp_", "first chunk after ", "because of trace "} {
			if strings.HasPrefix(f, own) {
				return true
			}
		}
		return false
	})
}
