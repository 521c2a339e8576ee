package otel

import (
	"context"
	"time"
)

// RecordRound counts a round that has ended, or the verdict of a person on one
// that waited, of which took is 0.
func RecordRound(ctx context.Context, agent, verdict string, took time.Duration) {
	rounds.add(ctx, 1, agent, verdict)
	if took > 0 {
		roundDuration.add(ctx, took.Seconds(), agent, verdict)
	}
}

// RecordBudgetExhausted counts a round whose budget did not suffice.
func RecordBudgetExhausted(ctx context.Context, agent string) { budgetExhausted.add(ctx, 1, agent) }

// RecordJudge notes what came of looking whether an agent's judge has drifted:
// the share of its decisions on fixed answers that are other ones now, in
// [0, 1], and whether it is trusted still.
func RecordJudge(ctx context.Context, agent, judge string, drift float64, trusted bool) {
	judgeDrift.add(ctx, drift, agent, judge)
	is := 0.0
	if trusted {
		is = 1
	}
	judgeTrusted.add(ctx, is, agent, judge)
}

// RecordNotice counts a notice of a kind.
func RecordNotice(ctx context.Context, agent, kind string) { notices.add(ctx, 1, agent, kind) }

// RecordRollout tells how the test of a prompt on trial stands.
func RecordRollout(ctx context.Context, agent string, e float64) { evidence.add(ctx, e, agent) }

// recordDropped counts what an exporter did not take of a signal.
func recordDropped(ctx context.Context, signal, exporter string, n int) {
	dropped.add(ctx, float64(n), signal, exporter)
}
