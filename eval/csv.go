package eval

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/honehq/hone/internal/wording"
)

// maxCSV bounds a CSV file, in bytes.
const maxCSV = 64 << 20

// csvColumns are the headers that a CSV file of cases may have.
var csvColumns = []string{"id", "question", "answer", "kind", "type", "style", "docs", "nuggets"}

// LoadCSV reads cases from a table whose first row names the columns: id,
// question, answer, kind, type, style, docs, nuggets, in any order and of which
// question alone must be there. Without an ID, or where its cell is empty, a
// case's ID is made of its question.
//
// docs and nuggets hold several entries separated by |, or by ; where there is
// no |. Each nugget is a vital fact; an answer holds it if it contains the
// fact's words or, where it reads "fact => words => other words", one of those.
//
// Separators are commas, semicolons or tabs, whichever the first row has, or
// what a line such as sep=; before it says; a byte order mark is skipped; fields
// may be quoted as in RFC 4180. It is strict, and errors name the file and line.
func LoadCSV(r io.Reader, name string) ([]Case, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxCSV+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(data) > maxCSV:
		return nil, fmt.Errorf("%s: more than %d bytes", name, maxCSV)
	case !utf8.Valid(data):
		return nil, fmt.Errorf("%s: it is not UTF-8; save it as \"CSV UTF-8\"", name)
	}
	t, err := openTable(data)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", name, err)
	}
	var cases []Case
	seen := map[string]int{}
	for {
		c, line, err := t.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && seen[c.ID] > 0 {
			err = fmt.Errorf("the id %q stands in line %d, too", c.ID, seen[c.ID])
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, line, err)
		}
		seen[c.ID] = line
		cases = append(cases, c)
	}
	if len(cases) == 0 {
		return nil, fmt.Errorf("%s: no cases below the header", name)
	}
	return cases, nil
}

// table reads rows by their columns' names.
type table struct {
	reader  *csv.Reader
	columns []string
	skipped int // lines before the header
}

func openTable(data []byte) (*table, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	t := &table{}
	first, rest, _ := bytes.Cut(data, []byte("\n"))
	comma := separatorOf(string(first))
	if said, ok := strings.CutPrefix(strings.TrimSpace(string(first)), "sep="); ok && len(said) == 1 && strings.ContainsRune(",;\t|", rune(said[0])) {
		comma, data, t.skipped = rune(said[0]), rest, 1
	}
	t.reader = csv.NewReader(bytes.NewReader(data))
	t.reader.Comma = comma
	header, err := t.reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New(" no cases: a header is wanted")
	}
	if err != nil {
		return nil, fmt.Errorf("%d: %w", 1+t.skipped, reasonOf(err))
	}
	for _, h := range header {
		h = strings.ToLower(strings.TrimSpace(h))
		switch {
		case !slices.Contains(csvColumns, h):
			return nil, fmt.Errorf("%d: there is no column %.40q; there are: %s", 1+t.skipped, h, strings.Join(csvColumns, ", "))
		case slices.Contains(t.columns, h):
			return nil, fmt.Errorf("%d: the column %s stands there twice", 1+t.skipped, h)
		}
		t.columns = append(t.columns, h)
	}
	if !slices.Contains(t.columns, "question") {
		return nil, fmt.Errorf("%d: the column question is missing", 1+t.skipped)
	}
	return t, nil
}

// separatorOf is what parts most columns of a header.
func separatorOf(header string) rune {
	best := ','
	for _, c := range []rune{';', '\t'} {
		if strings.Count(header, string(c)) > strings.Count(header, string(best)) {
			best = c
		}
	}
	return best
}

// next reads the next row that holds anything.
func (t *table) next() (Case, int, error) {
	for {
		row, err := t.reader.Read()
		if errors.Is(err, io.EOF) {
			return Case{}, 0, err
		}
		if parse, ok := errors.AsType[*csv.ParseError](err); ok {
			return Case{}, parse.Line + t.skipped, reasonOf(err)
		}
		if err != nil {
			return Case{}, 0, err
		}
		if strings.TrimSpace(strings.Join(row, "")) == "" {
			continue
		}
		line, _ := t.reader.FieldPos(0)
		c := t.read(row)
		return c, line + t.skipped, c.check()
	}
}

// reasonOf is a parse error without the position, which is said anyway.
func reasonOf(err error) error {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return parse.Err
	}
	return err
}

func (t *table) read(row []string) Case {
	cell := map[string]string{}
	for i, name := range t.columns {
		cell[name] = strings.TrimSpace(row[i])
	}
	c := Case{
		ID: cell["id"], Question: cell["question"], Answer: cell["answer"], Kind: cell["kind"],
		Type: CaseType(cell["type"]), Style: cell["style"], Docs: entries(cell["docs"]),
	}
	if c.ID == "" && c.Question != "" {
		sum := sha256.Sum256([]byte(wording.Fold(c.Question)))
		c.ID = "csv-" + hex.EncodeToString(sum[:8])
	}
	for _, entry := range entries(cell["nuggets"]) {
		parts := strings.Split(entry, "=>")
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		anyOf := parts[1:]
		if len(anyOf) == 0 {
			anyOf = parts
		}
		c.Nuggets = append(c.Nuggets, Nugget{Text: parts[0], Vital: true, AnyOf: anyOf})
	}
	return c
}

// entries are the entries of a cell.
func entries(cell string) []string {
	separator := ";"
	if strings.Contains(cell, "|") {
		separator = "|"
	}
	var out []string
	for e := range strings.SplitSeq(cell, separator) {
		if e = strings.TrimSpace(e); e != "" {
			out = append(out, e)
		}
	}
	return out
}
