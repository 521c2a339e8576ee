package knowledge_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/honehq/hone/internal/id"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/store/postgres"
)

// openPostgres makes a database for a test on the server that
// HONE_TEST_POSTGRES names.
func openPostgres(t testing.TB) knowledge.Store {
	t.Helper()
	server := os.Getenv("HONE_TEST_POSTGRES")
	if server == "" {
		t.Skip("SKIPPED: Postgres: HONE_TEST_POSTGRES is not set")
	}
	name := id.New("hone_knowledge_")
	execute(t, server, "CREATE DATABASE "+name)
	t.Cleanup(func() { execute(t, server, fmt.Sprintf("DROP DATABASE %s WITH (FORCE)", name)) })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	db, err := postgres.Open(context.Background(), u.String())
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

func execute(t testing.TB, server, statement string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatal(err)
	}
}

// Both stores give the same passages with the same scores, whatever way the
// documents came in.
func TestSameOnBothStores(t *testing.T) {
	two := openBase(t, knowledge.Config{Store: openPostgres(t)})
	one := openBase(t, knowledge.Config{})
	dir := copyCorpus(t)
	for i, b := range []*knowledge.Base{one, two} {
		took := timed(func() { syncDocs(t, b, dir) })
		again := timed(func() { syncDocs(t, b, dir) })
		t.Logf("store %d: %v, again %v", i+1, took, again)
	}
	// One store gets there in other steps than the other.
	writeFiles(t, dir, map[string]string{"handbook/new.md": "---\ngroups: [sre]\n---\n# Restarting\n\nHow to restart a cluster."})
	syncDocs(t, two, dir)
	remove(t, dir, "runbooks/gitlab/redis-cache/README.md")
	syncDocs(t, two, dir)
	syncDocs(t, one, dir)
	filters := []*knowledge.Filter{nil, {Type: knowledge.Eq, Key: "kind", Value: "runbook"}}
	for i, question := range append(questions(t), "restart a cluster") {
		q := knowledge.Query{Texts: []string{question}, Filter: filters[i%2], Access: knowledge.Access{All: i%3 == 0}}
		if diff := cmp.Diff(scores(t, one, q), scores(t, two, q)); diff != "" {
			t.Errorf("%s (-sqlite +postgres):\n%s", question, diff)
		}
	}
	if a, b := freeze(t, one).Fingerprint(), freeze(t, two).Fingerprint(); a != b {
		t.Errorf("fingerprints %s and %s", a, b)
	}
}
