package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/honehq/hone/knowledge"
)

type sourcesCmd struct {
	Ls sourcesLsCmd `cmd:"" default:"1" help:"List sources."`
	Rm sourcesRmCmd `cmd:"" help:"Delete a source with all its documents."`
}

type sourcesLsCmd struct{}

// sourceJSON is a source for machines.
type sourceJSON struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Kind      string    `json:"kind"`
	Root      string    `json:"root,omitempty"`
	Documents int       `json:"documents"`
	Bytes     int64     `json:"bytes"`
	SyncedAt  time.Time `json:"synced_at,omitzero"`
}

func toSourceJSON(s knowledge.Source) sourceJSON {
	return sourceJSON{s.ID, s.Name, string(s.Kind), s.Root, s.Documents, s.Bytes, s.SyncedAt}
}

func (sourcesLsCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	sources, err := a.base.Sources(ctx)
	if err != nil {
		return err
	}
	if s.JSON {
		out := []sourceJSON{}
		for _, s := range sources {
			out = append(out, toSourceJSON(s))
		}
		return printJSON(term.out, out)
	}
	if len(sources) == 0 {
		fmt.Fprintln(term.out, "No sources yet; add one: hone ingest DIR")
		return nil
	}
	w := tabwriter.NewWriter(term.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tKIND\tDOCUMENTS\tMB\tSYNCED\tID")
	for _, s := range sources {
		synced := "–"
		if !s.SyncedAt.IsZero() {
			synced = s.SyncedAt.Local().Format(time.DateTime)
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%.1f\t%s\t%s\n", s.Name, s.Kind, s.Documents, float64(s.Bytes)/1e6, synced, s.ID)
	}
	return w.Flush()
}

type sourcesRmCmd struct {
	Source string `arg:"" help:"Name or ID."`
}

func (c sourcesRmCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	src, err := a.base.Source(ctx, c.Source)
	if err != nil {
		return missing(err, "source", c.Source, "hone sources")
	}
	if err := a.base.DeleteSource(ctx, src.ID); err != nil {
		return err
	}
	if s.JSON {
		return printJSON(term.out, toSourceJSON(src))
	}
	fmt.Fprintf(term.out, "Deleted %s with %d documents.\n", src.Name, src.Documents)
	return nil
}
