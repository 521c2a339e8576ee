package agent

import (
	"encoding/json"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/openai/openai-go/v3/responses"

	"github.com/honehq/hone/knowledge"
)

// passage is a search result of this thread: what may be cited.
type passage struct {
	key     string // "ITEM#INDEX"
	fileID  string
	path    string
	text    string
	score   float64
	source  string
	title   string
	section string
	url     string
	first   int // line of the text's first line; 0 if the server doesn't say
	raw     json.RawMessage
}

// citations numbers what an answer cites, and checks that each citation is of a
// passage that was retrieved in this thread.
type citations struct {
	passages []passage
	seen     map[string]bool
	cited    []Citation
	used     []passage // that the citations are of
	dropped  int       // annotations of what was not retrieved
}

// restart forgets the numbers, not the passages: each turn's text is its own.
func (c *citations) restart() { c.cited, c.used, c.dropped = nil, nil, 0 }

// found adds the results of a search, once.
func (c *citations) found(call responses.ResponseFileSearchToolCall) {
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	if c.seen[call.ID] || len(call.Results) == 0 {
		return
	}
	c.seen[call.ID] = true
	for i, r := range call.Results {
		p := passage{
			key: call.ID + "#" + strconv.Itoa(i), fileID: r.FileID, path: r.Filename, text: r.Text, score: r.Score,
			source: r.Attributes[knowledge.AttrSource].OfString, title: r.Attributes[knowledge.AttrTitle].OfString,
			section: r.Attributes[knowledge.AttrSection].OfString, url: r.Attributes[knowledge.AttrURL].OfString,
			first: int(r.Attributes[knowledge.AttrFirstLine].OfFloat), raw: json.RawMessage(r.RawJSON()),
		}
		c.passages = append(c.passages, p)
	}
}

