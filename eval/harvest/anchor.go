package harvest

import (
	"slices"
	"strings"
	"unicode"

	"github.com/honehq/hone/eval"
)

// Bounds of what is taken from a correction.
const (
	maxStatements = 5
	maxGold       = 2 // documents
	maxRun        = 12
)

// statements cuts a person's text into what it says: lines, list items and
// sentences of at least two words or with a number.
func statements(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), "-*•> "))
		for _, s := range sentences(line) {
			s = strings.TrimSpace(strings.TrimRight(s, ".!; "))
			if says(s) && !slices.Contains(out, s) && len(out) < maxStatements {
				out = append(out, s)
			}
		}
	}
	return out
}

func says(s string) bool {
	return len(strings.Fields(s)) >= 2 && !vague(s) || strings.ContainsFunc(s, unicode.IsDigit) || strings.ContainsAny(s, "_`/")
}

// sentences ends one where a full stop, question or exclamation mark precedes a
// space and something that no sentence goes on with.
func sentences(line string) []string {
	var out []string
	start := 0
	for i, r := range line {
		if !strings.ContainsRune(".!?;", r) || i+2 > len(line) || line[i+1] != ' ' {
			continue
		}
		rest := strings.TrimSpace(line[i+1:])
		if rest == "" || unicode.IsLower([]rune(rest)[0]) && r == '.' {
			continue
		}
		out = append(out, line[start:i+1])
		start = i + 1
	}
	return append(out, line[start:])
}

// anchor gives each fact of a correction strings by which an answer is known to
// state it: those of the documents where they say so, else the correction's own
// words. The documents that say most of the facts become the case's.
func anchor(p *Proposal, facts []eval.Nugget, found []document) {
	question := fold(p.Case.Question)
	held := make([][]string, len(found)) // by document: what it says of the facts
	for _, n := range facts {
		given := len(n.AnyOf) > 0
		for i, doc := range found {
			for _, s := range spansOf(n) {
				said := longestRun(doc.text, s, question)
				if said == "" {
					continue
				}
				held[i] = append(held[i], said)
				if !given && len(n.AnyOf) == 0 {
					n.AnyOf = []string{said}
				}
			}
		}
		if len(n.AnyOf) == 0 {
			n.AnyOf = []string{n.Text}
		}
		p.Case.Nuggets = append(p.Case.Nuggets, n)
	}
	most := 0
	for _, h := range held {
		most = max(most, weight(h))
	}
	for i, doc := range found {
		if most == 0 || weight(held[i]) < most || len(p.Case.Docs) == maxGold {
			continue
		}
		p.Case.Docs, p.Files = addNew(p.Case.Docs, doc.Path), addNew(p.Files, doc.FileID)
		for _, said := range held[i] {
			if line := lineOf(doc.text, said); line != "" {
				p.Case.Evidence = append(p.Case.Evidence, eval.Evidence{Doc: doc.Path, Quote: line})
			}
		}
	}
	p.Case.Evidence = slices.Compact(p.Case.Evidence)
}

// spansOf are the texts by which a fact may stand in a document: the strings
// that it came with, else all of it.
func spansOf(n eval.Nugget) []string {
	if len(n.AnyOf) > 0 {
		return n.AnyOf
	}
	return []string{n.Text}
}

// weight is how many words of the facts a document holds.
func weight(said []string) int {
	n := 0
	for _, s := range said {
		n += len(strings.Fields(s))
	}
	return n
}

// longestRun returns the longest run of a statement's words that a document
// holds and the question does not: two content words or more, or one with a
// digit or a connector, as it stands in the document.
func longestRun(text, statement, question string) string {
	words := strings.Fields(statement)
	folded := fold(text)
	for n := min(len(words), maxRun); n > 0; n-- {
		for i := 0; i+n <= len(words); i++ {
			run := strings.Trim(strings.Join(words[i:i+n], " "), ".,;:!?()\"'`*")
			f := fold(run)
			if !telling(f) || strings.Contains(question, f) || !adds(run, question) || !strings.Contains(folded, f) {
				continue
			}
			if said := find(text, run); wholeWords(text, said) {
				return said
			}
		}
	}
	return ""
}

// wholeWords tells whether a quote stands in a text as words, not as parts of
// others.
func wholeWords(text, quote string) bool {
	i := strings.Index(text, quote)
	if i < 0 || quote == "" {
		return false
	}
	word := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	before, after := []rune(text[:i]), []rune(text[i+len(quote):])
	q := []rune(quote)
	return (len(before) == 0 || !word(before[len(before)-1]) || !word(q[0])) && (len(after) == 0 || !word(after[0]) || !word(q[len(q)-1]))
}

// telling strings are worth looking for.
func telling(s string) bool {
	content := 0
	for w := range strings.FieldsSeq(s) {
		w = strings.Trim(w, ".,;:!?()\"'`*")
		switch {
		case strings.ContainsFunc(w, unicode.IsDigit) || strings.ContainsAny(w, "_/.-") && len(w) > 3:
			content += 2
		case len(w) > 3 && !common[w] && !filler[w]:
			content++
		}
	}
	return content >= 2 && !vague(s)
}

var filler = func() map[string]bool {
	set := map[string]bool{}
	for s := range strings.FieldsSeq("have been were when then than they them there their which while because before after into over under about should would could your what only just more most some such very does done using used uses make made need needs") {
		set[s] = true
	}
	return set
}()

// lineOf returns the line that holds a quote, or the quote if it spans lines.
func lineOf(text, quote string) string {
	i := strings.Index(text, quote)
	if i < 0 {
		return ""
	}
	start := strings.LastIndexByte(text[:i], '\n') + 1
	end := len(text)
	if j := strings.IndexByte(text[i+len(quote):], '\n'); j >= 0 {
		end = i + len(quote) + j
	}
	return strings.TrimSpace(text[start:end])
}
