package sqlite

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/honehq/hone/knowledge"
)

func TestOpenMakesPrivateFiles(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a b", "100% #1?")
	path := filepath.Join(folder, "hone.db")
	db, err := Open(t.Context(), path)
	noError(t, err)
	defer db.Close()
	noError(t, db.Ping(t.Context()))
	noError(t, db.CreateSource(t.Context(), knowledge.Source{ID: "vs_1", Name: "one"}))
	modes := map[string]fs.FileMode{folder: 0o700, path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600}
	for name, want := range modes {
		info, err := os.Stat(name)
		noError(t, err)
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", name, got, want)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		prepare func(t *testing.T, path string)
		want    string
	}{
		"a text file": {func(t *testing.T, path string) {
			noError(t, os.WriteFile(path, []byte(strings.Repeat("not a database\n", 500)), 0o600))
		}, "not an SQLite database"},
		"a short text file": {func(t *testing.T, path string) {
			noError(t, os.WriteFile(path, []byte("hello"), 0o600))
		}, "not an SQLite database"},
		"a folder": {func(t *testing.T, path string) {
			noError(t, os.Mkdir(path, 0o700))
		}, "is a directory"},
		"a database of something else": {func(t *testing.T, path string) {
			execute(t, path, `CREATE TABLE bookmarks (url TEXT)`)
		}, "not one of this kind"},
		"a database with another application's mark": {func(t *testing.T, path string) {
			execute(t, path, `PRAGMA application_id = 4711`)
		}, "not one of this kind"},
		"a database of traces": {func(t *testing.T, path string) {
			db, err := OpenTraces(t.Context(), path)
			noError(t, err)
			noError(t, db.Close())
		}, "not one of this kind"},
		"a newer database": {func(t *testing.T, path string) {
			old(t, path, newest)
			execute(t, path, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`)
		}, fmt.Sprintf("newer Hone (schema 99, this one knows %d)", newest)},
		"a damaged database": {func(t *testing.T, path string) {
			old(t, path, newest)
			content, err := os.ReadFile(path)
			noError(t, err)
			for i := 100; i < 4096; i++ {
				content[i] = 0xff
			}
			noError(t, os.WriteFile(path, content, 0o600))
		}, "damaged"},
		"a locked database": {func(t *testing.T, path string) {
			p, err := connect(path, 0)
			noError(t, err)
			conn, err := p.writer.Conn(t.Context())
			noError(t, err)
			_, err = conn.ExecContext(t.Context(), `BEGIN EXCLUSIVE`)
			noError(t, err)
			t.Cleanup(func() {
				noError(t, conn.Close())
				noError(t, p.Close())
			})
		}, "another process keeps it locked"},
		"a read-only file": {func(t *testing.T, path string) {
			if os.Geteuid() == 0 {
				t.Skip("root may write to any file; run this as someone else")
			}
			old(t, path, newest)
			noError(t, os.Chmod(path, 0o400))
		}, "permission denied"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "hone.db")
			test.prepare(t, path)
			_, err := open(t.Context(), path, schema, time.Millisecond)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("error %v, want %q and the path", err, test.want)
			}
		})
	}
}

func execute(t *testing.T, path, statement string) {
	t.Helper()
	p, err := connect(path, patience)
	noError(t, err)
	_, err = p.writer.ExecContext(t.Context(), statement)
	noError(t, err)
	noError(t, p.Close())
}
