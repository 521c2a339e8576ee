package knowledge_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/knowledge"
)

// counts is what a report says in numbers.
func counts(r knowledge.Report) string {
	return fmt.Sprintf("+%d ~%d =%d -%d", r.Added, r.Updated, r.Unchanged, r.Deleted)
}

func TestSyncKeepsInStep(t *testing.T) {
	var written []string
	store := &counter{Store: openStore(t), apply: func(_ context.Context, c knowledge.Change) error {
		for _, d := range c.Put {
			written = append(written, d.Path)
		}
		return nil
	}}
	b := openBase(t, knowledge.Config{Store: store})
	dir := t.TempDir()
	steps := []struct {
		name    string
		change  func()
		counts  string
		written string
		pigeons string // where pigeons are found
	}{
		{"first", func() {
			writeFiles(t, dir, map[string]string{"a.md": "# A\n\nsparrows", "b/b.txt": "pigeons", "c.rst": "C\n=\n\nowls"})
		}, "+3 ~0 =0 -0", "a.md b/b.txt c.rst", "b/b.txt"},
		{"nothing", func() {}, "+0 ~0 =3 -0", "", "b/b.txt"},
		{"one changed", func() { writeFiles(t, dir, map[string]string{"a.md": "# A\n\nsparrows and pigeons"}) },
			"+0 ~1 =2 -0", "a.md", "a.md b/b.txt"},
		{"one gone", func() { remove(t, dir, "b/b.txt") }, "+0 ~0 =2 -1", "", "a.md"},
		{"one renamed", func() {
			remove(t, dir, "a.md")
			writeFiles(t, dir, map[string]string{"z.markdown": "# A\n\nsparrows and pigeons"})
		}, "+1 ~0 =1 -1", "z.markdown", "z.markdown"},
		{"touched only", func() { writeFiles(t, dir, map[string]string{"c.rst": "C\n=\n\nowls"}) }, "+0 ~0 =2 -0", "", "z.markdown"},
	}
	for _, step := range steps {
		step.change()
		written = nil
		r := syncDocs(t, b, dir)
		if got := counts(r); got != step.counts || !r.Complete {
			t.Errorf("%s: %s, complete %v, want %s", step.name, got, r.Complete, step.counts)
		}
		// Two workers write; their order is open.
		if got := sorted(written); got != step.written {
			t.Errorf("%s: wrote %q, want %q", step.name, got, step.written)
		}
		if got := sorted(strings.Fields(found(t, b, all("pigeons")))); got != step.pigeons {
			t.Errorf("%s: pigeons in %q, want %q", step.name, got, step.pigeons)
		}
		if r.Source.SyncedAt.IsZero() {
			t.Errorf("%s: a complete walk left no date", step.name)
		}
	}
}

func remove(t testing.TB, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

// A file keeps its ID when it changes: whoever holds the ID finds the new text.
func TestSyncKeepsFileIDs(t *testing.T) {
	b := openBase(t, knowledge.Config{})
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"a.md": "one"})
	src := syncDocs(t, b, dir).Source
	before := document(t, b, src.ID, "a.md")
	writeFiles(t, dir, map[string]string{"a.md": "two"})
	syncDocs(t, b, dir)
	after := document(t, b, src.ID, "a.md")
	if before.FileID != after.FileID || before.Rev == after.Rev || before.Hash == after.Hash {
		t.Errorf("before %+v, after %+v", before, after)
	}
	if content, err := b.FileContent(t.Context(), after.FileID); err != nil || string(content) != "two" {
		t.Errorf("content %q, %v", content, err)
	}
}

func document(t testing.TB, b *knowledge.Base, source, path string) knowledge.Document {
	t.Helper()
	for d, err := range b.Documents(context.Background(), source) {
		if err != nil {
			t.Fatal(err)
		}
		if d.Path == path {
			return d
		}
	}
	t.Fatalf("no document %s", path)
	return knowledge.Document{}
}

