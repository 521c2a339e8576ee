package textindex

import (
	"strings"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
)

// analyzer turns text into terms. It remembers what each token became, since
// stemming costs more than anything else here. Not safe for concurrent use.
type analyzer struct {
	env   *snowballstem.Env
	stems map[string]string // "" for a stop word
}

// maxStems bounds an analyzer's memory.
const maxStems = 1 << 18

func newAnalyzer() *analyzer {
	return &analyzer{env: snowballstem.NewEnv(""), stems: make(map[string]string)}
}

// terms calls yield for each term of the text in order.
func (a *analyzer) terms(text string, yield func(term string)) {
	tokens(text, func(token string, word bool) {
		if !word {
			yield(token)
			return
		}
		stem, ok := a.stems[token]
		if !ok {
			stem = a.stem(token)
			if len(a.stems) >= maxStems {
				clear(a.stems)
			}
			a.stems[strings.Clone(token)] = stem
		}
		if stem != "" {
			yield(stem)
		}
	})
}

func (a *analyzer) stem(token string) string {
	if stopWords[token] {
		return ""
	}
	if base, ok := irregular[token]; ok {
		token = base
	}
	a.env.SetCurrent(token)
	english.Stem(a.env)
	return strings.Clone(a.env.Current())
}

// Terms are the terms of a text as the index sees them, in order and with
// repetitions: stemmed words without stop words, and identifiers both whole
// and in parts.
func Terms(text string) []string {
	var terms []string
	newAnalyzer().terms(text, func(t string) { terms = append(terms, strings.Clone(t)) })
	return terms
}

// stopWords carry no meaning of their own in a question or a document.
var stopWords = wordSet(`
	a an the this that these those it its
	i me my we us our you your he him his she her they them their
	and or but if then than so as because while
	of to in on at by for with from into about
	is are was were be been being am do does did done doing have has had having
	can could should would will shall may might must
	what which who whom whose how when where why there here
	also any all each not no nor only own same some such too very just
`)

func wordSet(words string) map[string]bool {
	set := make(map[string]bool)
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}
