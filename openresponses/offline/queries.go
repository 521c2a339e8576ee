package offline

import (
	"slices"
	"strings"
)

// maxQueries bounds the queries of one search.
const maxQueries = 6

// queries are what a question is searched by.
func queries(question string, g guidelines) []string {
	if g.several == do {
		return firstDistinct([]string{question, expand(question)}, maxQueries)
	}
	return []string{question}
}

// otherWordings are queries for a second search: with the other names of what
// the question mentions, with the headings of what was found, and, for a
// prompt that wants several ways, the parts of the question.
func otherWordings(question string, r *ranked, g guidelines) []string {
	list := []string{expand(question)}
	if h := r.headingsFound(); h != "" {
		list = append(list, question+" "+h)
	}
	if g.several == do {
		list = append(list, clauses(question)...)
		list = append(list, keywords(question))
	}
	return firstDistinct(list, maxQueries)
}

// headingsFound are the titles and sections of the first passages.
func (r *ranked) headingsFound() string {
	var out []string
	for _, p := range r.passages[:min(3, len(r.passages))] {
		for _, s := range []string{p.Title, p.Section} {
			if s != "" && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return strings.Join(out, " ")
}

// keywords are a question's content words and identifiers alone.
func keywords(question string) string {
	var out []string
	for _, w := range strings.FieldsFunc(question, func(r rune) bool { return !tokenRune(r) }) {
		w = strings.Trim(w, "_-./:")
		if w != "" && !stopWords[strings.ToLower(w)] && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return strings.Join(out, " ")
}

// clauses are the parts of a question that asks several things, if each says
// enough to be searched for.
func clauses(question string) []string {
	var out []string
	for _, part := range clauseBorder.Split(question, 4) {
		if len(terms(part)) >= 3 {
			out = append(out, strings.Trim(part, " ,;?."))
		}
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

func firstDistinct(list []string, most int) []string {
	var out []string
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" && !slices.Contains(out, s) && len(out) < most {
			out = append(out, s)
		}
	}
	return out
}
