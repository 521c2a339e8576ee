package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/sample"
)

// demoProcess is hone demo in a home of its own, whatever the environment says
// of models, databases and telemetry.
func demoProcess(ctx context.Context, t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(ctx, honeBinary(t), append([]string{"demo"}, args...)...)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	home := t.TempDir()
	c.Env = []string{
		"HOME=" + home, "TMPDIR=" + t.TempDir(), "HONE_DATABASE_URL=sqlite:" + home + "/mine.db", "HONE_TRACES_DB=" + home + "/traces.db",
		"HONE_MODEL=none-such", "HONE_JUDGE_MODEL=none-such", "OPENAI_BASE_URL=http://127.0.0.1:1/v1",
	}
	c.Stderr = t.Output()
	t.Cleanup(func() {
		for _, dir := range []string{home, strings.TrimPrefix(c.Env[1], "TMPDIR=")} {
			left, err := os.ReadDir(dir)
			if err != nil || len(left) > 0 {
				t.Errorf("the demo left %v behind (%v)", left, err)
			}
		}
	})
	return c
}

func TestDemoOnce(t *testing.T) {
	t.Parallel()
	out, err := demoProcess(t.Context(), t, "--once").Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	checkDemo(t, string(out), 6)
	if !strings.Contains(string(out), "\nDone. ") {
		t.Errorf("it does not say that it is done: %s", out)
	}
}

// After the show the demo serves, until it is stopped.
func TestDemoServes(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	c := demoProcess(ctx, t, "--addr=127.0.0.1:0")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var printed strings.Builder
	address := ""
	for lines := bufio.NewScanner(out); address == "" && lines.Scan(); {
		printed.WriteString(lines.Text() + "\n")
		address, _ = strings.CutPrefix(lines.Text(), "Hone is at ")
		if !strings.HasPrefix(lines.Text(), "Hone is at ") {
			address = ""
		}
	}
	if address == "" {
		t.Fatalf("it does not serve: %v\n%s", c.Wait(), &printed)
	}
	checkDemo(t, printed.String(), 7)

	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/v1/ask",
		strings.NewReader(`{"question": "Checkout throws 503s since the last release. How do I roll back?"}`))
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if a := decode[agent.Answer](t, string(body)); err != nil || a.Status != agent.Answered || len(a.Citations) == 0 {
		t.Errorf("over HTTP: %v %s", err, body)
	}
	stop()
	if err := c.Wait(); err != nil && c.ProcessState.ExitCode() != exitDone {
		t.Errorf("it ended so: %v", err)
	}
}

// checkDemo looks at what the demo promises to show.
func checkDemo(t *testing.T, out string, parts int) {
	t.Helper()
	// Answers quote numbered steps, too.
	part := regexp.MustCompile(`(?m)^\d\. (?:Ingest the documents|Ask|Look at one run|Evaluate|Improve the prompt, once|Ask Hone about itself|Serve)$`).Split(out, -1)
	if len(part)-1 != parts {
		t.Fatalf("%d parts, not %d: %s", len(part)-1, parts, out)
	}
	if !regexp.MustCompile(`shopwave: \d\d added, 0 updated, 0 unchanged, 0 deleted in`).MatchString(part[1]) || strings.Contains(part[1], "skipped") {
		t.Errorf("ingest: %s", part[1])
	}
	checkDemoAnswers(t, part[2])
	for _, want := range []string{"invoke_agent default", "turn 1", "chat offline", "file_search", "search_knowledge", "list_local_", "read_local_", "index_docu", "sql "} {
		if !strings.Contains(part[3], want) {
			t.Errorf("the waterfall lacks %q: %s", want, part[3])
		}
	}
	if !regexp.MustCompile(`(?m)^\d+ cases in \d+ clusters, prompt v1, model offline\n.*score.*vital nuggets.*refusal right\n +all +\d+ +0\.\d+ \(0\.\d\d–[01]\.\d\d\)`).MatchString(part[4]) {
		t.Errorf("evaluation: %s", part[4])
	}
	verdict := regexp.MustCompile(`(?m)^([✓✗]) .*\.$`).FindStringSubmatch(part[5])
	if verdict == nil {
		t.Fatalf("no verdict: %s", part[5])
	}
	scores := regexp.MustCompile(`(?m)^ *score, a cluster weighing as any other +0\.\d+ +0\.\d+ +\+0\.\d+ \([+-]0\.\d\d to \+0\.\d\d\)`)
	if promoted := verdict[1] == "✓"; promoted != scores.MatchString(part[5]) {
		t.Errorf("promoted: %v, and yet %s", promoted, part[5])
	}
	if !regexp.MustCompile(`(?s)hone-runbooks: \d\d added, 0 updated.*hone eval calibrate.*\n\[1\] judge-drifted\.md:\d+.*\nanswered in `).MatchString(part[6]) {
		t.Errorf("about Hone: %s", part[6])
	}
}

// checkDemoAnswers looks at the four questions: two that the documents answer,
// one that a local file answers, one that nothing answers.
func checkDemoAnswers(t *testing.T, part string) {
	t.Helper()
	answers := strings.Split(part, "\nQ: ")[1:]
	questions := sample.Questions()
	if len(answers) != len(questions) {
		t.Fatalf("%d answers to %d questions", len(answers), len(questions))
	}
	for i, status := range []agent.Status{agent.Answered, agent.Answered, agent.Answered, agent.NotFound} {
		a := answers[i]
		if !strings.HasPrefix(a, questions[i].Question+"\n") || !strings.Contains(a, "\n"+string(status)+" in ") {
			t.Errorf("question %d is not %s: %s", i+1, status, a)
			continue
		}
		cited := regexp.MustCompile(`(?m)^\[1\] \S+\.md:\d+`).MatchString(a)
		if cited != (status == agent.Answered) {
			t.Errorf("question %d is %s; that it cites something is %v", i+1, status, cited)
		}
	}
	steps := regexp.MustCompile(`(?s)· file_search .*· list_local_files.*· read_local_file gift-card-service\.md.*· index_document gift-card-service\.md.*· file_search .*\n\[1\] gift-card-service\.md:`)
	if !steps.MatchString(answers[2]) {
		t.Errorf("the third question did not go its way: %s", answers[2])
	}
	if strings.Contains(answers[3], "index_document") {
		t.Errorf("the fourth question indexed something: %s", answers[3])
	}
}
