package prometheus_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// unitTests is a file of promtool test rules.
type unitTests struct {
	RuleFiles          []string `yaml:"rule_files"`
	EvaluationInterval string   `yaml:"evaluation_interval"`
	GroupEvalOrder     []string `yaml:"group_eval_order"`
	Tests              []struct {
		Name        string `yaml:"name"`
		Interval    string `yaml:"interval"`
		InputSeries []struct {
			Series string `yaml:"series"`
			Values string `yaml:"values"`
		} `yaml:"input_series"`
		AlertRuleTest []struct {
			EvalTime  string `yaml:"eval_time"`
			Alertname string `yaml:"alertname"`
			ExpAlerts []struct {
				Labels      map[string]string `yaml:"exp_labels"`
				Annotations map[string]string `yaml:"exp_annotations"`
			} `yaml:"exp_alerts"`
		} `yaml:"alert_rule_test"`
		PromqlExprTest []struct {
			Expr       string `yaml:"expr"`
			EvalTime   string `yaml:"eval_time"`
			ExpSamples []struct {
				Labels string  `yaml:"labels"`
				Value  float64 `yaml:"value"`
			} `yaml:"exp_samples"`
		} `yaml:"promql_expr_test"`
	} `yaml:"tests"`
}

func readUnitTests(t *testing.T) map[string]unitTests {
	t.Helper()
	files, err := filepath.Glob("tests/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("tests: %v (%v)", files, err)
	}
	all := map[string]unitTests{}
	for _, name := range files {
		var f unitTests
		readYAML(t, name, &f)
		all[name] = f
	}
	return all
}

// Each alert is tested: it is quiet, it fires, it resolves.
func TestEachAlertIsTested(t *testing.T) {
	const silent, firing = 's', 'f'
	seen := map[string][]string{} // by alert: the course of each test
	for name, f := range readUnitTests(t) {
		for _, test := range f.Tests {
			course, at := map[string]string{}, map[string]time.Duration{}
			for _, a := range test.AlertRuleTest {
				when, err := time.ParseDuration(a.EvalTime)
				if err != nil {
					t.Fatalf("%s, %s: %v", name, test.Name, err)
				}
				if when < at[a.Alertname] {
					t.Errorf("%s, %s: times of %s are not in order", name, test.Name, a.Alertname)
				}
				at[a.Alertname] = when
				is := silent
				if len(a.ExpAlerts) > 0 {
					is = firing
				}
				course[a.Alertname] += string(is)
			}
			for alert, c := range course {
				seen[alert] = append(seen[alert], c)
			}
		}
	}
	whole := func(c string) bool {
		return len(c) >= 3 && c[0] == silent && c[len(c)-1] == silent && slices.Contains([]byte(c), firing)
	}
	_, alerts := readRules(t)
	for _, a := range alerts {
		if !slices.ContainsFunc(seen[a.Alert], whole) {
			t.Errorf("%s: no test in which it is quiet, fires and resolves: %q", a.Alert, seen[a.Alert])
		}
	}
}

// What the unit tests make up are series that Hone could have.
func TestUnitTestsMakeUpRealSeries(t *testing.T) {
	all := withRecorded(t)
	for name, f := range readUnitTests(t) {
		for _, test := range f.Tests {
			for _, s := range test.InputSeries {
				for _, fault := range all.faultsOfSeries(s.Series) {
					t.Errorf("%s, %s: %s", name, test.Name, fault)
				}
			}
		}
	}
}
