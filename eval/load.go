package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode"
)

// Bounds of a case file.
const (
	maxCaseLine = 1 << 20 // bytes
	maxQuestion = 8 << 10
	maxCaseID   = 200
)

// Format is the form of a case file.
type Format string

// The formats.
const (
	JSONL Format = "jsonl"
	CSV   Format = "csv"
)

// Load reads a case file of a format. If that is empty, the name's extension
// says it (.csv, .tsv; .jsonl, .json), else its first character: JSON begins
// with a brace.
func Load(r io.Reader, name string, f Format) ([]Case, error) {
	in := bufio.NewReader(r)
	if f == "" {
		f = formatOf(name, in)
	}
	switch f {
	case JSONL:
		return LoadCases(in, name)
	case CSV:
		return LoadCSV(in, name)
	}
	return nil, fmt.Errorf("%s: there is no format %q; it is jsonl or csv", name, f)
}

func formatOf(name string, in *bufio.Reader) Format {
	switch strings.ToLower(path.Ext(name)) {
	case ".csv", ".tsv":
		return CSV
	case ".jsonl", ".json":
		return JSONL
	}
	start, _ := in.Peek(512) // what can't be read fails later
	start = bytes.TrimSpace(bytes.TrimPrefix(start, []byte("\ufeff")))
	if len(start) == 0 || start[0] == '{' {
		return JSONL
	}
	return CSV
}

// LoadCases reads cases, one JSON object a line; empty lines are skipped. name
// is the file's, for errors, which say the line. It is strict: a misspelt field
// would silently change what a case asks for. The field "why" (why the answer
// is what it is, for people) is read and dropped.
func LoadCases(r io.Reader, name string) ([]Case, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxCaseLine)
	var cases []Case
	seen := map[string]int{}
	n := 0
	for lines.Scan() {
		n++
		line := bytes.TrimSpace(bytes.TrimPrefix(lines.Bytes(), []byte("\ufeff")))
		if len(line) == 0 {
			continue
		}
		c, err := parseCase(line)
		if err == nil && seen[c.ID] > 0 {
			err = fmt.Errorf("the id %q stands in line %d, too", c.ID, seen[c.ID])
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		seen[c.ID] = n
		cases = append(cases, c)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", name, n+1, err)
	}
	if len(cases) == 0 {
		return nil, fmt.Errorf("%s: no cases: one JSON object a line is wanted", name)
	}
	return cases, nil
}

const caseFields = "id, question, kind, type, style, answer, nuggets [{text, vital, any_of}], docs, evidence [{doc, quote}]"

func parseCase(line []byte) (Case, error) {
	var c struct {
		Case
		Why string `json:"why"`
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		if strings.Contains(err.Error(), "unknown field") {
			err = fmt.Errorf("%w; a case has %s", err, caseFields)
		}
		return Case{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Case{}, errors.New("something follows the case: one JSON object a line is wanted")
	}
	return c.Case, c.check()
}

// Check says what a case lacks to be graded.
func (c Case) Check() error { return c.check() }

// check says what is wrong with a case.
func (c Case) check() error {
	switch {
	case strings.TrimSpace(c.ID) == "":
		return errors.New("the id is missing")
	case len(c.ID) > maxCaseID || strings.ContainsFunc(c.ID, unicode.IsControl):
		return fmt.Errorf("the id %.40q is too long or holds control characters", c.ID)
	case strings.TrimSpace(c.Question) == "":
		return errors.New("the question is missing")
	case len(c.Question) > maxQuestion:
		return fmt.Errorf("the question has %d bytes, more than %d", len(c.Question), maxQuestion)
	case c.Type == Unanswerable && (len(c.Nuggets) > 0 || len(c.Docs) > 0):
		return errors.New("an unanswerable case has neither nuggets nor docs")
	case c.Type != Unanswerable && len(c.vital()) == 0 && len(c.Docs) == 0:
		return errors.New("nothing says what a right answer is: a vital nugget or docs are wanted, or the type unanswerable")
	}
	for i, n := range c.Nuggets {
		if strings.TrimSpace(n.Text) == "" || len(n.AnyOf) == 0 {
			return fmt.Errorf("nuggets[%d]: text and any_of are wanted", i)
		}
		for j, s := range n.AnyOf {
			if strings.TrimSpace(s) == "" {
				return fmt.Errorf("nuggets[%d].any_of[%d] is empty: every answer would hold it", i, j)
			}
		}
	}
	for i, d := range c.Docs {
		if strings.TrimSpace(d) == "" {
			return fmt.Errorf("docs[%d] is empty", i)
		}
	}
	for i, e := range c.Evidence {
		if strings.TrimSpace(e.Doc) == "" || strings.TrimSpace(e.Quote) == "" {
			return fmt.Errorf("evidence[%d]: doc and quote are wanted", i)
		}
	}
	return nil
}

// vital returns the nuggets that count.
func (c Case) vital() []Nugget {
	var out []Nugget
	for _, n := range c.Nuggets {
		if n.Vital {
			out = append(out, n)
		}
	}
	return out
}
