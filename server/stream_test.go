package server_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/agent"
)

// recorder is a connection that notes what is written and when it is flushed.
type recorder struct {
	header http.Header
	log    []string
}

func (r *recorder) Header() http.Header { return r.header }
func (r *recorder) WriteHeader(int)     {}
func (r *recorder) Flush()              { r.log = append(r.log, "flush") }
func (r *recorder) Write(b []byte) (int, error) {
	r.log = append(r.log, string(b))
	return len(b), nil
}

// Clients' parsers give up on half an event, and people wait for each.
func TestEachEventIsOneWriteAndOneFlush(t *testing.T) {
	w := newWorld(t, redis, nil)
	rec := &recorder{header: http.Header{}}
	r := w.request(t, ask(`{"question":"q","stream":true}`))
	newServer(t, w.config).ServeHTTP(rec, r)
	var names []string
	for i, entry := range rec.log {
		if i%2 == 1 {
			if entry != "flush" {
				t.Errorf("write %d is not followed by a flush", i)
			}
			continue
		}
		name, data, _ := strings.Cut(entry, "\n")
		if strings.Count(entry, "\n") != 3 || !strings.HasPrefix(data, "data: {") || !strings.HasSuffix(data, "}\n\n") {
			t.Errorf("not one event: %q", entry)
		}
		names = append(names, strings.TrimPrefix(name, "event: "))
	}
	if diff := cmp.Diff([]string{"text", "tool", "tool", "text", "citation", "text", "done"}, names); diff != "" {
		t.Error(diff)
	}
}

// An event is there before the next one is known.
func TestEventsArriveAtOnce(t *testing.T) {
	read := make(chan struct{})
	wait := func(context.Context) { <-read }
	w := newWorld(t, []any{agent.TextEvent{Text: "one"}, wait, agent.TextEvent{Text: "two"}, wait, agent.Done{Answer: answer}}, nil)
	res, err := client.Do(w.request(t, ask(`{"question":"q","stream":true}`)))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	var got []string
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			if got = append(got, text); len(got) < 3 {
				read <- struct{}{}
			}
		}
	}
	if len(got) != 3 || got[0] != `{"text":"one"}` || got[1] != `{"text":"two"}` {
		t.Errorf("got %q", got)
	}
}

// Who goes away ends the run, whether it is streamed and whatever it is doing.
func TestGoingAwayEndsTheRun(t *testing.T) {
	for name, body := range map[string]string{"plain": `{"question":"q"}`, "streamed": `{"question":"q","stream":true}`} {
		for _, begun := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				reached, ended := make(chan struct{}), make(chan error, 1)
				script := []any{func(ctx context.Context) {
					close(reached)
					<-ctx.Done()
					ended <- context.Cause(ctx)
				}, context.Canceled}
				if begun {
					script = append([]any{agent.TextEvent{Text: "Prom"}}, script...)
				}
				w := newWorld(t, script, nil)
				ctx, cancel := context.WithCancel(t.Context())
				go func() { <-reached; cancel() }()
				res, err := client.Do(w.request(t, ask(body)).WithContext(ctx))
				if err == nil {
					_, err = io.ReadAll(res.Body)
					res.Body.Close()
				}
				if !errors.Is(err, context.Canceled) {
					t.Errorf("the client read %v", err)
				}
				if err := <-ended; !errors.Is(err, context.Canceled) {
					t.Errorf("the run saw %v", err)
				}
			})
		}
	}
}

// A run that goes on talking is broken off once nobody takes what it says.
func TestTalkingToNobodyEndsTheRun(t *testing.T) {
	stopped := make(chan bool, 1)
	gone := make(chan struct{})
	script := []any{agent.TextEvent{Text: "one"}, func(ctx context.Context) { <-ctx.Done(); close(gone) }}
	for range 1000 {
		script = append(script, agent.TextEvent{Text: strings.Repeat("talk ", 1000)})
	}
	w := newWorld(t, script, nil)
	w.agent.end = func(early bool) { stopped <- early }
	res, err := client.Do(w.request(t, ask(`{"question":"q","stream":true}`)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(res.Body, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	<-gone
	if !<-stopped {
		t.Error("it talked to its end")
	}
}

// An answer that is larger than what is written at once arrives whole.
func TestLongAnswers(t *testing.T) {
	long := answer
	long.Answer = strings.Repeat("Ünder 30 seconds. ", 20_000)
	for name, body := range map[string]string{"plain": `{"question":"q"}`, "streamed": `{"question":"q","stream":true}`} {
		w := newWorld(t, []any{agent.Done{Answer: long}}, nil)
		if _, got := w.send(t, ask(body)); !strings.Contains(got, long.Answer) {
			t.Errorf("%s: %d bytes of %d", name, len(got), len(long.Answer))
		}
	}
}

// The body decides whether to stream; where it doesn't say, what is accepted.
func TestWhenToStream(t *testing.T) {
	w := newWorld(t, redis, nil)
	w.agent.runs = nil // each run would have the same ID
	for _, c := range []struct {
		stream, accept string
		want           bool
	}{
		{"", "", false},
		{"", "*/*", false},
		{"", "application/json", false},
		{"", "text/event-stream", true},
		{"", "application/json, text/event-stream", false},
		{`,"stream":null`, "text/event-stream", true},
		{`,"stream":false`, "text/event-stream", false},
		{`,"stream":true`, "", true},
		{`,"stream":true`, "application/json", true},
	} {
		r := w.request(t, ask(`{"question":"q"`+c.stream+`}`))
		r.Header.Set("Accept", c.accept)
		res, body := do(t, r)
		if got := strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream"); got != c.want || !strings.Contains(body, "run_1") {
			t.Errorf("stream %q, accept %q: %v %q", c.stream, c.accept, got, body)
		}
	}
}
