// Package localfiles holds the agent's client tools: it lists, reads and
// indexes the text files of configured folders, and nothing outside them.
package localfiles

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/knowledge"
)

// Bounds of what the tools show and take.
const (
	MaxListed = 200      // files a page
	MaxRead   = 32 << 10 // bytes a page
	MaxFile   = 4 << 20  // bytes of a file that may be indexed
)

// Indexer adds a document to a source; *knowledge.Base is one.
type Indexer interface {
	Put(ctx context.Context, source string, u knowledge.Upload) (knowledge.Document, error)
}

// Config configures the tools.
type Config struct {
	// Folders maps a name, as the model sees it, to a folder. With one folder,
	// paths are relative to it; with several they begin with the name.
	Folders map[string]string
	Index   Indexer
	Source  string // the source that index_document fills
}

// Tools are the three tools over opened folders.
type Tools struct {
	cfg   Config
	roots map[string]*os.Root
	names []string
}

// Open opens the folders. Close releases them.
func Open(cfg Config) (*Tools, error) {
	t := &Tools{cfg: cfg, roots: map[string]*os.Root{}}
	for name, dir := range cfg.Folders {
		if name == "" || strings.ContainsAny(name, `/\`) || name == "." || name == ".." {
			return nil, errors.Join(fmt.Errorf("local folder %q: a name must not be empty or hold a slash", name), t.Close())
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("local folder %s: %w", name, err), t.Close())
		}
		t.roots[name] = root
		t.names = append(t.names, name)
	}
	slices.Sort(t.names)
	return t, nil
}

// Close closes the folders.
func (t *Tools) Close() error {
	var errs []error
	for _, r := range t.roots {
		errs = append(errs, r.Close())
	}
	return errors.Join(errs...)
}

// All returns list_local_files, read_local_file and index_document; none if no
// folder is configured.
func (t *Tools) All() []agent.Tool {
	if len(t.roots) == 0 {
		return nil
	}
	return []agent.Tool{
		tool[listArgs]{"list_local_files", "List the .md and .txt files of the local folders, which may hold documents that are not indexed yet.", false, t.list},
		tool[readArgs]{"read_local_file", "Read a local file, as listed by list_local_files.", false, t.read},
		tool[indexArgs]{"index_document", "Add a local file to the documents that file_search searches. Search again afterwards.", true, t.index},
	}
}

type listArgs struct {
	Directory string `json:"directory,omitempty" jsonschema:"folder to list with everything below it; empty for all"`
	Page      int    `json:"page,omitempty" jsonschema:"page of the list, from 1"`
}

type readArgs struct {
	Path   string `json:"path" jsonschema:"path as listed"`
	Offset int    `json:"offset,omitempty" jsonschema:"byte to start at, as the previous page said"`
}

type indexArgs struct {
	Path string `json:"path" jsonschema:"path as listed"`
}

// tool is an agent.Tool whose arguments are a struct.
type tool[A any] struct {
	name, description string
	writes            bool
	run               func(ctx context.Context, args A) (agent.Result, error)
}

func (t tool[A]) Definition() agent.ToolDefinition {
	schema, err := jsonschema.For[A](nil)
	if err != nil {
		panic(err) // the structs above are all there are, and a test runs them
	}
	b, err := json.Marshal(schema)
	if err != nil {
		panic(err)
	}
	return agent.ToolDefinition{Name: t.name, Description: t.description, Parameters: b, Writes: t.writes}
}

func (t tool[A]) Run(ctx context.Context, arguments json.RawMessage) (agent.Result, error) {
	var args A
	if err := json.Unmarshal(arguments, &args); err != nil {
		return refuse("The arguments don't fit: %v.", err), nil
	}
	res, err := t.run(ctx, args)
	var r refusal
	if errors.As(err, &r) {
		return refuse("%s", r.Error()), nil
	}
	return res, err
}

// refusal is an error that the model can mend.
type refusal struct{ error }

func refusef(format string, args ...any) error { return refusal{fmt.Errorf(format, args...)} }

func refuse(format string, args ...any) agent.Result {
	text := fmt.Sprintf(format, args...)
	return agent.Result{Text: text, Failed: true, Summary: text}
}

func (t *Tools) list(ctx context.Context, args listArgs) (agent.Result, error) {
	var files []string
	for _, name := range t.names {
		dir, ok := t.within(name, args.Directory)
		if !ok {
			continue
		}
		err := fs.WalkDir(t.roots[name].FS(), dir, func(p string, d fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil:
				return nil // unreadable: as if it were not there
			case d.IsDir() && p != "." && strings.HasPrefix(d.Name(), "."):
				return fs.SkipDir
			case d.Type().IsRegular() && isText(p):
				files = append(files, t.outer(name, p))
			}
			return nil
		})
		if err != nil {
			return agent.Result{}, err
		}
	}
	page := max(args.Page, 1)
	start := (page - 1) * MaxListed
	if start >= len(files) {
		return agent.Result{Text: "No files.", Summary: "no files"}, nil
	}
	end := min(start+MaxListed, len(files))
	text := strings.Join(files[start:end], "\n")
	if end < len(files) {
		text += fmt.Sprintf("\n… and %d more: page %d.", len(files)-end, page+1)
	}
	return agent.Result{Text: text, Summary: plural(len(files), "file")}, nil
}

func (t *Tools) read(_ context.Context, args readArgs) (agent.Result, error) {
	b, err := t.content(args.Path)
	if err != nil {
		return agent.Result{}, err
	}
	if args.Offset < 0 || args.Offset > len(b) {
		return agent.Result{}, refusef("%s has %d bytes; offset %d is outside.", args.Path, len(b), args.Offset)
	}
	piece := b[args.Offset:]
	more := ""
	if len(piece) > MaxRead {
		end := MaxRead
		for end > 0 && !utf8.RuneStart(piece[end]) {
			end--
		}
		piece = piece[:end]
		more = fmt.Sprintf("\n… %d more bytes: offset %d.", len(b)-args.Offset-end, args.Offset+end)
	}
	return agent.Result{
		Text:    strings.ToValidUTF8(string(piece), "\uFFFD") + more,
		Summary: args.Path + ", " + plural(len(piece), "byte"),
	}, nil
}

func (t *Tools) index(ctx context.Context, args indexArgs) (agent.Result, error) {
	b, err := t.content(args.Path)
	if err != nil {
		return agent.Result{}, err
	}
	doc, err := t.cfg.Index.Put(ctx, t.cfg.Source, knowledge.Upload{Path: path.Clean(args.Path), Content: b})
	if errors.Is(err, knowledge.ErrInvalid) {
		return agent.Result{}, refusef("%s can't be indexed: %v", args.Path, err)
	}
	if err != nil {
		return agent.Result{}, err
	}
	return agent.Result{
		Text:    fmt.Sprintf("%s is indexed in %s. Search again to find it.", doc.Path, plural(doc.Chunks, "chunk")),
		Summary: doc.Path + ", " + plural(doc.Chunks, "chunk"),
	}, nil
}

// content reads a file whole.
func (t *Tools) content(p string) ([]byte, error) {
	name, inner, ok := t.inner(p)
	if !ok || !isText(inner) {
		return nil, refusef("There is no local file %q; list_local_files lists them.", p)
	}
	f, err := t.roots[name].Open(inner)
	if err != nil {
		return nil, refusef("%s can't be opened; list_local_files lists what there is.", p)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, refusef("%s is not a file.", p)
	}
	b, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	switch {
	case err != nil:
		return nil, refusef("%s can't be read.", p)
	case len(b) > MaxFile:
		return nil, refusef("%s is larger than %d bytes.", p, MaxFile)
	}
	return b, nil
}

// outer is the path that the model sees of a file in a folder.
func (t *Tools) outer(name, p string) string {
	if len(t.names) == 1 {
		return p
	}
	return name + "/" + p
}

// inner is the reverse of outer.
func (t *Tools) inner(p string) (name, inner string, ok bool) {
	p = strings.TrimPrefix(path.Clean(strings.ReplaceAll(p, `\`, "/")), "./")
	if len(t.names) == 1 {
		return t.names[0], p, fs.ValidPath(p)
	}
	name, inner, _ = strings.Cut(p, "/")
	_, ok = t.roots[name]
	return name, inner, ok && fs.ValidPath(inner)
}

// within translates a directory argument to one of the named folder; false if
// it is in another folder or none.
func (t *Tools) within(name, dir string) (string, bool) {
	dir = strings.Trim(path.Clean("/"+strings.ReplaceAll(dir, `\`, "/")), "/")
	if len(t.names) > 1 && dir != "" {
		first, rest, _ := strings.Cut(dir, "/")
		if first != name {
			return "", false
		}
		dir = rest
	}
	if dir == "" {
		return ".", true
	}
	info, err := fs.Stat(t.roots[name].FS(), dir)
	return dir, err == nil && info.IsDir()
}

func isText(p string) bool {
	switch strings.ToLower(path.Ext(p)) {
	case ".md", ".markdown", ".txt":
		return true
	}
	return false
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
