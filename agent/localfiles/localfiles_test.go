package localfiles

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/knowledge"
)

// recorder is an Indexer that remembers.
type recorder struct {
	paths []string
	err   error
}

func (r *recorder) Put(_ context.Context, source string, u knowledge.Upload) (knowledge.Document, error) {
	r.paths = append(r.paths, source+":"+u.Path)
	return knowledge.Document{Path: u.Path, Chunks: 2}, r.err
}

func write(t *testing.T, dir string, files map[string]string) string {
	t.Helper()
	for name, content := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func open(t *testing.T, folders map[string]string, index Indexer) map[string]agent.Tool {
	t.Helper()
	opened, err := Open(folders)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
	byName := map[string]agent.Tool{}
	for _, tool := range opened.Tools(index, "local") {
		d := tool.Definition()
		var schema struct{ Type string }
		if err := json.Unmarshal(d.Parameters, &schema); err != nil || schema.Type != "object" {
			t.Fatalf("%s: schema %s: %v", d.Name, d.Parameters, err)
		}
		byName[d.Name] = tool
	}
	return byName
}

func run(t *testing.T, tool agent.Tool, arguments string) agent.Result {
	t.Helper()
	res, err := tool.Run(t.Context(), json.RawMessage(arguments))
	if err != nil {
		t.Fatalf("%s: %v", arguments, err)
	}
	return res
}

func TestListReadIndex(t *testing.T) {
	dir := write(t, t.TempDir(), map[string]string{"a.md": "# A", "sub/b.txt": "b", "c.png": "c", ".git/d.md": "d"})
	index := &recorder{}
	tools := open(t, map[string]string{"notes": dir}, index)
	if got := run(t, tools["list_local_files"], `{}`); got.Text != "a.md\nsub/b.txt" {
		t.Errorf("list: %q", got.Text)
	}
	for _, d := range []string{"sub", "/sub/", "./sub"} {
		if got := run(t, tools["list_local_files"], fmt.Sprintf(`{"directory":%q}`, d)); got.Text != "sub/b.txt" {
			t.Errorf("list %s: %q", d, got.Text)
		}
	}
	if got := run(t, tools["list_local_files"], `{"directory":"nowhere"}`); got.Text != "No files." {
		t.Errorf("list nowhere: %q", got.Text)
	}
	if got := run(t, tools["read_local_file"], `{"path":"sub/b.txt"}`); got.Text != "b" || got.Failed {
		t.Errorf("read: %+v", got)
	}
	if got := run(t, tools["index_document"], `{"path":"./a.md"}`); got.Failed || len(index.paths) != 1 || index.paths[0] != "local:a.md" {
		t.Errorf("index: %+v, %v", got, index.paths)
	}
	if !tools["index_document"].Definition().Writes || tools["read_local_file"].Definition().Writes {
		t.Error("only index_document writes")
	}
}

func TestSeveralFolders(t *testing.T) {
	tools := open(t, map[string]string{
		"one": write(t, t.TempDir(), map[string]string{"a.md": "from one"}),
		"two": write(t, t.TempDir(), map[string]string{"a.md": "from two"}),
	}, &recorder{})
	if got := run(t, tools["list_local_files"], `{"directory":""}`); got.Text != "one/a.md\ntwo/a.md" {
		t.Errorf("list: %q", got.Text)
	}
	if got := run(t, tools["list_local_files"], `{"directory":"two"}`); got.Text != "two/a.md" {
		t.Errorf("list two: %q", got.Text)
	}
	if got := run(t, tools["read_local_file"], `{"path":"two/a.md"}`); got.Text != "from two" {
		t.Errorf("read: %q", got.Text)
	}
	if got := run(t, tools["read_local_file"], `{"path":"a.md"}`); !got.Failed {
		t.Errorf("read without a folder: %+v", got)
	}
}

// Nothing outside the folders can be read, however it is named.
func TestConfined(t *testing.T) {
	outside := write(t, t.TempDir(), map[string]string{"secret.md": "secret"})
	dir := write(t, t.TempDir(), map[string]string{"a.md": "a"})
	for name, target := range map[string]string{"link.md": filepath.Join(outside, "secret.md"), "out": outside, "loop": "."} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	index := &recorder{}
	tools := open(t, map[string]string{"notes": dir}, index)
	for _, p := range []string{
		"../" + filepath.Base(outside) + "/secret.md", filepath.Join(outside, "secret.md"), "link.md", "out/secret.md",
		"a.md/../../x.md", "", ".", "/", "a.png", "..", `..\secret.md`, "a.md\x00", strings.Repeat("../", 50) + "etc/passwd.md",
	} {
		for _, name := range []string{"read_local_file", "index_document"} {
			arguments, err := json.Marshal(map[string]string{"path": p})
			if err != nil {
				t.Fatal(err)
			}
			if got := run(t, tools[name], string(arguments)); !got.Failed || strings.Contains(got.Text, "secret\n") {
				t.Errorf("%s %q: %+v", name, p, got)
			}
		}
	}
	if len(index.paths) != 0 {
		t.Errorf("indexed %v", index.paths)
	}
	for _, d := range []string{"..", "out", "/etc", "../.."} {
		if got := run(t, tools["list_local_files"], fmt.Sprintf(`{"directory":%q}`, d)); strings.Contains(got.Text, "secret") {
			t.Errorf("list %s: %q", d, got.Text)
		}
	}
}

func TestPages(t *testing.T) {
	files := map[string]string{"big.md": strings.Repeat("ü", MaxRead)}
	for i := range MaxListed + 5 {
		files[fmt.Sprintf("many/%03d.txt", i)] = "x"
	}
	tools := open(t, map[string]string{"notes": write(t, t.TempDir(), files)}, &recorder{})
	first := run(t, tools["list_local_files"], `{"directory":"many"}`)
	if !strings.HasSuffix(first.Text, "… and 5 more: page 2.") {
		t.Errorf("first page ends %q", first.Text[len(first.Text)-40:])
	}
	if second := run(t, tools["list_local_files"], `{"directory":"many","page":2}`); strings.Count(second.Text, "\n") != 4 {
		t.Errorf("second page: %q", second.Text)
	}
	if got := run(t, tools["read_local_file"], `{"path":"big.md"}`); !strings.HasSuffix(got.Text, fmt.Sprintf("… %d more bytes: offset %d.", MaxRead, MaxRead)) {
		t.Errorf("big: ends %q", got.Text[len(got.Text)-60:])
	}
	if got := run(t, tools["read_local_file"], fmt.Sprintf(`{"path":"big.md","offset":%d}`, MaxRead)); len(got.Text) != MaxRead {
		t.Errorf("rest: %d bytes", len(got.Text))
	}
	if got := run(t, tools["read_local_file"], `{"path":"big.md","offset":-1}`); !got.Failed {
		t.Error("a negative offset was taken")
	}
}

func TestErrors(t *testing.T) {
	dir := write(t, t.TempDir(), map[string]string{"a.md": "a", "huge.md": strings.Repeat("x", MaxFile+1)})
	index := &recorder{err: fmt.Errorf("%w: not text", knowledge.ErrInvalid)}
	tools := open(t, map[string]string{"notes": dir}, index)
	if got := run(t, tools["index_document"], `{"path":"a.md"}`); !got.Failed {
		t.Error("a refused document was reported as indexed")
	}
	if got := run(t, tools["index_document"], `{"path":"huge.md"}`); !got.Failed {
		t.Error("a huge file was taken")
	}
	if got := run(t, tools["read_local_file"], `{"path":7}`); !got.Failed {
		t.Error("a number was taken for a path")
	}
	index.err = errors.New("disk full")
	if _, err := tools["index_document"].Run(t.Context(), json.RawMessage(`{"path":"a.md"}`)); err == nil {
		t.Error("a failure of the store was hidden from the run")
	}
	if _, err := Open(map[string]string{"x": filepath.Join(dir, "missing")}); err == nil {
		t.Error("a missing folder was opened")
	}
	if _, err := Open(map[string]string{"a/b": dir}); err == nil {
		t.Error("a name with a slash was taken")
	}
	if tools := open(t, nil, index); len(tools) != 0 {
		t.Errorf("tools without folders: %v", tools)
	}
}

// No number that a model makes up breaks a page.
func TestOddPages(t *testing.T) {
	tools := open(t, map[string]string{"notes": write(t, t.TempDir(), map[string]string{"a.md": "a"})}, &recorder{})
	for _, page := range []string{"2", "-1", "92233720368547759", "9223372036854775807", "-9223372036854775808"} {
		got := run(t, tools["list_local_files"], `{"page":`+page+`}`)
		if want := map[bool]string{true: "a.md", false: "No files."}[strings.HasPrefix(page, "-")]; got.Text != want {
			t.Errorf("page %s: %q", page, got.Text)
		}
	}
}

// However a path is written, the document is the one of the listed path.
func TestIndexesUnderTheListedPath(t *testing.T) {
	index := &recorder{}
	tools := open(t, map[string]string{"notes": write(t, t.TempDir(), map[string]string{"sub/a.md": "a"})}, index)
	for _, p := range []string{"sub/a.md", `sub\\a.md`, "./sub//a.md", "sub/../sub/a.md"} {
		run(t, tools["index_document"], `{"path":"`+p+`"}`)
	}
	for _, p := range index.paths {
		if p != "local:sub/a.md" {
			t.Errorf("indexed %s", p)
		}
	}
	if len(index.paths) != 4 {
		t.Errorf("indexed %v", index.paths)
	}
}
