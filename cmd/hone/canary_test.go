package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/store/sqlite"
)

const canaryCases = 60

// canaryOf is a word that stands in one case, and nowhere else.
func canaryOf(i int) string { return fmt.Sprintf("canary%02dword", i) }

// TestSealedCasesStaySealed has rounds end in every way, against a provider that
// repeats what it is asked in its answers and its errors, with telemetry and logs
// as loud as they get. Whatever left the process or was stored, but for the
// cases themselves and what agent and judge must see, holds no word of a case
// that is sealed.
func TestSealedCasesStaySealed(t *testing.T) {
	c := newCanaries(t)
	states := map[eval.State]bool{}
	for i, phase := range []struct {
		name string
		want eval.State
		mode canaryMode
		env  []string
	}{
		{name: "a gain that is none on sealed cases", want: eval.Rejected, mode: canaryMode{betterOn: c.open}},
		{name: "a provider that fails and repeats the question", mode: canaryMode{betterOn: c.open, agentFails: true}},
		{name: "a judge that fails and repeats the case", mode: canaryMode{betterOn: c.open, judgeFails: true}, env: []string{"HONE_JUDGE_MODEL=small"}},
		{name: "a rewriter that fails", mode: canaryMode{rewriterFails: true}},
		{name: "cancelled in the gate", want: eval.Cancelled, mode: canaryMode{betterOn: c.all, onSealed: c.cancel}},
	} {
		phase.mode.proposal = i
		c.provider.set(phase.mode)
		c.run(phase.env, "improve", "--seed=3")
		got := c.lastRound()
		t.Logf("%s: %s", phase.name, got.State)
		states[got.State] = true
		if phase.want != "" && got.State != phase.want {
			t.Errorf("%s: the round is %s: %s", phase.name, got.State, got.Verdict)
		}
		c.look(phase.name, c.sealed())
	}
	c.visit()
	c.look("pages", c.sealed())

	// A promotion retires what it used; what it did not use stays closed.
	for seed := 1; seed < 6 && !states[eval.Promoted]; seed++ {
		c.provider.set(canaryMode{betterOn: c.all, proposal: 5 + seed})
		c.run(nil, "improve", fmt.Sprint("--seed=", seed))
		states[c.lastRound().State] = true
	}
	if !states[eval.Promoted] {
		t.Fatalf("no promotion: %v", slices.Collect(maps.Keys(states)))
	}
	closed := c.sealed()
	c.visit()
	c.look("after the promotion", closed)
	if len(closed) == len(c.first) {
		t.Error("no case has retired")
	}
	shown := c.out.String()
	for _, word := range c.first {
		if !slices.Contains(closed, word) && strings.Contains(shown, word) {
			return // what has retired may be seen
		}
	}
	t.Error("no retired case is shown")
}

type canaries struct {
	t         *testing.T
	dir       string
	env       []string
	provider  *canaryProvider
	collector *collector
	out       *lockedText // what commands printed and the server answered
	splits    map[string]eval.Split
	first     []string // words of cases that were sealed at first
}

