package main

import (
	"io"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/mattn/go-shellwords"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/docs"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/prompts"
)

// aboutHone are questions of somebody whom an alert has woken, each with the
// runbook that answers it.
var aboutHone = map[string]string{
	"HoneDown fires, is Hone down? How do I check?":                          "hone-down.md",
	"Requests to Hone fail with 5xx. How do I mend that?":                    "requests-failing.md",
	"HoneAnswersFailing fires: answers fail or are degraded. What do I do?":  "answers-failing.md",
	"The model provider refuses the key. What do I do?":                      "provider-down.md",
	"The model is slow, calls take longer than 10 s. What can I do?":         "inference-slow.md",
	"Too many questions at once: a program asks in a loop. What do I do?":    "concurrency-high.md",
	"Background work piles up in a queue of Hone. What do I do?":             "queue-growing.md",
	"Telemetry is lost: does the collector answer?":                          "telemetry-dropped.md",
	"More questions are answered with \"not found\". How do I find out why?": "not-found-rising.md",
	"Searches find nothing any more. What do I check?":                       "searches-empty.md",
	"A source is not synced. What do I do?":                                  "source-not-synced.md",
	"The judge drifted, what do I do?":                                       "judge-drifted.md",
	"A promoted prompt was rolled back. Do I have to do something?":          "prompt-returned.md",
	"A round of improvement failed. How do I see why?":                       "round-failed.md",
	"A round ran out of budget. How do I raise it?":                          "budget-exhausted.md",
}

// Hone answers questions about itself from its runbooks, among the documents of
// the demo, with its first prompt and with the one that the demo promotes.
func TestRunbooksAnswer(t *testing.T) {
	clearTelemetry(t)
	ctx, dir := t.Context(), t.TempDir()
	if err := unpack(dir); err != nil {
		t.Fatal(err)
	}
	a, err := openApp(ctx, settings{
		DB: "sqlite:" + filepath.Join(dir, "hone.db"), Agent: "default", Backend: "embedded", Log: "warn", Model: offlineModel,
	}, terminal{out: io.Discard, err: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, source := range []string{"docs", ownRunbooks} {
		if _, err := a.base.Sync(ctx, knowledge.SyncConfig{Source: source, Root: filepath.Join(dir, source)}); err != nil {
			t.Fatal(err)
		}
	}
	asked := map[string]bool{}
	for prompt := range 2 {
		if prompt == 1 {
			first, err := a.prompts.InUse(ctx, a.promptID)
			if err != nil {
				t.Fatal(err)
			}
			careful := first.Text + "\n- Only answer what the passages support; otherwise admit that you do not know."
			if _, err := a.prompts.Update(ctx, a.promptID, prompts.Draft{Text: careful, Author: "test"}, first.Version, true); err != nil {
				t.Fatal(err)
			}
		}
		for question, runbook := range aboutHone {
			asked[runbook] = true
			answer, err := a.agent.Answer(ctx, agent.Question{Text: question, Origin: agent.FromDemo, Access: knowledge.Access{All: true}})
			if err != nil {
				t.Fatalf("%s: %v", question, err)
			}
			if answer.Status != agent.Answered || len(answer.Citations) == 0 || answer.Citations[0].Path != runbook {
				t.Errorf("prompt %d, %s\n%s, and %s is not what it cites first: %v", prompt+1, question, answer.Status, runbook, answer.Citations)
			}
		}
	}
	for _, name := range runbooks(t) {
		if !asked[name] {
			t.Errorf("nobody asks what %s answers", name)
		}
	}
}

// What the runbooks tell people to type can be typed.
func TestRunbookCommands(t *testing.T) {
	clearTelemetry(t)
	named := map[string]bool{} // commands without what they take, as prose speaks of them
	everyCommand(newTestParser(t), func(args []string, _ *kong.Node) { named[strings.Join(args, " ")] = true })
	quoted := regexp.MustCompile("`(hone [a-z][^`]*)`")
	for _, name := range runbooks(t) {
		b, err := fs.ReadFile(docs.Runbooks(), name)
		if err != nil {
			t.Fatal(err)
		}
		commands := 0
		lines := fenced(string(b))
		for _, m := range quoted.FindAllStringSubmatch(string(b), -1) {
			lines = append(lines, m[1])
		}
		for _, line := range lines {
			words, err := shellwords.Parse(line)
			if err != nil || len(words) == 0 || words[0] != "hone" {
				continue
			}
			commands++
			if named[strings.Join(words[1:], " ")] {
				continue
			}
			// A version has to be a number.
			for i, w := range words {
				if w == "OLD" || w == "NEW" || w == "VERSION" {
					words[i] = "1"
				}
			}
			if _, err := newTestParser(t).Parse(words[1:]); err != nil {
				t.Errorf("%s: %s: %v", name, line, err)
			}
		}
		if commands == 0 {
			t.Errorf("%s names no command of hone's", name)
		}
	}
}

func runbooks(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(docs.Runbooks(), "*.md")
	if err != nil || len(names) == 0 {
		t.Fatalf("runbooks: %v (%v)", names, err)
	}
	return names
}
