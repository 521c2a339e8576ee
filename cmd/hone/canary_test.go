package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
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
	"sync"
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

// canaryMode is what the provider does.
type canaryMode struct {
	betterOn      func(number string) bool // where the better prompt helps; nil: nowhere
	agentFails    bool                     // on some questions
	judgeFails    bool                     // on some cases
	rewriterFails bool
	proposal      int    // which of betterPrompts
	onSealed      func() // called once, when a sealed question arrives
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
		{"prompts", "ls"}, {"traces", "ls"}, {"traces", "ls", "--json"},
	} {
		c.run(nil, args...)
	}
	db := c.store()
	rounds, err := db.Rounds(c.t.Context(), "default", 0)
	noError(c.t, err)
	noError(c.t, db.Close())
	paths := []string{"/", "/v1/cases", "/v1/cases/proposed", "/v1/rounds", "/v1/runs", "/v1/sources", "/v1/rollouts", "/v1/agents", "/v1/prompts", "/metrics"}
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

// look greps everything for words that must not be there.
func (c *canaries) look(when string, words []string) {
	c.t.Helper()
	places := map[string]string{
		"output":                  c.out.String(),
		"telemetry":               c.collector.text(),
		"the rewriter's requests": c.provider.requests("hone_rewrite"),
		"system prompts":          c.provider.requests("system"),
	}
	for _, file := range []string{"hone.db", "hone-traces.db"} {
		maps.Copy(places, c.dump(file))
	}
	for _, place := range slices.Sorted(maps.Keys(places)) {
		text := places[place]
		for _, word := range words {
			if i := strings.Index(text, word); i >= 0 {
				c.t.Errorf("%s: %s: %q stands in …%s…", when, place, word, text[max(0, i-300):min(len(text), i+100)])
				break
			}
		}
	}
	rewriter, trained := places["the rewriter's requests"], false
	for i := range canaryCases {
		switch split := c.splits[fmt.Sprintf("%02d", i)]; {
		case !strings.Contains(rewriter, canaryOf(i)):
		case split == eval.Train:
			trained = true
		case split == eval.Dev:
			c.t.Errorf("%s: the rewriter reads %s of a dev case", when, canaryOf(i))
		}
	}
	if !trained {
		c.t.Errorf("%s: the rewriter read nothing of train cases", when)
	}
	if c.provider.requests("agent") == "" || places["telemetry"] == "" || places["the rewriter's requests"] == "" {
		c.t.Error("nothing was looked at")
	}
}

