package live

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// alert is a rule that may fire.
type alert struct {
	Alert string
	Expr  string
}

// alerts are all of them.
func alerts(t *testing.T) []alert {
	t.Helper()
	var all []alert
	for _, file := range files(t, rules) {
		var rules struct {
			Groups []struct{ Rules []alert }
		}
		if err := yaml.Unmarshal([]byte(read(t, file)), &rules); err != nil {
			t.Fatal(err)
		}
		for _, g := range rules.Groups {
			for _, r := range g.Rules {
				if r.Alert != "" {
					all = append(all, r)
				}
			}
		}
	}
	if len(all) == 0 {
		t.Fatal("no alerts")
	}
	return all
}

var (
	grouping = regexp.MustCompile(`\b(by|on|without|ignoring|group_left|group_right) *\([^)]*\)`)
	selector = regexp.MustCompile(`\b((?:hone|gen_ai|http|agent|agent_status|provider_model|up)[\w:]*)({[^}]*})?`)
)

// shortly looks at the last seconds only, so that alerts resolve while a test waits.
func shortly(text string) string {
	return regexp.MustCompile(`\[[25]m\]`).ReplaceAllString(eachSecond(text), "[8s]")
}

// Alerts that tell of what people feel fire when a live Hone gives cause, and resolve when all is
// well again.
func TestPrometheusAlertsFireAndResolve(t *testing.T) {
	prometheusTool(t, "prometheus")
	models := startProvider(t)
	h := &hone{env: environment(t, "HONE_API_KEY="+serverKey, "HONE_DATABASE_URL=sqlite:"+filepath.Join(t.TempDir(), "hone.db"),
		"OPENAI_BASE_URL="+models.url, "OPENAI_API_KEY=provider-key", "HONE_MODEL=small")}
	h.run(t, "ingest", filepath.Join("..", "..", "sample", "docs", "handbook"))
	h.listen(t, address(t))
	p := startPrometheus(t, shortly, h.address())
	until := func(name string, firing bool, meanwhile func()) {
		t.Helper()
		p.await(t, func() bool {
			meanwhile()
			return len(p.alerting(t, name)) > 0 == firing
		})
	}
	ask := func() { h.ask(t, "How do I drain a node?") }

	until("HoneAnswersFailing", false, ask)
	models.down.Store(true)
	until("HoneProviderDown", true, ask)
	until("HoneAnswersFailing", true, ask)
	models.down.Store(false)
	until("HoneProviderDown", false, ask)
	until("HoneAnswersFailing", false, ask)

	until("HoneDown", false, ask)
	h.end(t)
	until("HoneDown", true, func() {})
	h.listen(t, h.address())
	until("HoneDown", false, ask)
}

// checkSeries holds that there is a series for everything that an alert looks at, so that it
// fires once the numbers say so.
func (p *prometheus) checkSeries(t *testing.T, expr string) {
	found := selector.FindAllString(grouping.ReplaceAllString(expr, ""), -1)
	if len(found) == 0 {
		t.Fatalf("looks at nothing: %s", expr)
	}
	for _, series := range found {
		if len(p.query(t, series)) == 0 {
			t.Errorf("nothing is %s", strings.TrimSpace(series))
		}
	}
}
