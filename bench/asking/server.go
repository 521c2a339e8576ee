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
	"strings"
	"time"
)

// server is a hone that serves the sample's documents.
type server struct {
	url     string
	process *exec.Cmd
	stderr  bytes.Buffer
	answers int // that rounds made while people asked
}

// startServer ingests the sample and starts a process that serves it.
func startServer(ctx context.Context, hone string, settings []string) (*server, error) {
	env := append(os.Environ(), settings...)
	for _, args := range [][]string{
		{"ingest", filepath.Join("sample", "docs")},
		{"eval", "cases", "add", filepath.Join("sample", "cases.jsonl")},
	} {
		c := exec.CommandContext(ctx, hone, args...) //nolint:gosec // what we measure
		c.Env = env
		if text, err := c.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("hone %s: %w: %s", strings.Join(args, " "), err, text)
		}
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

func (s *server) ask(ctx context.Context, question string) error {
	body, err := json.Marshal(map[string]string{"question": question})
	if err != nil {
		return err
	}
	return s.do(ctx, http.MethodPost, "/v1/ask", body, &struct{}{})
}

// round is as much of a round as is wanted here.
type round struct {
	ID       string   `json:"id"`
	State    string   `json:"state"`
	Progress progress `json:"progress"`
}

type progress struct {
	Stage string `json:"stage"`
	Done  int    `json:"done"`
	Total int    `json:"total"`
}

func (s *server) beginRound(ctx context.Context) (string, error) {
	var r round
	err := s.do(ctx, http.MethodPost, "/v1/rounds", []byte(`{}`), &r)
	return r.ID, err
}

func (s *server) round(ctx context.Context, id string) (round, error) {
	var r round
	err := s.do(ctx, http.MethodGet, "/v1/rounds/"+id, nil, &r)
	return r, err
}

// waitForAnswers waits until a round has made some answers.
func (s *server) waitForAnswers(ctx context.Context, id string) (progress, error) {
	for {
		r, err := s.round(ctx, id)
		if err != nil {
			return r.Progress, err
		}
		if r.State != "running" {
			return r.Progress, fmt.Errorf("round %s is %s", id, r.State)
		}
		if r.Progress.Done > 0 {
			return r.Progress, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// cancelRound ends a round.
func (s *server) cancelRound(ctx context.Context, id string) error {
	if err := s.do(ctx, http.MethodPost, "/v1/rounds/"+id+"/cancel", nil, &struct{}{}); err != nil {
		return err
	}
	for {
		if r, err := s.round(ctx, id); err != nil || r.State != "running" {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (s *server) do(ctx context.Context, method, path string, body []byte, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, text)
	}
	return json.Unmarshal(text, into)
}
