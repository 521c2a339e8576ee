package sqlite

import (
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/store/storetest"
)

// newest is the number of the last migration.
const newest = 12

// old makes a database as an earlier version left it.
func old(t *testing.T, path string, version int) {
	t.Helper()
	p, err := connect(path, patience)
	noError(t, err)
	defer p.Close()
	provider, err := schema.provider(p.writer)
	noError(t, err)
	_, err = provider.GetDBVersion(t.Context()) // goose's own table, no more
	noError(t, err)
	for v := 1; v <= version; v++ { // rows as that version wrote them
		_, err := provider.UpTo(t.Context(), int64(v))
		noError(t, err)
		rows, err := os.ReadFile(fmt.Sprintf("testdata/v%d.sql", v))
		noError(t, err)
		_, err = p.writer.ExecContext(t.Context(), string(rows))
		noError(t, err)
	}
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestMigrations(t *testing.T) {
	fresh := filepath.Join(t.TempDir(), "fresh.db")
	old(t, fresh, newest)
	for version := range newest + 1 {
		t.Run(fmt.Sprint("from version ", version), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "old.db")
			old(t, path, version)
			db, err := Open(t.Context(), path)
			noError(t, err)
			defer db.Close()
			storetest.CheckOld(t, db, version)
			if diff := cmp.Diff(describe(t, fresh), describe(t, path)); diff != "" {
				t.Errorf("schema (-fresh +migrated)\n%s", diff)
			}
		})
	}
}

// describe returns the schema of a database.
func describe(t *testing.T, path string) []string {
	t.Helper()
	p, err := connect(path, patience)
	noError(t, err)
	defer p.Close()
	list, err := all(t.Context(), p.readers, value[string], `SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY 1`)
	noError(t, err)
	return list
}

func TestNewestIsTested(t *testing.T) {
	list, err := files.ReadDir("migrations")
	noError(t, err)
	if len(list) != newest {
		t.Errorf("%d migrations, want %d: add testdata/v%d.sql and storetest's check", len(list), newest, len(list))
	}
}

// TestOpenAtOnce starts several processes on one new file.
func TestOpenAtOnce(t *testing.T) {
	if path := os.Getenv("HONE_TEST_OPEN"); path != "" {
		db, err := Open(t.Context(), path)
		noError(t, err)
		noError(t, db.Close())
		return
	}
	path := filepath.Join(t.TempDir(), "new", "hone.db")
	var running []*osexec.Cmd
	var outputs []*strings.Builder
	for range 5 {
		cmd := osexec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOpenAtOnce$")
		cmd.Env = append(os.Environ(), "HONE_TEST_OPEN="+path)
		output := &strings.Builder{}
		cmd.Stdout, cmd.Stderr = output, output
		noError(t, cmd.Start())
		running, outputs = append(running, cmd), append(outputs, output)
	}
	for i, cmd := range running {
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, outputs[i])
		}
	}
	fresh := filepath.Join(t.TempDir(), "fresh.db")
	old(t, fresh, newest)
	if diff := cmp.Diff(describe(t, fresh), describe(t, path)); diff != "" {
		t.Errorf("schema (-alone +at once)\n%s", diff)
	}
}
