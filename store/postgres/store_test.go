package postgres

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/honehq/hone/internal/id"
	"github.com/honehq/hone/store/storetest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if templated != "" {
		if err := execute(context.Background(), fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", templated)); err != nil {
			fmt.Fprintln(os.Stderr, "template:", err)
			code = 1
		}
	}
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// server is the URL of a server on which the tests may make databases.
func server() string { return os.Getenv("HONE_TEST_POSTGRES") }

// templated is the database that template made.
var templated string

// template is the name of a database with the schema, made once.
var template = sync.OnceValues(func() (string, error) {
	ctx := context.Background()
	name := id.New("hone_test_template_")
	if err := execute(ctx, "CREATE DATABASE "+name); err != nil {
		return "", err
	}
	templated = name
	db, err := Open(ctx, in(name))
	if err != nil {
		return "", err
	}
	return name, db.Close()
})

func needServer(t testing.TB) {
	t.Helper()
	if server() == "" {
		t.Skip("HONE_TEST_POSTGRES is not set: it names a server with pgvector on which tests may make databases")
	}
}

// in is the URL of a database on the server.
func in(database string) string {
	u, err := url.Parse(server())
	if err != nil || !strings.HasPrefix(u.Scheme, "postgres") {
		return server() + " dbname=" + database // keywords and values
	}
	u.Path = "/" + database
	return u.String()
}

// execute runs a statement in the server's own database.
func execute(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, server())
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	if closed := conn.Close(ctx); err == nil {
		err = closed
	}
	return err
}

// database makes a database that goes with the test, and returns its URL.
func database(t testing.TB, options string) string {
	t.Helper()
	needServer(t)
	name := id.New("hone_test_")
	if err := execute(t.Context(), "CREATE DATABASE "+name+" "+options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := execute(context.Background(), fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", name)); err != nil {
			t.Error(err)
		}
	})
	return in(name)
}

func open(t testing.TB) storetest.Store {
	t.Helper()
	needServer(t)
	from, err := template()
	if err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), database(t, "TEMPLATE "+from))
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

func TestStore(t *testing.T) {
	needServer(t)
	storetest.Run(t, open)
}

func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, open) }
