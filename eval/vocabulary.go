package eval

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed templates/vocabulary.txt
var vocabularyText string

// vocabulary are the stems of the words that guidance is made of.
var vocabulary = sync.OnceValue(func() set {
	out := set{}
	for line := range strings.Lines(vocabularyText) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, w := range plainWords(line) {
			out[stem(w)] = true
		}
	}
	return out
})
