package harvest

import (
	"strings"
	"unicode"
)

// find returns a quote as it stands in a text: the same but for white space,
// case and the shape of quotation marks and dashes; empty if it does not.
func find(text, quote string) string {
	words := strings.Fields(quote)
	if len(words) == 0 {
		return ""
	}
	lower, at := foldRunes(text)
	wanted, _ := foldRunes(strings.Join(words, " "))
	i := strings.Index(lower, strings.TrimSpace(wanted))
	if i < 0 {
		return ""
	}
	end := i + len(strings.TrimSpace(wanted))
	return strings.TrimSpace(text[at[i]:at[end]])
}

// foldRunes folds a text and tells where each byte of the result comes from.
func foldRunes(text string) (folded string, at []int) {
	var b strings.Builder
	space := false
	for i, r := range text {
		if unicode.IsSpace(r) {
			if !space {
				b.WriteByte(' ')
				at = append(at, i)
			}
			space = true
			continue
		}
		space = false
		s := strings.ToLower(keyboard(r))
		b.WriteString(s)
		for range len(s) {
			at = append(at, i)
		}
	}
	return b.String(), append(at, len(text))
}

// keyboard is a rune as keyboards have it: models replace quotation marks and
// dashes at will.
func keyboard(r rune) string {
	switch r {
	case '’', '‘':
		return "'"
	case '“', '”':
		return `"`
	case '–', '‑':
		return "-"
	}
	return string(r)
}

// fold makes texts comparable.
func fold(s string) string {
	folded, _ := foldRunes(strings.TrimSpace(s))
	return strings.TrimSpace(folded)
}
