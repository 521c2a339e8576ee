package otel_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/otel"
)

// toldStore tells when it was given spans.
type toldStore struct {
	otel.SpanStore
	put chan int
}

func (s toldStore) PutSpans(ctx context.Context, spans []otel.Span) error {
	err := s.SpanStore.PutSpans(ctx, spans)
	s.put <- len(spans)
	return err
}

// A collector that takes a request and never answers holds up neither the
// spans of a request nor another exporter, and telemetry ends when it is told to.
func TestSlowCollector(t *testing.T) {
	asked, ended := make(chan bool, 100), make(chan bool, 100)
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil { // until then the caller's going isn't noticed
			t.Error(err)
		}
		asked <- true
		<-r.Context().Done()
		ended <- true
	}))
	defer slow.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", slow.URL)
	t.Setenv("OTEL_TRACES_EXPORTER", "otlp,sqlite") // the slow one comes first
	db := openSpans(t)
	store := toldStore{db, make(chan int, 1000)}
	tel := setup(t, otel.Config{Spans: store})

	const more = 10_000 // than any queue holds
	for range more {
		oneSpan(t.Context(), "work")
	}
	<-asked
	for kept := false; !kept; { // what finds a queue full is dropped, and the store's will have been
		id := oneSpan(t.Context(), "work")
		<-store.put
		kept = len(names(t, db, id)) > 0
	}
	last := oneSpan(t.Context(), "last")
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for len(names(t, db, last)) == 0 {
			<-store.put
		}
		cancel()
	})
	if err := tel.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("shutdown: %v, want that it was given up", err)
	}
	wg.Wait()
	<-ended // the collector's request too
}

func TestCollectorIsDown(t *testing.T) {
	down := httptest.NewServer(http.NotFoundHandler())
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", down.URL)
	t.Setenv("OTEL_TRACES_EXPORTER", "otlp,sqlite")
	down.Close()
	db := openSpans(t)
	store := toldStore{db, make(chan int, 1000)}
	tel := setup(t, otel.Config{Spans: store})
	id := oneSpan(t.Context(), "work")
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		<-store.put
		cancel()
	})
	if err := tel.Flush(ctx); err == nil {
		t.Error("flushed to a collector that is down")
	}
	wg.Wait()
	if got := names(t, db, id); len(got) != 1 {
		t.Errorf("kept %q, want one span", got)
	}
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err) // nothing waited any more
	}
}

// brokenStore is a full disk.
type brokenStore struct{ otel.SpanStore }

var errFull = errors.New("disk full")

func (brokenStore) PutSpans(context.Context, []otel.Span) error { return errFull }

func TestBrokenStore(t *testing.T) {
	var log strings.Builder
	tel := setup(t, otel.Config{Spans: brokenStore{}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	oneSpan(t.Context(), "work")
	if err := tel.Flush(t.Context()); !errors.Is(err, errFull) {
		t.Errorf("flush: %v", err)
	}
	oneSpan(t.Context(), "work")
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "level=WARN") || !strings.Contains(log.String(), "disk full") {
		t.Errorf("log %q", log.String())
	}
}

// memory is a store that notes when it is pruned, and to what.
type memory struct {
	otel.SpanStore
	pruned []time.Duration // of age
	bytes  []int64
}

func (*memory) PutSpans(context.Context, []otel.Span) error { return nil }

func (m *memory) PruneSpans(_ context.Context, before time.Time, maxBytes int64) error {
	m.pruned = append(m.pruned, time.Since(before))
	m.bytes = append(m.bytes, maxBytes)
	return nil
}

// A store is pruned with the first spans and then every hour, however many come.
func TestPrunes(t *testing.T) {
	for _, tc := range []struct {
		keep  otel.Retention
		age   time.Duration
		bytes int64
	}{
		{otel.Retention{}, 7 * 24 * time.Hour, 256_000_000},
		{otel.Retention{Age: time.Hour, Bytes: 5_000_000}, time.Hour, 5_000_000},
	} {
		synctest.Test(t, func(t *testing.T) {
			var m memory
			tel, err := otel.Setup(t.Context(), otel.Config{Spans: &m, Keep: tc.keep})
			if err != nil {
				t.Fatal(err)
			}
			for range 150 {
				oneSpan(t.Context(), "work")
				time.Sleep(time.Minute)
			}
			if err := tel.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]time.Duration{tc.age, tc.age, tc.age}, m.pruned); diff != "" {
				t.Errorf("pruned to ages (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]int64{tc.bytes, tc.bytes, tc.bytes}, m.bytes); diff != "" {
				t.Errorf("pruned to bytes (-want +got):\n%s", diff)
			}
		})
	}
}

// Spans are kept within a second or so, unless OTEL_BSP_SCHEDULE_DELAY says otherwise.
func TestDelay(t *testing.T) {
	for _, tc := range []struct {
		setting string
		want    time.Duration
	}{{"", time.Second}, {"20000", 20 * time.Second}} {
		t.Setenv("OTEL_BSP_SCHEDULE_DELAY", tc.setting)
		synctest.Test(t, func(t *testing.T) {
			store := toldStore{&memory{}, make(chan int, 1)}
			start := time.Now()
			tel, err := otel.Setup(t.Context(), otel.Config{Spans: store})
			if err != nil {
				t.Fatal(err)
			}
			oneSpan(t.Context(), "work")
			<-store.put
			if took := time.Since(start); took != tc.want {
				t.Errorf("with delay %q it took %s, want %s", tc.setting, took, tc.want)
			}
			if err := tel.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A store that stays broken fills no log.
func TestComplaintsAreRare(t *testing.T) {
	var log strings.Builder
	synctest.Test(t, func(t *testing.T) {
		tel, err := otel.Setup(t.Context(), otel.Config{Spans: brokenStore{}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		for range 150 {
			oneSpan(t.Context(), "work")
			time.Sleep(time.Second)
		}
		if err := tel.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	var items []string
	for _, found := range regexp.MustCompile(`signal=traces exporter=sqlite items=(\d+) error="traces: disk full"`).FindAllStringSubmatch(log.String(), -1) {
		items = append(items, found[1])
	}
	if diff := cmp.Diff([]string{"1", "60", "60", "29"}, items); diff != "" { // at once, after a minute, after two, at the end
		t.Errorf("lost spans told (-want +got):\n%s\n%s", diff, log.String())
	}
}
