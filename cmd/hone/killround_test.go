package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/eval"
)

// roundKills is how often a round is killed.
const roundKills = 30

// A round whose process is killed thirty times, at random moments, comes to the
// verdict of one that nobody disturbed, by the same candidates, scores and bets;
// and hardly an answer is paid for twice.
func TestKilledRound(t *testing.T) {
	for _, tc := range []struct {
		store string
		open  func(t *testing.T) string
	}{
		{"sqlite", func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "hone.db") }},
		{"postgres", postgresDatabase},
	} {
		t.Run(tc.store, func(t *testing.T) {
			t.Parallel()
			undisturbed := newRoundKilling(t, tc.open(t))
			undisturbed.improve(nil)
			want, calls := undisturbed.round(), undisturbed.provider.answered()

			k := newRoundKilling(t, tc.open(t))
			random := rand.New(rand.NewPCG(30, 6))
			for i := range roundKills {
				if !k.improve(k.moment(random)) {
					t.Fatalf("the round ended after %d kills", i)
				}
			}
			k.improve(nil)
			if diff := gocmp.Diff(want, k.round()); diff != "" {
				t.Errorf("the round (-undisturbed +killed):\n%s", diff)
			}
			if want.Entry == nil || len(want.Entry.Clusters) == 0 {
				t.Errorf("the round did not enter the gate: %s", want.Verdict)
			}
			again := k.provider.answered() - calls
			t.Logf("%s: %d answers; after %d kills %d more", want.State, calls, roundKills, again)
			if again > 2*roundKills { // two are on their way at a time
				t.Errorf("%d answers were given undisturbed, and %d more after %d kills", calls, again, roundKills)
			}
		})
	}
}

// A second hone improve follows the round that runs, to the same verdict.
func TestImproveFollows(t *testing.T) {
	t.Parallel()
	k := newRoundKilling(t, "sqlite:"+filepath.Join(t.TempDir(), "hone.db"))
	var said [2]strings.Builder
	var failed [2]error
	var waits sync.WaitGroup
	for i, args := range [][]string{{"improve", "--seed=3"}, {"improve", "--seed=4"}} {
		c := k.command(args...)
		c.Stdout, c.Stderr = &said[i], &said[i]
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		waits.Go(func() { failed[i] = c.Wait() })
		for k.provider.called() < 10 { // the first one has begun
			time.Sleep(time.Millisecond)
		}
	}
	out, err := k.command("improve", "--no-follow").CombinedOutput()
	if err == nil || !strings.Contains(string(out), eval.ErrBusy.Error()) {
		t.Errorf("a third one, with --no-follow: %v, %s", err, out)
	}
	waits.Wait()
	verdict := k.round().Verdict // of the only round
	for i := range said {
		if failed[i] != nil || !strings.Contains(said[i].String(), verdict) || !strings.Contains(said[i].String(), "The prompt in use scores") {
			t.Errorf("process %d: %v\n%s", i, failed[i], &said[i])
		}
	}
	if follows := strings.Contains(said[1].String(), "has not ended; this goes on with it"); !follows {
		t.Errorf("the second one doesn't say that it follows:\n%s", &said[1])
	}
}

// roundKilling kills rounds on one database.
type roundKilling struct {
	t        *testing.T
	hone     string
	dir, db  string
	provider *portProvider
	url      string
}

func newRoundKilling(t *testing.T, db string) *roundKilling {
	k := &roundKilling{t: t, hone: honeBinary(t), dir: t.TempDir(), db: db, provider: &portProvider{}}
	server := httptest.NewServer(k.provider)
	t.Cleanup(server.Close)
	k.url = server.URL + "/v1"
	docs := filepath.Join(k.dir, "docs")
	if err := os.Mkdir(docs, 0o700); err != nil {
		t.Fatal(err)
	}
	var cases strings.Builder
	for i := range 60 {
		k.write(filepath.Join(docs, fmt.Sprintf("service%02d.md", i)), fmt.Sprintf("# Service%02d\n\nThe port of service%02d is port-%d.\n", i, i, 7000+i))
		fmt.Fprintf(&cases, `{"id":"c%02d","question":"What is the port of service%02d?","docs":["service%02d.md"],"nuggets":[{"text":"port-%d","vital":true,"any_of":["port-%d"]}]}`+"\n", i, i, i, 7000+i, 7000+i)
	}
	k.write(filepath.Join(k.dir, "cases.jsonl"), cases.String())
	for _, args := range [][]string{{"ingest", docs}, {"eval", "cases", "add", filepath.Join(k.dir, "cases.jsonl")}} {
		if out, err := k.command(args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	return k
}

func (k *roundKilling) write(path, text string) {
	k.t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		k.t.Fatal(err)
	}
}

func (k *roundKilling) command(args ...string) *exec.Cmd {
	c := exec.CommandContext(k.t.Context(), k.hone, args...)
	c.Env = []string{
		"HOME=" + k.dir, "OTEL_TRACES_EXPORTER=none", "HONE_DATABASE_URL=" + k.db, "HONE_TURN_TTL=1s",
		"HONE_SPLIT_SEED=" + os.Getenv("HONE_SPLIT_SEED"),
		"HONE_MODEL=small", "HONE_REWRITE_MODEL=offline", "OPENAI_BASE_URL=" + k.url, "OPENAI_API_KEY=" + providerKey,
	}
	return c
}

// moment is when to kill: after some more calls, and a little later.
func (k *roundKilling) moment(random *rand.Rand) func(stop <-chan struct{}) {
	calls, later := random.IntN(12), time.Duration(random.IntN(40))*time.Millisecond
	from := k.provider.called()
	return func(stop <-chan struct{}) {
		for k.provider.called() < from+calls {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
			}
		}
		time.Sleep(later)
	}
}

