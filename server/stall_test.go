package server_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/server"
	"github.com/honehq/hone/store/sqlite"
)

// wire is a listener of one connection in memory, whose deadlines follow the
// bubble's clock.
type wire struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l *wire) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}
func (l *wire) Close() error   { close(l.closed); return nil }
func (l *wire) Addr() net.Addr { return &net.TCPAddr{} }

// connect serves on a connection in memory and sends a request on it.
func connect(t *testing.T, script []any, request string) net.Conn {
	t.Helper()
	s := newServer(t, server.Config{
		Agents: []server.Asker{&scripted{name: "default", script: script}},
		// Nothing else is asked.
		Runs: (*sqlite.DB)(nil), Sources: (*knowledge.Base)(nil), Eval: (*sqlite.DB)(nil), OpenAI: http.NotFoundHandler(),
	})
	l := &wire{make(chan net.Conn, 1), make(chan struct{})}
	web := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	served := make(chan error, 1)
	go func() { served <- web.Serve(l) }()
	here, there := net.Pipe()
	l.conns <- there
	t.Cleanup(func() {
		here.Close()
		web.Close()
		<-served
	})
	if _, err := io.WriteString(here, request); err != nil {
		t.Fatal(err)
	}
	return here
}

func raw(body string, length int) string {
	return fmt.Sprintf("POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", length, body)
}

// A caller who reads nothing doesn't hold a run for ever.
func TestCallerWhoStopsReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var script []any
		for range 1000 {
			script = append(script, agent.TextEvent{Text: strings.Repeat("talk ", 1000)})
		}
		ended := make(chan time.Time, 1)
		script = append([]any{func(ctx context.Context) {
			context.AfterFunc(ctx, func() { ended <- time.Now() })
		}}, script...)
		body := `{"question":"q","stream":true}`
		start := time.Now()
		connect(t, script, raw(body, len(body)))
		if took := (<-ended).Sub(start); took < 10*time.Second || took > time.Minute {
			t.Errorf("it was held for %v", took)
		}
	})
}

// A caller who reads slowly, but does, gets everything however long it takes.
func TestSlowCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var script []any
		for range 100 {
			script = append(script, agent.TextEvent{Text: "words"})
		}
		body := `{"question":"q","stream":true}`
		conn := connect(t, append(script, agent.Done{Answer: answer}), raw(body, len(body)))
		lines := bufio.NewReaderSize(conn, 16)
		var events int
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				t.Fatalf("after %d events: %v", events, err)
			}
			if strings.HasPrefix(line, "event: ") {
				events++
				time.Sleep(20 * time.Second)
			}
			if line == "event: done\n" {
				break
			}
		}
		if events != 101 {
			t.Errorf("%d events", events)
		}
	})
}

// A body that stops in the middle is waited for, but not for ever.
func TestBodyThatStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		conn := connect(t, redis, raw(`{"question":`, 100))
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		got, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != http.StatusRequestTimeout || time.Since(start) > time.Minute {
			t.Errorf("%d after %v: %s", res.StatusCode, time.Since(start), got)
		}
		refused(t, res, string(got))
	})
}

// Nor is one that nobody wants.
func TestRefusedBodyThatStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		conn := connect(t, redis, "POST /v2/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusNotFound || time.Since(start) > time.Minute {
			t.Errorf("%d after %v", res.StatusCode, time.Since(start))
		}
	})
}

// A body that comes slowly, but does, is taken.
func TestSlowBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := `{"question":"q"}`
		conn := connect(t, redis, raw("", len(body)))
		for _, b := range []byte(body) {
			time.Sleep(20 * time.Second)
			if _, err := conn.Write([]byte{b}); err != nil {
				t.Fatal(err)
			}
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("%d", res.StatusCode)
		}
	})
}

// A run that thinks for long is no reason to give up on its caller.
func TestLongThought(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		script := []any{
			func(context.Context) { time.Sleep(10 * time.Minute) }, agent.TextEvent{Text: "Well."},
			func(context.Context) { time.Sleep(10 * time.Minute) }, agent.Done{Answer: answer},
		}
		body := `{"question":"q","stream":true}`
		res, err := http.ReadResponse(bufio.NewReader(connect(t, script, raw(body, len(body)))), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if got, err := io.ReadAll(res.Body); err != nil || !strings.Contains(string(got), "event: done") {
			t.Errorf("%q, %v", got, err)
		}
	})
}
