package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// questions are what people ask, in turn; the last one is answered by nothing.
var questions = []string{
	"Checkout throws 503s since the last release. How do I roll back?",
	"Why did orders-replica-2 fall 14 minutes behind on 16 July 2024?",
	"pgbouncer connection pool exhausted, what now?",
	"How do I drain a node?",
	"Where do heavy reporting queries run?",
	"Who owns the moon?",
}

// server is a hone that serves the sample's documents.
type server struct {
	url     string
	process *exec.Cmd
	stderr  bytes.Buffer
}

// startServer ingests the sample and starts a process that serves it.
func startServer(ctx context.Context, hone, database string, settings []string) (*server, error) {
	env := append(os.Environ(), append(settings, "HONE_DATABASE_URL=sqlite:"+database, "HONE_TRACES_DB="+database+"-traces")...)
	ingest := exec.CommandContext(ctx, hone, "ingest", filepath.Join("sample", "docs")) //nolint:gosec // what we measure
	ingest.Env = env
	if text, err := ingest.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("hone ingest: %w: %s", err, text)
	}
	s := &server{process: exec.CommandContext(ctx, hone, "serve", "--addr", "127.0.0.1:0", "--every=-1")}
	s.process.Env, s.process.Stderr = env, &s.stderr
	out, err := s.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "Hone is at ")
	if err != nil || !ok {
		return nil, fmt.Errorf("hone serve says %q: %w: %s", line, s.stop(), s.stderr.String())
	}
	s.url = address
	return s, nil
}

func (s *server) stop() error {
	if err := s.process.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	if err := s.process.Wait(); err != nil {
		return fmt.Errorf("hone serve: %w: %s", err, s.stderr.String())
	}
	return nil
}

// ask has people ask for a turn and returns the answers per second, and the
// seconds of processor time for each. What is sent in the background after the
// last answer counts with it.
func (b *bench) ask(ctx context.Context, s *server) (rate, cost float64, err error) {
	before, err := s.cpu()
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	answers := make([]int, b.people)
	errs := make([]error, b.people)
	var people sync.WaitGroup
	for person := range b.people {
		people.Go(func() {
			for i := person; time.Since(began) < b.turn && errs[person] == nil; i++ {
				errs[person] = s.ask(ctx, questions[i%len(questions)])
				answers[person]++
			}
		})
	}
	people.Wait()
	total := 0
	for person, n := range answers {
		if errs[person] != nil {
			return 0, 0, errs[person]
		}
		total += n
	}
	rate = float64(total) / time.Since(began).Seconds()
	time.Sleep(1100 * time.Millisecond) // a batch waits for a second at most
	after, err := s.cpu()
	return rate, (after - before).Seconds() / float64(total), err
}

func (s *server) ask(ctx context.Context, question string) error {
	body, err := json.Marshal(map[string]string{"question": question})
	if err != nil {
		return err
	}
	_, err = s.do(ctx, http.MethodPost, "/v1/ask", body)
	return err
}

var dropped = regexp.MustCompile(`(?m)^hone_telemetry_dropped_total\{.*hone_signal="traces".*\} (\d+)$`)

// lost is how many spans the server dropped.
func (s *server) lost(ctx context.Context) (int, error) {
	text, err := s.do(ctx, http.MethodGet, "/metrics", nil)
	if err != nil {
		return 0, err
	}
	total := 0
	for _, found := range dropped.FindAllStringSubmatch(string(text), -1) {
		n, err := strconv.Atoi(found[1])
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

func (s *server) do(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", method, path, response.Status, text)
	}
	return text, err
}
