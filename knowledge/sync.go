package knowledge

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/honehq/hone/otel"
)

// SyncConfig says which folder a source is kept in step with, and how.
type SyncConfig struct {
	Source     string         // name; created as a KindFolder if missing
	Root       string         // the folder
	Include    []string       // globs on the relative path, with **; empty: all text files
	Exclude    []string       // globs of what to leave out
	MaxBytes   int64          // larger files are skipped; 0: 4 MiB
	Strict     bool           // skipped files are an error at the end
	Attributes Attributes     // where neither front matter nor path say
	Groups     []string       // of documents whose front matter names none
	URL        string         // a document's URL is this, "/" and its path; empty: none
	Progress   func(Progress) // may be nil; called by one goroutine at a time

	wrap func(fs.FS) fs.FS // tests put faults between
}

// Progress is how far a sync has come.
type Progress struct {
	Done, Total       int // files
	Bytes, TotalBytes int64
	Path              string // the file just done
}

// Report tells what a sync did. It is filled in as far as the sync came, also
// where it failed.
type Report struct {
	Source    Source
	Added     int
	Updated   int
	Unchanged int
	Deleted   int
	TakenOver int      // documents removed from the agent's local source: this one has them now
	Chunks    int      // written
	Bytes     int64    // read
	Complete  bool     // every folder could be read; else nothing was deleted
	Skipped   []Notice // files left out, by path
	Warnings  []Notice // attributes cut or left out, by path
	Duration  time.Duration
}

// Notice says something about a file.
type Notice struct{ Path, Reason string }

const defaultMaxBytes = 4 << 20

// Sync brings a source in step with a folder. Files that are as stored are not
// written; files that vanished are deleted once the whole folder could be
// walked. What cannot be indexed is skipped and named in the report; with
// Strict that is an error, wrapping ErrInvalid, after all else is done.
//
// Changes are applied in batches, each atomic: a sync that is interrupted
// leaves documents either as they were or as they are, and the next one does
// the rest.
func (b *Base) Sync(ctx context.Context, c SyncConfig) (Report, error) {
	start := time.Now()
	r := &syncRun{base: b, config: c}
	ctx, span := otel.SyncSource.Start(ctx)
	err := r.run(ctx)
	endSync(span, r.report, err)
	slices.SortFunc(r.report.Skipped, byPath)
	slices.SortFunc(r.report.Warnings, byPath)
	r.report.Duration = time.Since(start)
	if err == nil && c.Strict && len(r.report.Skipped) > 0 {
		first := r.report.Skipped[0]
		err = fmt.Errorf("%d skipped, the first is %s: %s: %w", len(r.report.Skipped), first.Path, first.Reason, ErrInvalid)
	}
	otel.RecordSync(ctx, c.Source, err)
	if err != nil {
		return r.report, fmt.Errorf("sync %s: %w", c.Source, err)
	}
	return r.report, nil
}

func byPath(a, b Notice) int { return strings.Compare(a.Path, b.Path) }

// syncRun is the state of one sync.
type syncRun struct {
	base   *Base
	config SyncConfig
	source Source
	fsys   fs.FS
	stored map[string]storedFile // by path
	local  localFiles

	mu       sync.Mutex // guards what follows
	report   Report
	progress Progress
	present  map[string]bool // stored paths that must not be deleted
	taken    []string        // file IDs in the local source
}

// storedFile is what a sync needs to know of a stored document.
type storedFile struct{ fileID, hash string }

func (r *syncRun) run(ctx context.Context) error {
	if err := r.check(); err != nil {
		return err
	}
	root, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := r.readStored(ctx); err != nil {
		return err
	}
	found, err := r.walk(ctx, root.Name())
	if err != nil {
		return err
	}
	if err := r.writeFiles(ctx, found.files); err != nil {
		return err
	}
	if err := r.takeOver(ctx); err != nil {
		return err
	}
	if r.report.Complete {
		if err := r.deleteVanished(ctx); err != nil {
			return err
		}
	}
	if err := r.base.merges.merge(ctx, r.source.ID, r.report.Deleted > 0); err != nil {
		return err
	}
	r.report.Source, err = r.base.Source(ctx, r.source.ID)
	return err
}

func (r *syncRun) check() error {
	c := &r.config
	if c.MaxBytes == 0 {
		c.MaxBytes = defaultMaxBytes
	}
	for _, pattern := range slices.Concat(c.Include, c.Exclude) {
		if !doublestar.ValidatePattern(pattern) {
			return fmt.Errorf("glob %q: %w", pattern, ErrInvalid)
		}
	}
	return c.Attributes.Validate()
}

// open opens the folder and finds or creates its source.
func (r *syncRun) open(ctx context.Context) (*os.Root, error) {
	dir, err := filepath.Abs(r.config.Root)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	r.fsys = root.FS()
	if r.config.wrap != nil {
		r.fsys = r.config.wrap(r.fsys)
	}
	r.source, err = r.base.EnsureSource(ctx, r.config.Source, KindFolder)
	if err == nil && r.source.Root != dir {
		r.source.Root = dir
		err = r.base.UpdateSource(ctx, r.source)
	}
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	r.report.Source = r.source
	return root, nil
}

func (r *syncRun) readStored(ctx context.Context) error {
	r.stored, r.present = make(map[string]storedFile), make(map[string]bool)
	for d, err := range r.base.Documents(ctx, r.source.ID) {
		if err != nil {
			return fmt.Errorf("read stored documents: %w", err)
		}
		r.stored[d.Path] = storedFile{d.FileID, d.Hash}
	}
	var err error
	r.local, err = r.base.localFiles(ctx)
	return err
}

func (r *syncRun) walk(ctx context.Context, dir string) (walked, error) {
	w := walker{
		fsys: r.fsys, root: dir, maxBytes: r.config.MaxBytes,
		include: r.config.Include, exclude: r.config.Exclude,
	}
	found, err := w.walk(ctx)
	r.report.Skipped, r.report.Complete = found.skipped, found.complete
	r.progress.Total = len(found.files)
	for _, f := range found.files {
		r.progress.TotalBytes += f.size
	}
	return found, err
}

// deleteVanished deletes documents whose files are gone and notes that the
// folder was walked completely.
func (r *syncRun) deleteVanished(ctx context.Context) error {
	var gone []string
	for name, f := range r.stored {
		if !r.present[name] {
			gone = append(gone, f.fileID)
		}
	}
	slices.Sort(gone)
	for some := range slices.Chunk(gone, 500) {
		if err := r.base.write(ctx, r.source.ID, nil, some...); err != nil {
			return fmt.Errorf("delete %d documents: %w", len(some), err)
		}
		r.report.Deleted += len(some)
	}
	r.source.SyncedAt = time.Now().UTC()
	return r.base.UpdateSource(ctx, r.source)
}
