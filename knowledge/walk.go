package knowledge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/bmatcuk/doublestar/v4"
)

// textExtensions are the files that a sync reads.
var textExtensions = []string{".md", ".markdown", ".mdx", ".txt", ".rst"}

// walker finds the documents of a folder. It reads each file once, under its
// own path where that is visible; a link to it counts only where the file
// itself is hidden or excluded. Nothing outside the folder is ever read.
type walker struct {
	fsys     fs.FS  // the folder, confined
	root     string // where it is, absolute, without links
	include  []string
	exclude  []string
	maxBytes int64

	dirs  map[string]bool // visited, by real path
	files map[string]bool // found, by real path
	links []place         // looked at last
	walked
}

// walked is what a walk found.
type walked struct {
	files    []foundFile
	skipped  []Notice
	complete bool // every folder could be read
}

// foundFile is a file to be read.
type foundFile struct {
	place
	size int64
}

// place is a path as shown to people, and where it really is within the
// folder: they differ behind a link.
type place struct{ shown, real string }

func (p place) join(name string) place {
	return place{path.Join(p.shown, name), path.Join(p.real, name)}
}

// walk visits the folder. The only error is the context's.
func (w *walker) walk(ctx context.Context) (walked, error) {
	w.dirs, w.files = make(map[string]bool), make(map[string]bool)
	w.complete = true
	err := w.dir(ctx, place{".", "."})
	for len(w.links) > 0 && err == nil {
		link := w.links[0]
		w.links = w.links[1:]
		err = w.link(ctx, link)
	}
	slices.SortFunc(w.walked.files, func(a, b foundFile) int { return strings.Compare(a.shown, b.shown) })
	return w.walked, err
}

func (w *walker) dir(ctx context.Context, dir place) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if w.dirs[dir.real] {
		return nil
	}
	w.dirs[dir.real] = true
	entries, err := fs.ReadDir(w.fsys, dir.real)
	if err != nil {
		w.complete = false
		w.skip(dir.shown, "folder cannot be read: "+reason(err))
	}
	for _, e := range entries { // those that were read before an error, too
		if err := w.entry(ctx, dir.join(e.Name()), e); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) entry(ctx context.Context, at place, e fs.DirEntry) error {
	name := e.Name()
	switch {
	case strings.HasPrefix(name, "."):
	case !validName(at.shown):
		if e.IsDir() || w.wants(at.shown) {
			w.skip(strings.ToValidUTF8(at.shown, "\ufffd"), "name is not UTF-8, or longer than "+strconv.Itoa(maxPathLen)+" bytes")
		}
	case e.IsDir():
		if name != "node_modules" {
			return w.dir(ctx, at)
		}
	case e.Type()&fs.ModeSymlink != 0:
		w.links = append(w.links, at)
	case w.wants(at.shown):
		info, err := e.Info()
		if err == nil {
			w.file(at, info)
		} else { // reading it will say why
			w.walked.files = append(w.walked.files, foundFile{place: at})
		}
	}
	return nil
}

// maxPathLen bounds paths in bytes: databases index them.
const maxPathLen = 1024

func validName(name string) bool { return len(name) <= maxPathLen && storable(name) }

// wants tells whether a path is that of a document to be indexed.
func (w *walker) wants(name string) bool {
	if !slices.Contains(textExtensions, strings.ToLower(path.Ext(name))) {
		return false
	}
	matches := func(pattern string) bool { return doublestar.MatchUnvalidated(pattern, name) }
	if len(w.include) > 0 && !slices.ContainsFunc(w.include, matches) {
		return false
	}
	return !slices.ContainsFunc(w.exclude, matches)
}

func (w *walker) file(at place, info fs.FileInfo) {
	if w.files[at.real] {
		return
	}
	w.files[at.real] = true
	switch {
	case !info.Mode().IsRegular():
		w.skip(at.shown, "not a regular file")
	case info.Size() > w.maxBytes:
		w.skip(at.shown, tooLarge(w.maxBytes))
	default:
		w.walked.files = append(w.walked.files, foundFile{at, info.Size()})
	}
}

// link follows a link to a file or folder within the root.
func (w *walker) link(ctx context.Context, at place) error {
	full := filepath.Join(w.root, filepath.FromSlash(at.real))
	info, err := os.Stat(full)
	if err != nil {
		w.brokenLink(at, err)
		return nil
	}
	target, inside := w.resolve(full)
	switch {
	case !inside:
		if info.IsDir() || w.wants(at.shown) {
			w.skip(at.shown, "link out of the folder")
		}
	case info.IsDir() && (target == "." || strings.HasPrefix(at.real, target+"/")):
		w.skip(at.shown, "link to a folder that it is in")
	case info.IsDir():
		return w.dir(ctx, place{at.shown, target})
	case w.wants(at.shown):
		w.file(place{at.shown, target}, info)
	}
	return nil
}

// resolve returns where a path leads, relative to the root, if it is within.
func (w *walker) resolve(full string) (target string, inside bool) {
	final, err := filepath.EvalSymlinks(full)
	if err != nil {
		return "", false
	}
	target, err = filepath.Rel(w.root, final)
	return filepath.ToSlash(target), err == nil && filepath.IsLocal(target)
}

// brokenLink names a link that leads nowhere, unless it is one to a file of a
// kind that isn't read anyhow.
func (w *walker) brokenLink(at place, err error) {
	if !w.wants(at.shown) && path.Ext(at.shown) != "" {
		return
	}
	switch {
	case errors.Is(err, syscall.ELOOP):
		w.skip(at.shown, "link that leads to itself")
	case errors.Is(err, fs.ErrNotExist):
		w.skip(at.shown, "link to nothing")
	default:
		w.complete = false
		w.skip(at.shown, "link that cannot be followed: "+reason(err))
	}
}

func (w *walker) skip(name, why string) {
	w.skipped = append(w.skipped, Notice{Path: name, Reason: why})
}

func tooLarge(limit int64) string { return fmt.Sprintf("larger than %d bytes", limit) }

// reason is an error without its path, which the report has anyway.
func reason(err error) string {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		err = at.Err
	}
	return err.Error()
}

// readFile reads a file of at most limit bytes; one that has grown since the
// walk wraps ErrInvalid.
func readFile(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s: %w", tooLarge(limit), ErrInvalid)
	}
	return data, nil
}
