// Package prometheus_test checks what an operator deploys beside Hone: rules,
// alerts and dashboards ask for what Hone measures, and each alert has a runbook
// and is seen to fire and to resolve.
package prometheus_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/honehq/hone/docs"
)

type ruleFile struct {
	Groups []struct {
		Name     string `yaml:"name"`
		Interval string `yaml:"interval"`
		Rules    []rule `yaml:"rules"`
	} `yaml:"groups"`
}

type rule struct {
	Record      string            `yaml:"record"`
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

// readRules are all rules, and those of alerts alone.
func readRules(t *testing.T) (all, alerts []rule) {
	t.Helper()
	files, err := filepath.Glob("rules/*.yaml")
	if err != nil || len(files) < 2 {
		t.Fatalf("rules: %v (%v)", files, err)
	}
	for _, name := range files {
		var f ruleFile
		readYAML(t, name, &f)
		for _, g := range f.Groups {
			all = append(all, g.Rules...)
		}
	}
	for _, r := range all {
		if r.Alert != "" {
			alerts = append(alerts, r)
		}
	}
	return all, alerts
}

func readYAML(t *testing.T, name string, into any) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	dec := yaml.NewDecoder(f)
	dec.KnownFields(true)
	if err := dec.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// withRecorded adds what the rules record.
func withRecorded(t *testing.T) known {
	t.Helper()
	all := measured(t)
	rules, _ := readRules(t)
	for _, r := range rules {
		if r.Record == "" {
			continue
		}
		s := series{labels: map[string][]string{}}
		for _, l := range results(r.Expr) {
			s.labels[l] = nil
		}
		all[r.Record] = s
	}
	return all
}

func TestRulesAskForWhatIsMeasured(t *testing.T) {
	all := withRecorded(t)
	rules, _ := readRules(t)
	for _, r := range rules {
		for _, fault := range all.faults(r.Expr) {
			t.Errorf("%s%s: %s", r.Record, r.Alert, fault)
		}
	}
}

var severities = []string{"critical", "warning", "info"}

// Each alert says in words what happens, how bad it is, and where the runbook is.
func TestAlertsLeadToRunbooks(t *testing.T) {
	const address = "https://github.com/honehq/hone/blob/main/docs/runbooks/"
	_, alerts := readRules(t)
	used := map[string]string{}
	for _, a := range alerts {
		name := a.Labels["runbook"]
		if other := used[name]; other != "" {
			t.Errorf("%s and %s have the same runbook", a.Alert, other)
		}
		used[name] = a.Alert
		if got := a.Annotations["runbook_url"]; got != address+name+".md" {
			t.Errorf("%s: runbook_url %s", a.Alert, got)
		}
		if !slices.Contains(severities, a.Labels["severity"]) {
			t.Errorf("%s: severity %q", a.Alert, a.Labels["severity"])
		}
		if a.Annotations["summary"] == "" || len(strings.Fields(a.Annotations["description"])) < 12 {
			t.Errorf("%s: no summary, or no description in words", a.Alert)
		}
		text, err := fs.ReadFile(docs.Runbooks(), name+".md")
		if err != nil {
			t.Errorf("%s: %v", a.Alert, err)
			continue
		}
		if !strings.Contains(string(text), "Alert: `"+a.Alert+"` (") || !strings.Contains(string(text), "Severity: "+a.Labels["severity"]+".") {
			t.Errorf("%s.md does not name its alert %s of severity %s", name, a.Alert, a.Labels["severity"])
		}
	}
	runbooks, err := fs.Glob(docs.Runbooks(), "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range runbooks {
		if used[strings.TrimSuffix(name, ".md")] == "" {
			t.Errorf("no alert has the runbook %s", name)
		}
	}
}

// A description fills in only labels that the alert has.
func TestAlertsNameTheirLabels(t *testing.T) {
	label := regexp.MustCompile(`\$labels\.(\w+)`)
	_, alerts := readRules(t)
	recorded := map[string][]string{}
	rules, _ := readRules(t)
	for _, r := range rules {
		recorded[r.Record] = results(r.Expr)
	}
	for _, a := range alerts {
		has := results(a.Expr)
		first, _, _ := strings.Cut(strings.TrimSpace(a.Expr), " ")
		if of, ok := recorded[first]; ok {
			has = of
		}
		for _, m := range label.FindAllStringSubmatch(a.Annotations["description"], -1) {
			if !slices.Contains(has, m[1]) && !(a.Alert == "HoneDown" && scraped(m[1])) {
				t.Errorf("%s tells of the label %s; it has %v", a.Alert, m[1], has)
			}
		}
	}
}

// prose is Markdown without what people type.
func prose(markdown string) string {
	return regexp.MustCompile("(?s)```.*?```|`[^`]*`").ReplaceAllString(markdown, "")
}

// Every runbook is built alike, so that somebody who was woken finds their way,
// and what it links to is there.
func TestRunbooksAreBuiltAlike(t *testing.T) {
	headings := []string{"## What it means", "## Who suffers", "## How to check", "## How to mend", "## When it is over"}
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	panel := regexp.MustCompile(`"([A-Z][^"\n]+)"`)
	titles := panelTitles(t)
	names, err := fs.Glob(docs.Runbooks(), "*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b, err := fs.ReadFile(docs.Runbooks(), name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		if got := regexp.MustCompile(`(?m)^## .*$`).FindAllString(text, -1); !slices.Equal(got, headings) {
			t.Errorf("%s has the headings %q", name, got)
		}
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if _, err := fs.Stat(docs.Runbooks(), m[1]); err != nil {
				t.Errorf("%s: link to %s leads nowhere", name, m[1])
			}
		}
		for _, m := range panel.FindAllStringSubmatch(prose(text), -1) {
			if !titles[m[1]] {
				t.Errorf("%s speaks of a panel %q, which no dashboard has", name, m[1])
			}
		}
	}
}
