package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel/attribute"

	"github.com/honehq/hone/otel"
)

// renderTree prints a trace: each span below its parent, by start, with all that
// is known of it but times and what differs each time.
func renderTree(t *testing.T, spans []otel.Span) string {
	t.Helper()
	children, there := map[string][]otel.Span{}, map[string]bool{}
	for _, s := range spans {
		there[s.SpanID] = true
	}
	for _, s := range spans {
		checkListed(t, s)
		parent := s.ParentID
		if !there[parent] {
			parent = ""
		}
		children[parent] = append(children[parent], s)
	}
	var out strings.Builder
	var below func(parent, indent string)
	below = func(parent, indent string) {
		last := ""
		for _, s := range children[parent] {
			line := renderSpan(s, indent)
			if line != last || len(children[s.SpanID]) > 0 || !isStatement(s) {
				out.WriteString(line)
			}
			last = line
			below(s.SpanID, indent+"  ")
		}
	}
	below("", "")
	return out.String()
}

func isStatement(s otel.Span) bool {
	return strings.Contains(s.Scope, "otelsql") || strings.Contains(s.Scope, "otelpgx")
}

func renderSpan(s otel.Span, indent string) string {
	name := s.Name
	if isStatement(s) {
		query, _ := s.Attributes["db.query.text"].(string)
		name += " " + strings.Join(strings.Fields(query), " ")
		if len(name) > 100 {
			name = name[:100] + "…"
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s %s", indent, s.Kind, strings.TrimSpace(name))
	if s.Status != "" {
		fmt.Fprintf(&b, " [%s %s]", s.Status, s.Message)
	}
	b.WriteByte('\n')
	for _, key := range slices.Sorted(maps.Keys(s.Attributes)) {
		if key == "db.query.text" || key == "user_agent.original" {
			continue
		}
		v, err := json.Marshal(s.Attributes[key])
		if err != nil {
			v = []byte(err.Error())
		}
		fmt.Fprintf(&b, "%s    %s = %s\n", indent, key, shape(key, string(v)))
	}
	for _, e := range s.Events {
		fmt.Fprintf(&b, "%s    event %s %v\n", indent, e.Name, shape(e.Name, fmt.Sprint(e.Attributes)))
	}
	for range s.Links {
		fmt.Fprintf(&b, "%s    link\n", indent)
	}
	return b.String()
}

// differing are attributes that differ each time.
var differing = []string{
	"client.port", "network.peer.port", "server.port", "http.response.body.size", "http.request.body.size", "gen_ai.response.time_to_first_chunk",
	"hone.search.scores", "server.address", "db.namespace", "user.name", "db.user", "db.name", "network.peer.address", "client.address", "gen_ai.provider.name",
	"gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "pgx.rows_affected", "url.full",
}

var someID = regexp.MustCompile(`\b(run_|thr_|resp_|msg_|fs_|call_|vs_|file-|pmpt_)[0-9A-Za-z]{12,}`)

// shape is a value without what differs each time.
func shape(key, value string) string {
	if slices.Contains(differing, key) {
		return "…"
	}
	return someID.ReplaceAllString(value, "${1}…")
}

// checkListed tells whether a span of our own is in the list of spans, with its
// kind and all of its attributes.
func checkListed(t *testing.T, s otel.Span) {
	t.Helper()
	if !strings.HasPrefix(s.Scope, "github.com/honehq/hone/") {
		return
	}
	for _, step := range otel.Steps {
		name, _, _ := strings.Cut(s.Name, " ")
		if step.Name != name || !strings.HasSuffix(s.Scope, "/"+step.Package) {
			continue
		}
		if step.Kind.String() != s.Kind {
			t.Errorf("span %s is of kind %s, its list says %s", s.Name, s.Kind, step.Kind)
		}
		for key := range s.Attributes {
			if !slices.Contains(step.Attributes, attribute.Key(key)) {
				t.Errorf("span %s has the attribute %s, which its list doesn't", s.Name, key)
			}
			if !slices.ContainsFunc(otel.Attributes, func(a otel.Attribute) bool { return string(a.Key) == key }) {
				t.Errorf("the attribute %s is not listed", key)
			}
		}
		return
	}
	t.Errorf("span %s of %s is not in the list", s.Name, s.Scope)
}

// lookingBehind is a connection to a database beside the store's.
type lookingBehind struct {
	t  *testing.T
	db string
}

func lookBehind(t *testing.T, db string) lookingBehind { return lookingBehind{t, db} }

func (l lookingBehind) exec(statement string) {
	l.t.Helper()
	ctx := context.WithoutCancel(l.t.Context())
	if path, ok := strings.CutPrefix(l.db, "sqlite:"); ok {
		db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
		noError(l.t, err)
		defer db.Close()
		_, err = db.ExecContext(ctx, statement)
		noError(l.t, err)
		return
	}
	conn, err := pgx.Connect(ctx, l.db)
	noError(l.t, err)
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	noError(l.t, err)
}
