package server

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/otel"
	"github.com/honehq/hone/traces"
)

// Traces are those that this process keeps; an otel.SpanStore is one.
type Traces interface {
	Traces(ctx context.Context, f otel.TraceFilter) ([]otel.TraceSummary, error)
	Trace(ctx context.Context, id string) ([]otel.Span, error)
}

const noTraces = "this Hone keeps no traces: OTEL_TRACES_EXPORTER does not name sqlite, or their file can't be opened"

// traces lists traces, the newest first.
func (s *Server) traces(w http.ResponseWriter, r *http.Request) error {
	if s.cfg.Traces == nil {
		return refuse(notFound, "", "%s", noTraces)
	}
	values, err := query(r, append(filterNames, "answers", "before", "limit")...)
	if err != nil {
		return err
	}
	f, err := traceFilter(values)
	if err != nil {
		return err
	}
	if f.Limit, err = limitOf(values); err != nil {
		return err
	}
	if f.Answers, err = yes(values, "answers"); err != nil {
		return err
	}
	found, next, err := s.listTraces(r.Context(), f)
	if err != nil {
		return err
	}
	out := list[traces.Line]{Data: []traces.Line{}, Next: next}
	for _, t := range found {
		out.Data = append(out.Data, traces.ToLine(t))
	}
	return writeJSON(w, http.StatusOK, out)
}

// listTraces also gives the parameter before that gets what follows.
func (s *Server) listTraces(ctx context.Context, f otel.TraceFilter) (found []otel.TraceSummary, next string, err error) {
	limit := f.Limit
	f.Limit++ // one more tells whether more follow
	if found, err = s.cfg.Traces.Traces(ctx, f); err != nil {
		return nil, "", err
	}
	if len(found) > limit {
		found = found[:limit]
		next = found[limit-1].Start.Format(time.RFC3339Nano)
	}
	return found, next, nil
}

// filterNames are the parameters of a filter, of the API and of the page.
var filterNames = []string{"status", "errors", "slower", "agent", "prompt_version", "thread", "origin", "since", "until", "question"}

func traceFilter(values url.Values) (f otel.TraceFilter, err error) {
	status, err := oneOf(values, "status", agent.Answered, agent.NotFound, agent.Degraded)
	if err != nil {
		return f, err
	}
	f.Status, f.Agent, f.Thread = string(status), values.Get("agent"), values.Get("thread")
	f.Origin, f.Question = values.Get("origin"), values.Get("question")
	if f.Errors, err = yes(values, "errors"); err != nil {
		return f, err
	}
	if text := values.Get("slower"); text != "" {
		if f.Slower, err = time.ParseDuration(text); err != nil || f.Slower < 0 {
			return f, refuse(invalidRequest, "slower", "%.100q is no time such as 2s or 500ms", text)
		}
	}
	if text := values.Get("prompt_version"); text != "" {
		if f.PromptVersion, err = strconv.ParseInt(strings.TrimPrefix(text, "v"), 10, 64); err != nil || f.PromptVersion < 1 {
			return f, refuse(invalidRequest, "prompt_version", "%.100q is no version, a number from 1", text)
		}
	}
	now := time.Now().UTC()
	if f.Since, err = traces.Moment(values.Get("since"), now); err != nil {
		return f, refuse(invalidRequest, "since", "%s", err)
	}
	if f.Before, err = traces.Moment(values.Get("until"), now); err != nil {
		return f, refuse(invalidRequest, "until", "%s", err)
	}
	before, err := timeOf(values, "before")
	if !before.IsZero() && (f.Before.IsZero() || before.Before(f.Before)) {
		f.Before = before
	}
	return f, err
}

func yes(values url.Values, name string) (bool, error) {
	text := values.Get(name)
	if text == "" {
		return false, nil
	}
	v, err := strconv.ParseBool(text)
	if err != nil {
		return false, refuse(invalidRequest, name, "%s is %.100q; it must be true or false", name, text)
	}
	return v, nil
}

// trace gives one trace, by its own ID or that of an answer in it.
func (s *Server) trace(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "format")
	if err != nil {
		return err
	}
	format, err := oneOf(values, "format", "json", "otlp")
	if err != nil {
		return err
	}
	spans, err := s.spansOf(r.Context(), "id", r.PathValue("id"))
	if err != nil {
		return err
	}
	if format == "otlp" {
		b, err := otel.OTLP(r.Context(), s.cfg.Version, spans)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Disposition", `attachment; filename="trace-`+spans[0].TraceID+`.json"`)
		_, _ = w.Write(b) //nolint:gosec // it is JSON, and said to be; a caller who has gone need not be told
		return nil
	}
	answers, err := s.cfg.Accounts.Accounts(r.Context(), spans)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, traces.ToTrace(spans, answers))
}

// compare puts two answers side by side.
func (s *Server) compare(w http.ResponseWriter, r *http.Request) error {
	c, err := s.comparison(r)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, c)
}

func (s *Server) comparison(r *http.Request) (c traces.Comparison, err error) {
	values, err := query(r, "with")
	if err != nil {
		return c, err
	}
	var spans [2][]otel.Span
	var accounts [2]traces.Account
	for i, one := range []struct{ param, id string }{{"id", r.PathValue("id")}, {"with", strings.TrimSpace(values.Get("with"))}} {
		if spans[i], err = s.spansOf(r.Context(), one.param, one.id); err != nil {
			return c, err
		}
		if accounts[i], err = s.cfg.Accounts.Account(r.Context(), spans[i], one.id); err != nil {
			return c, missing(err, one.param, "answer in the trace", one.id)
		}
	}
	return traces.Compare(accounts[0], accounts[1], spans[0], spans[1]), nil
}

// spansOf reads a trace. Where it is not kept it says what may have become of it.
func (s *Server) spansOf(ctx context.Context, param, id string) ([]otel.Span, error) {
	if s.cfg.Traces == nil {
		return nil, refuse(notFound, "", "%s", noTraces)
	}
	spans, err := s.cfg.Traces.Trace(ctx, id)
	if !errors.Is(err, fs.ErrNotExist) {
		return spans, err
	}
	if strings.HasPrefix(id, "run_") {
		switch run, err := s.cfg.Runs.Run(ctx, id); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, err
		case run.TraceID != "":
			return nil, refuse(notFound, param, "the answer %.100q is known, but its trace %s is not kept here: %s", id, run.TraceID, traces.Elsewhere)
		}
	}
	return nil, refuse(notFound, param, "no trace %.100q is kept here: %s", id, traces.Elsewhere)
}
