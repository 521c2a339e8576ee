package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/honehq/hone/eval"
)

// look greps everything for words that must not be there.
func (c *canaries) look(when string, words []string) {
	c.t.Helper()
	places := map[string]string{
		"output":                  c.out.String(),
		"telemetry":               c.collector.text(),
		"the rewriter's requests": c.provider.requests("hone_rewrite"),
		"system prompts":          c.provider.requests("system"),
	}
	for _, file := range []string{"hone.db", "hone-traces.db"} {
		maps.Copy(places, c.dump(file))
	}
	for _, place := range slices.Sorted(maps.Keys(places)) {
		text := places[place]
		for _, word := range words {
			if i := strings.Index(text, word); i >= 0 {
				c.t.Errorf("%s: %s: %q stands in …%s…", when, place, word, text[max(0, i-300):min(len(text), i+100)])
				break
			}
		}
	}
	rewriter, trained := places["the rewriter's requests"], false
	for i := range canaryCases {
		switch split := c.splits[fmt.Sprintf("%02d", i)]; {
		case !strings.Contains(rewriter, canaryOf(i)):
		case split == eval.Train:
			trained = true
		case split == eval.Dev:
			c.t.Errorf("%s: the rewriter reads %s of a dev case", when, canaryOf(i))
		}
	}
	if !trained {
		c.t.Errorf("%s: the rewriter read nothing of train cases", when)
	}
	if c.provider.requests("agent") == "" || places["telemetry"] == "" || places["the rewriter's requests"] == "" {
		c.t.Error("nothing was looked at")
	}
}

// dump returns all tables of a database but that of the cases.
func (c *canaries) dump(file string) map[string]string {
	c.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(c.dir, file)+"?mode=ro")
	noError(c.t, err)
	defer db.Close()
	out := map[string]string{}
	for _, table := range column(c.t, db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'cases'`) {
		rows, err := db.QueryContext(c.t.Context(), `SELECT * FROM "`+table+`"`)
		noError(c.t, err)
		names, err := rows.Columns()
		noError(c.t, err)
		var b strings.Builder
		for rows.Next() {
			values := make([]sql.RawBytes, len(names))
			into := make([]any, len(names))
			for i := range values {
				into[i] = &values[i]
			}
			noError(c.t, rows.Scan(into...))
			for _, v := range values {
				b.Write(v)
				b.WriteByte(' ')
			}
		}
		noError(c.t, errorsOf(rows.Err(), rows.Close()))
		out["table "+table] = b.String()
	}
	return out
}

func column(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	noError(t, err)
	defer rows.Close()
	var list []string
	for rows.Next() {
		var s string
		noError(t, rows.Scan(&s))
		list = append(list, s)
	}
	noError(t, rows.Err())
	return list
}

// collector takes what is exported over OTLP.
type collector struct{ lockedText }

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(&c.lockedText, r.Body)
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func (c *collector) text() string { return c.String() }

// lockedText is text that several write.
type lockedText struct {
	mu     sync.Mutex
	b      bytes.Buffer
	wanted *regexp.Regexp // may be nil
	seen   chan string    // gets the first match of wanted
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.b.Write(p)
	if l.wanted != nil {
		if m := l.wanted.FindSubmatch(l.b.Bytes()); m != nil {
			l.seen <- string(m[1])
			l.wanted = nil
		}
	}
	return n, err
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
