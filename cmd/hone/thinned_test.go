package main

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"

	"github.com/honehq/hone/openresponses"
)

// downCompleter is a provider that is down.
type downCompleter struct{}

func (downCompleter) Complete(context.Context, *openresponses.Completion) iter.Seq2[openresponses.Delta, error] {
	return func(yield func(openresponses.Delta, error) bool) {
		yield(nil, &openresponses.Error{Code: openresponses.ProviderFailed, Message: "connection refused"})
	}
}

// A judge that is down is told once a minute, with how often it failed; what
// people ask is told each time.
func TestAJudgeThatIsDownDoesNotFloodTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		engine, err := newEngine(nil, nil, nil, []openresponses.Model{{Name: "m", Completer: downCompleter{}}}, newThinned(slog.New(slog.NewTextHandler(&out, nil))))
		if err != nil {
			t.Fatal(err)
		}
		u := &unit{settings: settings{Agent: "default"}}
		ask := func(times int, as ...option.RequestOption) {
			t.Helper()
			client := inProcess(engine, as...)
			for range times {
				_, err := client.Responses.New(t.Context(), responses.ResponseNewParams{
					Model: "m", Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("Is it stated?")}, Store: openai.Bool(false),
				})
				if _, ok := errors.AsType[*openai.Error](err); !ok {
					t.Fatalf("%v, not an error of the API", err)
				}
			}
		}
		told := func(want ...string) {
			t.Helper()
			lines := strings.FieldsFunc(out.String(), func(r rune) bool { return r == '\n' })
			out.Reset()
			if len(lines) != len(want) {
				t.Fatalf("%d lines, not %d: %q", len(lines), len(want), lines)
			}
			for i, line := range lines {
				if !strings.Contains(line, `msg="request failed"`) || !strings.Contains(line, "connection refused") || !strings.Contains(line, want[i]) {
					t.Errorf("%s\nlacks %s", line, want[i])
				}
			}
		}
		ask(50, u.calledAs("judge"))
		told("role=judge times=1")
		ask(1, u.calledAs("rewriter"))
		told("role=rewriter times=1")
		time.Sleep(time.Minute)
		ask(2, u.calledAs("judge"))
		told("role=judge times=50")
		ask(3)
		told("", "", "")
	})
}
