package sample

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

type nugget struct {
	Text  string   `json:"text"`
	Vital bool     `json:"vital"`
	AnyOf []string `json:"any_of"`
}

type evidence struct {
	Doc   string `json:"doc"`
	Quote string `json:"quote"`
}

type goldenCase struct {
	ID       string     `json:"id"`
	Question string     `json:"question"`
	Kind     string     `json:"kind"`
	Type     string     `json:"type"`
	Style    string     `json:"style"`
	Answer   string     `json:"answer"`
	Nuggets  []nugget   `json:"nuggets"`
	Docs     []string   `json:"docs"`
	Evidence []evidence `json:"evidence"`
}

const unanswerable = "unanswerable"

// kindOf names the kind of document that each top folder holds.
var kindOf = map[string]string{
	"design": "design", "handbook": "handbook", "postmortems": "postmortem", "runbooks": "runbook",
}

var caseTypes = []string{
	"comparison", "lookup", "multi_doc", "procedure", "root_cause", "symptom", "timeline", unanswerable,
}

func TestSizes(t *testing.T) {
	docs, cs := readAll(t, Docs()), readCases(t)
	var outside, twoDocs, procedures, paraphrased int
	cited := map[string]int{}
	for _, c := range cs {
		switch c.Type {
		case unanswerable:
			outside++
		case "multi_doc":
			twoDocs++
		case "procedure":
			procedures++
		}
		if c.Style == "paraphrase" {
			paraphrased++
		}
		for _, d := range c.Docs {
			cited[d]++
		}
	}
	atLeast := func(what string, got, want int) {
		t.Helper()
		if got < want {
			t.Errorf("%s: %d, want at least %d", what, got, want)
		}
	}
	atLeast("documents", len(docs), 64)
	atLeast("cases", len(cs), 260)
	atLeast("unanswerable cases", outside, 55)
	atLeast("cases that span documents", twoDocs, 15)
	atLeast("unanswerable or spanning, of a fifth of all", 5*(outside+twoDocs), len(cs))
	atLeast("procedures", procedures, 50)
	atLeast("paraphrased, of three tenths of all", 10*paraphrased, 3*len(cs))
	for name := range docs {
		atLeast("cases about "+name, cited[name], 2)
	}
}

func TestCases(t *testing.T) {
	docs := readAll(t, Docs())
	ids, questions := map[string]bool{}, map[string]bool{}
	for _, c := range readCases(t) {
		if ids[c.ID] || questions[fold(c.Question)] {
			t.Errorf("%s: id or question occurs twice", c.ID)
		}
		ids[c.ID], questions[fold(c.Question)] = true, true
		for _, fault := range faults(c, docs) {
			t.Errorf("%s (%s): %s", c.ID, c.Question, fault)
		}
	}
}

// A check that finds nothing wrong with a broken case proves nothing.
func TestFaultsAreFound(t *testing.T) {
	docs := map[string]string{"runbooks/a.md": "Restart it with\n`kubectl rollout restart`."}
	good := goldenCase{
		ID: "x", Question: "How?", Kind: "runbook", Type: "procedure", Style: "lexical",
		Answer:   "With kubectl rollout  restart.",
		Nuggets:  []nugget{{Text: "the command", Vital: true, AnyOf: []string{"kubectl rollout restart"}}},
		Docs:     []string{"runbooks/a.md"},
		Evidence: []evidence{{Doc: "runbooks/a.md", Quote: "`kubectl rollout restart`."}},
	}
	if got := faults(good, docs); len(got) > 0 {
		t.Fatalf("a good case has faults: %v", got)
	}
	for name, spoil := range map[string]func(*goldenCase){
		"missing document": func(c *goldenCase) { c.Docs = []string{"runbooks/b.md"} },
		"kind":             func(c *goldenCase) { c.Kind = "design" },
		"type":             func(c *goldenCase) { c.Type = "riddle" },
		"style":            func(c *goldenCase) { c.Style = "" },
		"evidence not verbatim": func(c *goldenCase) {
			c.Evidence = []evidence{{Doc: "runbooks/a.md", Quote: "kubectl rollout"}, {Doc: "runbooks/a.md", Quote: "Restart them"}}
		},
		"no evidence":           func(c *goldenCase) { c.Evidence = nil },
		"nugget not in docs":    func(c *goldenCase) { c.Nuggets = []nugget{{Text: "t", Vital: true, AnyOf: []string{"reboot"}}} },
		"nugget not in answer":  func(c *goldenCase) { c.Answer = "Restart it." },
		"nugget in question":    func(c *goldenCase) { c.Question = "What does kubectl rollout restart do?" },
		"nothing vital":         func(c *goldenCase) { c.Nuggets = []nugget{{Text: "t", AnyOf: []string{"Restart"}}} },
		"two documents in name": func(c *goldenCase) { c.Type = "multi_doc" },
		"answers nothing":       func(c *goldenCase) { c.Type = unanswerable },
	} {
		c := good
		spoil(&c)
		if len(faults(c, docs)) == 0 {
			t.Errorf("%s: not found", name)
		}
	}
}

