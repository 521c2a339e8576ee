package knowledge

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"
)

// writeFiles reads files and writes those that changed, side by side: cutting
// and indexing takes most of the time, and is done while another worker waits
// for the store.
func (r *syncRun) writeFiles(ctx context.Context, files []foundFile) error {
	work, ctx := errgroup.WithContext(ctx)
	todo := make(chan foundFile)
	work.Go(func() error {
		defer close(todo)
		for _, f := range files {
			select {
			case todo <- f:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range max(2, runtime.GOMAXPROCS(0)) {
		work.Go(func() error { return r.work(ctx, todo) })
	}
	return work.Wait()
}

// Bounds of a batch, which is one transaction and one index segment. What is
// interrupted loses at most one per worker.
const (
	batchDocs  = 64
	batchBytes = 2 << 20
)

// work collects changed documents into batches and writes these.
func (r *syncRun) work(ctx context.Context, todo <-chan foundFile) error {
	var (
		batch []prepared
		size  int64
	)
	for f := range todo {
		d, changed, err := r.prepare(f)
		if err != nil {
			r.skip(f, err)
		}
		if changed {
			batch = append(batch, d)
			size += d.Bytes
		}
		if len(batch) == batchDocs || size >= batchBytes {
			if err := r.write(ctx, batch); err != nil {
				return err
			}
			batch, size = nil, 0
		}
		r.done(f)
	}
	return r.write(ctx, batch)
}

// prepare reads a file and cuts it if it is not as stored.
func (r *syncRun) prepare(f foundFile) (d prepared, changed bool, err error) {
	content, err := readFile(r.fsys, f.real, r.config.MaxBytes)
	if err != nil {
		return prepared{}, false, err
	}
	in := input{Path: f.shown, Content: content, Default: r.config.Attributes, Groups: r.config.Groups}
	if r.config.URL != "" {
		in.URL = strings.TrimSuffix(r.config.URL, "/") + "/" + (&url.URL{Path: f.shown}).EscapedPath()
	}
	hash, err := in.hash(r.base.model())
	if err != nil {
		return prepared{}, false, err
	}
	stored := r.stored[f.shown]
	if stored.hash == hash {
		r.unchanged(f, content)
		return prepared{}, false, nil
	}
	if d, err = prepare(in, hash); err != nil {
		return prepared{}, false, err
	}
	file := newFile(f.shown, content)
	if stored.fileID != "" {
		file.ID = stored.fileID
	}
	d.file(r.source.ID, file, content)
	r.changed(f, &d)
	return d, true, nil
}

// skip leaves a file out. If it could not even be read, what is stored of it
// stays, since nobody knows whether it changed.
func (r *syncRun) skip(f foundFile, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	why := strings.TrimSuffix(reason(err), ": "+ErrInvalid.Error())
	if !errors.Is(err, ErrInvalid) {
		why = "cannot be read: " + why
		r.present[f.shown] = true
	}
	r.report.Skipped = append(r.report.Skipped, Notice{Path: f.shown, Reason: why})
}

func (r *syncRun) unchanged(f foundFile, content []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.present[f.shown] = true
	r.report.Unchanged++
	r.report.Bytes += int64(len(content))
	r.taken = append(r.taken, r.local.match(f.shown, content)...)
}

func (r *syncRun) changed(f foundFile, d *prepared) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.present[f.shown] = true
	r.report.Bytes += d.Bytes
	r.taken = append(r.taken, r.local.match(f.shown, d.Content)...)
	for _, note := range d.notes {
		r.report.Warnings = append(r.report.Warnings, Notice{Path: f.shown, Reason: note})
	}
}

func (r *syncRun) done(f foundFile) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.progress.Done++
	r.progress.Bytes += f.size
	r.progress.Path = f.shown
	if r.config.Progress != nil {
		r.config.Progress(r.progress)
	}
}

func (r *syncRun) write(ctx context.Context, batch []prepared) error {
	if len(batch) == 0 {
		return nil
	}
	if err := r.base.write(ctx, r.source.ID, batch); err != nil {
		return fmt.Errorf("write %d documents from %s: %w", len(batch), batch[0].Path, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range batch {
		r.report.Chunks += len(d.NewDocument.Chunks)
		if r.stored[d.Path].fileID == "" {
			r.report.Added++
		} else {
			r.report.Updated++
		}
	}
	return nil
}
