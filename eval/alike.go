package eval

import (
	"slices"
	"strings"
	"unicode"

	"github.com/honehq/hone/internal/wording"
)

// Two questions count as one that is asked twice if they share alikeShare of
// their words: Jaccard's index of the sets of stems, without words that carry no
// content. Their identifiers, numbers and negations must be the same: "port of
// service 1" and "port of service 2" are two questions. Fewer than alikeWords
// words say too little for that; then only the very same question is the same.
//
// A paraphrase in other words passes. What is answerable shares its documents
// with it, which is the stronger tie.
const (
	alikeShare = 0.8
	alikeWords = 4
)

// Alike tells whether two questions are one in almost the same words.
func Alike(a, b string) bool {
	return wording.Fold(a) == wording.Fold(b) || wordsOf(a).alike(wordsOf(b))
}

// words are what a question is compared by.
type words struct {
	stems []string // sorted, each once
	exact string   // identifiers, numbers and negations
}

func wordsOf(question string) words {
	var w words
	var exact []string
	for _, token := range strings.FieldsFunc(wording.Typed(question), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-./:'", r)
	}) {
		token = strings.Trim(token, "_-./:'")
		lower := strings.ToLower(token)
		switch {
		case token == "":
		case isExact(token):
			exact = append(exact, lower)
			w.stems = append(w.stems, lower)
		case negations[lower] || strings.HasSuffix(lower, "n't"):
			exact = append(exact, "not")
		case !emptyWords[lower]:
			w.stems = append(w.stems, wording.Stem(lower))
		}
	}
	slices.Sort(w.stems)
	w.stems = slices.Compact(w.stems)
	slices.Sort(exact)
	w.exact = strings.Join(slices.Compact(exact), " ")
	return w
}

// isExact tells identifiers and numbers, which no other word replaces.
func isExact(token string) bool {
	lower := false // the rune before
	for _, r := range token {
		if unicode.IsDigit(r) || strings.ContainsRune("_./:", r) || lower && unicode.IsUpper(r) {
			return true
		}
		lower = unicode.IsLower(r)
	}
	return false
}

func (w words) alike(v words) bool {
	if len(w.stems) < alikeWords || len(v.stems) < alikeWords || w.exact != v.exact {
		return false
	}
	both := 0
	for _, s := range w.stems {
		if _, found := slices.BinarySearch(v.stems, s); found {
			both++
		}
	}
	return float64(both) >= alikeShare*float64(len(w.stems)+len(v.stems)-both)
}

// prefix are the stems of which at least one is among the prefix of whatever is
// alike: with so few of the first left out, the rest is too little.
func (w words) prefix() []string {
	keep := len(w.stems) - int(alikeShare*float64(len(w.stems)))
	return w.stems[:min(len(w.stems), keep+1)]
}

// Questions finds questions that are alike among many. It is not safe for
// concurrent use.
type Questions struct {
	texts  []string
	words  []words
	folded map[string]int   // position by folded text
	bySign map[string][]int // positions by a stem of the prefix
}

// Add makes a question known.
func (q *Questions) Add(text string) {
	if q.folded == nil {
		q.folded, q.bySign = map[string]int{}, map[string][]int{}
	}
	if _, known := q.folded[wording.Fold(text)]; known {
		return
	}
	w := wordsOf(text)
	at := len(q.texts)
	q.texts, q.words = append(q.texts, text), append(q.words, w)
	q.folded[wording.Fold(text)] = at
	for _, s := range w.prefix() {
		q.bySign[s] = append(q.bySign[s], at)
	}
}

// Alike returns the known questions that are alike.
func (q *Questions) Alike(text string) []string {
	var out []string
	same, ok := q.folded[wording.Fold(text)]
	if ok {
		out = append(out, q.texts[same])
	} else {
		same = -1
	}
	w := wordsOf(text)
	seen := map[int]bool{same: true}
	for _, s := range w.prefix() {
		for _, at := range q.bySign[s] {
			if !seen[at] && q.words[at].alike(w) {
				out = append(out, q.texts[at])
			}
			seen[at] = true
		}
	}
	return out
}

var negations = map[string]bool{"not": true, "no": true, "never": true, "without": true, "cannot": true, "except": true}

// emptyWords carry no content in a question.
var emptyWords = func() map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(`a about an and any are as at be been being by can could did do does doing for from
		had has have having how i if in into is it its me must my of on or our please shall should so tell that the
		their them then there these they this those to was we were what when where which while who whom whose why
		will with would you your`) {
		set[w] = true
	}
	return set
}()