func TestSyncSkips(t *testing.T) {
	outside := t.TempDir()
	writeFiles(t, outside, map[string]string{"secret.md": "a secret", "folder/secret.md": "a secret"})
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"good.md":                "good",
		"crlf.md":                "# Title\r\n\r\ngood line\r\n",
		"bom.md":                 "\ufeff# Title\n\ngood",
		"empty.md":               "",
		"picture.png":            "\x00\x01",
		"binary.md":              "abc\x00def",
		"latin1.txt":             "caf\xe9",
		"utf16.txt":              "\xff\xfea\x00b\x00",
		"huge.md":                strings.Repeat("x", 2001),
		".hidden.md":             "hidden",
		".git/config.md":         "hidden",
		"node_modules/x/good.md": "hidden",
		"groups.md":              "---\ngroups: [unclosed\n---\n\ngood secret",
		"unreadable.md":          "good",
		"unreadable/in.md":       "good",
		"bad\xffname.md":         "good",
	})
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.md"), 0o644); err != nil {
		t.Logf("SKIPPED: named pipe: %v", err)
	}
	link(t, filepath.Join(outside, "secret.md"), dir, "out.md")
	link(t, filepath.Join(outside, "folder"), dir, "outfolder")
	link(t, filepath.Join(outside, "secret.md"), dir, "logo.png") // of no kind that is read
	link(t, "loop.md", dir, "loop.md")
	link(t, "..", dir, "sub/up")
	link(t, "nothing.md", dir, "dangling.md")

	want := []knowledge.Notice{
		{Path: "bad\ufffdname.md", Reason: "name is not UTF-8, or longer than 1024 bytes"},
		{Path: "binary.md", Reason: "binary"},
		{Path: "dangling.md", Reason: "link to nothing"},
		{Path: "groups.md", Reason: "its front matter names groups, but not as a list of names"},
		{Path: "huge.md", Reason: "larger than 2000 bytes"},
		{Path: "latin1.txt", Reason: "not encoded as UTF-8"},
		{Path: "loop.md", Reason: "link that leads to itself"},
		{Path: "out.md", Reason: "link out of the folder"},
		{Path: "outfolder", Reason: "link out of the folder"},
		{Path: "pipe.md", Reason: "not a regular file"},
		{Path: "sub/up", Reason: "link to a folder that it is in"},
		{Path: "unreadable", Reason: "folder cannot be read: permission denied"},
		{Path: "unreadable.md", Reason: "cannot be read: permission denied"},
		{Path: "utf16.txt", Reason: "encoded as UTF-16, not UTF-8"},
	}
	b := openBase(t, knowledge.Config{})
	c := knowledge.SyncConfig{Source: "docs", Root: dir, MaxBytes: 2000}.WithFaults(deny("unreadable", "unreadable.md"))
	for _, strict := range []bool{false, true} {
		c.Strict = strict
		r, err := b.Sync(t.Context(), c)
		if strict != errors.Is(err, knowledge.ErrInvalid) || !strict && err != nil {
			t.Errorf("strict %v: error %v", strict, err)
		}
		if diff := cmp.Diff(want, r.Skipped); diff != "" {
			t.Errorf("strict %v: skipped (-want +got):\n%s", strict, diff)
		}
		if r.Complete {
			t.Error("a walk without the unreadable folder was complete")
		}
		if got := paths(t, b, "docs"); got != "bom.md crlf.md empty.md good.md" {
			t.Errorf("documents %q", got)
		}
	}
	if got := found(t, b, all("secret")); got != "" {
		t.Errorf("found a secret in %s", got)
	}
	for _, p := range search(t, b, all("good line")) {
		if strings.Contains(p.Text, "\r") {
			t.Errorf("%s: text with a carriage return: %q", p.Path, p.Text)
		}
	}
}

func link(t testing.TB, target, dir, name string) {
	t.Helper()
	full := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, full); err != nil {
		t.Fatal(err)
	}
}

// deny makes files and folders unreadable, also for the superuser, whom
// permissions don't stop.
func deny(names ...string) func(fs.FS) fs.FS {
	return func(fsys fs.FS) fs.FS { return denied{fsys, names} }
}

type denied struct {
	fs.FS
	names []string
}

