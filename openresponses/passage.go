package openresponses

import (
	"strings"
	"time"

	"github.com/honehq/hone/knowledge"
)

const maxAttribute = 512 // characters of a string attribute, as in OpenAI's API

// newResult is a passage as clients see it.
func newResult(p knowledge.Passage) searchResult {
	attributes := map[string]any{}
	for name, v := range p.Attributes {
		attributes[name] = v
	}
	for name, v := range map[string]string{
		knowledge.AttrSource: p.Source, knowledge.AttrTitle: p.Title, knowledge.AttrSection: strings.Join(p.Section, " › "), knowledge.AttrAnchor: p.Anchor, knowledge.AttrURL: p.URL,
	} {
		if v != "" {
			attributes[name] = bounded(v, maxAttribute)
		}
	}
	attributes[knowledge.AttrFirstLine] = float64(p.FirstLine)
	attributes[knowledge.AttrLastLine] = float64(p.LastLine)
	return searchResult{FileID: p.FileID, Filename: p.Path, Score: p.Score, Text: p.Text, Attributes: attributes}
}

// foundPassage is a result as a model sees it. It needs nothing but what
// clients see, so that they can send results back.
func foundPassage(ref int, r *searchResult) FoundPassage {
	text := func(name string) string { s, _ := r.Attributes[name].(string); return s }
	line := func(name string) int { n, _ := r.Attributes[name].(float64); return int(n) }
	p := FoundPassage{
		Ref: ref, Path: r.Filename, Title: text(knowledge.AttrTitle), Section: text(knowledge.AttrSection),
		Lines: [2]int{line(knowledge.AttrFirstLine), line(knowledge.AttrLastLine)}, Score: r.Score, Text: r.Text,
	}
	if date := text("date"); date != "" {
		if _, err := time.Parse(time.DateOnly, date); err == nil {
			p.Date = date
		}
	}
	return p
}

// bounded cuts s to at most n runes.
func bounded(s string, n int) string {
	if offsets := runeOffsets(s); len(offsets) > n+1 {
		return s[:offsets[n]]
	}
	return s
}
