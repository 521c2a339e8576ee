package agent

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// What a failed try used up of the limits is not taken from the fallback: it
// must be able to search.
func TestTheFallbackHasLimitsOfItsOwn(t *testing.T) {
	for name, limits := range map[string]Limits{"tool calls": {ToolCalls: 2}, "tokens": {Tokens: 30}} {
		n := 0
		s := script(t, func(w http.ResponseWriter, r *http.Request) {
			n++
			stream(w, []item{calls("c"+strconv.Itoa(n), "read", `{"n":`+strconv.Itoa(n)+`}`)}, item{"status": "completed"})
		})
		fallback := script(t, replies(found("fs_1", result("a.md", "The passage.")), says("The passage【a.md】.")))
		a, _ := newAgent(t, s, func(c *Config) {
			b := fallback.backend()
			c.Tools, c.Limits, c.Fallback = []Tool{&echo{name: "read"}}, limits, &b
		})
		answer := ask(t, a, "q")
		if choice := string(fallback.all()[0].ToolChoice); choice == `"none"` {
			t.Errorf("%s: the fallback was asked without tools", name)
		}
		if answer.Status != Degraded || strings.Contains(answer.Note, "limit of") || answer.Usage.ToolCalls == 0 {
			t.Errorf("%s: got %+v", name, answer)
		}
	}
}

// A caller that shows text as it comes can tell the failed try's text from the
// fallback's: what comes before an event of a tool is not the answer.
func TestTheFallbackStartsAnew(t *testing.T) {
	s := script(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		event(w, "response.output_text.delta", item{"delta": "Half an "})
		panic(http.ErrAbortHandler)
	})
	fallback := script(t, replies(says("All of it.")))
	a, _ := newAgent(t, s, func(c *Config) { b := fallback.backend(); c.Fallback = &b })
	var shown strings.Builder
	for e, err := range a.Ask(t.Context(), Question{Text: "q"}) {
		if err != nil {
			t.Fatal(err)
		}
		switch e := e.(type) {
		case TextEvent:
			shown.WriteString(e.Text)
		case ToolEvent:
			shown.Reset()
		case Done:
			if shown.String() != e.Answer.Answer {
				t.Errorf("shown %q, answered %q", shown.String(), e.Answer.Answer)
			}
		}
	}
}