func newCanaries(t *testing.T) *canaries {
	c := &canaries{t: t, dir: t.TempDir(), collector: &collector{}, out: &lockedText{}, splits: map[string]eval.Split{}}
	c.provider = &canaryProvider{sealed: func(number string) bool { return c.splits[number] == eval.Sealed }}
	provider, otlp := httptest.NewServer(c.provider), httptest.NewServer(c.collector)
	t.Cleanup(provider.Close)
	t.Cleanup(otlp.Close)
	c.env = []string{
		"HOME=" + c.dir, "HONE_DATABASE_URL=sqlite:" + filepath.Join(c.dir, "hone.db"), "HONE_LOG=debug", "HONE_TURN_TTL=1s",
		"HONE_MODEL=small", "HONE_REWRITE_MODEL=small", "OPENAI_BASE_URL=" + provider.URL + "/v1", "OPENAI_API_KEY=" + providerKey,
		"OTEL_TRACES_EXPORTER=sqlite,otlp", "OTEL_LOGS_EXPORTER=otlp", "OTEL_METRICS_EXPORTER=otlp",
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + otlp.URL, "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
		"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true",
	}
	docs := filepath.Join(c.dir, "docs")
	noError(t, os.Mkdir(docs, 0o700))
	var cases strings.Builder
	for i := range canaryCases {
		text := fmt.Sprintf("# Service%02d\n\nThe port of service%02d is port-%d.\n", i, i, 7000+i)
		noError(t, os.WriteFile(filepath.Join(docs, fmt.Sprintf("service%02d.md", i)), []byte(text), 0o600))
		word := canaryOf(i)
		fmt.Fprintf(&cases, `{"id":"c%02d","question":"What is the port of service%02d? (%s)","answer":"port-%d %s","docs":["service%02d.md"],"nuggets":[{"text":"port-%d %s","vital":true,"any_of":["port-%d","%s never said"]}],"evidence":[{"doc":"service%02d.md","quote":"as %s says"}]}`+"\n",
			i, i, word, 7000+i, word, i, 7000+i, word, 7000+i, word, i, word)
	}
	file := filepath.Join(c.dir, "cases.jsonl")
	noError(t, os.WriteFile(file, []byte(cases.String()), 0o600))
	for _, args := range [][]string{{"ingest", docs}, {"eval", "cases", "add", file}} {
		if out, err := c.command(nil, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	for _, s := range c.cases() {
		c.splits[s.ID[1:]] = s.Split
	}
	c.first = c.sealed()
	return c
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (c *canaries) command(env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(c.t.Context(), honeBinary(c.t), args...)
	cmd.Env = append(slices.Clone(c.env), env...)
	return cmd
}

// run runs a command to its end, however it ends, and keeps what it printed.
func (c *canaries) run(env []string, args ...string) {
	c.t.Helper()
	cmd := c.command(env, args...)
	cmd.Stdout, cmd.Stderr = c.out, c.out
	err := cmd.Run()
	fmt.Fprintf(c.out, "\n%v: %v\n", args, err)
}

// store opens the database beside the commands.
func (c *canaries) store() *sqlite.DB {
	c.t.Helper()
	db, err := sqlite.Open(c.t.Context(), filepath.Join(c.dir, "hone.db"))
	noError(c.t, err)
	return db
}

func (c *canaries) cases() []eval.StoredCase {
	c.t.Helper()
	db := c.store()
	defer db.Close()
	list, err := db.Cases(c.t.Context(), eval.CaseFilter{Agent: "default", Retired: true})
	noError(c.t, err)
	return list
}

// sealed are the words of cases that nobody may see now.
func (c *canaries) sealed() []string {
	c.t.Helper()
	var words []string
	for _, s := range c.cases() {
		if s.Split == eval.Sealed && s.Retired.IsZero() {
			words = append(words, "canary"+s.ID[1:]+"word")
		}
	}
	return words
}

func (c *canaries) all(string) bool { return true }

func (c *canaries) open(number string) bool { return c.splits[number] != eval.Sealed }

func (c *canaries) lastRound() eval.Round {
	c.t.Helper()
	db := c.store()
	defer db.Close()
	rounds, err := db.Rounds(c.t.Context(), "default", 1)
	if err != nil || len(rounds) == 0 {
		c.t.Fatalf("rounds %v, %v", rounds, err)
	}
	return rounds[0]
}

// cancel cancels the round that runs.
func (c *canaries) cancel() { c.run(nil, "eval", "rounds", "cancel", c.lastRound().ID) }

// visit looks at all that the server and the commands show.
func (c *canaries) visit() {
	c.t.Helper()
	for _, args := range [][]string{
		{"eval", "cases"}, {"eval", "cases", "--json"}, {"eval", "cases", "proposed"}, {"eval", "rounds"}, {"eval", "rounds", "--json"}, {"eval", "verify"},
		{"prompts", "ls"}, {"traces", "ls", "-n", "1000"}, {"traces", "ls", "-n", "1000", "--json"},
	} {
		c.run(nil, args...)
	}
	db := c.store()
	rounds, err := db.Rounds(c.t.Context(), "default", 0)
	noError(c.t, err)
	noError(c.t, db.Close())
	paths := []string{"/", "/v1/cases", "/v1/cases/proposed", "/v1/rounds", "/v1/runs", "/v1/sources", "/v1/rollouts", "/v1/agents", "/v1/prompts", "/metrics", "/traces?all=true", "/v1/traces?limit=200"}
	for _, r := range rounds {
		c.run(nil, "eval", "rounds", "show", r.ID)
		c.run(nil, "eval", "rounds", "show", r.ID, "--json")
		paths = append(paths, "/v1/rounds/"+r.ID, "/v1/rounds/"+r.ID+"/certificate", "/rounds/"+r.ID, "/rounds")
	}
	c.serving(func(url string) {
		for _, path := range paths {
			r, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, url+path, nil)
			noError(c.t, err)
			client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			resp, err := client.Do(r)
			noError(c.t, err)
			fmt.Fprintf(c.out, "\nGET %s: %s\n", path, resp.Status)
			_, err = io.Copy(c.out, resp.Body)
			noError(c.t, errorsOf(err, resp.Body.Close()))
		}
	})
}

func errorsOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

var servedAt = regexp.MustCompile(`Hone is at (http://\S+)`)

// serving runs a server for as long as use takes.
func (c *canaries) serving(use func(url string)) {
	c.t.Helper()
	ctx, stop := context.WithCancel(c.t.Context())
	cmd := exec.CommandContext(ctx, honeBinary(c.t), "serve", "--addr=127.0.0.1:0", "--every=-1", "--mode=off")
	cmd.Env = c.env
	said := &lockedText{seen: make(chan string, 1), wanted: servedAt}
	cmd.Stdout, cmd.Stderr = said, c.out
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	noError(c.t, cmd.Start())
	use(<-said.seen)
	stop()
	_ = cmd.Wait() // it was told to end
	fmt.Fprint(c.out, said.String())
}
