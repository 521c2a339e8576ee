package otel

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/metric"
)

// Readings are what is asked for whenever metrics are read. What is not known is
// left out: nil maps, missing agents.
type Readings struct {
	Sources []SourceReading
	Agents  []AgentReading
	Waiting map[string]int // what waits, by queue: rounds, approvals, cases, notices
}

// SourceReading is how a source stands.
type SourceReading struct {
	Name      string
	Documents int
	Chunks    int
	Folder    bool      // it is kept in step with one
	Synced    time.Time // the last complete sync, or when the source was made
}

// AgentReading is how an agent stands. A negative share is not known.
type AgentReading struct {
	Name        string
	Prompt      int     // version in use; 0: none
	ErrorBudget float64 // share that is left
	RoundBudget float64 // share that is left
}

// Observe lets read tell the observable gauges until stop is called, which
// waits for a reading under way. read is called whenever metrics are read or
// exported, never twice at once; what it fails to read is reported as missing.
func Observe(read func(context.Context) (Readings, error)) (stop func() error, err error) {
	set := current.Load()
	if set == nil {
		return func() error { return nil }, nil
	}
	var all []metric.Observable
	for _, o := range set.observed {
		all = append(all, o)
	}
	registration, err := set.meter.RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		r, err := read(ctx)
		set.observe(o, r)
		return err
	}, all...)
	if err != nil {
		return nil, fmt.Errorf("telemetry: gauges: %w", err)
	}
	return registration.Unregister, nil
}

func (i *instruments) observe(o metric.Observer, r Readings) {
	tell := func(m *Metric, v float64, values ...string) {
		if v >= 0 {
			o.ObserveFloat64(i.observed[m], v, i.labelled(m, values))
		}
	}
	for _, s := range r.Sources {
		tell(documents, float64(s.Documents), s.Name)
		tell(chunks, float64(s.Chunks), s.Name)
		if s.Folder {
			tell(sourceAge, max(0, time.Since(s.Synced).Seconds()), s.Name)
		}
	}
	for _, a := range r.Agents {
		if a.Prompt > 0 {
			tell(promptVersion, float64(a.Prompt), a.Name)
		}
		tell(errorBudget, a.ErrorBudget, a.Name)
		tell(roundBudget, a.RoundBudget, a.Name)
	}
	for queue, n := range r.Waiting {
		tell(queueDepth, float64(n), queue)
	}
}
