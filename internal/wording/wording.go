// Package wording makes texts comparable that mean the same to people.
package wording

import (
	"strings"
	"unicode"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"golang.org/x/text/unicode/norm"
)

// Fold makes texts comparable: lower case, white space folded. Quotation marks
// and dashes are those of the keyboard, which models replace at will.
func Fold(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(Typed(s)), " "))
}

// Typed is a text with the quotation marks, dashes and spaces of the keyboard.
func Typed(s string) string { return keyboard.Replace(s) }

var keyboard = strings.NewReplacer("’", "'", "‘", "'", "“", `"`, "”", `"`, "–", "-", "‑", "-", "\u00a0", " ")

// Visible is a text as it looks: compatible forms of characters made one, and
// those that nobody sees left out.
func Visible(text string) string {
	text = strings.ToValidUTF8(text, "")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r), unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r), r == '\u2800':
			return -1
		}
		return r
	}, Typed(norm.NFKC.String(text)))
}

// Stem is the stem of a word, in lower case, as if it were English.
func Stem(word string) string {
	env := snowballstem.NewEnv(word)
	english.Stem(env)
	return env.Current()
}