// faults lists what is wrong with a case, given the text of each document.
func faults(c goldenCase, docs map[string]string) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if c.ID == "" || c.Question == "" || c.Answer == "" {
		add("id, question or answer is empty")
	}
	if !slices.Contains(slices.Collect(maps.Values(kindOf)), c.Kind) {
		add("unknown kind %q", c.Kind)
	}
	if !slices.Contains(caseTypes, c.Type) {
		add("unknown type %q", c.Type)
	}
	if c.Style != "lexical" && c.Style != "paraphrase" {
		add("unknown style %q", c.Style)
	}
	if c.Type == unanswerable {
		if len(c.Nuggets)+len(c.Docs)+len(c.Evidence) > 0 {
			add("unanswerable, yet it has nuggets, documents or evidence")
		}
		return out
	}
	if (c.Type == "multi_doc") != (len(c.Docs) > 1) {
		add("type %s with %d documents", c.Type, len(c.Docs))
	}
	for i, d := range c.Docs {
		if _, ok := docs[d]; !ok {
			add("no document %s", d)
		}
		if i == 0 && kindOf[strings.Split(d, "/")[0]] != c.Kind {
			add("kind %s of a case about %s", c.Kind, d)
		}
		if !slices.ContainsFunc(c.Evidence, func(e evidence) bool { return e.Doc == d }) {
			add("no evidence from %s", d)
		}
	}
	for _, e := range c.Evidence {
		if !slices.Contains(c.Docs, e.Doc) || e.Quote == "" || !strings.Contains(docs[e.Doc], e.Quote) {
			add("evidence not in %s: %q", e.Doc, e.Quote)
		}
	}
	return append(out, nuggetFaults(c, docs)...)
}

func nuggetFaults(c goldenCase, docs map[string]string) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	var gold string
	for _, d := range c.Docs {
		gold += docs[d] + "\n"
	}
	vital := 0
	for _, n := range c.Nuggets {
		if n.Text == "" || !holds(gold, n.AnyOf) {
			add("nugget %q: none of %q in the documents", n.Text, n.AnyOf)
		}
		if !n.Vital {
			continue
		}
		vital++
		if !holds(c.Answer, n.AnyOf) {
			add("nugget %q: none of %q in the answer", n.Text, n.AnyOf)
		}
		// Else repeating the question would earn the nugget.
		if holds(c.Question, n.AnyOf) {
			add("nugget %q: the question gives it away", n.Text)
		}
	}
	if vital < 1 || vital > 3 {
		add("%d vital nuggets, want 1 to 3", vital)
	}
	return out
}

type frontMatter struct {
	Service string `yaml:"service"`
	Team    string `yaml:"team"`
	Date    string `yaml:"date"`
	Kind    string `yaml:"kind"`
	Status  string `yaml:"status"`
}

func TestFrontMatter(t *testing.T) {
	docs := readAll(t, Docs())
	for name, text := range docs {
		if fm := readFrontMatter(t, name, text); fm.Kind != kindOf[strings.Split(name, "/")[0]] {
			t.Errorf("%s: kind %q does not fit its folder", name, fm.Kind)
		}
	}
	for name, text := range readAll(t, Local()) {
		readFrontMatter(t, "local/"+name, text)
	}
	var old int
	for name, text := range docs {
		if readFrontMatter(t, name, text).Status == "superseded" {
			old++
		}
	}
	if old < 3 {
		t.Errorf("%d superseded documents, want at least 3", old)
	}
}

