package main

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/honehq/hone/eval/rollout"
	"github.com/honehq/hone/store/postgres"
	"github.com/honehq/hone/store/sqlite"
)

// Words that are given to Hone as secrets: they may be nowhere.
var secretWords = map[string]string{
	"the provider's key":     "sk-canarysecretprovider0001",
	"the judge's key":        "sk-canarysecretjudge0002",
	"the server's key":       "canarysecretserver0003",
	"a wrong key":            "canarysecretwrong0004",
	"a cookie":               "canarysecretcookie0005",
	"a token in the baggage": "canarysecretbaggage0006",
	"the webhook's token":    "canarysecretwebhook0007",
	"the collector's key":    "canarysecretcollector0008",
	"the database's":         "canarysecretdatabase0009",
	"a key in a query":       "canarysecretquery0010",
	"a key in a base URL":    "canarysecretbaseurl0011",
	"another variable":       "canarysecretvariable0012",
}

// Words of what people, documents and models say: they may be in the database,
// and in telemetry only where content is captured.
var contentWords = map[string]string{
	"a question":      "canarywordquestion",
	"an answer":       "canarywordanswer",
	"a document":      "canaryworddocument",
	"a file's name":   "canarywordfilename",
	"a heading":       "canarywordheading",
	"a prompt":        "canarywordprompt",
	"a comment":       "canarywordcomment",
	"a correction":    "canarywordcorrection",
	"a search":        "canarywordsearch",
	"a tool's input":  "canarywordtoolinput",
	"a local file":    "canarywordlocalfile",
	"an unknown path": "canarywordpath",
	"a header":        "canarywordheader",
	"plain baggage":   "canarywordbaggage",
}

// Whatever comes in, no secret is in spans, metrics, logs, answers or any table;
// and nothing that anybody said is in telemetry unless that is asked for. The
// database keeps runs, documents and prompts: that is what it is for.
func TestSecretsStayOut(t *testing.T) {
	for _, tc := range []struct {
		name    string
		capture string
		open    func(t *testing.T) string
	}{
		{"sqlite", "false", func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "hone.db") }},
		{"sqlite, captured", "true", func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "hone.db") }},
		{"postgres", "false", func(t *testing.T) string {
			return strings.Replace(postgresDatabase(t), "postgres@", "postgres:"+secretWords["the database's"]+"@", 1)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			clearTelemetry(t)
			w := &secretsWorld{t: t, db: tc.open(t), collector: &collector{}, said: &lockedText{}, told: &lockedText{}}
			w.start(tc.capture)
			w.askAll()
			w.server.stop()
			w.run("ask", "How do I drain "+contentWords["a question"]+"?")
			w.run("search", "drain "+contentWords["a search"])
			w.look(tc.capture == "true")
		})
	}
}

// secretsWorld is a Hone full of secrets.
type secretsWorld struct {
	t         *testing.T
	db        string
	collector *collector
	said      *lockedText // logs
	told      *lockedText // what callers were answered
	server    *testServer

	mu     sync.Mutex
	passed []string // baggage at the provider
}

func (w *secretsWorld) start(capture string) {
	t := w.t
	otlp := httptest.NewServer(w.collector)
	t.Cleanup(otlp.Close)
	models := httptest.NewServer(http.HandlerFunc(w.complete))
	t.Cleanup(models.Close)
	hook := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusInternalServerError) }))
	t.Cleanup(hook.Close)
	dir := t.TempDir()
	docs, notes := filepath.Join(dir, "docs"), filepath.Join(dir, "notes")
	for path, text := range map[string]string{
		filepath.Join(docs, contentWords["a file's name"]+".md"): "# Drain " + contentWords["a heading"] + "\n\nDrain a node first, " + contentWords["a document"] + ".\n",
		filepath.Join(notes, "notes.md"):                         contentWords["a local file"],
	} {
		noError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		noError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	for name, value := range map[string]string{
		"HONE_DATABASE_URL": w.db, "HONE_LOG": "debug", "HONE_MODEL": "small", "HONE_LOCAL": "notes=" + notes,
		"OPENAI_BASE_URL": models.URL + "/v1?key=" + secretWords["a key in a base URL"], "OPENAI_API_KEY": secretWords["the provider's key"],
		"HONE_JUDGE_MODEL": "judge", "HONE_JUDGE_BASE_URL": models.URL + "/v1", "HONE_JUDGE_API_KEY": secretWords["the judge's key"],
		"HONE_API_KEY": secretWords["the server's key"], "HONE_WEBHOOK_URL": hook.URL + "/" + secretWords["the webhook's token"],
		"HONE_SOMETHING_ELSE":  secretWords["another variable"],
		"OTEL_TRACES_EXPORTER": "sqlite,otlp", "OTEL_LOGS_EXPORTER": "otlp", "OTEL_METRICS_EXPORTER": "otlp", "OTEL_METRIC_EXPORT_INTERVAL": "200",
		"OTEL_EXPORTER_OTLP_ENDPOINT": otlp.URL, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_EXPORTER_OTLP_HEADERS": "api-key=" + secretWords["the collector's key"],
		"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": capture,
	} {
		t.Setenv(name, value)
	}
	w.run("ingest", "--source=docs", docs)
	w.putNotice()
	w.server = startServing(t, func(ctx context.Context, term terminal) int {
		term.err = w.said
		return run(ctx, []string{"serve", "--addr=127.0.0.1:0", "--every=-1", "--mode=off"}, term)
	})
}

