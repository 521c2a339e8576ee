package main

import (
	"context"
	"fmt"

	"github.com/honehq/hone/otel"
)

type tracesExportCmd struct {
	ID string `arg:"" help:"ID of a trace or its first six digits or more, or of an answer (run_… or resp_…)."`
}

// Help implements kong.HelpProvider.
func (tracesExportCmd) Help() string {
	return "To look at it in Jaeger:\n\n" +
		"  hone traces export ID | curl -H 'Content-Type: application/json' --data-binary @- http://localhost:4318/v1/traces"
}

func (c tracesExportCmd) Run(ctx context.Context, s *settings, term terminal) error {
	return withTraces(ctx, s, func(store otel.SpanStore) error {
		spans, err := readTrace(ctx, s, store, c.ID)
		if err != nil {
			return err
		}
		b, err := otel.OTLP(ctx, version(), spans)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(term.out, "%s\n", b)
		return err
	})
}
