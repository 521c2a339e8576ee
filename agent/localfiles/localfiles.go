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

// Folders are the opened folders that the tools may read. Safe for concurrent
// use.
type Folders struct {
	roots map[string]*os.Root
	names []string
}

// Open opens folders by name, as the model sees them. With one folder, paths
// are relative to it; with several they begin with the name. Close releases
// them.
func Open(dirs map[string]string) (*Folders, error) {
	f := &Folders{roots: map[string]*os.Root{}}
	for name, dir := range dirs {
		if name == "" || strings.ContainsAny(name, `/\`) || name == "." || name == ".." {
			return nil, errors.Join(fmt.Errorf("local folder %q: a name must not be empty or hold a slash", name), f.Close())
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("local folder %s: %w", name, err), f.Close())
		}
		f.roots[name] = root
		f.names = append(f.names, name)
	}
	slices.Sort(f.names)
	return f, nil
}

// Names returns the names of the folders; never nil.
func (f *Folders) Names() []string { return append([]string{}, f.names...) }

// Only returns some of the folders by name, which stay open as long as f does.
// An unknown name is an error that wraps fs.ErrNotExist.
func (f *Folders) Only(names []string) (*Folders, error) {
	some := &Folders{roots: map[string]*os.Root{}}
	for _, name := range names {
		root, ok := f.roots[name]
		if !ok {
			return nil, fmt.Errorf("local folder %s: %w", name, fs.ErrNotExist)
		}
		some.roots[name] = root
		some.names = append(some.names, name)
	}
	slices.Sort(some.names)
	return some, nil
}

// Close closes the folders.
func (f *Folders) Close() error {
	var errs []error
	for _, r := range f.roots {
		errs = append(errs, r.Close())
	}
	return errors.Join(errs...)
}

// Tools returns list_local_files, read_local_file and index_document, which
// fills source; none if there are no folders.
func (f *Folders) Tools(index Indexer, source string) []agent.Tool {
	if len(f.roots) == 0 {
		return nil
	}
	t := tools{f, index, source}
	return []agent.Tool{
		tool[listArgs]{"list_local_files", "List the .md and .txt files of the local folders, which may hold documents that are not indexed yet.", false, t.list},
		tool[readArgs]{"read_local_file", "Read a local file, as listed by list_local_files.", false, t.read},
		tool[indexArgs]{"index_document", "Add a local file to the documents that file_search searches. Search again afterwards.", true, t.index},
	}
}

// tools are the three tools over the folders.
type tools struct {
	*Folders
	indexer Indexer
	source  string
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
	if r, ok := errors.AsType[refusal](err); ok {
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

func (t tools) list(ctx context.Context, args listArgs) (agent.Result, error) {
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
				return nil //nolint:nilerr // unreadable: as if it were not there
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
	if page > (len(files)+MaxListed-1)/MaxListed {
		return agent.Result{Text: "No files.", Summary: "no files"}, nil
	}
	start := (page - 1) * MaxListed
	end := min(start+MaxListed, len(files))
	text := strings.Join(files[start:end], "\n")
	if end < len(files) {
		text += fmt.Sprintf("\n… and %d more: page %d.", len(files)-end, page+1)
	}
	return agent.Result{Text: text, Summary: plural(len(files), "file")}, nil
}

func (t tools) read(_ context.Context, args readArgs) (agent.Result, error) {
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

func (t tools) index(ctx context.Context, args indexArgs) (agent.Result, error) {
	b, err := t.content(args.Path)
	if err != nil {
		return agent.Result{}, err
	}
	name, inner, _ := t.inner(args.Path)
	doc, err := t.indexer.Put(ctx, t.source, knowledge.Upload{Path: t.outer(name, inner), Content: b})
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
func (f *Folders) content(p string) ([]byte, error) {
	name, inner, ok := f.inner(p)
	if !ok || !isText(inner) {
		return nil, refusef("There is no local file %q; list_local_files lists them.", p)
	}
	file, err := f.roots[name].Open(inner)
	if err != nil {
		return nil, refusef("%s can't be opened; list_local_files lists what there is.", p)
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, refusef("%s is not a file.", p)
	}
	b, err := io.ReadAll(io.LimitReader(file, MaxFile+1))
	switch {
	case err != nil:
		return nil, refusef("%s can't be read.", p)
	case len(b) > MaxFile:
		return nil, refusef("%s is larger than %d bytes.", p, MaxFile)
	}
	return b, nil
}

// outer is the path that the model sees of a file in a folder.
func (f *Folders) outer(name, p string) string {
	if len(f.names) == 1 {
		return p
	}
	return name + "/" + p
}

// inner is the reverse of outer.
func (f *Folders) inner(p string) (name, inner string, ok bool) {
	p = strings.TrimPrefix(path.Clean(strings.ReplaceAll(p, `\`, "/")), "./")
	if len(f.names) == 1 {
		return f.names[0], p, fs.ValidPath(p)
	}
	name, inner, _ = strings.Cut(p, "/")
	_, ok = f.roots[name]
	return name, inner, ok && fs.ValidPath(inner)
}

// within translates a directory argument to one of the named folder; false if
// it is in another folder or none.
func (f *Folders) within(name, dir string) (string, bool) {
	dir = strings.Trim(path.Clean("/"+strings.ReplaceAll(dir, `\`, "/")), "/")
	if len(f.names) > 1 && dir != "" {
		first, rest, _ := strings.Cut(dir, "/")
		if first != name {
			return "", false
		}
		dir = rest
	}
	if dir == "" {
		return ".", true
	}
	info, err := fs.Stat(f.roots[name].FS(), dir)
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
