package postgres

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/honehq/hone/store/storetest"
)

// newest is the number of the last migration.
const newest = 12

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// old brings an empty database to where an earlier version left it.
func old(t *testing.T, url string, version int) {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	noError(t, err)
	db := stdlib.OpenDB(*config)
	defer db.Close()
	noError(t, ensureVector(t.Context(), db, config.Database))
	p, err := provider(db)
	noError(t, err)
	_, err = p.GetDBVersion(t.Context()) // goose's own table, no more
	noError(t, err)
	conn, err := pgx.Connect(t.Context(), url)
	noError(t, err)
	for v := 1; v <= version; v++ { // rows as that version wrote them
		_, err := p.UpTo(t.Context(), int64(v))
		noError(t, err)
		rows, err := os.ReadFile(fmt.Sprintf("testdata/v%d.sql", v))
		noError(t, err)
		_, err = conn.PgConn().Exec(t.Context(), string(rows)).ReadAll()
		noError(t, err)
	}
	noError(t, conn.Close(t.Context()))
}

func TestMigrations(t *testing.T) {
	fresh := database(t, "")
	old(t, fresh, newest)
	for version := range newest + 1 {
		t.Run(fmt.Sprint("from version ", version), func(t *testing.T) {
			url := database(t, "")
			old(t, url, version)
			db, err := Open(t.Context(), url)
			noError(t, err)
			defer db.Close()
			if diff := cmp.Diff(describe(t, fresh), describe(t, url)); diff != "" && version > 0 {
				t.Errorf("schema (-fresh +migrated)\n%s", diff)
			}
			storetest.CheckOld(t, db, version)
		})
	}
}

// describe returns the columns and indexes of a database.
func describe(t *testing.T, url string) []string {
	t.Helper()
	db, err := Open(t.Context(), url)
	noError(t, err)
	defer db.Close()
	list, err := all(t.Context(), db.pool, value[string], `
		SELECT concat_ws(' ', table_name, column_name, data_type, collation_name, is_nullable, column_default)
		FROM information_schema.columns WHERE table_schema = 'public'
		UNION SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1`)
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

// TestOpenAtOnce opens an empty database, without the extension, many times.
func TestOpenAtOnce(t *testing.T) {
	url := database(t, "")
	errs := make([]error, 6)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			db, err := Open(t.Context(), url)
			if err == nil {
				err = db.Close()
			}
			errs[i] = err
		})
	}
	wg.Wait()
	for _, err := range errs {
		noError(t, err)
	}
	if len(describe(t, url)) == 0 {
		t.Error("there is no schema")
	}
}
