package otel

import (
	"net/url"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace"
)

// discreet is a span without what libraries put into theirs that may hold a
// secret or content: the texts of errors, which repeat addresses, arguments and
// values; of URLs all but where they lead; and what somebody wrote into the path
// of a request, of which the route is told. Spans of our own have none of these.
func discreet(s trace.ReadOnlySpan) trace.ReadOnlySpan {
	if strings.HasPrefix(s.InstrumentationScope().Name, scope) {
		return s
	}
	failed := s.Status().Code == codes.Error
	if !failed && len(s.Events()) == 0 && !slices.ContainsFunc(s.Attributes(), tells) {
		return s
	}
	out := discreetSpan{ReadOnlySpan: s, status: s.Status()}
	out.events = make([]trace.Event, len(s.Events()))
	kind := ""
	for i, e := range s.Events() {
		e.Attributes = slices.DeleteFunc(slices.Clone(e.Attributes), func(a attribute.KeyValue) bool {
			if a.Key == "exception.type" {
				kind = a.Value.AsString()
			}
			return a.Key == "exception.message" || a.Key == "exception.stacktrace"
		})
		out.events[i] = e
	}
	known := false
	for _, a := range s.Attributes() {
		switch a.Key {
		case "url.query", "url.path":
			continue
		case "url.full":
			a = attribute.String("url.full", origin(a.Value.AsString()))
		case "pgx.sql_state":
			kind = a.Value.AsString()
		case ErrorKind:
			known = true
		}
		out.attributes = append(out.attributes, a)
	}
	if failed {
		if out.status.Description = ""; !known && kind != "" {
			out.attributes = append(out.attributes, ErrorKind.String(kind))
		}
	}
	return out
}

// tells says whether an attribute may tell too much.
func tells(a attribute.KeyValue) bool {
	return a.Key == "url.full" || a.Key == "url.query" || a.Key == "url.path"
}

// origin is a URL's scheme and host.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host}).String()
}

// discreetSpan is a span, in other words.
type discreetSpan struct {
	trace.ReadOnlySpan
	attributes []attribute.KeyValue
	events     []trace.Event
	status     trace.Status
}

// Attributes implements trace.ReadOnlySpan.
func (s discreetSpan) Attributes() []attribute.KeyValue { return s.attributes }

// Events implements trace.ReadOnlySpan.
func (s discreetSpan) Events() []trace.Event { return s.events }

// Status implements trace.ReadOnlySpan.
func (s discreetSpan) Status() trace.Status { return s.status }
