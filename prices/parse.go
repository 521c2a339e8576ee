package prices

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// Bounds of what a file may say. A price beyond them is a slip: of the unit
// (per token, per thousand) or of a decimal point.
const (
	maxFile  = 1 << 20
	maxPrice = 10_000 // US dollars per million tokens
)

// Read reads a file of prices; see Parse.
func Read(path string) (*List, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("prices: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("prices: %w", err)
	}
	l, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

// entry is one model in a file. Pointers tell zero from missing.
type entry struct {
	Input  *float64 `json:"input"`
	Output *float64 `json:"output"`
	Cached *float64 `json:"cached"`
}

// Parse reads a list: one JSON object, its keys models, its values
//
//	{"input": 2.5, "output": 10, "cached": 1.25}
//
// in US dollars per million tokens; cached may be left out. A model that ends
// in "*" means all whose names begin so. Anything else is an error that names
// the model: a price that is misread is a budget that is exceeded.
func Parse(data []byte) (*List, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("prices: longer than %d bytes", maxFile)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New(`prices: a JSON object is wanted, like {"MODEL": {"input": 2.5, "output": 10}}`)
	}
	l := &List{exact: map[string]Price{}}
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("prices: %w", err)
		}
		model, _ := key.(string) // the decoder takes nothing else as a key
		if seen[model] {
			return nil, fmt.Errorf("prices: model %q stands there twice", model)
		}
		seen[model] = true
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, fmt.Errorf("prices: model %q: %w", model, err)
		}
		p, err := readPrice(raw)
		if err != nil {
			return nil, fmt.Errorf("prices: model %q: %w", model, err)
		}
		if err := l.add(model, p); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("prices: the object does not end: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("prices: something stands behind the object")
	}
	slices.SortFunc(l.prefixes, func(x, y prefix) int { return len(y.name) - len(x.name) })
	return l, nil
}

func (l *List) add(model string, p Price) error {
	name, all := strings.CutSuffix(model, "*")
	switch {
	case strings.TrimSpace(model) != model || name == "":
		return fmt.Errorf("prices: %q is no name of a model", model)
	case strings.Contains(name, "*"):
		return fmt.Errorf("prices: model %q: a * stands only at the end", model)
	case all:
		l.prefixes = append(l.prefixes, prefix{name, p})
	default:
		l.exact[model] = p
	}
	return nil
}

func readPrice(raw json.RawMessage) (Price, error) {
	var e entry
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return Price{}, fmt.Errorf(`input, output and cached are wanted, as numbers: %w`, err)
	}
	if e.Input == nil || e.Output == nil {
		return Price{}, errors.New("input and output are both wanted; say 0 for what is free")
	}
	if e.Cached == nil {
		e.Cached = e.Input
	}
	for _, v := range []float64{*e.Input, *e.Output, *e.Cached} {
		if !(v >= 0 && v <= maxPrice) {
			return Price{}, fmt.Errorf("%v is no price: 0 to %d US dollars per million tokens", v, maxPrice)
		}
	}
	return Price{Input: *e.Input, Output: *e.Output, Cached: *e.Cached}, nil
}
