package offline

import (
	"slices"
	"strings"
)

// maxQueries bounds the queries of one search.
const maxQueries = 6

// queries are what a question is searched by at first.
func queries(question string, g guidelines) []string {
	if g.several == do {
		return firstDistinct(append([]string{question}, clauses(question)...), maxQueries)
	}
	return []string{question}
}

// otherWordings are the queries of each further search: with the other names
// of what the question mentions and the headings of what was found; and, where
// the prompt wants several ways, by keywords.
func otherWordings(question string, r *ranked, g guidelines) [][]string {
	list := []string{expand(question)}
	if h := r.headingsFound(); h != "" {
		list = append(list, question+" "+h)
	}
	out := [][]string{firstDistinct(list, maxQueries)}
	if g.several == do {
		out = append(out, []string{keywords(question), keywords(expand(question))})
	}
	return out
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
