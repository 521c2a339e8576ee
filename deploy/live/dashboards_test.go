package live

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// panelQuery is a query of a dashboard's panel.
type panelQuery struct {
	where  string
	promQL string
	labels []string // that the legend needs
}

// Every query of every dashboard finds what it asks for, in what Prometheus has of a Hone that
// has been through everything: some number that is not zero, with the labels by which the panel
// names it.
func TestPrometheusAnswersDashboardsAndAlerts(t *testing.T) {
	prometheusTool(t, "prometheus")
	d, o := startDriven(t), startOffline(t)
	p := startPrometheus(t, eachSecond, d.address(), o.address())
	for range 2 { // what is counted for the first time has no rate yet
		d.drive(t)
		driveOffline(t, o)
		p.scrape(t, 2)
	}
	d.anotherTrial(t)
	d.hold(t)
	p.scrape(t, 3)

	queries := panelQueries(t)
	for range 10 { // rules hang on rules, and what happens in the background takes a while
		queries = slices.DeleteFunc(queries, func(q panelQuery) bool { return p.complaint(t, q) == "" })
		if len(queries) == 0 {
			break
		}
		p.scrape(t, 2)
	}
	for _, q := range queries {
		t.Errorf("%s: %s: %s", q.where, p.complaint(t, q), q.promQL)
	}
	for _, a := range alerts(t) {
		t.Run(a.Alert, func(t *testing.T) { p.checkSeries(t, a.Expr) })
	}
	t.Run("variables", func(t *testing.T) { p.checkVariables(t) })
	t.Run("exemplars", func(t *testing.T) { p.checkExemplars(t, d.traces) })
	if t.Failed() {
		_, text := d.exchange(t, http.MethodGet, "/metrics", "", "")
		t.Logf("metrics:\n%s", text)
	}
}

// quiet are queries that find 0 here, each with the reason.
var quiet = map[*regexp.Regexp]string{
	regexp.MustCompile(`hone_queue_depth`):             "nothing waits for long",
	regexp.MustCompile(`hone_telemetry_dropped_total`): "nothing is lost",
	regexp.MustCompile(`hone_judge_trusted`):           "the judge has drifted",
	regexp.MustCompile(`hone_syncs_total`):             "it is hone ingest that syncs, another process",
}

// complaint tells what is wrong with what a query finds, or "".
func (p *prometheus) complaint(t *testing.T, q panelQuery) string {
	t.Helper()
	samples := p.query(t, q.promQL)
	if len(samples) == 0 {
		return "finds nothing"
	}
	for _, s := range samples {
		for _, label := range q.labels {
			if s.Labels[label] == "" {
				return fmt.Sprintf("finds %v without %s", s.Labels, label)
			}
		}
	}
	for about := range quiet {
		if about.MatchString(q.promQL) {
			return ""
		}
	}
	if !slices.ContainsFunc(samples, func(s sample) bool { return !s.isZero() && !s.isNaN() }) {
		return "finds nothing but 0"
	}
	return ""
}

// dashboard is the part of Grafana's JSON that says what Prometheus is asked.
type dashboard struct {
	Panels     []panel
	Templating struct {
		List []struct {
			Name  string
			Query struct{ Query string }
		}
	}
}

type panel struct {
	Title   string
	Panels  []panel // of a folded row
	Targets []struct{ Expr, LegendFormat string }
}

func dashboards(t *testing.T) map[string]dashboard {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "grafana", "dashboards", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	all := map[string]dashboard{}
	for _, file := range files {
		var d dashboard
		if err := json.Unmarshal([]byte(read(t, file)), &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[filepath.Base(file)] = d
	}
	return all
}

// anything are Grafana's variables with everything chosen.
var anything = strings.NewReplacer("$__rate_interval", "5m", "$__range", "1h",
	"$instance", ".*", "$agent", ".*", "$provider", ".*", "$model", ".*")

var placeholder = regexp.MustCompile(`{{\s*(\w+)\s*}}`)

func panelQueries(t *testing.T) []panelQuery {
	t.Helper()
	var all []panelQuery
	for file, d := range dashboards(t) {
		panels := d.Panels
		for len(panels) > 0 {
			p := panels[0]
			panels = append(panels[1:], p.Panels...)
			for _, target := range p.Targets {
				q := panelQuery{where: file + ", " + p.Title, promQL: anything.Replace(target.Expr)}
				for _, found := range placeholder.FindAllStringSubmatch(target.LegendFormat, -1) {
					q.labels = append(q.labels, found[1])
				}
				all = append(all, q)
			}
		}
	}
	slices.SortFunc(all, func(a, b panelQuery) int { return strings.Compare(a.where+a.promQL, b.where+b.promQL) })
	return all
}

// checkVariables holds that each variable of a dashboard has a value to choose.
func (p *prometheus) checkVariables(t *testing.T) {
	valuesOf := regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)
	for file, d := range dashboards(t) {
		for _, v := range d.Templating.List {
			parts := valuesOf.FindStringSubmatch(anything.Replace(v.Query.Query))
			if parts == nil {
				continue // no variable of Prometheus'
			}
			var found struct{ Data []string }
			getJSON(t, p.url+"/api/v1/label/"+parts[2]+"/values?match[]="+url.QueryEscape(parts[1]), &found)
			if len(found.Data) == 0 {
				t.Errorf("%s: the variable %s has no values", file, v.Name)
			}
		}
	}
}

// checkExemplars holds that durations lead to the trace of an answer.
func (p *prometheus) checkExemplars(t *testing.T, answers map[string]bool) {
	var found struct {
		Data []struct {
			Exemplars []struct{ Labels map[string]string }
		}
	}
	for _, metric := range []string{"hone_run_duration_seconds_bucket", "gen_ai_client_operation_duration_seconds_bucket"} {
		getJSON(t, p.url+"/api/v1/query_exemplars?start=0&end=9999999999&query="+metric, &found)
		leads := false
		for _, series := range found.Data {
			for _, e := range series.Exemplars {
				leads = leads || answers[e.Labels["trace_id"]]
			}
		}
		if !leads {
			t.Errorf("%s: no exemplar of %v leads to an answer", metric, found.Data)
		}
	}
}
