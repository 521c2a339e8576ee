package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
)

// Replicas on one database, under load, one of them killed while it works on a
// round: rounds run one at a time, every question counts once, and the killed
// replica's round goes on elsewhere.
func TestReplicas(t *testing.T) {
	t.Run("three on Postgres", func(t *testing.T) { testReplicas(t, postgresDatabase(t), 3) })
	t.Run("two on SQLite", func(t *testing.T) {
		testReplicas(t, "sqlite:"+filepath.Join(t.TempDir(), "hone.db"), 2)
	})
}

const roundEvery = 20

func testReplicas(t *testing.T, database string, replicas int) {
	honeBinary(t) // built while HOME is still where Go keeps what it has built
	clearTelemetry(t)
	t.Setenv("HONE_DATABASE_URL", database)
	t.Setenv("HONE_TRACES_DB", filepath.Join(t.TempDir(), "traces.db"))
	runHone(t, "ingest", filepath.Join("..", "..", "sample", "docs"))
	runHone(t, "eval", "cases", "add", firstCases(t, 160))
	db, err := openStore(t.Context(), settings{DB: database})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })

	first := startReplica(t)
	load := &load{targets: []*replica{first}}
	load.start(t)
	begun := waitFor(t, db, "a round is worked on", func(r eval.Round, taken bool) bool { return r.State == eval.Running && taken })
	for range replicas - 1 { // whoever works on the round, it is the first one
		load.add(startReplica(t))
	}
	for asked := load.asked.Load(); load.asked.Load() < asked+10; { // all of them are asked
		time.Sleep(10 * time.Millisecond)
	}
	if r, err := db.Round(t.Context(), begun.ID); err != nil || r.State != eval.Running {
		t.Fatalf("the round ended too soon to be killed in: %s, %v", r.State, err)
	}
	first.kill(t)
	killed := time.Now()
	load.remove(first)

	waitFor(t, db, "the turn is free", func(_ eval.Round, taken bool) bool { return !taken })
	waitFor(t, db, "the round goes on", func(r eval.Round, taken bool) bool { return r.ID == begun.ID && taken })
	t.Logf("the killed replica's round went on elsewhere after %s", time.Since(killed).Round(100*time.Millisecond))
	load.stop()
	checkCount(t, db, load)
	checkRounds(t, db, begun.ID)
	onDemand(t, load.targets[0])
}

