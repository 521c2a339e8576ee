package lint

import (
	"regexp"
	"strings"
)

// sentenceStop is where a sentence ends within a line. A dot within a word, a
// number or an abbreviation of one letter ends none.
var sentenceStop = regexp.MustCompile(`[^\s.]{2}[.!?]["')”’]*\s+|[。！？]`)

// marker is what a list's item begins with.
var marker = regexp.MustCompile(`^\s*([-*+•>#]+|\d{1,2}[.)])\s+`)

// Sentences takes a prompt apart: into lines, and these into sentences,
// without the markers of lists.
func Sentences(text string) []string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		line = marker.ReplaceAllString(line, "")
		start := 0
		for _, end := range sentenceStop.FindAllStringIndex(line, -1) {
			out = appendText(out, line[start:end[1]])
			start = end[1]
		}
		out = appendText(out, line[start:])
	}
	return out
}

func appendText(list []string, s string) []string {
	if s = strings.TrimSpace(s); s != "" {
		list = append(list, s)
	}
	return list
}

// WithoutSentence takes a sentence out of a text, and its line if nothing else
// stands there.
func WithoutSentence(text, sentence string) string {
	var lines []string
	found := false
	for line := range strings.SplitSeq(text, "\n") {
		if before, after, ok := strings.Cut(line, sentence); ok && !found {
			found = true
			line = strings.TrimRight(before, " ") + strings.TrimRight(" "+strings.TrimLeft(after, " "), " ")
			if strings.TrimSpace(marker.ReplaceAllString(line+" ", "")) == "" {
				continue
			}
		}
		lines = append(lines, line)
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
