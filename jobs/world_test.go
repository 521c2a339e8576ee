package jobs_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/honehq/hone/internal/id"
	"github.com/honehq/hone/jobs"
	"github.com/honehq/hone/store/postgres"
	"github.com/honehq/hone/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// database is a store that has a queue.
type database interface {
	Jobs(ctx context.Context, c jobs.Config) (*jobs.Queue, error)
	Close() error
}

// place is where databases are opened, as replicas do, and where their rows can
// be got at.
type place struct {
	open func(t *testing.T) database
	exec func(t *testing.T, statement string)
}

// everywhere runs a test on both databases.
func everywhere(t *testing.T, test func(t *testing.T, p place)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, onSQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, onPostgres(t))
	})
}

func onSQLite(t *testing.T) place {
	path := filepath.Join(t.TempDir(), "hone.db")
	return place{
		open: func(t *testing.T) database {
			db, err := sqlite.Open(t.Context(), path)
			return opened(t, db, err)
		},
		exec: func(t *testing.T, statement string) {
			db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(10000)")
			noError(t, err)
			defer db.Close()
			_, err = db.ExecContext(t.Context(), statement)
			noError(t, err)
		},
	}
}

func onPostgres(t *testing.T) place {
	server := os.Getenv("HONE_TEST_POSTGRES")
	if server == "" {
		t.Skip("HONE_TEST_POSTGRES is not set: it names a server with pgvector on which tests may make databases")
	}
	execute := func(ctx context.Context, in, statement string) error {
		conn, err := pgx.Connect(ctx, in)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, statement)
		return err
	}
	name := id.New("hone_test_")
	noError(t, execute(t.Context(), server, "CREATE DATABASE "+name))
	t.Cleanup(func() {
		if err := execute(context.Background(), server, fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", name)); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(server)
	in := server + " dbname=" + name
	if err == nil && strings.HasPrefix(u.Scheme, "postgres") {
		u.Path = "/" + name
		in = u.String()
	}
	return place{
		open: func(t *testing.T) database {
			db, err := postgres.Open(t.Context(), in)
			return opened(t, db, err)
		},
		exec: func(t *testing.T, statement string) { noError(t, execute(t.Context(), in, statement)) },
	}
}

func opened(t *testing.T, db database, err error) database {
	noError(t, err)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// replica is a process that works on jobs: what it was given is sent to begun,
// and ended when something is received from end.
type replica struct {
	queue *jobs.Queue
	begun chan string
	end   chan error
	stop  func()
}

// start starts a replica, which stops when the test ends.
func start(t *testing.T, p place) *replica {
	t.Helper()
	r := &replica{begun: make(chan string, 100), end: make(chan error)}
	var err error
	r.queue, err = p.open(t).Jobs(t.Context(), jobs.Config{
		Poll: 10 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
		Work: func(ctx context.Context, agent, round string) error {
			r.begun <- agent + " " + round
			select {
			case err := <-r.end:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		},
	})
	noError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.queue.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(r.stop)
	return r
}
