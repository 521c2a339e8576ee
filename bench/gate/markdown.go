package main

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strings"
	"text/template"

	"github.com/honehq/hone/eval/gate"
)

const gateError = gate.GuardError

//go:embed gate.md.tmpl
var page string

// document writes docs/gate.md. Its last line is a hash of the rest, so that a
// figure that was changed by hand is found.
func (f findings) document() []byte {
	var out bytes.Buffer
	err := template.Must(template.New("gate.md").Parse(page)).Execute(&out, map[string]string{
		"Histories": fmt.Sprint(f.histories),
		"Nulls":     f.nullTable(), "Power": f.powerTable(true), "PowerUneven": f.powerTable(false), "Compared": f.comparedTable(),
		"Forecasts": f.forecastTable(), "Rails": f.railTable(true), "Ratios": f.railTable(false),
		"Entries": f.entryTable(), "Futility": f.futileTable(), "Tried": f.triedTable(),
		"Fewest": fmt.Sprint(fewest), "Worst": f.worst().String(), "Lost": f.mostLost().String(),
		"Sooner": fmt.Sprintf("%.0f", f.sooner[0]), "Alone": fmt.Sprintf("%.0f", f.sooner[1]),
	})
	if err != nil {
		panic(err)
	}
	return sign(out.Bytes())
}

// sign appends the hash.
func sign(text []byte) []byte {
	sum := sha256.Sum256(text)
	return append(text, "\n<!-- sha256 of what stands above: "+hex.EncodeToString(sum[:])+" -->\n"...)
}

// worst is the highest share of false promotions among the right uses of the gate.
func (f findings) worst() share {
	var out share
	for _, r := range f.nulls {
		if r.ours && !r.wrong && (out.of == 0 || r.ever.hits > out.hits) {
			out = r.ever
		}
	}
	return out
}

// mostLost is the most power that giving up costs.
func (f findings) mostLost() share {
	var out share
	for _, r := range f.futile {
		if out.of == 0 || r.lost.hits > out.hits {
			out = r.lost
		}
	}
	return out
}

// table writes rows of cells.
func table(head string, rows [][]string) string {
	columns := strings.Split(head, "|")
	var out strings.Builder
	fmt.Fprintf(&out, "| %s |\n|%s\n", strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
	for _, row := range rows {
		fmt.Fprintf(&out, "| %s |\n", strings.Join(row, " | "))
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func (f findings) nullTable() string {
	var rows [][]string
	for _, r := range f.nulls {
		name := r.rule
		switch {
		case r.wrong:
			name = "*" + name + "* (wrong use)"
		case r.ours:
			name = "**" + name + "**"
		}
		rows = append(rows, []string{r.scenario, name, r.ever.String()})
	}
	return table("scenario|rule|a false promotion within 200 rounds", rows)
}

func points(gain float64) string { return fmt.Sprintf("+%.0f", 100*gain) }

// powerTable has a line per size and a column per entry.
func (f findings) powerTable(even bool) string {
	head := []string{"gain", "r", "clusters"}
	for _, k := range powerEntries {
		head = append(head, fmt.Sprintf("entry %d (α = %.2g)", k, alphas(k)))
	}
	var rows [][]string
	for _, r := range f.powers {
		if r.even != even {
			continue
		}
		if r.entry == powerEntries[0] {
			rows = append(rows, []string{points(r.gain), fmt.Sprint(r.repeats), fmt.Sprint(r.clusters)})
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], r.gate.String())
	}
	return table(strings.Join(head, "|"), rows)
}

// comparedTable has other rules beside the gate.
func (f findings) comparedTable() string {
	var rows [][]string
	for _, r := range f.powers {
		if r.even {
			rows = append(rows, []string{
				fmt.Sprint(r.entry), points(r.gain), fmt.Sprint(r.repeats), fmt.Sprint(r.clusters),
				r.gate.String(), r.mixture.String(), r.tTest.String(), r.mean.String(), r.holdout.String(),
			})
		}
	}
	return table(fmt.Sprintf("entry|gain|r|clusters|gate|plain mixture|t-test at the same α|mean went up|t-test, p < 0.05, on a holdout of %d", holdout), rows)
}

func (f findings) forecastTable() string {
	var rows [][]string
	for _, r := range f.forecasts {
		rows = append(rows, []string{
			fmt.Sprint(r.clusters), fmt.Sprint(r.questions), fmt.Sprint(r.dev), points(r.gain), r.truth.String(),
			fmt.Sprintf("%.2f, %.2f, %.2f", r.low, r.middle, r.high),
		})
	}
	return table("sealed clusters|questions in each|dev clusters|gain|true power|told: 10 %, median, 90 %", rows)
}

func (f findings) railTable(shares bool) string {
	var rows [][]string
	for _, r := range f.rails {
		if r.shares != shares {
			continue
		}
		name, margin := r.candidate, fmt.Sprintf("%.1f points", 100*r.margin)
		if r.null {
			name = "**" + name + "**"
		}
		if !shares {
			margin = "twice"
		}
		rows = append(rows, []string{name, fmt.Sprint(r.clusters), margin, r.bets.String(), r.boot.String(), r.tTests.String()})
	}
	return table("candidate|clusters|margin|bets (used)|bootstrap (BCa)|t-test", rows)
}

func (f findings) entryTable() string {
	var rows [][]string
	for _, r := range f.entries {
		rows = append(rows, []string{r.candidate, fmt.Sprint(r.clusters), points(r.gain), r.without.String(), r.atOnce.String(), r.settled.String()})
	}
	return table("candidate|clusters|gain|no guardrails|wanted at once|the entry goes on (used)", rows)
}

func (f findings) futileTable() string {
	var rows [][]string
	for _, r := range f.futile {
		rows = append(rows, []string{
			fmt.Sprint(r.clusters), fmt.Sprint(r.entry), r.candidate, r.power.String(), r.lost.String(),
			fmt.Sprintf("%.0f", r.usedWithouts), fmt.Sprintf("%.0f", r.used),
		})
	}
	return table("clusters|entry|candidate|promoted if never given up|lost by giving up|clusters used if never given up|clusters used", rows)
}

func (f findings) triedTable() string {
	head := []string{"clusters", "entry", "candidate"}
	for _, t := range bettors {
		head = append(head, t.name)
	}
	var rows [][]string
	for _, r := range f.tried {
		name := r.candidate
		if r.null {
			name = "**" + name + "**"
		}
		row := []string{fmt.Sprint(r.clusters), fmt.Sprint(r.entry), name}
		for _, s := range r.power {
			row = append(row, s.String())
		}
		rows = append(rows, row)
	}
	return table(strings.Join(head, "|"), rows)
}