func (d denied) Open(name string) (fs.File, error) {
	if slices.Contains(d.names, name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return d.FS.Open(name)
}

// Links within the folder are followed, and each file is indexed once. A
// mounted Kubernetes ConfigMap is made of links to a hidden folder.
func TestSyncFollowsLinksWithin(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"..2025/config.md":  "# Mounted\n\nmagpies",
		"real/visible.md":   "# Visible\n\nmagpies too",
		".content/inner.md": "# Inner\n\nmagpies three",
	})
	link(t, "..2025", dir, "..data")
	link(t, "..data/config.md", dir, "config.md")
	link(t, "real/visible.md", dir, "again.md")
	link(t, "real", dir, "alias")
	link(t, ".content", dir, "content")
	link(t, filepath.Join(dir, "real", "visible.md"), dir, "absolute.md")

	b := openBase(t, knowledge.Config{})
	r := syncDocs(t, b, dir)
	if got, want := paths(t, b, "docs"), "config.md content/inner.md real/visible.md"; got != want {
		t.Errorf("documents %q, want %q", got, want)
	}
	if len(r.Skipped) > 0 {
		t.Errorf("skipped %v", r.Skipped)
	}
}

func TestSyncDeletesOnlyAfterACompleteWalk(t *testing.T) {
	b := openBase(t, knowledge.Config{})
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"a.md": "a", "b.md": "b", "sub/c.md": "c", "d.md": "d"})
	syncDocs(t, b, dir)
	remove(t, dir, "a.md")

	c := knowledge.SyncConfig{Source: "docs", Root: dir}
	r, err := b.Sync(t.Context(), c.WithFaults(deny("sub")))
	if err != nil || r.Complete || r.Deleted != 0 {
		t.Errorf("incomplete walk: %+v, %v", r, err)
	}
	if got := paths(t, b, "docs"); got != "a.md b.md d.md sub/c.md" {
		t.Errorf("after an incomplete walk: %q", got)
	}
	// A file that is there but can't be read is not gone.
	r, err = b.Sync(t.Context(), c.WithFaults(deny("d.md")))
	if err != nil || !r.Complete || r.Deleted != 1 {
		t.Errorf("complete walk: %+v, %v", r, err)
	}
	if got := paths(t, b, "docs"); got != "b.md d.md sub/c.md" {
		t.Errorf("after a complete walk: %q", got)
	}
	// One whose text is no longer text is.
	writeFiles(t, dir, map[string]string{"b.md": "\xe9"})
	syncDocs(t, b, dir)
	if got := paths(t, b, "docs"); got != "d.md sub/c.md" {
		t.Errorf("after a file went bad: %q", got)
	}
}

func TestSyncGlobs(t *testing.T) {
	b := openBase(t, knowledge.Config{})
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"a.md": "a", "x/b.md": "b", "x/y/c.md": "c", "x/y/d.txt": "d"})
	for _, test := range []struct {
		include, exclude []string
		want             string
	}{
		{nil, nil, "a.md x/b.md x/y/c.md x/y/d.txt"},
		{[]string{"x/**"}, nil, "x/b.md x/y/c.md x/y/d.txt"},
		{[]string{"**/*.md"}, []string{"x/y/**"}, "a.md x/b.md"},
		{[]string{"*.md", "x/y/*.txt"}, nil, "a.md x/y/d.txt"},
	} {
		_, err := b.Sync(t.Context(), knowledge.SyncConfig{Source: "docs", Root: dir, Include: test.include, Exclude: test.exclude})
		if err != nil {
			t.Fatal(err)
		}
		if got := paths(t, b, "docs"); got != test.want {
			t.Errorf("include %v, exclude %v: %q, want %q", test.include, test.exclude, got, test.want)
		}
	}
	_, err := b.Sync(t.Context(), knowledge.SyncConfig{Source: "docs", Root: dir, Include: []string{"[a"}})
	if !errors.Is(err, knowledge.ErrInvalid) {
		t.Errorf("broken glob: %v", err)
	}
}