func readFrontMatter(t *testing.T, name, text string) frontMatter {
	t.Helper()
	head, body, ok := strings.Cut(strings.TrimPrefix(text, "---\n"), "\n---\n")
	if !ok || !strings.HasPrefix(text, "---\n") || !strings.Contains(body, "\n# ") {
		t.Fatalf("%s: no front matter or no title", name)
	}
	var fm frontMatter
	dec := yaml.NewDecoder(strings.NewReader(head))
	dec.KnownFields(true)
	if err := dec.Decode(&fm); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if fm.Service == "" || fm.Team == "" {
		t.Errorf("%s: no service or team", name)
	}
	if _, err := time.Parse(time.DateOnly, fm.Date); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	return fm
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

func TestReferencesResolve(t *testing.T) {
	docs := readAll(t, Docs())
	found := 0
	for name, text := range docs {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			found++
			if _, ok := docs[path.Join(path.Dir(name), m[1])]; !ok {
				t.Errorf("%s: link to %s leads nowhere", name, m[1])
			}
		}
	}
	if found < 60 {
		t.Errorf("%d references between documents, want at least 60", found)
	}
}

func TestLocalIsNotIndexed(t *testing.T) {
	docs, local := readAll(t, Docs()), readAll(t, Local())
	if len(local) != 3 {
		t.Errorf("%d local documents, want 3", len(local))
	}
	whole := strings.ToLower(strings.Join(slices.Collect(maps.Values(docs)), "\n"))
	for _, word := range []string{"gift card", "giftcard", "loyalty-svc", "points-expiring", "sftp", "feed-importer"} {
		if strings.Contains(whole, word) {
			t.Errorf("%q belongs to the local documents, but docs has it", word)
		}
	}
	for name := range local {
		for d := range docs {
			if path.Base(d) == name {
				t.Errorf("%s is among the documents as %s", name, d)
			}
		}
	}
}

// TestQuestions holds the demo to its promise: two answers in docs, one only
// in local, one nowhere.
func TestQuestions(t *testing.T) {
	docs, local := readAll(t, Docs()), readAll(t, Local())
	tests := []struct {
		topic string // words of the question
		docs  map[string]string
		name  string
		says  []string
	}{
		{"503", docs, "runbooks/checkout/checkout-503.md", []string{"kubectl rollout undo deployment/checkout-svc -n checkout"}},
		{"order confirmations", docs, "postmortems/2025-07-02-duplicate-order-emails.md", []string{"max.poll.interval.ms", "message_key"}},
		{"gift card", local, "gift-card-service.md", []string{"giftcard-hold-age", "swctl giftcards release --code", "deployment/giftcard-sweeper"}},
		{"Adyen", nil, "", nil},
	}
	qs := Questions()
	if len(qs) != len(tests) {
		t.Fatalf("%d questions, want %d", len(qs), len(tests))
	}
	for i, tt := range tests {
		if !strings.Contains(qs[i].Question, tt.topic) || qs[i].Note == "" {
			t.Errorf("question %d is not about %q or has no note", i, tt.topic)
		}
		for _, s := range tt.says {
			if !strings.Contains(tt.docs[tt.name], s) {
				t.Errorf("%s does not say %q", tt.name, s)
			}
		}
	}
	for _, set := range []map[string]string{docs, local} {
		for name, text := range set {
			if regexp.MustCompile(`(?i)adyen|firmware|pop-up`).MatchString(text) {
				t.Errorf("%s speaks of what nothing should answer", name)
			}
		}
	}
}

func TestCasesAreACopy(t *testing.T) {
	first := Cases()
	first[0] = 'x'
	if diff := cmp.Diff(byte('{'), Cases()[0]); diff != "" {
		t.Error(diff)
	}
}

func readAll(t *testing.T, fsys fs.FS) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if path.Ext(name) != ".md" {
			return fmt.Errorf("%s is not Markdown", name)
		}
		text, err := fs.ReadFile(fsys, name)
		out[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func readCases(t *testing.T) []goldenCase {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(Cases()))
	dec.DisallowUnknownFields()
	var out []goldenCase
	for {
		var c goldenCase
		if err := dec.Decode(&c); errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatalf("case %d: %v", len(out)+1, err)
		}
		out = append(out, c)
	}
}

func holds(text string, anyOf []string) bool {
	text = fold(text)
	return slices.ContainsFunc(anyOf, func(s string) bool { return s != "" && strings.Contains(text, fold(s)) })
}

func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
