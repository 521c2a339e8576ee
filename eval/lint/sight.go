package lint

import (
	"strings"

	"github.com/honehq/hone/internal/wording"
)

// sight is what a rewriter has seen: documents, questions, answers, reasons,
// names of files.
type sight struct {
	texts    set // to add each once
	words    set // stems
	runs     set // of repeatedWords words
	sayings  set // whole sentences of three words and more
	orders   []set
	stemming map[string]string
}

const (
	// repeatedWords is the length of the runs by which a repeated sentence is
	// found, also if it was pieced together.
	repeatedWords = 3
	// maxSeen bounds how much of one text is looked at, in bytes.
	maxSeen = 1 << 18
	// maxOrders bounds how many sentences that speak to an assistant are kept.
	maxOrders = 256
)

func newSight() sight {
	return sight{texts: set{}, words: set{}, runs: set{}, sayings: set{}, stemming: map[string]string{}}
}

// add looks at a text; false if it was seen before.
func (v *sight) add(text string) bool {
	if len(text) > maxSeen {
		text = strings.ToValidUTF8(text[:maxSeen], "")
	}
	if text == "" || v.texts[text] {
		return false
	}
	v.texts[text] = true
	words := plainWords(unsnake(text))
	for _, w := range words {
		v.words[v.stem(w)] = true
	}
	for _, run := range runsOf(words, repeatedWords) {
		v.runs[run] = true
	}
	for _, s := range Sentences(text) {
		v.sentence(unsnake(s))
	}
	return true
}

// unsnake takes names of files and identifiers apart: an order may hide in one.
func unsnake(s string) string { return strings.NewReplacer("_", " ", "-", " ").Replace(s) }

func (v *sight) stem(w string) string {
	st, ok := v.stemming[w]
	if !ok {
		st = wording.Stem(w)
		v.stemming[w] = st
	}
	return st
}

// aboutAnswers are stems of words by which a sentence may speak to an
// assistant.
var aboutAnswers = stemsOf(`answer respond response reply cite citation assistant model prompt bot agent ai chatbot llm question instruct instruction guideline`)

func (v *sight) sentence(s string) {
	words := plainWords(s)
	if len(words) >= repeatedWords && len(words) < 40 {
		v.sayings[strings.Join(words, " ")] = true
	}
	content := v.content(words)
	for st := range content {
		if aboutAnswers[st] && len(content) >= 2 && len(v.orders) < maxOrders {
			v.orders = append(v.orders, content)
			return
		}
	}
}

// content are the stems of the words that carry a sentence's meaning.
func (v *sight) content(words []string) set {
	out := set{}
	for _, w := range words {
		if len(w) > 2 && !functionWords(inEnglish)[w] {
			out[v.stem(w)] = true
		}
	}
	return out
}

// repeats tells whether a sentence was seen: word for word, mostly in runs of
// words, or as what an order to an assistant comes down to.
func (v *sight) repeats(s string) bool {
	words := plainWords(s)
	if len(words) >= repeatedWords && v.sayings[strings.Join(words, " ")] {
		return true
	}
	runs, hits := 0, 0
	for i, run := range runsOf(words, repeatedWords) {
		if len(v.content(words[i:i+repeatedWords])) < 2 {
			continue // "at the end of" stands everywhere
		}
		runs++
		if v.runs[run] {
			hits++
		}
	}
	if hits >= 2 && hits*2 >= runs {
		return true
	}
	content := v.content(words)
	for _, order := range v.orders {
		if len(content) >= 3 && 4*shared(content, order) >= 3*len(content) {
			return true
		}
	}
	return false
}

// shared counts what two sets have in common.
func shared(x, y set) (n int) {
	for e := range x {
		if y[e] {
			n++
		}
	}
	return n
}
