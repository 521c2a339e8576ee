package prometheus_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/honehq/hone/docs"
)

// grafanaFile is what is checked of a dashboard, as Grafana reads it.
type grafanaFile struct {
	UID, Title string
	Templating struct {
		List []struct {
			Name  string
			Query struct{ Query string }
		}
	}
	Panels []struct {
		Type, Title, Description string
		Datasource               struct{ UID string }
		Targets                  []struct {
			Expr, LegendFormat string
			Exemplar           bool
			Datasource         struct{ UID string }
		}
		Links       []struct{ URL string }
		FieldConfig struct{ Defaults struct{ Unit string } }
	}
}

func readDashboards(t *testing.T) map[string]grafanaFile {
	t.Helper()
	files, err := filepath.Glob("../grafana/dashboards/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("dashboards: %v (%v)", files, err)
	}
	all := map[string]grafanaFile{}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var d grafanaFile
		if err := json.Unmarshal(b, &d); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[filepath.Base(name)] = d
	}
	return all
}

func panelTitles(t *testing.T) map[string]bool {
	t.Helper()
	titles := map[string]bool{}
	for _, d := range readDashboards(t) {
		for _, p := range d.Panels {
			titles[p.Title] = true
		}
	}
	return titles
}

// filledIn is a query as Grafana sends it, all values chosen.
var filledIn = strings.NewReplacer(
	"$__rate_interval", "1m", "$__range", "6h",
	"$instance", ".*", "$agent", ".*", "$provider", ".*", "$model", ".*",
)

func TestDashboardsAskForWhatIsMeasured(t *testing.T) {
	all := withRecorded(t)
	legend := regexp.MustCompile(`\{\{(\w+)\}\}`)
	for file, d := range readDashboards(t) {
		queries := 0
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				queries++
				promQL := filledIn.Replace(q.Expr)
				if strings.Contains(promQL, "$") {
					t.Errorf("%s, %s: a variable stays in %s", file, p.Title, promQL)
				}
				for _, fault := range all.faults(promQL) {
					t.Errorf("%s, %s: %s", file, p.Title, fault)
				}
				has := results(promQL)
				for _, m := range legend.FindAllStringSubmatch(q.LegendFormat, -1) {
					if recorded, _, ok := all.find(strings.SplitN(promQL, "{", 2)[0]); ok {
						if _, of := recorded.labels[m[1]]; of {
							continue
						}
					}
					if !slices.Contains(has, m[1]) {
						t.Errorf("%s, %s: the legend names %s, the result has %v", file, p.Title, m[1], has)
					}
				}
				if q.Exemplar != strings.Contains(promQL, "_bucket{") && p.Type == "timeseries" {
					t.Errorf("%s, %s: exemplars: %v", file, p.Title, q.Exemplar)
				}
			}
		}
		if queries < 10 {
			t.Errorf("%s asks only %d queries", file, queries)
		}
	}
}

// The choices at the top come from metrics that there are, and each is used.
func TestDashboardVariables(t *testing.T) {
	all := measured(t)
	values := regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)
	for file, d := range readDashboards(t) {
		var text strings.Builder
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				text.WriteString(q.Expr)
			}
		}
		declared := map[string]bool{}
		for _, v := range d.Templating.List {
			declared[v.Name] = true
			if !strings.Contains(text.String(), "$"+v.Name) {
				t.Errorf("%s: no panel uses $%s", file, v.Name)
			}
			m := values.FindStringSubmatch(v.Query.Query)
			if m == nil {
				t.Errorf("%s: $%s has the query %s", file, v.Name, v.Query.Query)
				continue
			}
			name, _, _ := strings.Cut(m[1], "{")
			s, _, ok := all.find(name)
			if _, of := s.labels[m[2]]; !ok || !of && !scraped(m[2]) {
				t.Errorf("%s: $%s is of %s, which is no label of %s", file, v.Name, m[2], name)
			}
		}
		for _, name := range []string{"instance", "agent", "provider", "model"} {
			if strings.Contains(text.String(), "$"+name) && !declared[name] {
				t.Errorf("%s: nobody can choose $%s", file, name)
			}
		}
	}
}

// A panel says what is to be seen, in a unit, and leads to runbooks that there
// are, and to the data sources that are provisioned.
func TestDashboardPanels(t *testing.T) {
	const address = "https://github.com/honehq/hone/blob/main/docs/runbooks/"
	provisioned, err := os.ReadFile("../grafana/provisioning/datasources/hone.yaml")
	if err != nil {
		t.Fatal(err)
	}
	linked := map[string]bool{}
	for file, d := range readDashboards(t) {
		for _, p := range d.Panels {
			if p.Type == "row" {
				continue
			}
			if len(p.Description) < 20 || p.Title == "" || len(p.Targets) == 0 {
				t.Errorf("%s, %q: no title, description or query", file, p.Title)
			}
			if p.FieldConfig.Defaults.Unit == "" && p.Type != "table" {
				t.Errorf("%s, %s: no unit", file, p.Title)
			}
			uids := []string{p.Datasource.UID}
			for _, q := range p.Targets {
				uids = append(uids, q.Datasource.UID)
			}
			for _, uid := range uids {
				if !strings.Contains(string(provisioned), "uid: "+uid+"\n") {
					t.Errorf("%s, %s: data source %s is not provisioned", file, p.Title, uid)
				}
			}
			for _, l := range p.Links {
				name := strings.TrimPrefix(l.URL, address)
				linked[name] = true
				if _, err := fs.Stat(docs.Runbooks(), name); err != nil {
					t.Errorf("%s, %s links to %s", file, p.Title, l.URL)
				}
			}
		}
	}
	runbooks, err := fs.Glob(docs.Runbooks(), "*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range runbooks {
		if !linked[name] {
			t.Errorf("no panel shows what %s is about", name)
		}
	}
}
