package offline

import "strings"

// nugget is an atomic fact that a right answer holds.
type nugget struct {
	Text  string   `json:"text"`
	Vital bool     `json:"vital"`
	AnyOf []string `json:"any_of"`
}

// wordedShare is the share of a nugget's terms that an answer must hold where
// the nugget lists no strings.
const wordedShare = 0.7

// in reports whether an answer holds the nugget: one of its strings, or, where
// it has none, most of the terms of its text.
func (n nugget) in(answer string) bool {
	if len(n.AnyOf) > 0 {
		return holds(answer, n.AnyOf)
	}
	want := termSet(n.Text)
	return len(want) > 0 && contained(want, termSet(answer)) >= wordedShare
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
