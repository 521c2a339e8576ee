package live

import (
	"os/exec"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"
)

// The configuration and the rules are such that Prometheus takes them, and the rules do what
// their tests say.
func TestPrometheusTakesTheRules(t *testing.T) {
	promtool := prometheusTool(t, "promtool")
	dir := t.TempDir()
	configure(t, dir, func(text string) string { return text }, []string{"hone:8484"})
	for _, args := range [][]string{
		{"check", "config", filepath.Join(dir, "prometheus.yaml")},
		append([]string{"check", "rules", "--lint-fatal"}, files(t, rules)...),
		append([]string{"test", "rules"}, files(t, ruleTests)...),
	} {
		t.Run(args[0]+" "+args[1], func(t *testing.T) {
			if out, err := exec.CommandContext(t.Context(), promtool, args...).CombinedOutput(); err != nil {
				t.Errorf("promtool %s %s: %v\n%s", args[0], args[1], err, out)
			}
		})
	}
}

// ruleTests is where the tests of the rules are.
var ruleTests = filepath.Join("..", "prometheus", "tests")

// Each alert fires in some test, and is over later in the same.
func TestEachAlertFiresAndResolves(t *testing.T) {
	type tested struct {
		AlertRuleTest []struct {
			Alertname string `yaml:"alertname"`
			ExpAlerts []any  `yaml:"exp_alerts"`
		} `yaml:"alert_rule_test"`
	}
	resolved := map[string]bool{}
	for _, file := range files(t, ruleTests) {
		var suite struct{ Tests []tested }
		if err := yaml.Unmarshal([]byte(read(t, file)), &suite); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, test := range suite.Tests {
			fired := map[string]bool{}
			for _, look := range test.AlertRuleTest { // in the order of time
				if len(look.ExpAlerts) > 0 {
					fired[look.Alertname] = true
				} else if fired[look.Alertname] {
					resolved[look.Alertname] = true
				}
			}
		}
	}
	for _, a := range alerts(t) {
		if !resolved[a.Alert] {
			t.Errorf("no test has %s fire and then resolve", a.Alert)
		}
	}
}

func files(t *testing.T, folder string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil || len(found) == 0 {
		t.Fatalf("nothing in %s: %v", folder, err)
	}
	return found
}
