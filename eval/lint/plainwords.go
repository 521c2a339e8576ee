package lint

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/honehq/hone/internal/wording"
)

// plainText undoes what makes words look alike to people and different to
// machines: hidden characters, ligatures and wide forms, accents and case.
func plainText(s string) string {
	s = norm.NFD.String(norm.NFKC.String(wording.Visible(s)))
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// plainWords are the words of a text: letters and digits, without case, accents,
// punctuation and apostrophes.
func plainWords(text string) []string {
	text = apostrophes.Replace(plainText(text))
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

var apostrophes = strings.NewReplacer("'", "", "’", "", "‘", "", "ʼ", "")

// runsOf returns all runs of n words.
func runsOf(words []string, n int) []string {
	var out []string
	for i := 0; i+n <= len(words); i++ {
		out = append(out, strings.Join(words[i:i+n], " "))
	}
	return out
}

// set is a set of strings.
type set map[string]bool

func setOf(list []string) set {
	s := set{}
	for _, e := range list {
		s[e] = true
	}
	return s
}

// stemsOf are the stems of words that are separated by white space.
func stemsOf(words string) set {
	s := set{}
	for w := range strings.FieldsSeq(words) {
		s[wording.Stem(w)] = true
	}
	return s
}
