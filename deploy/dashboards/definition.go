package main

// dashboard is a page of panels, as people who edit it think of it; grafana.go
// makes Grafana's JSON of it.
type dashboard struct {
	name        string // of the file, and the stable part of its address in Grafana
	title       string
	description string
	variables   []variable
	rows        []row
}

// row is a heading with the panels below it, from left to right.
type row struct {
	title  string
	panels []panel
}

// panel is one picture. Its description says in plain words what is to be seen
// and what would be wrong.
type panel struct {
	title       string
	description string
	draw        drawing // lines unless it says otherwise
	unit        unit
	width       int     // in 24ths of a row; 0: 8
	limits      []limit // from the lowest
	good        bool    // more is better: below the lowest limit is red
	atMost      float64 // the axis' upper end; 0: by the values
	runbook     string  // of the alert that looks at the same, without .md
	queries     []query
}

// limit is a value from which on a panel has another colour.
type limit struct {
	from  float64
	color string
}

// query is PromQL with the name of what it finds; {{label}} stands for a label's
// value.
type query struct {
	expr   string
	legend string
	traces bool // show exemplars, which lead to traces; for histograms' buckets
	unit   unit // of a table's column; else the panel's
}

type drawing string

const (
	lines   drawing = ""
	stacked drawing = "stacked" // lines that add up to a whole
	figure  drawing = "figure"  // the last value, large
	table   drawing = "table"   // the last values, a row for each combination of labels
	states  drawing = "states"  // a bar over time whose colour is the value
)

// unit is Grafana's name of a unit.
type unit string

const (
	plain     unit = "short"
	seconds   unit = "s"
	share     unit = "percentunit" // 0 to 1
	perSecond unit = "ops"
	usd       unit = "currencyUSD"
)

// variable is a choice at the top of a dashboard: the values that a label of a
// metric has.
type variable struct {
	name, label   string
	metric, value string
}

var (
	anyInstance = variable{"instance", "Instance", `up{job="hone"}`, "instance"}
	anyAgent    = variable{"agent", "Agent", "hone_answers_total", "gen_ai_agent_name"}
	anyProvider = variable{"provider", "Provider", "hone_model_calls_total", "gen_ai_provider_name"}
	anyModel    = variable{"model", "Model", `hone_model_calls_total{gen_ai_provider_name=~"$provider"}`, "gen_ai_request_model"}
)

// red is what an alert looks at; orange comes before it.
func red(from float64) []limit            { return []limit{{from, "red"}} }
func orangeRed(orange, r float64) []limit { return []limit{{orange, "orange"}, {r, "red"}} }

// greenFrom lists the limits of what should be large.
func greenFrom(orange, green float64) []limit {
	return []limit{{orange, "orange"}, {green, "green"}}
}

// quantiles are the 50th, 95th and 99th percentile of a histogram, over the
// series that match.
func quantiles(histogram, matching string) []query {
	of := func(q, name string) query {
		return query{
			expr:   "histogram_quantile(" + q + ", sum by (le) (rate(" + histogram + "_bucket{" + matching + "}[$__rate_interval])))",
			legend: name, traces: true,
		}
	}
	return []query{of("0.5", "half"), of("0.95", "95 of 100"), of("0.99", "99 of 100")}
}

// quantileBy is one percentile of a histogram for each value of labels.
func quantileBy(q, histogram, matching, labels, legend string) []query {
	return []query{{
		expr: "histogram_quantile(" + q + ", sum by (le, " + labels + ") (rate(" + histogram +
			"_bucket{" + matching + "}[$__rate_interval])))",
		legend: legend, traces: true,
	}}
}

// mean is a histogram's mean for each value of labels.
func mean(histogram, matching, labels, legend string) []query {
	sum := func(part string) string {
		return "sum by (" + labels + ") (rate(" + histogram + part + "{" + matching + "}[$__rate_interval]))"
	}
	return []query{{expr: sum("_sum") + " / (" + sum("_count") + " > 0)", legend: legend}}
}

// one is a single query.
func one(expr, legend string) []query { return []query{{expr: expr, legend: legend}} }
