package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/XSAM/otelsql"
	"go.opentelemetry.io/otel/trace"
)

// spans are kept of statements and transactions within a trace; what runs in
// the background doesn't start traces of its own. Arguments are never recorded.
var spans = otelsql.SpanOptions{
	DisableErrSkip:       true,
	OmitConnResetSession: true,
	OmitConnPrepare:      true,
	OmitConnectorConnect: true,
	OmitRows:             true,
	RecordError:          func(err error) bool { return !errors.Is(err, context.Canceled) },
	SpanFilter: func(ctx context.Context, _ otelsql.Method, _ string, _ []driver.NamedValue) bool {
		return trace.SpanContextFromContext(ctx).IsValid()
	},
}

// quiet is ctx without its span: for the many small statements of one change,
// whose transaction has a span already.
func quiet(ctx context.Context) context.Context {
	return trace.ContextWithSpan(ctx, nil)
}