// run runs a command and keeps what it says.
func (w *secretsWorld) run(args ...string) {
	status := run(context.Background(), args, terminal{in: strings.NewReader(""), out: w.told, err: w.said})
	fmt.Fprintf(w.told, "\n%v: %d\n", args, status)
}

// putNotice puts something into the outbox that the webhook will refuse.
func (w *secretsWorld) putNotice() {
	ctx := w.t.Context()
	var db interface {
		rollout.Outbox
		Close() error
	}
	var err error
	if path, ok := strings.CutPrefix(w.db, "sqlite:"); ok {
		db, err = sqlite.Open(ctx, path)
	} else {
		db, err = postgres.Open(ctx, w.db)
	}
	noError(w.t, err)
	_, err = db.PutNotice(ctx, "webhook", rollout.Notice{ID: "rnd_1/failed", Kind: rollout.NoticeFailed, Agent: "default", Text: "it failed", Round: "rnd_1", At: time.Now().UTC()})
	noError(w.t, err)
	noError(w.t, db.Close())
}

// complete plays the providers; some questions make them fail, in words that
// repeat all that they were told.
func (w *secretsWorld) complete(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	w.mu.Lock()
	w.passed = append(w.passed, r.Header.Get("Baggage"))
	w.mu.Unlock()
	p := &turnOfProvider{w: rw, r: r}
	switch {
	case strings.Contains(string(body), "refuse me"):
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(http.StatusUnauthorized)
		_ = json.NewEncoder(rw).Encode(map[string]any{"error": map[string]any{"message": "The key is wrong, I was sent: " + string(body), "type": "invalid_request_error", "code": "invalid_api_key"}})
	case strings.Contains(string(body), "break off"):
		_ = p.delta(`{"role":"assistant","content":"` + contentWords["an answer"] + `"}`)
	case !strings.Contains(string(body), `"role":"tool"`):
		_ = p.delta(call("file_search", `{"queries":["drain `+contentWords["a search"]+`"]}`))
		p.end("tool_calls")
	case strings.Count(string(body), `"role":"tool"`) == 1 && strings.Contains(string(body), "list_local_files"):
		_ = p.delta(call("list_local_files", `{"directory":"`+contentWords["a tool's input"]+`"}`))
		p.end("tool_calls")
	default:
		_ = p.delta(`{"role":"assistant","content":"Drain it, ` + contentWords["an answer"] + `【1】."}`)
		p.end("stop")
	}
}