// checkCount waits until no round is due, and compares what was counted with
// the questions that were stored.
func checkCount(t *testing.T, db store, l *load) {
	t.Helper()
	var count eval.Count
	for {
		_, err := db.OpenRound(t.Context(), "default")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		open := err == nil
		if count, err = db.Count(t.Context(), "default"); err != nil {
			t.Fatal(err)
		}
		if !open && count.Questions < roundEvery {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	runs, err := db.Runs(t.Context(), agent.RunFilter{Agent: "default", Limit: 1e6})
	if err != nil {
		t.Fatal(err)
	}
	stored := 0
	for _, r := range runs {
		if r.Origin == agent.FromHTTP && r.Error == "" && (r.Status == agent.Answered || r.Status == agent.NotFound) {
			stored++
		}
	}
	if answered := int(l.answered.Load()); stored < answered {
		t.Errorf("%d questions were answered, %d are stored", answered, stored)
	}
	if count.Claimed != stored/roundEvery*roundEvery || count.Questions != stored%roundEvery {
		t.Errorf("of %d questions rounds were begun for %d, and %d are left", stored, count.Claimed, count.Questions)
	}
	t.Logf("%d questions: rounds were begun for %d, %d are left", stored, count.Claimed, count.Questions)
}

// checkRounds makes sure that rounds ran one after another, and that the one
// whose replica was killed came to its end.
func checkRounds(t *testing.T, db store, killed string) {
	t.Helper()
	rounds, err := db.Rounds(t.Context(), "default", 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rounds { // newest first
		if r.Cause != "questions" || r.State == eval.Failed || r.State == eval.Running {
			t.Errorf("round %s for %s is %s: %s", r.ID, r.Cause, r.State, r.Verdict)
		}
		if i > 0 && rounds[i-1].Started.Before(r.Ended) {
			t.Errorf("round %s began before round %s had ended", rounds[i-1].ID, r.ID)
		}
	}
	if first := rounds[len(rounds)-1]; first.ID != killed {
		t.Errorf("the first round is %s, not %s, whose replica was killed", first.ID, killed)
	}
}

// onDemand begins a round over the API, and cancels it.
func onDemand(t *testing.T, r *replica) {
	t.Helper()
	var round eval.Round
	if status := r.post(t, "/v1/rounds", `{}`, &round); status != http.StatusAccepted || round.State != eval.Running {
		t.Fatalf("begin: %d, %+v", status, round)
	}
	if status := r.post(t, "/v1/rounds", `{}`, nil); status != http.StatusConflict {
		t.Errorf("begin again: %d", status)
	}
	if status := r.post(t, "/v1/rounds/"+round.ID+"/cancel", ``, nil); status != http.StatusAccepted {
		t.Errorf("cancel: %d", status)
	}
	for round.State == eval.Running {
		time.Sleep(50 * time.Millisecond)
		r.get(t, "/v1/rounds/"+round.ID, &round)
	}
	if round.State != eval.Cancelled {
		t.Errorf("the round is %s", round.State)
	}
	if status := r.post(t, "/v1/rounds/"+round.ID+"/cancel", ``, nil); status != http.StatusConflict {
		t.Errorf("cancel again: %d", status)
	}
}

// waitFor waits until the agent's open round, or the zero one, and whether
// somebody has the turn are as wanted.
func waitFor(t *testing.T, db store, what string, wanted func(r eval.Round, taken bool) bool) eval.Round {
	t.Helper()
	for {
		r, err := db.OpenRound(t.Context(), "default")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("until %s: %v", what, err)
		}
		taken, err := db.TurnTaken(t.Context(), "default")
		if err != nil {
			t.Fatalf("until %s: %v", what, err)
		}
		if wanted(r, taken) {
			return r
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// runHone runs a command.
func runHone(t *testing.T, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), honeBinary(t), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("hone %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// firstCases is a file with the first cases of the sample: enough for a round
// that takes a while.
func firstCases(t *testing.T, n int) string {
	t.Helper()
	all, err := os.ReadFile(filepath.Join("..", "..", "sample", "cases.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(all, []byte("\n"))
	path := filepath.Join(t.TempDir(), "cases.jsonl")
	if err := os.WriteFile(path, bytes.Join(lines[:n], nil), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// replica is a process that serves.
type replica struct {
	url     string
	process *exec.Cmd
	gone    sync.Once
	stderr  bytes.Buffer
}

func startReplica(t *testing.T) *replica {
	t.Helper()
	r := &replica{}
	r.process = exec.Command(honeBinary(t), "serve", "--addr", "127.0.0.1:0", "--every", fmt.Sprint(roundEvery))
	r.process.Stderr = &r.stderr
	out, err := r.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.end(t) })
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "Hone is at ")
	if err != nil || !ok {
		t.Fatalf("serve says %q, %v: %s", line, err, r.stderr.String())
	}
	r.url = address
	return r
}

// kill kills the process as a power cut would.
func (r *replica) kill(t *testing.T) {
	t.Helper()
	r.gone.Do(func() {
		if err := r.process.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = r.process.Wait() // it was killed
	})
}

// end has the process end in good order.
func (r *replica) end(t *testing.T) {
	r.gone.Do(func() {
		if err := r.process.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		if err := r.process.Wait(); err != nil {
			t.Errorf("serve: %v: %s", err, r.stderr.String())
		}
	})
}

// post returns the status, and reads the body if into is not nil. A replica that
// is gone answers 0.
func (r *replica) post(t *testing.T, path, body string, into any) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+path, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0
	}
	return r.do(t, request, into)
}

func (r *replica) get(t *testing.T, path string, into any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if status := r.do(t, request, into); status != http.StatusOK {
		t.Fatalf("GET %s: %d", path, status)
	}
}

func (r *replica) do(t *testing.T, request *http.Request, into any) int {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return 0
	}
	if into != nil {
		if err := json.Unmarshal(body, into); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
	return response.StatusCode
}

// load is people who ask, each one question after another.
type load struct {
	asked, answered atomic.Int64
	stop            func()

	mu      sync.Mutex
	targets []*replica
}

func (l *load) add(r *replica) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.targets = append(l.targets, r)
}

func (l *load) remove(r *replica) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, other := range l.targets {
		if other == r {
			l.targets = append(l.targets[:i:i], l.targets[i+1:]...)
			return
		}
	}
}

func (l *load) target(n int64) *replica {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.targets[int(n)%len(l.targets)]
}

func (l *load) start(t *testing.T) {
	questions := []string{rollback, poolFull, "Who owns the moon?", "Why did orders-replica-2 fall behind?"}
	ctx, cancel := context.WithCancel(t.Context())
	var people sync.WaitGroup
	for range 3 {
		people.Go(func() {
			for ctx.Err() == nil {
				n := l.asked.Add(1)
				body := fmt.Sprintf(`{"question": %q}`, questions[int(n)%len(questions)])
				if l.target(n).post(t, "/v1/ask", body, nil) == http.StatusOK {
					l.answered.Add(1)
				}
				time.Sleep(100 * time.Millisecond) // people read
			}
		})
	}
	l.stop = sync.OnceFunc(func() { cancel(); people.Wait() })
	t.Cleanup(l.stop)
}