// improve runs hone improve and kills it when the moment has come; false if it
// ended before, or was not to be killed.
func (k *roundKilling) improve(moment func(stop <-chan struct{})) (killed bool) {
	k.t.Helper()
	c := k.command("improve", "--seed=3")
	var said strings.Builder
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		k.t.Fatal(err)
	}
	stop := make(chan struct{})
	var waits sync.WaitGroup
	if moment != nil {
		waits.Go(func() {
			moment(stop)
			if err := c.Process.Kill(); err != nil {
				k.t.Logf("kill: %v", err)
			}
		})
	}
	err := c.Wait()
	close(stop)
	waits.Wait()
	status, ok := c.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case err == nil:
		return false
	case !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL:
		k.t.Fatalf("improve failed: %v\n%s", err, &said)
	}
	return true
}

// played is what of a round must not depend on who disturbed it: all but times,
// drawn IDs, and what a clock measured.
type played struct {
	State      eval.State
	Verdict    string
	Alpha      float64
	Won        bool
	Promoted   int
	Candidates []eval.CandidateRecord
	Chosen     *eval.PromptRecord
	Questions  []eval.CaseChange
	Entry      *eval.EntryRecord
}

func (k *roundKilling) round() played {
	k.t.Helper()
	a, err := openApp(k.t.Context(), settings{
		DB: k.db, SpansDB: filepath.Join(k.dir, "traces.db"), Agent: "default", Backend: "embedded", Log: "warn", Model: offlineModel, SplitSeed: demoSplits,
	}, terminal{out: k.t.Output(), err: k.t.Output()})
	if err != nil {
		k.t.Fatal(err)
	}
	defer a.Close()
	rounds, err := a.store.Rounds(k.t.Context(), "default", 0)
	if err != nil || len(rounds) != 1 {
		k.t.Fatalf("%d rounds, %v", len(rounds), err)
	}
	r := rounds[0]
	var c eval.Certificate
	if err := json.Unmarshal(r.Certificate, &c); err != nil {
		k.t.Fatal(err)
	}
	if c.Entry != nil {
		c.Entry.Change, c.Entry.Guardrails = nil, nil // there are seconds in them
	}
	return played{r.State, r.Verdict, r.Alpha, r.Won, r.Promoted, c.Candidates, c.Chosen, c.Questions, c.Entry}
}

// portProvider plays a model that finds few ports by the first prompt it sees,
// and most by a longer one. It is slow and wordy by the first, so that a clock
// or a bill never decides a round.
type portProvider struct {
	mu      sync.Mutex
	first   int // length of the first prompt
	calls   int
	answers int
}

func (p *portProvider) called() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

func (p *portProvider) answered() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answers
}

var portQuestion = regexp.MustCompile(`What is the port of service(\d\d)\?`)

func (p *portProvider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Messages []struct {
			Role    string          `json:"role"`
			Content json.RawMessage `json:"content"`
		} `json:"messages"`
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		return // its sender was killed
	}
	prompt, number, searched := 0, "", false
	for _, m := range q.Messages {
		switch m.Role {
		case "system", "developer":
			prompt += len(m.Content)
		case "user":
			if match := portQuestion.FindSubmatch(m.Content); match != nil {
				number = string(match[1])
			}
		case "tool":
			searched = true
		}
	}
	p.mu.Lock()
	p.calls++
	p.first = cmp.Or(p.first, prompt)
	better := prompt > p.first
	if searched {
		p.answers++
	}
	p.mu.Unlock()
	p.reply(&turnOfProvider{w: w, r: r}, number, searched, better)
}

func (p *portProvider) reply(t *turnOfProvider, number string, searched, better bool) {
	share, tokens := 30, 400
	if better {
		share, tokens = 95, 100
	} else {
		time.Sleep(20 * time.Millisecond)
	}
	if !searched {
		_ = t.delta(call("file_search", fmt.Sprintf(`{"queries":["port of service%s"]}`, number)))
		p.end(t, "tool_calls", tokens)
		return
	}
	text := "It is written there, see below 【1】."
	h := fnv.New32a()
	_, _ = h.Write([]byte(number))
	if int(h.Sum32()%97) < share {
		text = "The port of service" + number + " is port-70" + number + " 【1】."
	}
	_ = t.delta(fmt.Sprintf(`{"role":"assistant","content":%q}`, text))
	p.end(t, "stop", tokens)
}

func (p *portProvider) end(t *turnOfProvider, reason string, tokens int) {
	_ = t.chunk("{}", `"`+reason+`"`)
	_ = t.raw(fmt.Sprintf(`data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"small","choices":[],"usage":{"prompt_tokens":%d,"completion_tokens":10,"total_tokens":%d}}`+"\n\n", tokens, tokens+10))
	_ = t.raw("data: [DONE]\n\n")
}
