package lint

import (
	_ "embed"
	"strings"
	"sync"

	"github.com/honehq/hone/internal/wording"
)

//go:embed vocabulary.txt
var vocabularyText string

// vocabulary are the stems of the words that guidance is made of.
var vocabulary = sync.OnceValue(func() set {
	out := set{}
	for line := range strings.Lines(vocabularyText) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, w := range plainWords(line) {
			out[wording.Stem(w)] = true
		}
	}
	return out
})
