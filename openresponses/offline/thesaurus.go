package offline

import (
	_ "embed" // for the thesaurus
	"slices"
	"strings"
	"sync"
)

// thesaurus is read once; its first lines say how.
//
//go:embed thesaurus.txt
var thesaurus string

// synonym is a phrase of the thesaurus: its stems and its group's line.
type synonym struct {
	stems []string
	group int
}

type thesaurusIndex struct {
	byFirst map[string][]synonym // by first stem
	groups  [][]string           // phrases as written
}

var loadThesaurus = sync.OnceValue(func() *thesaurusIndex {
	x := &thesaurusIndex{byFirst: map[string][]synonym{}}
	for line := range strings.Lines(thesaurus) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		group := strings.Split(line, ", ")
		for _, phrase := range group {
			if stems := plainStems(phrase); len(stems) > 0 {
				x.byFirst[stems[0]] = append(x.byFirst[stems[0]], synonym{stems, len(x.groups)})
			}
		}
		x.groups = append(x.groups, group)
	}
	return x
})

// plainStems are the stems of all words, stop words too.
func plainStems(text string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !tokenRune(r) || strings.ContainsRune("./:-", r) }) {
		out = append(out, stem(w))
	}
	return out
}

// mention is a phrase of the thesaurus that a question holds.
type mention struct {
	stems  map[string]bool // of the phrase
	others []string        // the other names, as written
}

// mentions are the phrases of the thesaurus in a question; of several that
// begin at one word the longest.
func mentions(question string) []mention {
	x := loadThesaurus()
	stems := plainStems(question)
	var out []mention
	for i := range stems {
		longest := 0
		for _, s := range x.byFirst[stems[i]] {
			if n := len(s.stems); n > longest && i+n <= len(stems) && slices.Equal(s.stems, stems[i:i+n]) {
				longest = n
			}
		}
		if longest > 0 {
			out = append(out, x.mention(stems[i:i+longest]))
		}
	}
	return out
}

// mention collects the groups that a phrase stands in.
func (x *thesaurusIndex) mention(stems []string) mention {
	m := mention{stems: map[string]bool{}}
	for _, s := range stems {
		m.stems[s] = true
	}
	for _, s := range x.byFirst[stems[0]] {
		if !slices.Equal(s.stems, stems) {
			continue
		}
		for _, phrase := range x.groups[s.group] {
			if !slices.Equal(plainStems(phrase), stems) && !slices.Contains(m.others, phrase) {
				m.others = append(m.others, phrase)
			}
		}
	}
	return m
}

// expand adds to a question the other names of what it mentions.
func expand(question string) string {
	var b strings.Builder
	b.WriteString(question)
	for _, m := range mentions(question) {
		for _, phrase := range m.others {
			b.WriteString(" " + phrase)
		}
	}
	return b.String()
}
