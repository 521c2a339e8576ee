package offline

import "strings"

// nugget is an atomic fact that a right answer holds.
type nugget struct {
	Text  string   `json:"text"`
	Vital bool     `json:"vital"`
	AnyOf []string `json:"any_of"`
}

// holds reports whether a text contains one of the strings, without regard to
// case and white space.
func holds(text string, anyOf []string) bool {
	text = fold(text)
	for _, s := range anyOf {
		if s = fold(s); s != "" && strings.Contains(text, s) {
			return true
		}
	}
	return false
}

func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// vitalRecall is the share of the vital nuggets that a text holds; 0 where
// there are none.
func vitalRecall(nuggets []nugget, text string) float64 {
	vital, held := 0, 0
	for _, n := range nuggets {
		if !n.Vital {
			continue
		}
		vital++
		if holds(text, n.AnyOf) {
			held++
		}
	}
	if vital == 0 {
		return 0
	}
	return float64(held) / float64(vital)
}
