package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/server"
)

func broken(context.Context) error { return errors.New("password=hunter2: connection refused") }

// refusal is the body of an error.
type refusal struct {
	Error struct {
		Message, Type, Code string
		Param               *string
	}
}

// refused checks that a response is an error in the form that clients know.
func refused(t *testing.T, res *http.Response, body string) refusal {
	t.Helper()
	var r refusal
	d := json.NewDecoder(strings.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil || r.Error.Message == "" || r.Error.Code == "" {
		t.Fatalf("%d is no error of ours: %q, %v", res.StatusCode, body, err)
	}
	if got := res.Header.Get("Content-Type"); !strings.HasPrefix(got, "application/json") {
		t.Errorf("it comes as %s", got)
	}
	if want := "invalid_request_error"; res.StatusCode < 500 && r.Error.Type != want {
		t.Errorf("%d is of type %s", res.StatusCode, r.Error.Type)
	}
	return r
}

func TestBadInput(t *testing.T) {
	long := strings.Repeat("x", 33<<10)
	down := func(body string) string { return "POST /v1/runs/run_1/feedback\n\n" + body }
	for name, c := range map[string]struct {
		request string
		status  int
		param   string
	}{
		"no body":                    {ask(""), 400, ""},
		"white space":                {ask(" \n\t"), 400, ""},
		"not JSON":                   {ask("question=why"), 400, ""},
		"half JSON":                  {ask(`{"question":"wh`), 400, ""},
		"single quotes":              {ask(`{'question':'why'}`), 400, ""},
		"trailing comma":             {ask(`{"question":"why",}`), 400, ""},
		"two objects":                {ask(`{"question":"why"}{"question":"how"}`), 400, ""},
		"a bracket too many":         {ask(`{"question":"why"}]`), 400, ""},
		"a brace too many":           {ask(`{"question":"why"}}`), 400, ""},
		"null":                       {ask(`null`), 400, "question"},
		"array":                      {ask(`["why"]`), 400, ""},
		"string":                     {ask(`"why"`), 400, ""},
		"number":                     {ask(`1`), 400, ""},
		"not UTF-8":                  {ask("{\"question\":\"wh\xffy\"}"), 400, ""},
		"UTF-16":                     {ask("\xff\xfe{\x00}\x00"), 400, ""},
		"byte-order mark":            {ask("\ufeff{}"), 400, ""},
		"gzip":                       {ask("\x1f\x8b\x08\x00\x00"), 400, ""},
		"NaN":                        {ask(`{"question":NaN}`), 400, ""},
		"deep":                       {ask(strings.Repeat(`{"question":`, 20_000)), 400, ""},
		"deep arrays":                {ask(strings.Repeat(`[`, 900_000)), 400, ""},
		"huge":                       {ask(`{"question":"` + strings.Repeat("x", 2<<20) + `"}`), 413, ""},
		"empty object":               {ask(`{}`), 400, "question"},
		"empty question":             {ask(`{"question":""}`), 400, "question"},
		"blank question":             {ask(`{"question":" \n "}`), 400, "question"},
		"null question":              {ask(`{"question":null}`), 400, "question"},
		"long question":              {question(long), 400, "question"},
		"number as question":         {ask(`{"question":1}`), 400, "question"},
		"huge number as question":    {ask(`{"question":1e999}`), 400, "question"},
		"object as question":         {ask(`{"question":{"text":"why"}}`), 400, "question"},
		"array as question":          {ask(`{"question":["why"]}`), 400, "question"},
		"string as stream":           {ask(`{"question":"why","stream":"yes"}`), 400, "stream"},
		"number as thread":           {ask(`{"question":"why","thread":1}`), 400, "thread"},
		"object as agent":            {ask(`{"question":"why","agent":{}}`), 400, "agent"},
		"unknown field":              {ask(`{"question":"why","model":"gpt"}`), 400, "model"},
		"misspelt field":             {ask(`{"qestion":"why"}`), 400, "qestion"},
		"unknown agent":              {ask(`{"question":"why","agent":"root"}`), 404, "agent"},
		"unknown thread":             {ask(`{"question":"why","thread":"thr_2"}`), 404, "thread"},
		"thread with NUL":            {ask(`{"question":"why","thread":"thr\u0000"}`), 404, "thread"},
		"thread of quotes":           {ask(`{"question":"why","thread":"' OR 1=1 --"}`), 404, "thread"},
		"half a surrogate as thread": {ask(`{"question":"why","thread":"\ud800"}`), 404, "thread"},
		"feedback without rating":    {down(`{}`), 400, "rating"},
		"feedback of stars":          {down(`{"rating":"5"}`), 400, "rating"},
		"feedback of a number":       {down(`{"rating":5}`), 400, "rating"},
		"feedback in capitals":       {down(`{"rating":"UP"}`), 400, "rating"},
		"feedback with a time":       {down(`{"rating":"up","at":"2001-01-01T00:00:00Z"}`), 400, "at"},
		"long comment":               {down(`{"rating":"up","comment":"` + long + `"}`), 400, "comment"},
		"long correction":            {down(`{"rating":"up","correction":"` + long + `"}`), 400, "correction"},
		"object as correction":       {down(`{"rating":"up","correction":{}}`), 400, "correction"},
		"feedback on nothing":        {"POST /v1/runs/run_2/feedback\n\n{\"rating\":\"up\"}", 404, "id"},
		"run with NUL":               {"GET /v1/runs/%00", 404, "id"},
		"run that is not UTF-8":      {"GET /v1/runs/%ff%fe", 404, "id"},
		"long run":                   {"GET /v1/runs/" + long, 404, "id"},
		"run with a path":            {"GET /v1/runs/..%2F..%2Fetc%2Fpasswd", 404, "id"},
		"no run":                     {"GET /v1/runs/", 404, ""},
		"round that isn't":           {"GET /v1/rounds/rnd_1", 404, "id"},
		"limit 0":                    {"GET /v1/runs?limit=0", 400, "limit"},
		"negative limit":             {"GET /v1/runs?limit=-1", 400, "limit"},
		"limit in words":             {"GET /v1/runs?limit=all", 400, "limit"},
		"huge limit":                 {"GET /v1/runs?limit=99999999999999999999", 400, "limit"},
		"broken limit":               {"GET /v1/rounds?limit=1.5", 400, "limit"},
		"day as time":                {"GET /v1/runs?before=2001-02-03", 400, "before"},
		"seconds as time":            {"GET /v1/runs?before=981173106", 400, "before"},
		"month 13":                   {"GET /v1/runs?before=2001-13-01T00:00:00Z", 400, "before"},
		"unknown status":             {"GET /v1/runs?status=done", 400, "status"},
		"unknown origin":             {"GET /v1/runs?origin=eval", 400, "origin"},
		"misspelt parameter":         {"GET /v1/runs?limti=1", 400, "limti"},
		"unknown parameter":          {"GET /v1/sources?agent=a", 400, "agent"},
		"split of cases":             {"GET /v1/cases?split=sealed", 400, "split"},
		"broken query":               {"GET /v1/runs?limit=%zz", 400, ""},
		"semicolons in the query":    {"GET /v1/runs?limit=1;agent=a", 400, ""},
		"unknown method":             {"BREW /v1/ask", 405, ""},
		"unknown address":            {"GET /v2/ask", 404, ""},
		"cross-site":                 {"POST /v1/ask\nSec-Fetch-Site: cross-site\n\n{}", 403, ""},
		"foreign host":               {"GET /v1/runs\nHost: attacker.example", 403, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, redis, nil)
			if err := w.db.PutRun(t.Context(), agent.Run{Answer: answer, Question: "q"}); err != nil {
				t.Fatal(err)
			}
			w.agent.end = func(bool) { t.Error("it was asked") }
			res, body := w.send(t, c.request)
			if res.StatusCode != c.status {
				t.Fatalf("got %d, want %d: %s", res.StatusCode, c.status, body)
			}
			r := refused(t, res, body)
			param := ""
			if r.Error.Param != nil {
				param = *r.Error.Param
			}
			if param != c.param {
				t.Errorf("blames %q, not %q: %s", param, c.param, r.Error.Message)
			}
			if len(body) > 1000 {
				t.Errorf("answers %d bytes", len(body))
			}
		})
	}
}

