package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"text/tabwriter"
	"time"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/rollout"
)

type rolloutsCmd struct {
	Ls   rolloutsLsCmd   `cmd:"" default:"withargs" help:"List prompts that were or are on trial after their promotion."`
	Show rolloutsShowCmd `cmd:"" help:"Show a trial: how many threads were compared, and what they say."`
	End  rolloutsEndCmd  `cmd:"" help:"End a trial: keep the new prompt for everyone, or put the old one back."`
}

type rolloutsLsCmd struct {
	Limit int `short:"n" default:"20" help:"How many."`
}

func (c rolloutsLsCmd) Run(ctx context.Context, s *settings, term terminal) error {
	if c.Limit < 1 {
		return usagef("--limit %d: at least 1", c.Limit)
	}
	return onApp(ctx, s, term, func(a *app) ([]rollout.Standing, error) {
		return rollout.Standings(ctx, a.store, a.settings.Agent, c.Limit)
	}, printTrials)
}

func printTrials(out io.Writer, list []rollout.Standing) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(out, "No prompt was on trial yet; one is after a promotion: hone improve")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "STARTED\tSTATE\tPROMPT\tPAIRS\tEVIDENCE AGAINST IT\tID")
	for _, r := range list {
		fmt.Fprintf(w, "%s\t%s\tv%d → v%d\t%d of %d\t%.3g of %.3g\t%s\n",
			r.Started.Local().Format(time.DateTime), r.State, r.Old, r.New, r.Pairs, r.Horizon, r.E, r.Needed, r.ID)
	}
	return w.Flush()
}

type rolloutsShowCmd struct {
	ID string `arg:"" help:"The trial's ID."`
}

// trial is a rollout with what was compared.
type trial struct {
	rollout.Standing
	Compared []rollout.Pair `json:"compared"`
}

func (c rolloutsShowCmd) Run(ctx context.Context, s *settings, term terminal) error {
	return onApp(ctx, s, term, func(a *app) (t trial, err error) {
		r, err := a.rollout(ctx, c.ID)
		if err != nil {
			return t, err
		}
		pairs, err := a.store.Pairs(ctx, r.ID)
		if err != nil {
			return t, err
		}
		t.Compared = append([]rollout.Pair{}, pairs...)
		t.Standing, err = rollout.Stand(ctx, a.store, r)
		return t, err
	}, func(w io.Writer, t trial) error {
		printTrial(w, t.Standing)
		return nil
	})
}

func printTrial(w io.Writer, r rollout.Standing) {
	fmt.Fprintf(w, "Version %d of the prompt, promoted by round %s, in place of version %d.\n", r.New, r.Round, r.Old)
	fmt.Fprintf(w, "%.0f %% of the threads that began since %s got it.\n", 100*r.Share, r.Started.Local().Format(time.DateTime))
	if r.Pairs > 0 {
		fmt.Fprintf(w, "%d pairs of threads were compared: they scored %.2f with the old version, %.2f with the new.\n", r.Pairs, r.OldAt, r.NewAt)
		fmt.Fprintf(w, "The evidence that the old version is better is %.3g to 1; at %.3g to 1 it is put back.\n", r.E, r.Needed)
	}
	if r.State == rollout.Running {
		fmt.Fprintf(w, "It is on trial until %d pairs were compared, or %s.\n", r.Horizon, r.Until.Local().Format(time.DateTime))
		return
	}
	fmt.Fprintf(w, "It ended as %s on %s: %s\n", r.State, r.Ended.Local().Format(time.DateTime), clean(r.Reason))
}

type rolloutsEndCmd struct {
	ID   string `arg:"" help:"The trial's ID."`
	Keep bool   `xor:"how" required:"" help:"Everyone gets the new prompt."`
	Back bool   `xor:"how" required:"" help:"The old prompt is put back."`
}

func (c rolloutsEndCmd) Run(ctx context.Context, s *settings, term terminal) error {
	return onApp(ctx, s, term, func(a *app) (rollout.Rollout, error) {
		r, err := rollout.End(ctx, a.store, a.prompts, c.ID, c.Keep, author())
		return r, missing(err, "trial", c.ID, "hone rollouts")
	}, func(w io.Writer, r rollout.Rollout) error {
		_, err := fmt.Fprintln(w, clean(r.Reason))
		return err
	})
}

func (u *unit) rollout(ctx context.Context, id string) (rollout.Rollout, error) {
	r, err := u.store.Rollout(ctx, id)
	return r, missing(err, "trial", id, "hone rollouts")
}

// onTrial returns the running rollout of the unit's prompt, nil if there is none.
func (u *unit) onTrial(ctx context.Context) (*rollout.Rollout, error) {
	r, _, err := u.store.RunningRollout(ctx, u.promptID, "")
	if errors.Is(err, fs.ErrNotExist) || err == nil && !time.Now().Before(r.Until) {
		return nil, nil //nolint:nilnil // none is no failure
	}
	return &r, err
}

// trialOf says of an answer's prompt that it takes part in a trial, if it does: a
// person at the terminal asks as everyone does, and may get the old version.
func (u *unit) trialOf(ctx context.Context, p agent.PromptRef) (string, error) {
	r, err := u.onTrial(ctx)
	switch {
	case err != nil || r == nil:
		return "", err
	case p.Version == r.New:
		return " (on trial)", nil
	}
	return fmt.Sprintf(" (v%d is on trial in %.0f %% of threads)", r.New, 100*r.Share), nil
}

// watcher looks after the agent's rollouts and tells what happens in the
// background.
func (u *unit) watcher() (*rollout.Watcher, error) {
	model := u.settings.judge()
	client, err := u.served("judge", model, u.settings.judgeProvider())
	if err != nil {
		return nil, err
	}
	judge, err := eval.NewLiveJudge(eval.LiveJudgeConfig{Client: client, Model: model})
	if err != nil {
		return nil, err
	}
	ways := []rollout.Notifier{rollout.Log{Logger: u.log}, rollout.Metric{}}
	if u.settings.Webhook != "" {
		webhook, err := rollout.NewWebhook(u.settings.Webhook)
		if err != nil {
			return nil, usageError{err}
		}
		ways = append(ways, webhook)
	}
	if u.settings.LiveSample <= 0 {
		return nil, usagef("--live-sample is %v; it is a share above 0 and at most 1", u.settings.LiveSample)
	}
	watcher, err := rollout.New(rollout.Config{
		Store: u.store, Rounds: u.store, Judge: judge, Agent: u.settings.Agent, Ways: ways, Sample: u.settings.LiveSample, Logger: u.log,
	})
	if err != nil {
		return nil, usageError{err}
	}
	return watcher, nil
}

// checkCanary refuses shares that are none.
func (s settings) checkCanary() error {
	if !(s.Canary > 0 && s.Canary <= 1) {
		return usagef("--canary is %v; it is a share above 0 and at most 1", s.Canary)
	}
	return nil
}

// returned lists the versions of the agent's prompt that a trial put back.
func (u *unit) returned(ctx context.Context, promptID string) ([]eval.Returned, error) {
	return rollout.PutBack(ctx, u.store, u.prompts, u.settings.Agent, promptID)
}
