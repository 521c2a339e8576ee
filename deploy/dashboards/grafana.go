package main

import (
	"cmp"
	"fmt"
	"net/url"
)

// What follows is Grafana's model of a dashboard, as far as it is used here:
// https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/

type grafanaDashboard struct {
	UID           string         `json:"uid"`
	Title         string         `json:"title"`
	Description   string         `json:"description"`
	Tags          []string       `json:"tags"`
	Editable      bool           `json:"editable"`
	GraphTooltip  int            `json:"graphTooltip"` // 1: the crosshair is shared by all panels
	Refresh       string         `json:"refresh"`
	SchemaVersion int            `json:"schemaVersion"`
	Time          timeRange      `json:"time"`
	Links         []link         `json:"links"`
	Templating    templating     `json:"templating"`
	Annotations   templating     `json:"annotations"`
	Panels        []grafanaPanel `json:"panels"`
}

type timeRange struct {
	From string `json:"from"`
	To   string `json:"to"`
}

type link struct {
	Title       string   `json:"title"`
	Type        string   `json:"type,omitempty"` // link or dashboards; of dashboards only
	URL         string   `json:"url,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	TargetBlank bool     `json:"targetBlank,omitempty"`
	AsDropdown  bool     `json:"asDropdown,omitempty"`
	KeepTime    bool     `json:"keepTime,omitempty"`
	IncludeVars bool     `json:"includeVars,omitempty"`
}

type templating struct {
	List []grafanaVariable `json:"list"`
}

type grafanaVariable struct {
	Name       string         `json:"name"`
	Label      string         `json:"label"`
	Type       string         `json:"type"`
	Datasource *datasource    `json:"datasource,omitempty"`
	Query      variableQuery  `json:"query"`
	Refresh    int            `json:"refresh,omitempty"` // 2: when the time shown changes
	Sort       int            `json:"sort,omitempty"`
	Multi      bool           `json:"multi"`
	IncludeAll bool           `json:"includeAll"`
	AllValue   string         `json:"allValue,omitempty"`
	Current    *variableValue `json:"current,omitempty"`
}

type variableQuery struct {
	Query string `json:"query"`
	RefID string `json:"refId"`
}

type variableValue struct {
	Text  string `json:"text"`
	Value string `json:"value"`
}

type datasource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

type grafanaPanel struct {
	ID              int              `json:"id"`
	Type            string           `json:"type"`
	Title           string           `json:"title"`
	Description     string           `json:"description,omitempty"`
	GridPos         gridPos          `json:"gridPos"`
	Datasource      *datasource      `json:"datasource,omitempty"`
	Targets         []target         `json:"targets,omitempty"`
	FieldConfig     *fieldConfig     `json:"fieldConfig,omitempty"`
	Options         *options         `json:"options,omitempty"`
	Links           []link           `json:"links,omitempty"`
	Transformations []transformation `json:"transformations,omitempty"`
}

type gridPos struct {
	H int `json:"h"`
	W int `json:"w"`
	X int `json:"x"`
	Y int `json:"y"`
}

type target struct {
	RefID        string     `json:"refId"`
	Datasource   datasource `json:"datasource"`
	Expr         string     `json:"expr"`
	LegendFormat string     `json:"legendFormat,omitempty"`
	Instant      bool       `json:"instant,omitempty"`
	Range        bool       `json:"range,omitempty"`
	Exemplar     bool       `json:"exemplar,omitempty"`
	Format       string     `json:"format,omitempty"`
}

type fieldConfig struct {
	Defaults  fieldDefaults `json:"defaults"`
	Overrides []override    `json:"overrides"`
}

type fieldDefaults struct {
	Unit       unit       `json:"unit"`
	Min        *float64   `json:"min,omitempty"`
	Max        *float64   `json:"max,omitempty"`
	Color      color      `json:"color"`
	Thresholds thresholds `json:"thresholds"`
	Custom     *custom    `json:"custom,omitempty"`
}

type color struct {
	Mode string `json:"mode"`
}

type thresholds struct {
	Mode  string `json:"mode"`
	Steps []step `json:"steps"`
}

type step struct {
	Color string   `json:"color"`
	Value *float64 `json:"value"` // null: from the beginning
}

type custom struct {
	FillOpacity     int       `json:"fillOpacity"`
	ShowPoints      string    `json:"showPoints,omitempty"`
	Stacking        *stacking `json:"stacking,omitempty"`
	ThresholdsStyle *mode     `json:"thresholdsStyle,omitempty"`
}

type stacking struct {
	Mode string `json:"mode"`
}

type mode struct {
	Mode string `json:"mode"`
}

type override struct {
	Matcher    matcher    `json:"matcher"`
	Properties []property `json:"properties"`
}

type matcher struct {
	ID      string `json:"id"`
	Options string `json:"options"`
}

// property is a setting of some columns: a name, a unit or links.
type property struct {
	ID    string `json:"id"`
	Value any    `json:"value"`
}

type options struct {
	Legend        *legend  `json:"legend,omitempty"`
	Tooltip       *tooltip `json:"tooltip,omitempty"`
	ReduceOptions *reduce  `json:"reduceOptions,omitempty"`
	ColorMode     string   `json:"colorMode,omitempty"`
	GraphMode     string   `json:"graphMode,omitempty"`
	ShowValue     string   `json:"showValue,omitempty"`
}

type legend struct {
	DisplayMode string `json:"displayMode"`
	Placement   string `json:"placement"`
	ShowLegend  bool   `json:"showLegend"`
}

type tooltip struct {
	Mode string `json:"mode"`
	Sort string `json:"sort"`
}

type reduce struct {
	Calcs []string `json:"calcs"`
}

type transformation struct {
	ID      string    `json:"id"`
	Options organized `json:"options"`
}

// organized says which columns a table hides.
type organized struct {
	ExcludeByName map[string]bool `json:"excludeByName,omitempty"`
}

// The data sources of provisioning/datasources.
var (
	prometheus = datasource{"prometheus", "hone-prometheus"}
	jaeger     = datasource{"jaeger", "hone-jaeger"}
)

// runbooks is where the runbooks can be read; the alerts link there, too.
const runbooks = "https://github.com/honehq/hone/blob/main/docs/runbooks/"

const (
	gridWidth   = 24
	figureSize  = 5 // heights, in rows of Grafana's grid
	pictureSize = 8
	tableSize   = 7
)

// grafana makes Grafana's model of a dashboard.
func (d dashboard) grafana() grafanaDashboard {
	g := grafanaDashboard{
		UID: "hone-" + d.name, Title: d.title, Description: d.description, Tags: []string{"hone"},
		Editable: true, GraphTooltip: 1, Refresh: "30s", SchemaVersion: 39,
		Time:        timeRange{"now-6h", "now"},
		Annotations: templating{List: []grafanaVariable{}},
		Links: []link{
			{Title: "Hone", Type: "dashboards", Tags: []string{"hone"}, AsDropdown: true, KeepTime: true, IncludeVars: true},
			{Title: "Traces", Type: "link", URL: exploreTraces(), TargetBlank: true},
			{Title: "Runbooks", Type: "link", URL: runbooks, TargetBlank: true},
		},
	}
	for _, v := range d.variables {
		g.Templating.List = append(g.Templating.List, v.grafana())
	}
	id, y := 0, 0
	add := func(p grafanaPanel) {
		id++
		p.ID = id
		g.Panels = append(g.Panels, p)
	}
	for _, r := range d.rows {
		add(grafanaPanel{Type: "row", Title: r.title, GridPos: gridPos{H: 1, W: gridWidth, Y: y}})
		y++
		x, height := 0, 0
		for _, p := range r.panels {
			made := p.grafana()
			if x+made.GridPos.W > gridWidth {
				x, y, height = 0, y+height, 0
			}
			made.GridPos.X, made.GridPos.Y = x, y
			x, height = x+made.GridPos.W, max(height, made.GridPos.H)
			add(made)
		}
		y += height
	}
	return g
}

// exploreTraces is the address of Grafana's search in the traces of Hone.
func exploreTraces() string {
	panes := fmt.Sprintf(`{"traces":{"datasource":%q,"queries":[{"refId":"A","queryType":"search","service":"hone"}],"range":{"from":"now-1h","to":"now"}}}`, jaeger.UID)
	return "/explore?schemaVersion=1&panes=" + url.QueryEscape(panes)
}

func (v variable) grafana() grafanaVariable {
	return grafanaVariable{
		Name: v.name, Label: v.label, Type: "query", Datasource: &prometheus,
		Query:   variableQuery{fmt.Sprintf("label_values(%s, %s)", v.metric, v.value), "values"},
		Refresh: 2, Sort: 1, Multi: true, IncludeAll: true, AllValue: ".*",
		Current: &variableValue{"All", "$__all"},
	}
}

func (p panel) grafana() grafanaPanel {
	g := grafanaPanel{
		Title: p.title, Description: p.description, Datasource: &prometheus,
		GridPos:     gridPos{H: pictureSize, W: p.width},
		FieldConfig: &fieldConfig{Defaults: p.defaults(), Overrides: []override{}},
	}
	if p.width == 0 {
		g.GridPos.W = 8
	}
	if p.runbook != "" {
		g.Links = []link{{Title: "Runbook", URL: runbooks + p.runbook + ".md", TargetBlank: true}}
	}
	for i, q := range p.queries {
		g.Targets = append(g.Targets, target{
			RefID: string(rune('A' + i)), Datasource: prometheus, Expr: q.expr, LegendFormat: q.legend,
			Range: p.draw != figure && p.draw != table, Instant: p.draw == figure || p.draw == table, Exemplar: q.traces,
		})
	}
	switch p.draw {
	case figure:
		g.Type, g.GridPos.H = "stat", figureSize
		g.Options = &options{ReduceOptions: &reduce{[]string{"lastNotNull"}}, ColorMode: "value", GraphMode: "none"}
	case table:
		g.Type, g.GridPos.H = "table", tableSize
		p.tabulate(&g)
	case states:
		g.Type = "state-timeline"
		g.Options = &options{ShowValue: "auto", Legend: &legend{"list", "bottom", true}}
	case lines, stacked:
		g.Type = "timeseries"
		g.Options = &options{Legend: &legend{"list", "bottom", true}, Tooltip: &tooltip{"multi", "desc"}}
	}
	return g
}

// defaults are a panel's unit, colours and axis.
func (p panel) defaults() fieldDefaults {
	zero := 0.0
	d := fieldDefaults{Unit: p.unit, Color: color{"palette-classic"}, Thresholds: thresholds{Mode: "absolute"}}
	if !p.good {
		d.Min = &zero
	}
	if p.atMost > 0 {
		d.Max = &p.atMost
	}
	first := "green"
	switch {
	case p.good:
		first = "red"
	case len(p.limits) == 0 && p.draw != lines:
		first = "text"
	}
	d.Thresholds.Steps = []step{{Color: first}}
	for _, l := range p.limits {
		d.Thresholds.Steps = append(d.Thresholds.Steps, step{l.color, &l.from})
	}
	switch p.draw {
	case figure:
		d.Color.Mode = "thresholds"
	case states:
		d.Custom = &custom{FillOpacity: 70}
		if len(p.limits) > 0 {
			d.Color.Mode = "thresholds"
		}
	case lines:
		d.Custom = &custom{FillOpacity: 5, ShowPoints: "never"}
		if len(p.limits) > 0 {
			d.Custom.ThresholdsStyle = &mode{"dashed"}
		}
	case stacked:
		d.Custom = &custom{FillOpacity: 30, ShowPoints: "never", Stacking: &stacking{"normal"}}
	case table:
	}
	return d
}

// tabulate makes one row of each combination of labels, with a column for each
// query, and of a runbook's name a link to it.
func (p panel) tabulate(g *grafanaPanel) {
	hidden := map[string]bool{"Time": true}
	for i := range g.Targets {
		t := &g.Targets[i]
		t.Format = "table"
		column := "Value"
		if len(g.Targets) > 1 {
			column += " #" + t.RefID
		}
		if t.LegendFormat == "" {
			hidden[column] = true
			continue
		}
		g.FieldConfig.Overrides = append(g.FieldConfig.Overrides, override{
			matcher{"byName", column}, []property{{"displayName", t.LegendFormat}, {"unit", cmp.Or(p.queries[i].unit, p.unit)}},
		})
	}
	g.FieldConfig.Overrides = append(g.FieldConfig.Overrides, override{
		matcher{"byName", "runbook"}, []property{{"links", []link{{Title: "Runbook", URL: runbooks + "${__value.raw}.md", TargetBlank: true}}}},
	})
	g.Transformations = []transformation{{ID: "merge"}, {ID: "organize", Options: organized{hidden}}}
}
