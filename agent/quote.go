package agent

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

const (
	maxStatement = 600 // bytes of the answer that a citation is taken to speak of
	maxQuote     = 500 // bytes
	maxWindow    = 6   // segments that a quote may join
)

var (
	earlierMark = regexp.MustCompile(`\[\d{1,3}\]`)
	headingLine = regexp.MustCompile(`(?m)^(\*\*[^*\n]+\*\*|#+ .*)$`) // says what follows is about, states nothing
)

// statement is what a citation at the end of text speaks of: the text since the
// last citation, or since the last paragraph that says something.
func statement(text string) string {
	if len(text) > maxStatement {
		text = strings.ToValidUTF8(text[len(text)-maxStatement:], "")
	}
	if rest := headingLine.ReplaceAllString(text, ""); len(words(rest)) > 1 {
		text = rest
	}
	text = strings.TrimRight(text, " \n\t.,;:")
	marks := earlierMark.FindAllStringIndex(text, -1)
	for _, mark := range slices.Backward(marks) {
		if rest := text[mark[1]:]; len(words(rest)) > 1 {
			text = rest
			break
		}
	}
	if i := strings.LastIndex(text, "\n\n"); i >= 0 && len(words(text[i:])) > 3 {
		text = text[i:]
	}
	return text
}

// quote is a verbatim piece of a passage, with its lines counted from 0.
type quote struct {
	text                string
	firstLine, lastLine int
}

// segment is a sentence or a line of a passage that holds a word.
type segment struct{ start, end int }

var sentenceEnd = regexp.MustCompile(`[.!?]["')\]]?\s+|\n`)

func segments(text string) []segment {
	var segs []segment
	at := 0
	add := func(end int) {
		start := at + len(text[at:end]) - len(strings.TrimLeftFunc(text[at:end], unicode.IsSpace))
		end = start + len(strings.TrimSpace(text[start:end]))
		if end > start && len(words(text[start:end])) > 0 {
			segs = append(segs, segment{start, end})
		}
	}
	for _, m := range sentenceEnd.FindAllStringIndex(text, -1) {
		add(m[1])
		at = m[1]
	}
	add(len(text))
	return segs
}

// bestQuote returns the piece of passage that says most of the statement in the
// fewest words: the run of segments with the best F1 of their words.
func bestQuote(passage, statement string) quote {
	segs := segments(passage)
	if len(segs) == 0 {
		return quote{}
	}
	said := make([][]string, len(segs))
	for i, seg := range segs {
		said[i] = words(passage[seg.start:seg.end])
	}
	want := wordSet(statement)
	best, bestScore := segs[0], 0.0
	for i := range segs {
		have, shared := map[string]bool{}, 0
		for j := i; j < len(segs) && j < i+maxWindow && segs[j].end-segs[i].start <= maxQuote; j++ {
			for _, w := range said[j] {
				if !have[w] && want[w] {
					shared++
				}
				have[w] = true
			}
			if s := f1(shared, len(want), len(have)); s > bestScore {
				best, bestScore = segment{segs[i].start, segs[j].end}, s
			}
		}
	}
	text := passage[best.start:best.end]
	if len(text) > maxQuote {
		text = strings.TrimSpace(strings.ToValidUTF8(text[:maxQuote], ""))
	}
	first := strings.Count(passage[:best.start], "\n")
	return quote{text, first, first + strings.Count(text, "\n")}
}

// coverage is the share of the statement's words that stand in the passage.
func coverage(statement, passage string) float64 {
	want, have := wordSet(statement), wordSet(passage)
	if len(want) == 0 {
		return 0
	}
	return float64(common(want, have)) / float64(len(want))
}

// f1 is the harmonic mean of precision and recall of n shared words.
func f1(n, want, have int) float64 {
	if n == 0 {
		return 0
	}
	return 2 * float64(n) / float64(want+have)
}

func common(a, b map[string]bool) int {
	n := 0
	for w := range a {
		if b[w] {
			n++
		}
	}
	return n
}

func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c)
	})
}

func wordSet(s string) map[string]bool {
	set := map[string]bool{}
	for _, w := range words(s) {
		set[w] = true
	}
	return set
}
