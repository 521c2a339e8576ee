package eval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/honehq/hone/internal/id"
)

// RoundRequest asks for a round.
type RoundRequest struct {
	Agent    string
	PromptID string
	Cause    string         // "demand", "questions", "cron"
	Claim    Claim          // what the round is begun for; zero: a person's demand
	Seed     uint64         // of answers and proposals; 0: drawn
	Budget   Budget         // of this round; zero: the improver's
	Progress func(Progress) // may be nil; calls may come from several goroutines
}

// Round begins a round, or takes up the agent's open one, and works on it until
// it has ended, see Begin and Work.
func (im *Improver) Round(ctx context.Context, q RoundRequest) (Round, error) {
	r, err := im.Begin(ctx, q)
	if err != nil && !errors.Is(err, ErrBusy) {
		return r, err
	}
	return im.Work(ctx, r.ID, q.Progress)
}

// Begin stores a new round as Running, with its seed, without working on it. It
// returns ErrBusy, and the agent's open round with it, if it has one that runs
// or that a process left; ErrWaiting if one waits for approval; ErrPaused if
// the agent's rounds are held; ErrNotDue if the claim is gone; and an error
// wrapping fs.ErrNotExist if the agent has no cases.
func (im *Improver) Begin(ctx context.Context, q RoundRequest) (Round, error) {
	signals, err := im.cfg.Store.Signals(ctx, q.Agent, "")
	if err != nil {
		return Round{}, err
	}
	if signals.Paused {
		return Round{}, fmt.Errorf("agent %s: %w", q.Agent, ErrPaused)
	}
	past, err := im.history(ctx, q.Agent, "")
	if err != nil {
		return Round{}, err
	}
	if _, err := im.gather(ctx, q.Agent); err != nil {
		return Round{}, err
	}
	if !q.Budget.bounded() {
		q.Budget = im.cfg.Budget
	}
	if err := q.Budget.Check(im.cfg.Prices, im.cfg.Models); err != nil {
		return Round{}, err
	}
	champion, err := im.cfg.Prompts.InUse(ctx, q.PromptID)
	if err != nil {
		return Round{}, err
	}
	r := Round{
		ID: id.New("rnd_"), Agent: q.Agent, Cause: q.Cause, State: Running, PromptID: q.PromptID,
		Champion: champion.Version, Started: past.next(time.Now().UTC()), Seed: q.Seed,
	}
	if r.Seed == 0 {
		r.Seed = rand.Uint64() >> 11 // what every reader of JSON can hold
	}
	cert := Certificate{
		Format: certificateFormat, Round: r.ID, Agent: r.Agent, Cause: r.Cause, Mode: im.mode(), Started: r.Started,
		State: Running, Champion: record(champion), Budget: q.Budget,
	}
	if err := past.link(&cert); err != nil {
		return Round{}, err
	}
	if r.Certificate, err = cert.encode(); err != nil {
		return Round{}, err
	}
	err = im.cfg.Store.BeginRound(ctx, r, q.Claim)
	if errors.Is(err, ErrBusy) {
		open, failed := im.cfg.Store.OpenRound(ctx, q.Agent)
		if failed != nil {
			return Round{}, errors.Join(err, failed)
		}
		return open, err
	}
	if err != nil {
		return Round{}, err
	}
	return r, nil
}

// collection is what a round works with.
type collection struct {
	train  []StoredCase
	dev    []StoredCase
	sealed [][]StoredCase // by cluster, in the order of use
}

// gather reads an agent's cases.
func (im *Improver) gather(ctx context.Context, agent string) (collection, error) {
	var out collection
	cases, err := im.cfg.Store.Cases(ctx, CaseFilter{Agent: agent})
	if err != nil {
		return out, fmt.Errorf("cases of agent %s: %w", agent, err)
	}
	at := map[string]int{}
	for _, c := range cases {
		switch c.Split {
		case Train:
			out.train = append(out.train, c)
		case Dev:
			out.dev = append(out.dev, c)
		case Sealed:
			i, ok := at[c.Cluster]
			if !ok {
				i, at[c.Cluster] = len(out.sealed), len(out.sealed)
				out.sealed = append(out.sealed, nil)
			}
			out.sealed[i] = append(out.sealed[i], c)
		}
	}
	slices.SortStableFunc(out.sealed, func(x, y []StoredCase) int {
		return cmp.Or(cmp.Compare(x[0].Order, y[0].Order), cmp.Compare(x[0].Cluster, y[0].Cluster))
	})
	if len(out.train) == 0 || len(out.dev) == 0 {
		return out, fmt.Errorf("agent %s has %d train and %d dev cases; a round needs both: %w", agent, len(out.train), len(out.dev), fs.ErrNotExist)
	}
	return out, nil
}