func TestSyncRefuses(t *testing.T) {
	b := openBase(t, knowledge.Config{})
	upload(t, b, "uploads")
	dir := t.TempDir()
	for _, test := range []struct {
		name   string
		config knowledge.SyncConfig
		want   error
	}{
		{"missing folder", knowledge.SyncConfig{Source: "docs", Root: filepath.Join(dir, "none")}, fs.ErrNotExist},
		{"no name", knowledge.SyncConfig{Root: dir}, knowledge.ErrInvalid},
		{"a source of uploads", knowledge.SyncConfig{Source: "uploads", Root: dir}, knowledge.ErrInvalid},
		{"bad attributes", knowledge.SyncConfig{Source: "docs", Root: dir, Attributes: knowledge.Attributes{"": "x"}}, knowledge.ErrInvalid},
	} {
		if _, err := b.Sync(t.Context(), test.config); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	if _, err := b.Source(t.Context(), "docs"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a sync that never began left a source: %v", err)
	}
}

// Whatever decides a document besides its bytes makes it be written again.
func TestSyncSettingsChange(t *testing.T) {
	store := openStore(t)
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"a b.md": "a"})
	c := knowledge.SyncConfig{Source: "docs", Root: dir}
	var model knowledge.Embedder
	step := func(name, want string) knowledge.Document {
		t.Helper()
		b := openBase(t, knowledge.Config{Store: store, Embedder: model})
		r, err := b.Sync(t.Context(), c)
		if err != nil || counts(r) != want {
			t.Errorf("%s: %s, %v, want %s", name, counts(r), err, want)
		}
		return document(t, b, r.Source.ID, "a b.md")
	}
	step("first", "+1 ~0 =0 -0")
	c.Attributes = knowledge.Attributes{"team": "search"}
	if d := step("attributes", "+0 ~1 =0 -0"); d.Attributes["team"] != "search" {
		t.Errorf("attributes %v", d.Attributes)
	}
	c.Groups = []string{"sre"}
	if d := step("groups", "+0 ~1 =0 -0"); !cmp.Equal(d.Groups, c.Groups) {
		t.Errorf("groups %v", d.Groups)
	}
	c.URL = "https://example.com/docs/"
	if d := step("url", "+0 ~1 =0 -0"); d.URL != "https://example.com/docs/a%20b.md" {
		t.Errorf("URL %s", d.URL)
	}
	model = fakeEmbedder{name: "one"}
	step("model", "+0 ~1 =0 -0")
	step("nothing", "+0 ~0 =1 -0")
}

func TestSyncTakesOverFromLocal(t *testing.T) {
	b := openBase(t, knowledge.Config{})
	upload(t, b, knowledge.LocalSource,
		text("a.md", "jays, an older text"),
		text("elsewhere/copy.md", "jays, word for word"),
		text("other.md", "jays of its own"),
		text("void.md", ""))
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"a.md": "jays, a newer text", "b.md": "jays, word for word", "empty.md": ""})
	if r := syncDocs(t, b, dir); r.TakenOver != 2 {
		t.Errorf("took over %d documents", r.TakenOver)
	}
	if got := paths(t, b, knowledge.LocalSource); got != "other.md void.md" {
		t.Errorf("left in local: %q", got)
	}
	if got := found(t, b, all("jays")); sorted(strings.Fields(got)) != "a.md b.md other.md" {
		t.Errorf("found %q", got)
	}
}

func TestSyncProgress(t *testing.T) {
	b := openBase(t, knowledge.Config{})
	dir := t.TempDir()
	for i := range 150 {
		writeFiles(t, dir, map[string]string{fmt.Sprintf("%03d.md", i): fillText(i, "progress")})
	}
	var last knowledge.Progress
	r, err := b.Sync(t.Context(), knowledge.SyncConfig{Source: "docs", Root: dir, Progress: func(p knowledge.Progress) {
		if p.Done != last.Done+1 || p.Bytes <= last.Bytes || p.Total != 150 {
			t.Errorf("%+v after %+v", p, last)
		}
		last = p
	}})
	if err != nil || last.Done != 150 || last.Bytes != last.TotalBytes || last.Bytes != r.Bytes || r.Chunks == 0 {
		t.Errorf("last %+v, report %+v, %v", last, r, err)
	}
}