// What is wrong with us is not told to the caller.
func TestOurFaultsStayOurs(t *testing.T) {
	w := newWorld(t, nil, func(c *server.Config) { c.Ready = broken })
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, request := range []string{
		"GET /v1/runs", "GET /v1/runs/run_1", "GET /v1/sources", "GET /v1/rounds", "GET /v1/rounds/rnd_1", "GET /v1/cases",
		"POST /v1/runs/run_1/feedback\n\n{\"rating\":\"up\"}", ask(`{"question":"q","thread":"thr_1"}`), "GET /readyz",
	} {
		res, body := w.send(t, request)
		if r := refused(t, res, body); res.StatusCode < 500 || r.Error.Type != "server_error" || strings.Contains(body, "sql") || strings.Contains(body, "hunter2") {
			t.Errorf("%s: %d %s", request, res.StatusCode, body)
		}
	}
}

func TestConfiguration(t *testing.T) {
	w := newWorld(t, nil, nil)
	for name, change := range map[string]func(*server.Config){
		"no agent":   func(c *server.Config) { c.Agents = nil },
		"two agents": func(c *server.Config) { c.Agents = []server.Asker{w.agent, w.agent} },
		"no runs":    func(c *server.Config) { c.Runs = nil },
		"no engine":  func(c *server.Config) { c.OpenAI = nil },
		"empty key":  func(c *server.Config) { c.Keys = []string{"k", ""} },
	} {
		cfg := w.config
		change(&cfg)
		if _, err := server.New(cfg); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// FuzzAsk holds the ask API to answering every body, and never by blaming
// itself.
func FuzzAsk(f *testing.F) {
	for _, body := range []string{`{"question":"why","stream":true}`, `{"question":"\u0000","thread":"thr_1"}`, `[`, `{"Question":"why"}`, "\xff"} {
		f.Add([]byte(body))
	}
	w := newWorld(f, redis, nil)
	w.agent.runs = nil // each run would have the same ID
	f.Fuzz(func(t *testing.T, body []byte) {
		res, got := w.send(t, ask(string(body)))
		switch {
		case res.StatusCode == http.StatusOK:
			if !strings.Contains(got, "run_1") {
				t.Errorf("no end: %q", got)
			}
		case res.StatusCode < 400 || res.StatusCode >= 500:
			t.Errorf("%d %s", res.StatusCode, got)
		default:
			refused(t, res, got)
		}
	})
}
