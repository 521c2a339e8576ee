package otel

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	api "go.opentelemetry.io/otel/trace"
)

// Libraries' spans lose what may hold secrets; ours stay as they are, since
// nothing of the kind is put into them.
func TestDiscreet(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	provider := trace.NewTracerProvider(trace.WithSpanProcessor(recordedOnly{recorder}))
	for _, library := range []string{"example.com/library", scope + "agent"} {
		_, span := provider.Tracer(library).Start(t.Context(), library, api.WithAttributes(
			attribute.String("url.full", "https://user:secret@example.com/v1/secret?key=secret"),
			attribute.String("url.query", "key=secret"), attribute.String("url.path", "/secret"),
			attribute.String("http.route", "/v1/runs/{id}"), attribute.String("pgx.sql_state", "23505")))
		span.RecordError(errors.New("secret"))
		span.SetStatus(codes.Error, "secret")
		span.End()
	}
	span := recorder.Ended()[0]
	if span.Status().Code != codes.Error || span.Status().Description != "" {
		t.Errorf("status %+v", span.Status())
	}
	want := []attribute.KeyValue{
		attribute.String("url.full", "https://example.com"), attribute.String("http.route", "/v1/runs/{id}"),
		attribute.String("pgx.sql_state", "23505"), attribute.String("error.type", "23505"),
	}
	if !slices.Equal(span.Attributes(), want) {
		t.Errorf("attributes %v", span.Attributes())
	}
	if e := span.Events(); len(e) != 1 || !slices.Equal(e[0].Attributes, []attribute.KeyValue{attribute.String("exception.type", "*errors.errorString")}) {
		t.Errorf("events %v", e)
	}
	if ours := recorder.Ended()[1]; len(ours.Attributes()) != 5 || ours.Status().Description != "secret" {
		t.Errorf("a span of our own is %v, %v", ours.Attributes(), ours.Status())
	}
}

type sqlError struct{ error }

func (sqlError) SQLState() string { return "42P01" }

func TestErrorType(t *testing.T) {
	got := map[string]string{}
	for _, err := range []error{
		context.Canceled, context.DeadlineExceeded, fs.ErrNotExist, fs.ErrExist, fs.ErrPermission, Failure("tool_refused"),
		sqlError{errors.New("no such table: secrets")}, &net.OpError{Op: "dial", Err: errors.New("refused")}, errors.New("secret"),
	} {
		got[err.Error()] = ErrorType(fmt.Errorf("secret: %w", err))
	}
	want := map[string]string{
		"context canceled": "canceled", "context deadline exceeded": "timeout", "file does not exist": "not_found", "file already exists": "exists",
		"permission denied": "permission_denied", "tool_refused": "tool_refused", "no such table: secrets": "42P01", "dial: refused": "network", "secret": "_OTHER",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Each span of the list has what its name needs, and only listed attributes.
func TestSteps(t *testing.T) {
	known := map[attribute.Key]bool{}
	for _, a := range Attributes {
		if known[a.Key] || a.Description == "" {
			t.Errorf("attribute %s is listed twice, or not described", a.Key)
		}
		known[a.Key] = true
	}
	used := map[attribute.Key]bool{}
	for _, s := range Steps {
		if s.Description == "" || s.Package == "" || s.Of != "" && !slices.Contains(s.Attributes, s.Of) {
			t.Errorf("span %s lacks something", s.Name)
		}
		for _, k := range s.Attributes {
			used[k] = true
			if !known[k] {
				t.Errorf("span %s: attribute %s is not listed", s.Name, k)
			}
		}
	}
	for k := range known {
		if !used[k] {
			t.Errorf("attribute %s is listed, but no span has it", k)
		}
	}
}
