package otel_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	logcollector "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	metriccollector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	tracecollector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/otel"
)

// made is how many spans and log records each test of a hostile collector makes,
// of which it is told to have refused as many as partly says.
const (
	made   = 7
	partly = 3
)

// hostile are answers of a collector that nobody would wish for, and how many of
// the spans and records they lose.
var hostile = map[string]struct {
	answer func(w http.ResponseWriter, r *http.Request)
	lost   int
}{
	"echo": {func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "no such key: "+r.Header.Get("Api-Key"), http.StatusUnauthorized)
	}, made},
	"500":     {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "broken", http.StatusInternalServerError) }, made},
	"400":     {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "malformed", http.StatusBadRequest) }, made},
	"garbage": {func(w http.ResponseWriter, _ *http.Request) { protobuf(w, []byte("\xff\xff\xff\xff garbage")) }, made},
	"endless": {func(w http.ResponseWriter, _ *http.Request) { endless(w) }, made},
	"endless 500": {func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		endless(w)
	}, made},
	"hangs up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, made},
	"come back in a century": {func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3155760000")
		w.WriteHeader(http.StatusServiceUnavailable)
	}, made},
	"moved":              {func(w http.ResponseWriter, _ *http.Request) { redirect(w, http.StatusFound) }, made},
	"moved temporarily":  {func(w http.ResponseWriter, _ *http.Request) { redirect(w, http.StatusTemporaryRedirect) }, made},
	"part":               {func(w http.ResponseWriter, r *http.Request) { refuse(w, r, partly) }, partly},
	"more than there is": {func(w http.ResponseWriter, r *http.Request) { refuse(w, r, 1<<60) }, made},
	"less than nothing":  {func(w http.ResponseWriter, r *http.Request) { refuse(w, r, -1<<60) }, made},
	"a warning":          {func(w http.ResponseWriter, r *http.Request) { refuse(w, r, 0) }, 0},
}

func protobuf(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/x-protobuf")
	_, _ = w.Write(body)
}

func endless(w http.ResponseWriter) {
	piece := bytes.Repeat([]byte("and so on "), 10_000)
	for {
		if _, err := w.Write(piece); err != nil {
			return // nobody listens any more
		}
	}
}

// elsewhere counts requests to where hostile collectors redirect.
var elsewhere atomic.Int64

var elsewhereURL string

func redirect(w http.ResponseWriter, status int) {
	w.Header().Set("Location", elsewhereURL)
	w.WriteHeader(status)
}

// refuse says that so many were not taken, and tries to look like more.
func refuse(w http.ResponseWriter, r *http.Request, n int64) {
	var answer proto.Message
	const why = "over quota (9 spans rejected)\nlevel=ERROR msg=forged"
	switch r.URL.Path {
	case "/v1/traces":
		answer = &tracecollector.ExportTraceServiceResponse{PartialSuccess: &tracecollector.ExportTracePartialSuccess{RejectedSpans: n, ErrorMessage: why}}
	case "/v1/metrics":
		answer = &metriccollector.ExportMetricsServiceResponse{PartialSuccess: &metriccollector.ExportMetricsPartialSuccess{RejectedDataPoints: n, ErrorMessage: why}}
	default:
		answer = &logcollector.ExportLogsServiceResponse{PartialSuccess: &logcollector.ExportLogsPartialSuccess{RejectedLogRecords: n, ErrorMessage: why}}
	}
	body, err := proto.Marshal(answer)
	if err != nil {
		panic(err)
	}
	protobuf(w, body)
}

// A hostile collector loses what it is sent, which is counted and told in short,
// and nothing else.
func TestHostileCollectors(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	elsewhereURL = other.URL
	for name, tc := range hostile {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(tc.answer))
			defer s.Close()
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", s.URL)
			t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "tenant=blue,api-key=sk%2Dcanary")
			lines := tryOut(t, tc.lost)
			if strings.Contains(lines, "sk-canary") || name == "echo" && !strings.Contains(lines, "no such key: …") {
				t.Errorf("the log has the key that the collector was sent: %.3000s", lines)
			}
			for line := range strings.Lines(lines) {
				if !strings.HasPrefix(line, "time=") || len(line) > 600 {
					t.Errorf("the collector writes in our log: %d characters: %.1000s", len(line), line)
				}
			}
		})
	}
	if n := elsewhere.Load(); n > 0 {
		t.Errorf("%d requests went where collectors redirect to", n)
	}
}

// The same over gRPC: a status instead of answers.
func TestHostileCollectorsOverGRPC(t *testing.T) {
	for _, code := range []codes.Code{codes.Internal, codes.PermissionDenied, codes.Unimplemented, codes.InvalidArgument} {
		t.Run(code.String(), func(t *testing.T) {
			s := grpc.NewServer(grpc.UnknownServiceHandler(func(any, grpc.ServerStream) error {
				return status.Error(code, "no\nlevel=ERROR msg=forged")
			}))
			serveGRPC(t, s)
			lines := tryOut(t, made)
			if strings.Contains(lines, "\nlevel=ERROR") {
				t.Errorf("the collector writes in our log: %s", lines)
			}
		})
	}
}

