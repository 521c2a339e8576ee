package otel

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// label names a span for people.
func label(s Span) string {
	if query := cmp.Or(text(s, "db.query.text"), text(s, "db.statement")); query != "" {
		return "sql " + statement(query)
	}
	if strings.HasPrefix(s.Name, "sql.") { // sql.tx.commit
		return "sql " + s.Name[strings.LastIndex(s.Name, ".")+1:]
	}
	return s.Name
}

var (
	verb   = regexp.MustCompile(`^\s*(\w+)`)
	tables = regexp.MustCompile(`(?i)\b(?:from|into|update|join)\s+"?(\w+)`)
	// Lists that are passed in as a table say nothing.
	passedIn = []string{"json_each", "unnest", "select", "lateral"}
)

// statement says in two words what a statement does to what.
func statement(query string) string {
	name := cmp.Or(strings.TrimSpace(strings.ToUpper(verb.FindString(query))), "statement")
	for _, found := range tables.FindAllStringSubmatch(query, -1) {
		if !slices.Contains(passedIn, strings.ToLower(found[1])) {
			return name + " " + found[1]
		}
	}
	return name
}

// facts are what tells most of a span, the most important first.
func facts(s Span) []string {
	var list []string
	say := func(format string, values ...any) { list = append(list, fmt.Sprintf(format, values...)) }
	if s.Status == "error" {
		list = append(list, strings.TrimSuffix("failed: "+cmp.Or(s.Message, text(s, "error.type")), ": "))
	}
	for _, e := range s.Events {
		if e.Name != "exception" { // the status has it
			list = append(list, e.Name)
		}
	}
	if status := text(s, "hone.status"); status != "" {
		list = append(list, status)
	}
	if outcome := text(s, "hone.check.outcome"); outcome != "" {
		list = append(list, strings.TrimSuffix(outcome+": "+text(s, "hone.check.reason"), ": "))
	}
	if code, ok := number(s, "http.response.status_code"); ok {
		say("%d", code)
	}
	if model := cmp.Or(text(s, "gen_ai.response.model"), text(s, "gen_ai.request.model")); model != "" && !strings.Contains(s.Name, model) {
		list = append(list, model)
	}
	list = append(list, tokens(s)...)
	if reasons, _ := s.Attributes["gen_ai.response.finish_reasons"].([]string); len(reasons) > 0 && !slices.Equal(reasons, []string{"stop"}) {
		list = append(list, strings.Join(reasons, " "))
	}
	for _, count := range []struct{ key, one, many string }{
		{"hone.search.queries", "query", "queries"},
		{"hone.search.hits", "hit", "hits"},
		{"hone.search.results", "passage", "passages"},
		{"hone.citations.kept", "citation", "citations"},
		{"hone.index.documents", "document", "documents"},
		{"hone.index.chunks", "chunk", "chunks"},
	} {
		switch n, ok := number(s, count.key); {
		case ok && n == 1:
			say("1 %s", count.one)
		case ok:
			say("%d %s", n, count.many)
		}
	}
	if scores, _ := s.Attributes["hone.search.scores"].([]float64); len(scores) > 0 {
		say("best %.3g", slices.Max(scores))
	}
	if first, ok := s.Attributes["gen_ai.response.time_to_first_chunk"].(float64); ok {
		say("first chunk after %s", short(first))
	}
	if version, ok := number(s, "hone.prompt.version"); ok && version > 0 {
		say("prompt v%d", version)
	}
	for _, key := range []string{"hone.run.id", "gen_ai.response.id", "hone.about.run.id", "hone.round.id", "hone.round.state", "hone.case.id"} {
		if id := text(s, key); id != "" {
			list = append(list, id)
		}
	}
	for _, l := range s.Links {
		say("because of trace %.12s", l.TraceID)
	}
	return list
}

func tokens(s Span) []string {
	in, ok := number(s, "gen_ai.usage.input_tokens")
	out, also := number(s, "gen_ai.usage.output_tokens")
	if !ok && !also || in+out == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d→%d tokens", in, out)}
}

// short prints seconds to three digits or so.
func short(seconds float64) time.Duration {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond)
	case d >= time.Millisecond:
		return d.Round(100 * time.Microsecond)
	}
	return d.Round(time.Microsecond)
}

func text(s Span, key string) string {
	v, _ := s.Attributes[key].(string)
	return v
}

func number(s Span, key string) (int64, bool) {
	n, ok := s.Attributes[key].(int64)
	return n, ok
}
