package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/mattn/go-shellwords"
)

func readme(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// fenced returns the lines of the code blocks that people are to type: those
// without a language. A longer fence holds shorter ones.
func fenced(markdown string) (lines []string) {
	fence := "" // of the block that is open
	for line := range strings.SplitSeq(markdown, "\n") {
		switch ticks := line[:len(line)-len(strings.TrimLeft(line, "`"))]; {
		case fence == "" && len(ticks) >= 3:
			fence = line
		case fence != "" && line == strings.TrimRight(fence, "abcdefghijklmnopqrstuvwxyz"):
			fence = ""
		case fence != "" && strings.HasSuffix(fence, "`"):
			lines = append(lines, line)
		}
	}
	return lines
}

// What the README tells people to type can be typed.
func TestReadmeCommands(t *testing.T) {
	clearTelemetry(t)
	commands := 0
	for _, line := range fenced(readme(t)) {
		words, err := shellwords.Parse(line)
		if err != nil || len(words) == 0 {
			continue
		}
		switch {
		case words[0] == "hone":
			words = words[1:]
		case len(words) > 2 && strings.Join(words[:3], " ") == "go run ./cmd/hone":
			words = words[3:]
		default:
			continue
		}
		commands++
		if i := indexPrefix(words, "#"); i >= 0 {
			words = words[:i] // a comment
		}
		if _, err := newTestParser(t).Parse(words); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	if commands < 5 {
		t.Errorf("only %d commands were found", commands)
	}
}

func indexPrefix(words []string, prefix string) int {
	for i, w := range words {
		if strings.HasPrefix(w, prefix) {
			return i
		}
	}
	return -1
}

// The table of settings names variables that there are, with their defaults,
// and all that a server goes by.
func TestReadmeSettings(t *testing.T) {
	known := map[string]*kong.Flag{}
	everyCommand(newTestParser(t), func(_ []string, n *kong.Node) {
		for _, f := range n.Flags {
			for _, variable := range f.Envs {
				known[variable] = f
			}
		}
	})
	name := regexp.MustCompile("`([A-Z_]+)`")
	value := regexp.MustCompile("^(?:`([^`]+)`|([0-9]+))$")
	text := readme(t)
	everyCommand(newTestParser(t), func(args []string, n *kong.Node) {
		if !slices.Equal(args, []string{"serve"}) { // what a server goes by
			return
		}
		for _, f := range n.AllFlags(true) {
			for _, f := range f {
				if len(f.Envs) > 0 && f.Name != "json" && !strings.Contains(text, "`"+f.Envs[0]+"`") {
					t.Errorf("the README doesn't tell of %s", f.Envs[0])
				}
			}
		}
	})
	checked := 0
	for line := range strings.SplitSeq(text, "\n") {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		cells := strings.Split(line, " | ")
		names := name.FindAllStringSubmatch(cells[0], -1)
		defaults := strings.Split(cells[1], ", ")
		for i, m := range names {
			if strings.HasPrefix(m[1], "OTEL_") || m[1] == "TELEMETRY_SINKS" {
				continue // not ours
			}
			f := known[m[1]]
			if f == nil {
				t.Errorf("no flag has the variable %s", m[1])
				continue
			}
			checked++
			says := ""
			if v := value.FindStringSubmatch(defaults[min(i, len(defaults)-1)]); v != nil {
				says = v[1] + v[2]
			}
			if f.Default != says && !(says == offlineModel && f.Default == "") && !strings.Contains(cells[1], "OpenAI") {
				t.Errorf("%s: the README says that the default is %q, and it is %q", m[1], says, f.Default)
			}
		}
	}
	if checked < 10 {
		t.Errorf("only %d variables were found", checked)
	}
}
