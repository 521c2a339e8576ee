package prices_test

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/prices"
)

const some = `{
	"large": {"input": 2.5, "output": 10, "cached": 1.25},
	"large-mini": {"input": 0.15, "output": 0.6},
	"large*": {"input": 3, "output": 12},
	"lar*": {"input": 4, "output": 16},
	"local": {"input": 0, "output": 0}
}`

func TestCost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "prices.json")
	if err := os.WriteFile(path, []byte(some), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := prices.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	million := prices.Usage{Input: 1_000_000, Output: 1_000_000}
	for _, test := range []struct {
		model string
		usage prices.Usage
		usd   float64
		known bool
	}{
		{"large", million, 12.5, true},
		{"large", prices.Usage{Input: 1000, Cached: 400, Output: 10}, (600*2.5 + 400*1.25 + 10*10) / 1e6, true},
		{"large", prices.Usage{Input: 100, Cached: 400}, 100 * 1.25 / 1e6, true}, // a provider that counts oddly
		{"large-mini", million, 0.75, true},
		{"large-mini", prices.Usage{Input: 1_000_000, Cached: 1_000_000}, 0.15, true}, // no discount known
		{"large-2026-01-01", million, 15, true},
		{"larger", million, 15, true},
		{"lark", million, 20, true},
		{"local", million, 0, true},
		{"offline", million, 0, true},
		{"unheard-of", million, 0, false},
	} {
		usd, known := l.Cost(test.model, test.usage)
		if math.Abs(usd-test.usd) > 1e-12 || known != test.known {
			t.Errorf("%s %+v: %v, %v, want %v, %v", test.model, test.usage, usd, known, test.usd, test.known)
		}
		if most, _ := l.Most(test.model, test.usage.Input, test.usage.Output); most < usd {
			t.Errorf("%s %+v: at most %v, but it cost %v", test.model, test.usage, most, usd)
		}
	}
	if diff := cmp.Diff([]string{"a", "b"}, l.Missing("b", "large", "a", "offline", "b")); diff != "" {
		t.Error(diff)
	}
	var none *prices.List
	if _, known := none.Cost("large", million); known {
		t.Error("no list, but a price")
	}
	if usd, known := none.Cost("offline", million); usd != 0 || !known {
		t.Error("offline is free without a list, too")
	}
	if _, err := prices.Read(path + "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestWhatIsNoListIsRefusedByName(t *testing.T) {
	for text, want := range map[string]string{
		``:                                   "JSON object",
		`[]`:                                 "JSON object",
		`null`:                               "JSON object",
		`{`:                                  "does not end",
		`{} {}`:                              "behind",
		`{"m": {"input": 1, "output": 1}`:    "does not end",
		`{"m": 3}`:                           `model "m"`,
		`{"m": {}}`:                          "both wanted",
		`{"m": {"input": 1}}`:                "both wanted",
		`{"m": {"input": "1", "output": 1}}`: "as numbers",
		`{"m": {"input": 1, "output": 1, "per": 1000}}`:                    `"per"`,
		`{"m": {"input": -1, "output": 1}}`:                                "no price",
		`{"m": {"input": 1, "output": 20000}}`:                             "no price",
		`{"m": {"input": 1e999, "output": 1}}`:                             `model "m"`,
		`{"": {"input": 1, "output": 1}}`:                                  "no name",
		`{"*": {"input": 1, "output": 1}}`:                                 "no name",
		`{" m": {"input": 1, "output": 1}}`:                                "no name",
		`{"a*b": {"input": 1, "output": 1}}`:                               "only at the end",
		`{"m": {"input": 1, "output": 1}, "m": {"input": 2, "output": 1}}`: "twice",
		`{"pad": "` + strings.Repeat("x", 1<<20) + `"}`:                    "longer",
	} {
		if l, err := prices.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %+v, %v, want %q", text, l, err, want)
		}
	}
}

// Whatever a file says, it is refused or gives costs that are sums of money,
// and never more than was foreseen.
func FuzzParse(f *testing.F) {
	f.Add([]byte(some), "large", 100, 10, 7)
	f.Add([]byte(`{"m": {"input": 1e-300, "output": 9999.99}}`), "m", 1<<30, 0, 1<<30)
	f.Fuzz(func(t *testing.T, data []byte, model string, input, cached, output int) {
		l, err := prices.Parse(data)
		if err != nil {
			return
		}
		input, cached, output = abs(input), abs(cached), abs(output)
		usd, known := l.Cost(model, prices.Usage{Input: input, Cached: cached, Output: output})
		if math.IsNaN(usd) || usd < 0 || math.IsInf(usd, 0) || !known && usd != 0 {
			t.Fatalf("%s costs %v", model, usd)
		}
		if most, _ := l.Most(model, input, output); usd > most*(1+1e-12) {
			t.Fatalf("%s costs %v, more than %v", model, usd, most)
		}
	})
}

func abs(n int) int { return int(uint32(n)) }