// files lists the files whose text the run may hold: what was retrieved, what
// the thread that it follows up was made of, and what asked agents read.
func (r *run) files() []string {
	var ids []string
	for _, p := range r.cites.passages {
		ids = append(ids, p.fileID)
	}
	for _, earlier := range r.earlier {
		ids = append(ids, earlier.Files...)
	}
	ids = append(ids, r.askedFiles...)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// cite gives the number of a citation that stands behind text. first says that
// it is new; ok is false if nothing of that file was retrieved.
func (c *citations) cite(a annotation, text string) (_ Citation, first, ok bool) {
	said := statement(text)
	p, ok := c.choose(a, said)
	if !ok {
		return Citation{}, false, false
	}
	q := bestQuote(p.text, said)
	for _, known := range c.cited {
		if known.FileID == p.fileID && known.Section == p.section && strings.Contains(known.Quote, q.text) {
			return known, false, true
		}
	}
	cit := Citation{
		N: len(c.cited) + 1, Source: p.source, FileID: p.fileID, Path: p.path, Title: p.title,
		Section: p.section, URL: p.url, Quote: q.text, Score: p.score,
	}
	if p.first > 0 {
		cit.Lines = [2]int{p.first + q.firstLine, p.first + q.lastLine}
	}
	c.cited, c.used = append(c.cited, cit), append(c.used, p)
	return cit, true, true
}

// choose finds the passage that an annotation means: the one it names, else of
// that file's passages the one that says most of the statement.
func (c *citations) choose(a annotation, said string) (passage, bool) {
	best, bestScore := passage{}, -1.0
	for _, p := range c.passages {
		if p.fileID != a.fileID {
			continue
		}
		if p.key == a.result {
			return p, true
		}
		if s := coverage(said, p.text); s > bestScore {
			best, bestScore = p, s
		}
	}
	return best, bestScore >= 0
}

// render puts [n] into the text where its annotations stand, and returns the
// citations in the order of their numbers. offset is how many code points were
// cut from the front of the text since the annotations were made.
func (c *citations) render(text string, annotations []annotation, offset int) (string, []Citation) {
	c.restart()
	runes := []rune(text)
	sort.SliceStable(annotations, func(i, j int) bool { return annotations[i].index < annotations[j].index })
	var out strings.Builder
	var code codeState
	at := 0
	for _, a := range annotations {
		i := min(max(a.index-offset, at), len(runes))
		piece := string(runes[at:i])
		out.WriteString(code.unbracket(piece))
		at = i
		if cit, _, ok := c.cite(a, out.String()); ok {
			out.WriteString(mark(cit, out.String()))
		} else {
			c.dropped++
		}
	}
	out.WriteString(code.unbracket(string(runes[at:])))
	cited := c.cited
	if cited == nil {
		cited = []Citation{}
	}
	return strings.TrimSpace(out.String()), cited
}

var fence = regexp.MustCompile("(?:^|\n)[ \t>]*(?:```+|~~~+)[ \t]*$")

// mark is what stands for a citation after text: nothing where it stands
// already. The end of a code block keeps its line for itself, or it ends nothing.
func mark(c Citation, text string) string {
	m := "[" + strconv.Itoa(c.N) + "]"
	switch {
	case strings.HasSuffix(text, m):
		return ""
	case fence.MatchString(text):
		return "\n" + m
	}
	return m
}

// codeState tells prose from code while a Markdown text is read piece by piece.
type codeState struct{ fence, span bool }

var (
	ticks     = regexp.MustCompile("`+")
	bracketed = regexp.MustCompile(`\[\d{1,3}(?:\s*,\s*\d{1,3})*\]\(?`)
)

// unbracket turns a literal [n] of the model's prose into (n): only citations
// that were checked look like citations.
func (s *codeState) unbracket(piece string) string {
	return s.prose(piece, func(part string) string { return bracketed.ReplaceAllStringFunc(part, parenthesize) })
}

// prose edits what is not code.
func (s *codeState) prose(piece string, edit func(string) string) string {
	var out strings.Builder
	at := 0
	for _, m := range append(ticks.FindAllStringIndex(piece, -1), []int{len(piece), len(piece)}) {
		part := piece[at:m[0]]
		if !s.fence && !s.span {
			part = edit(part)
		}
		out.WriteString(part + piece[m[0]:m[1]])
		switch n := m[1] - m[0]; {
		case n >= 3:
			s.fence = !s.fence
		case n > 0 && !s.fence:
			s.span = !s.span
		}
		at = m[1]
	}
	return out.String()
}

func parenthesize(mark string) string {
	if strings.HasSuffix(mark, "(") { // the text of a link
		return mark
	}
	return "(" + mark[1:len(mark)-1] + ")"
}

// exactResult reads which search result an annotation means, which our engine
// tells in a field of its own.
func exactResult(raw string) string {
	var a struct {
		Result string `json:"hone_result"`
	}
	if json.Unmarshal([]byte(raw), &a) != nil {
		return ""
	}
	return a.Result
}

// carry puts an earlier turn of the thread into the input: the latest whole,
// older ones as question and answer, so that a thread does not grow without
// bound. What the latest turn retrieved may be cited again.
func (r *run) carry(earlier Run, latest bool) {
	if earlier.Error != "" {
		return
	}
	var items []json.RawMessage
	if latest && json.Unmarshal(earlier.Items, &items) == nil && len(items) > 0 {
		for _, item := range items {
			var call responses.ResponseFileSearchToolCall
			if json.Unmarshal(item, &call) == nil && call.Type == "file_search_call" {
				r.cites.found(call)
			}
		}
		r.items = append(r.items, items...)
		return
	}
	r.items = append(r.items, message("user", earlier.Question),
		message("assistant", withoutMarks(earlier.Answer.Answer)))
}

var citationMark = regexp.MustCompile(`\s?\[\d{1,3}\]`)

// withoutMarks takes the citations out of an answer.
func withoutMarks(answer string) string {
	return new(codeState).prose(answer, func(part string) string { return citationMark.ReplaceAllString(part, "") })
}
