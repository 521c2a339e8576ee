package main

import (
	"context"
	"time"

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
	daily := time.NewTicker(lookEvery)
	defer daily.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-daily.C:
		}
		info, err := u.trust().Standing(ctx, u.settings.Agent, judge)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			u.log.WarnContext(ctx, "nobody could look at the judge", "agent", u.settings.Agent, "error", err)
		case info.Calibrated && info.Untrusted != "":
			u.log.WarnContext(ctx, "auto acts as approve", "agent", u.settings.Agent, "why", info.Untrusted)
		}
	}
}
