package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/honehq/hone/knowledge"
)

type ingestCmd struct {
	Dir     string   `arg:"" help:"Folder of .md and .txt documents." type:"path"`
	Source  string   `help:"Name of the source. Default: the folder's name."`
	Include []string `help:"Only paths that match these patterns, such as runbooks/**." placeholder:"GLOB"`
	Exclude []string `help:"Not paths that match these patterns." placeholder:"GLOB"`
	Groups  []string `help:"Who may see documents whose front matter names no groups. Default: everyone."`
	URL     string   `name:"url" help:"Where people read the documents: a citation links to URL/PATH."`
	Strict  bool     `help:"Fail if any file had to be skipped."`
}

func (c ingestCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	if err := checkFolder(c.Dir); err != nil {
		return err
	}
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	ctx, end := commandSpan(ctx, "ingest")
	defer end(&err)
	if c.Source == "" {
		c.Source = filepath.Base(c.Dir)
	}
	bar := newBar(term, s.JSON, true)
	report, err := a.base.Sync(ctx, knowledge.SyncConfig{
		Source: c.Source, Root: c.Dir, Include: c.Include, Exclude: c.Exclude,
		Groups: c.Groups, URL: c.URL, Strict: c.Strict, Progress: bar.documents,
	})
	bar.end()
	if report.Source.ID == "" && errors.Is(err, knowledge.ErrInvalid) {
		return usageError{err} // it did not begin
	}
	if report.Source.ID != "" {
		if printed := printReport(term, s.JSON, report); printed != nil {
			err = errors.Join(err, printed)
		}
	}
	return err
}

// checkFolder refuses what can't be a folder of documents.
func checkFolder(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return usagef("can't read the folder: %w", err)
	}
	if !info.IsDir() {
		return usagef("%s is not a folder: name the one that holds the documents", dir)
	}
	return nil
}

// syncJSON is a report for machines.
type syncJSON struct {
	Source    string       `json:"source"`
	ID        string       `json:"id"`
	Added     int          `json:"added"`
	Updated   int          `json:"updated"`
	Unchanged int          `json:"unchanged"`
	Deleted   int          `json:"deleted"`
	Chunks    int          `json:"chunks_written"`
	Bytes     int64        `json:"bytes_read"`
	Complete  bool         `json:"complete"`
	Seconds   float64      `json:"seconds"`
	Skipped   []noticeJSON `json:"skipped"`
	Warnings  []noticeJSON `json:"warnings"`
}

type noticeJSON struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

func printReport(term terminal, asJSON bool, r knowledge.Report) error {
	if asJSON {
		return printJSON(term.out, syncJSON{
			r.Source.Name, r.Source.ID, r.Added, r.Updated, r.Unchanged, r.Deleted, r.Chunks, r.Bytes,
			r.Complete, r.Duration.Seconds(), notices(r.Skipped), notices(r.Warnings),
		})
	}
	fmt.Fprintf(term.out, "%s: %d added, %d updated, %d unchanged, %d deleted in %s (%.1f MB read, %d chunks written)\n",
		r.Source.Name, r.Added, r.Updated, r.Unchanged, r.Deleted, r.Duration.Round(10*time.Millisecond),
		float64(r.Bytes)/1e6, r.Chunks)
	if !r.Complete {
		fmt.Fprintln(term.out, "Not every folder could be read, so nothing was deleted.")
	}
	printNotices(term.out, "skipped", r.Skipped)
	printNotices(term.out, "warning", r.Warnings)
	return nil
}

func notices(list []knowledge.Notice) []noticeJSON {
	out := []noticeJSON{}
	for _, n := range list {
		out = append(out, noticeJSON(n))
	}
	return out
}

// printNotices prints the first few; --json has them all.
func printNotices(w io.Writer, what string, list []knowledge.Notice) {
	const most = 20
	for i, n := range list {
		if i == most {
			fmt.Fprintf(w, "  … and %d more (--json names all)\n", len(list)-most)
			return
		}
		fmt.Fprintf(w, "  %s %s: %s\n", what, n.Path, n.Reason)
	}
}