// askAll asks in every way, with secrets wherever one can be put.
func (w *secretsWorld) askAll() {
	question := func(more string, stream bool) string {
		return fmt.Sprintf(`{"question":"How do I drain %s? %s","stream":%v}`, contentWords["a question"], more, stream)
	}
	answered := w.send(http.MethodPost, "/v1/ask", question("", false))
	w.send(http.MethodPost, "/v1/ask", question("", true))
	w.send(http.MethodPost, "/v1/ask", question("refuse me", false))
	w.send(http.MethodPost, "/v1/ask", question("break off", true))
	w.send(http.MethodPost, "/v1/ask?api_key="+secretWords["a key in a query"], question("", false))
	w.send(http.MethodPost, "/v1/ask", `{"question":"`+contentWords["a question"]+`","thread":"thr_`+contentWords["an unknown path"]+`"}`)
	w.send(http.MethodPost, "/v1/ask", `{"question":"`+contentWords["a question"]+`","`+contentWords["a header"]+`":1}`)
	for _, stream := range []bool{false, true} {
		for _, text := range []string{"", "refuse me", "break off"} {
			w.send(http.MethodPost, "/v1/responses", fmt.Sprintf(`{"model":"small","stream":%v,"input":%q,"instructions":%q,"tools":[{"type":"file_search","vector_store_ids":[%q]}]}`,
				stream, contentWords["a question"]+" "+text, contentWords["a prompt"], w.source()))
		}
	}
	w.send(http.MethodPost, "/v1/vector_stores/"+w.source()+"/search", `{"query":"`+contentWords["a search"]+`"}`)
	w.send(http.MethodPost, "/v1/prompts", `{"prompt":"Say `+contentWords["a prompt"]+`."}`)
	w.send(http.MethodGet, "/"+contentWords["an unknown path"], "")
	w.send(http.MethodGet, "/v1/runs/"+contentWords["an unknown path"], "")
	if id := regexp.MustCompile(`run_[0-9a-f]+`).FindString(answered); id != "" {
		w.send(http.MethodPost, "/v1/runs/"+id+"/feedback", `{"rating":"down","comment":"`+contentWords["a comment"]+`","correction":"Drain `+contentWords["a correction"]+` first."}`)
	} else {
		w.t.Errorf("no run in %s", answered)
	}
	w.send(http.MethodGet, "/metrics", "")
	for !strings.Contains(w.said.String(), "a notice could not be delivered") {
		time.Sleep(20 * time.Millisecond) // the webhook is tried soon
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Contains(w.passed, "tenant="+contentWords["plain baggage"]) {
		w.t.Errorf("the providers got the baggage %q", w.passed)
	}
}

func (w *secretsWorld) source() string {
	return regexp.MustCompile(`vs_[0-9a-f]+`).FindString(w.send(http.MethodGet, "/v1/sources", ""))
}

// send sends a request with the server's key, and one like it with a wrong key.
func (w *secretsWorld) send(method, path, body string) (answer string) {
	for _, key := range []string{secretWords["a wrong key"], secretWords["the server's key"]} {
		r, err := http.NewRequestWithContext(w.t.Context(), method, w.server.url+path, strings.NewReader(body))
		noError(w.t, err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("Cookie", "session="+secretWords["a cookie"])
		r.Header.Set("Baggage", "tenant="+contentWords["plain baggage"]+",session_token="+secretWords["a token in the baggage"]+",note=sk-"+secretWords["a token in the baggage"])
		r.Header.Set("X-Note", contentWords["a header"])
		resp, err := w.server.http.Do(r)
		noError(w.t, err)
		b, err := io.ReadAll(resp.Body)
		noError(w.t, err)
		noError(w.t, resp.Body.Close())
		answer = string(b)
		fmt.Fprintf(w.told, "%s %s: %d %s\n", method, resp.Request.Host, resp.StatusCode, answer)
	}
	return answer
}

// look greps everything.
func (w *secretsWorld) look(captured bool) {
	t := w.t
	telemetry := map[string]string{"logs": w.said.String(), "OTLP": w.collector.text()}
	traces, err := settings{DB: w.db}.tracesPath()
	noError(t, err)
	maps.Copy(telemetry, dumpSQLite(t, traces))
	all := maps.Clone(telemetry)
	all["answers"] = w.told.String()
	if path, ok := strings.CutPrefix(w.db, "sqlite:"); ok {
		maps.Copy(all, dumpSQLite(t, path))
	} else {
		maps.Copy(all, dumpPostgres(t, w.db))
	}
	for place, text := range all {
		for what, word := range secretWords {
			if at := where(text, word); at != "" {
				t.Errorf("%s is in %s: %s", what, place, at)
			}
		}
	}
	for place, text := range telemetry {
		for what, word := range contentWords {
			if captured && (place == "OTLP" || place == "hone-traces.db questions") {
				continue
			}
			if at := where(text, word); at != "" {
				t.Errorf("%s is in %s: %s", what, place, at)
			}
		}
	}
	if captured { // or nothing was looked at
		for _, what := range []string{"a question", "an answer", "a document", "a prompt"} {
			if !strings.Contains(telemetry["OTLP"], contentWords[what]) {
				t.Errorf("%s is captured, but not in OTLP", what)
			}
		}
	}
	for _, want := range []string{"invoke_agent", "create_response", "deliver_notice", "hone.answers"} {
		if !strings.Contains(telemetry["OTLP"], want) {
			t.Errorf("no %s in OTLP", want)
		}
	}
}

// where is what stands around a word, as it is or in hexadecimal; empty: it is
// not there.
func where(text, word string) string {
	for _, w := range []string{word, hex.EncodeToString([]byte(word))} {
		if i := strings.Index(text, w); i >= 0 {
			return fmt.Sprintf("%q", text[max(0, i-300):min(len(text), i+100)])
		}
	}
	return ""
}

// dumpSQLite returns all rows of a database, by its name and the table's.
func dumpSQLite(t *testing.T, path string) map[string]string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	noError(t, err)
	defer db.Close()
	out := map[string]string{}
	for _, table := range column(t, db, `SELECT name FROM sqlite_schema WHERE type = 'table'`) {
		rows, err := db.QueryContext(t.Context(), `SELECT * FROM "`+table+`"`)
		noError(t, err)
		names, err := rows.Columns()
		noError(t, err)
		var b strings.Builder
		for rows.Next() {
			values, into := make([]sql.RawBytes, len(names)), make([]any, len(names))
			for i := range values {
				into[i] = &values[i]
			}
			noError(t, rows.Scan(into...))
			for _, v := range values {
				b.Write(v)
				b.WriteByte(' ')
			}
		}
		noError(t, errorsOf(rows.Err(), rows.Close()))
		out[filepath.Base(path)+" "+table] = b.String()
	}
	return out
}

// dumpPostgres returns all rows of a database's own tables.
func dumpPostgres(t *testing.T, url string) map[string]string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	noError(t, err)
	defer conn.Close(context.WithoutCancel(t.Context()))
	rows, err := conn.Query(t.Context(), `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)
	noError(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	noError(t, err)
	out := map[string]string{}
	for _, table := range tables {
		rows, err := conn.Query(t.Context(), `SELECT to_jsonb(t)::text FROM `+pgx.Identifier{table}.Sanitize()+` AS t`)
		noError(t, err)
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		noError(t, err)
		out["table "+table] = strings.Join(lines, "\n")
	}
	return out
}
