package chat_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/openresponses/chat"
)

// pause is a wait within a script; never is one without an end.
type pause time.Duration

const never = pause(1<<63 - 1)

// slow is a transport in memory, so that a test's clock rules it: it waits as
// the steps before "answer" say, answers 200, and sends the rest as a body.
type slow struct {
	before []any
	body   []any // string or pause
}

func (s slow) RoundTrip(r *http.Request) (*http.Response, error) {
	for _, step := range s.before {
		if err := wait(r.Context(), step.(pause)); err != nil {
			return nil, err
		}
	}
	pr, pw := io.Pipe()
	go func() {
		for _, step := range s.body {
			var err error
			switch step := step.(type) {
			case string:
				_, err = io.WriteString(pw, step)
			case pause:
				err = wait(r.Context(), step)
			}
			if err != nil {
				pw.CloseWithError(err)
				return
			}
		}
		pw.Close()
	}()
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: pr, Request: r}, nil
}

func wait(ctx context.Context, p pause) error {
	if p == never {
		<-ctx.Done()
		return ctx.Err()
	}
	select {
	case <-time.After(time.Duration(p)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func line(chunk string) string { return "data: " + chunk + "\n\n" }

func TestSilence(t *testing.T) {
	end := line(chunk(`{}`, "stop"))
	tests := []struct {
		name   string
		script slow
		reader pause // between two reads
		want   openresponses.Code
		words  string
		after  time.Duration
	}{
		{"never answers", slow{before: []any{never}}, 0, openresponses.TimedOut, "did not begin", 2 * time.Minute},
		{"headers and nothing else", slow{body: []any{never}}, 0, openresponses.TimedOut, "did not begin", 2 * time.Minute},
		{"falls silent", slow{body: []any{line(text("Hel")), never}}, 0, openresponses.TimedOut, "fell silent", time.Minute},
		{"falls silent in a line", slow{body: []any{line(text("Hel")), "data: {", never}}, 0, openresponses.TimedOut, "fell silent", time.Minute},
		{"slow but steady", slow{before: []any{pause(90 * time.Second)}, body: []any{pause(20 * time.Second), line(text("a")), pause(59 * time.Second), line(text("b")), pause(59 * time.Second), end}}, 0, "", "", 228 * time.Second},
		{"a long pause after the end", slow{body: []any{line(text("a")), end, never}}, 0, "", "", 5 * time.Second},
		{"kept alive by comments", slow{body: []any{": wait\n\n", pause(50 * time.Second), ": wait\n\n", pause(50 * time.Second), line(text("a")), end}}, 0, "", "", 100 * time.Second},
		{"a slow reader is not the provider's fault", slow{body: []any{line(text("a")), line(text("b")), end}}, pause(10 * time.Minute), "", "", 30 * time.Minute},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, err := chat.New(chat.Config{BaseURL: "http://provider.test/v1", Transport: test.script})
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				var last error
				for _, err := range m.Complete(t.Context(), question()) {
					last = err
					time.Sleep(time.Duration(test.reader))
				}
				if took := time.Since(start); took != test.after {
					t.Errorf("took %s, want %s", took, test.after)
				}
				if test.want == "" {
					if last != nil {
						t.Fatal(last)
					}
					return
				}
				var shown *openresponses.Error
				if !errors.As(last, &shown) || shown.Code != test.want || !strings.Contains(shown.Message, test.words) {
					t.Errorf("got %v", last)
				}
			})
		})
	}
}
