package server

import (
	"bytes"
	"io"
	"net/http"
	"net/url"

	"github.com/honehq/hone/traces"
)

// tracesShown is how many traces a page of the list shows.
const tracesShown = 50

// tracesPage shows answers, or all traces, as far as they pass its form.
func (s *Server) tracesPage(w http.ResponseWriter, r *http.Request) error {
	if s.cfg.Traces == nil {
		return sendTraces(w, func(w io.Writer) error { return traces.List(w, traces.ListPage{Missing: noTraces}) })
	}
	values, err := query(r, append(filterNames, "all", "before")...)
	if err != nil {
		return err
	}
	f, err := traceFilter(values)
	if err != nil {
		return err
	}
	all, err := yes(values, "all")
	if err != nil {
		return err
	}
	f.Answers, f.Limit = !all, tracesShown
	found, next, err := s.listTraces(r.Context(), f)
	if err != nil {
		return err
	}
	p := traces.ListPage{Lines: found, Filter: traces.FilterForm{
		All: all, Errors: f.Errors, Status: f.Status, Agent: f.Agent, Thread: f.Thread, Origin: f.Origin, Prompt: values.Get("prompt_version"),
		Question: f.Question, Slower: values.Get("slower"), Since: values.Get("since"), Until: values.Get("until"),
	}}
	if next != "" {
		values.Set("before", next)
		p.Next = values.Encode()
	}
	return sendTraces(w, func(w io.Writer) error { return traces.List(w, p) })
}

// tracePage shows one trace. The ID of an answer leads to that of its trace.
func (s *Server) tracePage(w http.ResponseWriter, r *http.Request) error {
	spans, err := s.spansOf(r.Context(), "id", r.PathValue("id"))
	if err != nil {
		return err
	}
	if id := spans[0].TraceID; id != r.PathValue("id") {
		http.Redirect(w, r, "/traces/"+url.PathEscape(id), http.StatusFound)
		return nil
	}
	answers, err := s.cfg.Accounts.Accounts(r.Context(), spans)
	if err != nil {
		return err
	}
	return sendTraces(w, func(w io.Writer) error { return traces.One(w, spans, answers) })
}

// comparePage shows two answers side by side.
func (s *Server) comparePage(w http.ResponseWriter, r *http.Request) error {
	c, err := s.comparison(r)
	if err != nil {
		return err
	}
	return sendTraces(w, func(w io.Writer) error { return traces.Both(w, c) })
}

func sendTraces(w http.ResponseWriter, write func(io.Writer) error) error {
	return sendMade(w, traces.Policy, write)
}

// sendMade sends a page that was made without an error, under its policy.
func sendMade(w http.ResponseWriter, policy string, write func(io.Writer) error) error {
	var out bytes.Buffer
	if err := write(&out); err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = out.WriteTo(w) // a caller who has gone need not be told
	return nil
}
