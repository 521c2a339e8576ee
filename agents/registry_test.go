package agents_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/honehq/hone/agents"
	"github.com/honehq/hone/store/sqlite"
)

func registry(t *testing.T, file string) (*agents.Registry, error) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "hone.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return agents.NewRegistry(agents.RegistryConfig{
		Store: db, File: file, Default: "default",
		World: func(context.Context) (agents.World, error) { return everything, nil },
	})
}

func draft(text string) agents.Draft    { return agents.Parse([]byte(text)) }
func oneDraft(text string) agents.Draft { return agents.ParseAgent([]byte(text)) }

func TestChanges(t *testing.T) {
	r, err := registry(t, "")
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	is := func(version int, names string) {
		t.Helper()
		s, err := r.Set(ctx)
		if err != nil || s.Version != version || strings.Join(s.Names(), " ") != names {
			t.Errorf("got %+v, %v; want version %d with %s", s, err, version, names)
		}
		if v, err := r.Version(ctx); err != nil || v != version {
			t.Errorf("version %d, %v", v, err)
		}
	}
	is(0, "default")

	// The first change keeps the agent that there was.
	if _, err := r.Put(ctx, "payments", oneDraft("description: Pays."), "kim"); err != nil {
		t.Fatal(err)
	}
	is(1, "default payments")
	if _, err := r.Put(ctx, "default", oneDraft(`{"name": "default", "asks": ["payments"]}`), "kim"); err != nil {
		t.Fatal(err)
	}
	is(2, "default payments")

	for name, change := range map[string]func() (agents.Set, error){
		"an agent that is asked goes": func() (agents.Set, error) { return r.Delete(ctx, "payments", "kim") },
		"the default agent goes":      func() (agents.Set, error) { return r.Delete(ctx, "default", "kim") },
		"a bad agent":                 func() (agents.Set, error) { return r.Put(ctx, "x", oneDraft("mode: on"), "kim") },
		"two names":                   func() (agents.Set, error) { return r.Put(ctx, "x", oneDraft("name: y"), "kim") },
		"no agent":                    func() (agents.Set, error) { return r.Put(ctx, "x", oneDraft("[]"), "kim") },
		"an unknown source":           func() (agents.Set, error) { return r.Put(ctx, "x", oneDraft("sources: [nowhere]"), "kim") },
	} {
		if _, err := change(); !errors.As(err, new(agents.Problems)) {
			t.Errorf("%s: %v", name, err)
		}
		is(2, "default payments")
	}
	if _, err := r.Delete(ctx, "nobody", "kim"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "default, payments") {
		t.Error(err)
	}
	if _, err := r.Replace(ctx, draft("agents: [{name: default}]"), 1, "kim"); !errors.Is(err, agents.ErrStale) {
		t.Error(err)
	}
	if s, err := r.Replace(ctx, draft("agents: [{name: default}]"), 2, "kim"); err != nil || s.Version != 3 || s.Author != "kim" {
		t.Error(s, err)
	}
	is(3, "default")
}

// Changes of single agents at once don't undo each other.
func TestChangesAtOnce(t *testing.T) {
	r, err := registry(t, "")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	names := []string{"a", "b", "c", "d", "e"}
	for _, name := range names {
		wg.Go(func() {
			if _, err := r.Put(t.Context(), name, oneDraft("{}"), "kim"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s, err := r.Set(t.Context())
	if err != nil || s.Version != len(names) || len(s.Agents) != 1+len(names) {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestFileIsAuthoritative(t *testing.T) {
	file := filepath.Join(t.TempDir(), "agents.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := registry(t, file); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	write("agents:\n  - name: default\n    asks: [default]\n    modell: x\n")
	if _, err := registry(t, file); err == nil || !strings.Contains(err.Error(), "agents.yaml: 2 things are wrong:\n  line 3: ") {
		t.Error(err)
	}
	write("agents:\n  - name: default\n    sources: [not-ingested-yet]\n")
	r, err := registry(t, file)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := r.Set(t.Context()); err != nil || s.From != agents.FromFile || len(s.Agents) != 1 {
		t.Error(s, err)
	}
	for name, change := range map[string]func() (agents.Set, error){
		"replace": func() (agents.Set, error) {
			return r.Replace(t.Context(), draft("agents: [{name: default}]"), 0, "kim")
		},
		"put":    func() (agents.Set, error) { return r.Put(t.Context(), "x", oneDraft("{}"), "kim") },
		"delete": func() (agents.Set, error) { return r.Delete(t.Context(), "default", "kim") },
	} {
		if _, err := change(); !errors.Is(err, agents.ErrFixed) || !strings.Contains(err.Error(), "agents.yaml") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
