package knowledge_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/knowledge"
)

// Front matter wins over the path, the path over the caller's defaults.
func TestSyncAttributes(t *testing.T) {
	b := openBase(t, knowledge.Config{})
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"plain.md":                                    "x",
		"runbooks/db.md":                              "x",
		"handbook/team/runbooks/db.md":                "x",
		"docs/Post-Mortems/2025-02-checkout.md":       "x",
		"incidents/2024_11_30 outage.md":              "x",
		"design/kep/1234-20250101/README.md":          "x",
		"notes/2025-13-01.md":                         "x",
		"notes/payments-runbook.md":                   "x",
		"architecture-decision-record/0001-use-go.md": "x",
		"postmortems/2023-04-05-x/timeline.md":        "x",
		"runbooks/2025-02-03-own.md":                  "---\nkind: note\nteam: own\ndate: 2020-01-02\ntags: [a, b]\ncount: 3\ndraft: true\ntitle: T\n---\nx",
		"runbooks/nul.md":                             "---\nservice: \"a\\0b\"\n---\nx",
	})
	r, err := b.Sync(t.Context(), knowledge.SyncConfig{Source: "docs", Root: dir,
		Attributes: knowledge.Attributes{"team": "default", "kind": "default"}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]knowledge.Attributes{
		"plain.md":                                    {"kind": "default"},
		"runbooks/db.md":                              {"kind": "runbook"},
		"handbook/team/runbooks/db.md":                {"kind": "runbook"},
		"docs/Post-Mortems/2025-02-checkout.md":       {"kind": "postmortem", "date": "2025-02"},
		"incidents/2024_11_30 outage.md":              {"kind": "postmortem", "date": "2024-11-30"},
		"design/kep/1234-20250101/README.md":          {"kind": "design"},
		"notes/2025-13-01.md":                         {"kind": "default"},
		"notes/payments-runbook.md":                   {"kind": "runbook"},
		"architecture-decision-record/0001-use-go.md": {"kind": "design"},
		"postmortems/2023-04-05-x/timeline.md":        {"kind": "postmortem", "date": "2023-04-05"},
		"runbooks/nul.md":                             {"kind": "runbook", "service": "ab"},
		"runbooks/2025-02-03-own.md": {"kind": "note", "team": "own", "date": "2020-01-02",
			"tags": "a, b", "count": 3., "draft": true},
	}
	got := make(map[string]knowledge.Attributes)
	for d := range b.Documents(t.Context(), r.Source.ID) {
		got[d.Path] = d.Attributes
	}
	for path, a := range want {
		if a["team"] == nil {
			a["team"] = "default"
		}
		if diff := cmp.Diff(a, got[path]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d documents", len(got))
	}
}

// What exceeds the limits is cut or left out, told, and not fatal.
func TestSyncCutsAttributes(t *testing.T) {
	b := openBase(t, knowledge.Config{})
	dir := t.TempDir()
	var many strings.Builder
	for i := range 20 {
		fmt.Fprintf(&many, "a%02d: x\n", i)
	}
	writeFiles(t, dir, map[string]string{
		"long.md":          "---\nowner: " + strings.Repeat("ü", 600) + "\n---\nx",
		"runbooks/many.md": "---\n" + many.String() + "---\nx",
		"reserved.md":      "---\nhone_url: https://evil.example\n" + strings.Repeat("k", 70) + ": x\n---\nx",
	})
	r := syncDocs(t, b, dir)
	if d := document(t, b, r.Source.ID, "long.md"); d.Attributes["owner"] != strings.Repeat("ü", 512) {
		t.Errorf("long value: %v", d.Attributes)
	}
	if d := document(t, b, r.Source.ID, "runbooks/many.md"); len(d.Attributes) != 16 || d.Attributes["kind"] != "runbook" || d.Attributes["a14"] != "x" {
		t.Errorf("many: %v", d.Attributes)
	}
	if d := document(t, b, r.Source.ID, "reserved.md"); len(d.Attributes) != 0 {
		t.Errorf("reserved: %v", d.Attributes)
	}
	var warned []string
	for _, w := range r.Warnings {
		warned = append(warned, w.Path+": "+w.Reason)
	}
	want := []string{
		"long.md: attribute owner cut to 512 characters",
		"reserved.md: attribute hone_url left out: names that start with hone_ are reserved",
		"reserved.md: attribute " + strings.Repeat("k", 64) + "… left out: its name is too long or empty",
		"runbooks/many.md: attribute a15 left out: a document has at most 16",
		"runbooks/many.md: attribute a16 left out: a document has at most 16",
		"runbooks/many.md: attribute a17 left out: a document has at most 16",
		"runbooks/many.md: attribute a18 left out: a document has at most 16",
		"runbooks/many.md: attribute a19 left out: a document has at most 16",
	}
	if diff := cmp.Diff(want, warned); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}
