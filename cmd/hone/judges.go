package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/calibrate"
)

// Judge implements server.Judges.
func (f *fleet) Judge(ctx context.Context, agent string) (calibrate.Report, error) {
	u, err := f.unit(ctx, agent)
	if err != nil {
		return calibrate.Report{}, err
	}
	judge, err := u.judge()
	if err != nil {
		return calibrate.Report{}, err
	}
	return calibrate.Show(ctx, u.store, agent, judge.Describe())
}

// lookEvery is how often a judge's fixed answers are graded anew while no round
// asks for it.
const lookEvery = 24 * time.Hour

// lookAtJudge looks once a day whether the agent's judge has drifted, until ctx
// ends. The exact one can't.
func (u *unit) lookAtJudge(ctx context.Context) error {
	judge, err := u.judge()
	if err != nil || judge.Describe().Exact {
		return err
	}
	lookDaily(ctx, u.log.With("agent", u.settings.Agent), func(ctx context.Context) (eval.JudgeInfo, error) {
		return u.trust().Standing(ctx, u.settings.Agent, judge)
	})
	return nil
}

// lookDaily looks once a day how a judge stands, and warns of what changes what
// rounds do, until ctx ends.
func lookDaily(ctx context.Context, log *slog.Logger, look func(context.Context) (eval.JudgeInfo, error)) {
	daily := time.NewTicker(lookEvery)
	defer daily.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-daily.C:
		}
		info, err := look(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.WarnContext(ctx, "nobody could look at the judge", "error", err)
		case info.Calibrated && info.Untrusted != "":
			log.WarnContext(ctx, "auto acts as approve", "why", info.Untrusted)
		}
	}
}
