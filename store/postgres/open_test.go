package postgres

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/honehq/hone/internal/id"
)

// run runs statements in a database.
func run(t *testing.T, url string, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	noError(t, err)
	for _, statement := range statements {
		_, err := conn.Exec(t.Context(), statement)
		noError(t, err)
	}
	noError(t, conn.Close(t.Context()))
}

// refused opens a database that can't be opened, and checks that the error
// tells why.
func refused(t *testing.T, url string, wants ...string) {
	t.Helper()
	db, err := Open(t.Context(), url)
	if err == nil {
		db.Close()
		t.Fatal("it opened")
	}
	for _, want := range wants {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q doesn't say %q", err, want)
		}
	}
}

func TestOpenNewer(t *testing.T) {
	url := database(t, "")
	old(t, url, newest)
	run(t, url, `INSERT INTO hone_schema_version (version_id, is_applied) VALUES (99, true)`)
	refused(t, url, fmt.Sprintf("newer Hone (schema 99, this one knows %d)", newest))
}

func TestOpenForeign(t *testing.T) {
	url := database(t, "")
	run(t, url, `CREATE TABLE sources (name text)`)
	refused(t, url, "something else has a table", `"sources"`)

	// A schema of its own is enough.
	run(t, url, `CREATE SCHEMA hone`, `CREATE EXTENSION IF NOT EXISTS vector SCHEMA public`)
	separator := "?"
	if strings.Contains(url, "?") {
		separator = "&"
	}
	db, err := Open(t.Context(), url+separator+"search_path=hone,public")
	noError(t, err)
	noError(t, db.Ping(t.Context()))
	noError(t, db.Close())
}

func TestOpenOldVector(t *testing.T) {
	url := database(t, "")
	run(t, url, `CREATE EXTENSION vector`, `UPDATE pg_extension SET extversion = '0.7.4' WHERE extname = 'vector'`)
	refused(t, url, "is 0.7.4", "ALTER EXTENSION vector UPDATE")
}

// TestOpenWithoutRights opens an empty database as a user who may not make the
// extension, and again once someone else has.
func TestOpenWithoutRights(t *testing.T) {
	address := database(t, "")
	user, password := id.New("hone_test_user_"), id.New("")
	run(t, address, fmt.Sprintf(`CREATE ROLE %s LOGIN PASSWORD '%s'`, user, password))
	t.Cleanup(func() { // runs before the database goes
		conn, err := pgx.Connect(context.Background(), address)
		noError(t, err)
		for _, statement := range []string{"DROP OWNED BY " + user, "DROP ROLE " + user} {
			_, err := conn.Exec(context.Background(), statement)
			noError(t, err)
		}
		noError(t, conn.Close(context.Background()))
	})
	u, err := url.Parse(address)
	noError(t, err)
	u.User = url.UserPassword(user, password)

	refused(t, u.String(), "may not make the extension", "CREATE EXTENSION vector", strings.TrimPrefix(u.Path, "/"))
	run(t, address, `CREATE EXTENSION vector`, `GRANT CREATE ON SCHEMA public TO `+user)
	db, err := Open(t.Context(), u.String())
	noError(t, err)
	noError(t, db.Close())
}

func TestOpenElsewhere(t *testing.T) {
	for _, url := range []string{
		"postgres://someone:secret@127.0.0.1:1/hone",
		"postgres://someone:secret@127.0.0.1:port/hone",
		"host=127.0.0.1 port=1 user=someone password=secret dbname=hone",
	} {
		_, err := Open(t.Context(), url)
		if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "database") {
			t.Errorf("error %v", err)
		}
	}
}

func TestLacking(t *testing.T) {
	for _, test := range []struct{ installed, available, want string }{
		{"0.8.0", "0.8.0", ""},
		{"0.10.1", "0.8.0", ""},
		{"1.0", "", ""},
		{"", "0.8.1", ""},
		{"", "", "no pgvector"},
		{"", "0.7.4", "has pgvector 0.7.4"},
		{"0.5.1", "0.7.4", "has pgvector 0.7.4"},
		{"0.5.1", "0.8.0", "ALTER EXTENSION vector UPDATE"},
		{"0.5.1", "", "no pgvector"},
	} {
		got := ""
		if err := lacking(test.installed, test.available, "hone"); err != nil {
			got = err.Error()
		}
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("installed %q, available %q: %q, want %q", test.installed, test.available, got, test.want)
		}
	}
}
