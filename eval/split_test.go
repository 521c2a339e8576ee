package eval_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/store/sqlite"
)

// Who names documents and agents must not foresee where they end up; but what
// one database has drawn once holds, for all that open it.
func TestSplitsCantBeForeseen(t *testing.T) {
	var cases []eval.Case
	for i := range 80 {
		cases = append(cases, about(fmt.Sprintf("case-%02d", i), document(i)))
	}
	open := func(path string) *sqlite.DB {
		t.Helper()
		db, err := sqlite.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		return db
	}
	enter := func(db *sqlite.DB, cases []eval.Case) {
		t.Helper()
		if _, err := eval.Enter(t.Context(), db, eval.Admission{Agent: agentName, From: "test", Cases: cases}); err != nil {
			t.Fatal(err)
		}
	}
	splits := func(db *sqlite.DB) map[string]eval.Split {
		t.Helper()
		list, err := db.Cases(t.Context(), eval.CaseFilter{Agent: agentName})
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]eval.Split{}
		for _, c := range list {
			out[c.ID] = c.Split
		}
		return out
	}
	dir := t.TempDir()
	one, replica, other := open(filepath.Join(dir, "one.db")), open(filepath.Join(dir, "one.db")), open(filepath.Join(dir, "other.db"))
	enter(one, cases[:40])
	before := splits(one)
	enter(replica, cases)
	enter(other, cases)
	differ := 0
	mine, theirs := splits(one), splits(other)
	for id, split := range mine {
		if was, ok := before[id]; ok && was != split {
			t.Errorf("case %s went from %s to %s", id, was, split)
		}
		if theirs[id] != split {
			differ++
		}
	}
	if len(mine) != len(cases) || differ == 0 {
		t.Errorf("of %d cases in another database, %d have another split", len(mine), differ)
	}
	// What is deleted comes back where it was, drawn by whichever replica.
	if _, err := one.DeleteCases(t.Context(), agentName, []string{"case-00", "case-50"}); err != nil {
		t.Fatal(err)
	}
	enter(replica, cases)
	if again := splits(replica); again["case-00"] != mine["case-00"] || again["case-50"] != mine["case-50"] {
		t.Error("what came back has another split")
	}
}
