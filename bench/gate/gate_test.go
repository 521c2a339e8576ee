package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/eval/gate"
	"github.com/honehq/hone/eval/stats"
)

func small(t *testing.T, histories int) bench {
	t.Helper()
	return bench{t.Context(), histories, io.Discard}
}

// The claim, on fewer histories than the document's: where the gate is used
// rightly, false promotions within 200 rounds stay at 5 %; going by the mean or a
// t-test fools nearly every agent, so that this is no easy world.
func TestTheClaim(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: simulation of whole histories, because of -short")
	}
	b := small(t, 80)
	for _, s := range scenarios() {
		for _, c := range s.rules {
			if !c.ours && c.name != meanName && c.name != tName {
				continue
			}
			row := b.null(s, c)
			low, _, err := stats.ClopperPearson(row.ever.hits, row.ever.of, 0.998)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s: %s: %v", s.name, c.name, row.ever)
			switch {
			case c.ours && low > gate.Budget:
				t.Errorf("%s: %s: %v false promotions", s.name, c.name, row.ever)
			case !c.ours && row.ever.value() < 0.9:
				t.Errorf("%s: %s fooled only %v: this world is too easy", s.name, c.name, row.ever)
			}
		}
	}
}

// Wrong uses break the claim; were it otherwise, the simulation would not notice
// a gate that is wrong.
func TestWrongUsesAreFound(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: simulation of whole histories, because of -short")
	}
	b := small(t, 200)
	for _, s := range scenarios() {
		if s.world.proposer != leaking {
			continue
		}
		row := b.null(s, s.rules[0])
		if low, _ := row.ever.limits(); low <= gate.Budget {
			t.Errorf("%s: %v false promotions only", s.name, row.ever)
		}
	}
}

func docs(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "gate.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Nobody changed the document by hand.
func TestDocumentIsSigned(t *testing.T) {
	text := docs(t)
	at := strings.LastIndex(text, "\n<!-- sha256")
	if at < 0 {
		t.Fatal("docs/gate.md has no hash: run make gate-docs")
	}
	sum := sha256.Sum256([]byte(text[:at]))
	if !strings.Contains(text[at:], hex.EncodeToString(sum[:])) {
		t.Error("docs/gate.md was changed after it was made: run make gate-docs")
	}
	if want := fmt.Sprintf("from %d simulated", full); !strings.Contains(text, want) {
		t.Errorf("docs/gate.md was not made %q histories: run make gate-docs without -quick", want)
	}
}

// The document's figures are those of this code: one row of each kind of table
// is measured again, in full, and looked up.
func TestDocumentIsUpToDate(t *testing.T) {
	b := small(t, full)
	f := findings{histories: full}
	for _, row := range powerRows() {
		if row.even && row.gain == 0.10 && row.repeats == 5 && row.clusters == 100 {
			f.powers = append(f.powers, b.power(row))
		}
	}
	f.futile = []futileRow{b.futile("+20 points, 40 % change", threePoint(0.2, 0.4), 76, 1)}
	f.rails = []railRow{b.rail(lossesOnly, 30)}
	f.entries = []entryRow{b.entry("harmless", harmless, 30, 0.3)}
	lines := strings.Split(docs(t), "\n")
	for name, table := range map[string]string{
		"power": f.powerTable(true), "compared": f.comparedTable(), "futility": f.futileTable(), "guardrails": f.railTable(true), "entries": f.entryTable(),
	} {
		for _, want := range strings.Split(table, "\n")[2:] {
			if !contains(lines, want) {
				t.Errorf("%s: docs/gate.md lacks this line; run make gate-docs:\n%s", name, want)
			}
		}
	}
}

var number = regexp.MustCompile(`\d+\.\d+`)

// contains tells whether a line is there but for what another architecture
// rounds otherwise: a history or two that end the other way.
func contains(lines []string, want string) bool {
	words, figures := number.Split(want, -1), number.FindAllString(want, -1)
	for _, line := range lines {
		if !cmp.Equal(number.Split(line, -1), words) {
			continue
		}
		same := true
		for i, v := range number.FindAllString(line, -1) {
			x, _ := strconv.ParseFloat(v, 64)
			y, _ := strconv.ParseFloat(figures[i], 64)
			same = same && (v == figures[i] || runtime.GOARCH != "amd64" && max(x-y, y-x) <= 0.003)
		}
		if same {
			return true
		}
	}
	return false
}

// The same figures and the same plots on every run, on however many cores.
func TestSameFigures(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: two runs of everything, because of -short")
	}
	write := func(cores int) map[string][]byte {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		f, err := small(t, 10).measure()
		if err != nil {
			t.Fatal(err)
		}
		out, err := f.plots()
		if err != nil {
			t.Fatal(err)
		}
		out["gate.md"] = f.document()
		return out
	}
	once, again := write(1), write(4)
	for name, data := range once {
		if !bytes.Equal(data, again[name]) {
			t.Errorf("%s differs from run to run", name)
		}
	}
	if len(once) != 4 {
		t.Errorf("%d files, want 4", len(once))
	}
}

// An interrupt ends the run with its cause.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, true, t.TempDir(), io.Discard); err == nil {
		t.Error("no error")
	}
}

// The gate's own entries and those of the table of tests are the same.
func TestBettorIsTheGate(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		d := draws(r, threePoint(0.2, 0.4), 60)
		e, err := gate.Replay(gate.Terms{Alpha: 0.02, Clusters: 60}, d)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := bettors[0].promotes(0.02, d, 0, r), e.State().Verdict == gate.Promoted; got != want {
			t.Fatalf("%v: bettor %v, gate %v", d, got, want)
		}
	}
}

func TestProgress(t *testing.T) {
	var out strings.Builder
	bench{t.Context(), 1, &out}.say("power", time.Now())
	if !strings.Contains(out.String(), "power") {
		t.Errorf("%q", out.String())
	}
}