// dump returns all tables of a database but that of the cases.
func (c *canaries) dump(file string) map[string]string {
	c.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(c.dir, file)+"?mode=ro")
	noError(c.t, err)
	defer db.Close()
	out := map[string]string{}
	for _, table := range column(c.t, db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'cases'`) {
		rows, err := db.QueryContext(c.t.Context(), `SELECT * FROM "`+table+`"`)
		noError(c.t, err)
		names, err := rows.Columns()
		noError(c.t, err)
		var b strings.Builder
		for rows.Next() {
			values := make([]sql.RawBytes, len(names))
			into := make([]any, len(names))
			for i := range values {
				into[i] = &values[i]
			}
			noError(c.t, rows.Scan(into...))
			for _, v := range values {
				b.Write(v)
				b.WriteByte(' ')
			}
		}
		noError(c.t, errorsOf(rows.Err(), rows.Close()))
		out["table "+table] = b.String()
	}
	return out
}

func column(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	noError(t, err)
	defer rows.Close()
	var list []string
	for rows.Next() {
		var s string
		noError(t, rows.Scan(&s))
		list = append(list, s)
	}
	noError(t, rows.Err())
	return list
}

// canaryProvider plays all models, and repeats what it is asked.
type canaryProvider struct {
	sealed func(number string) bool

	mu    sync.Mutex
	mode  canaryMode
	saw   map[string]*bytes.Buffer // requests by role; "system": of the agent, what is no message of a person or a tool
	fired bool
}

func (p *canaryProvider) set(m canaryMode) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode, p.fired = m, false
}

func (p *canaryProvider) requests(role string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.saw[role] == nil {
		return ""
	}
	return p.saw[role].String()
}

func (p *canaryProvider) note(role string, text []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.saw == nil {
		p.saw = map[string]*bytes.Buffer{}
	}
	if p.saw[role] == nil {
		p.saw[role] = &bytes.Buffer{}
	}
	p.saw[role].Write(text)
}

// betterPrompts help. A round proposes one that was not tried yet.
var betterPrompts = []string{
	"Search twice before you answer.", "Read whatever you find to its end.", "Take your time with each of them.", "Say first what was asked for.",
	"Look for a second opinion.", "Be careful with what is old.", "Prefer the shortest way to say it.", "Think before you write.",
	"Never leave anything half done.", "Compare what you found.", "Keep to the point.", "Write as one speaks.",
}

func (p *canaryProvider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var q struct {
		Messages []struct {
			Role    string          `json:"role"`
			Content json.RawMessage `json:"content"`
		} `json:"messages"`
		Format struct {
			Schema struct {
				Name string `json:"name"`
			} `json:"json_schema"`
		} `json:"response_format"`
	}
	if err := json.Unmarshal(body, &q); err != nil {
		return
	}
	role := q.Format.Schema.Name
	if role == "" {
		role = "agent"
	}
	p.note(role, body)
	number, asked, searched, better, last := "", "", false, false, ""
	for _, m := range q.Messages {
		var text string
		if json.Unmarshal(m.Content, &text) != nil {
			text = string(m.Content)
		}
		switch m.Role {
		case "user":
			last = text
			if match := portQuestion.FindStringSubmatch(text); match != nil {
				number, asked = match[1], text
			}
		case "tool":
			searched = true
		case "system", "developer":
			better = better || slices.ContainsFunc(betterPrompts, func(b string) bool { return strings.Contains(text, b) })
			if role == "agent" {
				p.note("system", m.Content)
			}
		}
	}
	p.mu.Lock()
	mode := p.mode
	fire := role == "agent" && p.sealed(number) && !p.fired && mode.onSealed != nil
	p.fired = p.fired || fire
	p.mu.Unlock()
	if fire {
		mode.onSealed()
	}
	odd := number != "" && (number[1]-'0')%5 == 1
	t := &turnOfProvider{w: w, r: r}
	switch {
	case role == "agent" && mode.agentFails && odd, role == "hone_grade" && mode.judgeFails && strings.Contains(last, "canary01word"), role == "hone_rewrite" && mode.rewriterFails:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"message": "I can't read this: " + string(body), "type": "invalid_request_error", "code": asked}})
	case role == "hone_rewrite":
		var said struct {
			Prompt string `json:"prompt"`
		}
		_ = json.Unmarshal([]byte(last), &said)
		p.say(t, fmt.Sprintf(`{"prompt":%q,"rationale":"much was missed"}`, said.Prompt+"\n- "+betterPrompts[mode.proposal%len(betterPrompts)]))
	case role == "hone_grade":
		p.say(t, grades(last))
	case !searched:
		_ = t.delta(call("file_search", fmt.Sprintf(`{"queries":[%q]}`, asked)))
		t.end("tool_calls")
	default:
		text := "It is written there, see below 【1】. You asked: " + asked
		if number != "" && (number[0]%2 == 0 || better && mode.betterOn != nil && mode.betterOn(number)) {
			text = "The port of service" + number + " is port-70" + number + " 【1】. You asked: " + asked + " 【1】"
		}
		p.say(t, text)
	}
}

func (p *canaryProvider) say(t *turnOfProvider, text string) {
	_ = t.delta(fmt.Sprintf(`{"role":"assistant","content":%s}`, quoted(text)))
	t.end("stop")
}

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}

// grades passes each check whose fact stands in the answer, and repeats the case
// in its reasons.
func grades(request string) string {
	var q struct {
		Answer string `json:"answer"`
		Checks []struct {
			ID       string `json:"id"`
			Question string `json:"question"`
		} `json:"checks"`
	}
	_ = json.Unmarshal([]byte(request), &q)
	type verdict struct {
		ID     string `json:"id"`
		Pass   bool   `json:"pass"`
		Reason string `json:"reason"`
	}
	out := struct {
		Checks []verdict `json:"checks"`
	}{}
	for _, c := range q.Checks {
		out.Checks = append(out.Checks, verdict{c.ID, strings.Contains(q.Answer, "port-70"), request})
	}
	b, _ := json.Marshal(out)
	return string(b)
}

// collector takes what is exported over OTLP.
type collector struct{ lockedText }

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(&c.lockedText, r.Body)
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func (c *collector) text() string { return c.String() }

// lockedText is text that several write.
type lockedText struct {
	mu     sync.Mutex
	b      bytes.Buffer
	wanted *regexp.Regexp // may be nil
	seen   chan string    // gets the first match of wanted
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.b.Write(p)
	if l.wanted != nil {
		if m := l.wanted.FindSubmatch(l.b.Bytes()); m != nil {
			l.seen <- string(m[1])
			l.wanted = nil
		}
	}
	return n, err
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
