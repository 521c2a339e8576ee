package inprocess

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func client(h http.HandlerFunc) *http.Client { return &http.Client{Transport: Transport{h}} }

func TestAnswer(t *testing.T) {
	c := client(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Path", r.URL.Path+"|"+r.Host+"|"+r.RequestURI)
		w.WriteHeader(http.StatusTeapot)
		w.Header().Set("X-Late", "not sent")
		w.Write(body)
	})
	resp, err := c.Post("http://hone/v1/x?q=1", "text/plain", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil || string(got) != "hello" || resp.StatusCode != http.StatusTeapot {
		t.Errorf("got %q, %d, %v", got, resp.StatusCode, err)
	}
	if h := resp.Header.Get("X-Path"); h != "/v1/x|hone|/v1/x?q=1" {
		t.Errorf("path, host and URI: %q", h)
	}
	if resp.Header.Get("X-Late") != "" {
		t.Error("a header set after the response began was sent")
	}
}

func TestNothingWritten(t *testing.T) {
	resp, err := client(func(http.ResponseWriter, *http.Request) {}).Get("http://hone/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); len(b) != 0 || err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("got %q, %d, %v", b, resp.StatusCode, err)
	}
}

// Each line must reach the client before the handler writes the next.
func TestStreams(t *testing.T) {
	next := make(chan struct{})
	c := client(func(w http.ResponseWriter, r *http.Request) {
		for _, line := range []string{"one\n", "two\n", "three\n"} {
			io.WriteString(w, line)
			w.(http.Flusher).Flush()
			<-next
		}
	})
	resp, err := c.Get("http://hone/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for _, want := range []string{"one", "two", "three"} {
		if !lines.Scan() || lines.Text() != want {
			t.Fatalf("got %q, want %q", lines.Text(), want)
		}
		next <- struct{}{}
	}
}

func TestCancelledBeforeTheAnswer(t *testing.T) {
	reached, ended := make(chan struct{}), make(chan struct{})
	c := client(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		close(reached)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-reached; cancel() }()
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://hone/", nil)
	if resp, err := c.Do(req); !errors.Is(err, context.Canceled) {
		resp.Body.Close()
		t.Errorf("got %v", err)
	}
	<-ended
}

func TestCancelledWhileReading(t *testing.T) {
	c := client(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "begun")
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://hone/", nil)
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	buf := make([]byte, 5)
	if _, err := io.ReadFull(resp.Body, buf); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := resp.Body.Read(buf); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestClosingTheBodyEndsTheHandler(t *testing.T) {
	ended := false
	c := client(func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := io.WriteString(w, "more"); err != nil {
				break
			}
		}
		<-r.Context().Done()
		ended = true
	})
	resp, err := c.Get("http://hone/")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if !ended {
		t.Error("Close returned before the handler did")
	}
}

func TestPanic(t *testing.T) {
	resp, err := client(func(w http.ResponseWriter, r *http.Request) { panic("oh") }).Get("http://hone/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err == nil || !strings.Contains(err.Error(), "panicked: oh") {
		t.Errorf("got %v", err)
	}
}

type key struct{}

func TestContextValuesReachTheHandler(t *testing.T) {
	var got any
	c := client(func(w http.ResponseWriter, r *http.Request) { got = r.Context().Value(key{}) })
	req, _ := http.NewRequestWithContext(context.WithValue(t.Context(), key{}, "v"), http.MethodGet, "http://hone/", nil)
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got != "v" {
		t.Errorf("got %v", got)
	}
}