var toldLine = regexp.MustCompile(`msg="telemetry was lost" signal=(\w+) exporter=otlp items=(\d+) error=`)

// tryOut makes telemetry for a collector and flushes it, checks that as much is
// lost as should be, and returns the log.
func tryOut(t *testing.T, lost int) string {
	t.Helper()
	for _, signal := range []string{"TRACES", "METRICS", "LOGS"} {
		t.Setenv("OTEL_"+signal+"_EXPORTER", "otlp")
	}
	var lines lockedBuffer
	log, err := otel.NewLogger(io.Discard, 0, "text")
	if err != nil {
		t.Fatal(err)
	}
	own := slog.New(slog.NewTextHandler(&lines, nil)) // which is not sent: what it says of one signal would be lost with another
	tel := setup(t, otel.Config{Logger: own})
	for range made {
		ctx, span := tracer.Start(t.Context(), "work")
		log.InfoContext(ctx, "said")
		span.End()
	}
	err = tel.Flush(t.Context())
	dropped := droppedCounts(t, tel)
	delete(dropped, "metrics") // which are sent at the end
	if diff := cmp.Diff(map[string]int{"traces": lost, "logs": lost}, dropped); diff != "" {
		t.Errorf("hone.telemetry.dropped (-want +got):\n%s\nflush: %v", diff, err)
	}
	if err == nil {
		t.Error("flush says nothing of it")
	}
	shut := tel.Shutdown(t.Context())
	if shut == nil {
		t.Error("shutdown says nothing of the metrics")
	}
	told := map[string]bool{}
	for _, found := range toldLine.FindAllStringSubmatch(lines.String(), -1) {
		told[found[1]] = true
	}
	if diff := cmp.Diff(map[string]bool{"traces": true, "metrics": true, "logs": true}, told); diff != "" {
		t.Errorf("told in the log (-want +got):\n%s\n%.3000s", diff, lines.String())
	}
	return lines.String()
}

// droppedCounts reads hone.telemetry.dropped of otlp by signal.
func droppedCounts(t *testing.T, tel *otel.Telemetry) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for line := range strings.Lines(scrape(t, tel.Metrics, "")) {
		var signal, value string
		if found := droppedLine.FindStringSubmatch(line); found != nil {
			signal, value = found[1], found[2]
			n, err := strconv.Atoi(value)
			if err != nil {
				t.Fatal(err)
			}
			counts[signal] = n
		}
	}
	return counts
}

var droppedLine = regexp.MustCompile(`^hone_telemetry_dropped_total\{hone_exporter="otlp",hone_signal="(\w+)"\} (\d+)`)

// lockedBuffer is where several goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// While a collector hangs, all that comes after what its queue holds is dropped
// and counted, and nobody waits: the collector answers only once all was made.
func TestHangingCollector(t *testing.T) {
	t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "100")
	t.Setenv("OTEL_BLRP_MAX_QUEUE_SIZE", "50")
	for _, tc := range []struct {
		signal    string
		took      func(*fakeCollector) int
		all, room int
	}{
		{"traces", func(c *fakeCollector) int { return len(c.spans) }, 1000, 100},
		{"logs", func(c *fakeCollector) int { return len(c.records) - 1 }, 1000, 50}, // and that something was lost
	} {
		t.Run(tc.signal, func(t *testing.T) {
			t.Setenv("OTEL_TRACES_EXPORTER", "none")
			t.Setenv("OTEL_"+strings.ToUpper(tc.signal)+"_EXPORTER", "otlp")
			coll := newCollector(t)
			allMade := make(chan bool)
			mux := http.NewServeMux()
			mux.Handle("POST /v1/traces", received(coll, coll.takeTraces))
			mux.Handle("POST /v1/logs", received(coll, coll.takeLogs))
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				<-allMade
				mux.ServeHTTP(w, r)
			}))
			defer s.Close()
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", s.URL)
			var lines lockedBuffer
			log, err := otel.NewLogger(&lines, 0, "text")
			if err != nil {
				t.Fatal(err)
			}
			tel := setup(t, otel.Config{Logger: log})
			for range tc.all {
				ctx, span := tracer.Start(t.Context(), "work")
				log.InfoContext(ctx, "said")
				span.End()
			}
			close(allMade)
			if err := tel.Flush(context.Background()); err != nil {
				t.Fatal(err)
			}
			lost := tc.all - tc.room
			if diff := cmp.Diff(map[string]int{tc.signal: lost}, droppedCounts(t, tel)); diff != "" {
				t.Errorf("hone.telemetry.dropped (-want +got):\n%s", diff)
			}
			if err := tel.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := tc.took(coll); n != tc.room {
				t.Errorf("the collector took %d, want %d", n, tc.room)
			}
			line := fmt.Sprintf(`msg="telemetry was lost" signal=%s exporter=otlp items=%d error="more came than could be sent"`, tc.signal, lost)
			if !strings.Contains(lines.String(), line) {
				t.Errorf("the log does not say: %s\n%.2000s", line, lines.String())
			}
		})
	}
}
