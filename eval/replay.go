package eval

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/honehq/hone/agent"
)

// replay is what of a round was done before, and records what is done now. It
// is safe for concurrent use.
type replay struct {
	store Answers
	round string

	mu    sync.Mutex
	known map[RecordKey]json.RawMessage
}

// openReplay reads what a round has recorded.
func openReplay(ctx context.Context, store Answers, round string) (*replay, error) {
	list, err := store.Recorded(ctx, round)
	if err != nil {
		return nil, suspend(err)
	}
	r := &replay{store: store, round: round, known: map[RecordKey]json.RawMessage{}}
	for _, x := range list {
		r.known[x.RecordKey] = x.Result
	}
	return r, nil
}

// forget drops all of it, also from the store.
func (r *replay) forget(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.known)
	return suspend(r.store.ForgetRecorded(ctx, r.round))
}

// spent is what those results cost whose key is chosen.
func (r *replay) spent(choose func(RecordKey) bool) (Spend, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var sum Spend
	for key, raw := range r.known {
		if !choose(key) {
			continue
		}
		var result struct {
			Spend Spend `json:"spend"`
		}
		if err := readRecord(raw, &result); err != nil {
			return sum, err
		}
		sum = sum.plus(result.Spend)
	}
	return sum, nil
}

// find reads a result into what into points to; false if there is none.
func (r *replay) find(key RecordKey, into any) (bool, error) {
	key.Round = r.round
	r.mu.Lock()
	raw, ok := r.known[key]
	r.mu.Unlock()
	if !ok {
		return false, nil
	}
	return true, readRecord(raw, into)
}

// keep records a result and reads back the one that counts: another process may
// have been faster.
func (r *replay) keep(ctx context.Context, key RecordKey, files []string, result, into any) error {
	key.Round = r.round
	raw, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("record a result: %w", err)
	}
	if raw, err = r.store.Record(ctx, Recorded{RecordKey: key, Files: files, Result: raw}); err != nil {
		return suspend(err)
	}
	r.mu.Lock()
	r.known[key] = raw
	r.mu.Unlock()
	return readRecord(raw, into)
}

func readRecord(raw json.RawMessage, into any) error {
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("read a recorded result: %w", err)
	}
	return nil
}

// key is an answer's.
func (j job) key(conditions string) RecordKey {
	kind := OfSealed
	switch j.c.Split {
	case Train:
		kind = OfTrain
	case Dev:
		kind = OfDev
	case Sealed:
	}
	return RecordKey{Kind: kind, Conditions: conditions, Prompt: hash(j.prompt.Text), Case: j.c.ID, Repeat: j.repeat}
}

// recorded is the form of an answer that is kept.
func (g Graded) recorded(split Split) RecordedAnswer {
	out := RecordedAnswer{Hash: g.hash, Answer: g.Answer, Failed: g.Failed, JudgeFailed: g.JudgeFailed, Grade: g.Grade, Measures: g.Measures, Spend: g.Spend}
	if split != Train && split != Dev {
		out.Answer = agent.Answer{Status: g.Answer.Status}
		out.Grade.Checks = nil
	}
	return out
}

func (a RecordedAnswer) graded() Graded {
	return Graded{Answer: a.Answer, hash: a.Hash, Failed: a.Failed, JudgeFailed: a.JudgeFailed, Grade: a.Grade, Measures: a.Measures, Spend: a.Spend}
}

// recordedProposal is what the rewriter said, or why it said nothing.
type recordedProposal struct {
	Rewrite
	Failure string `json:"failure,omitempty"`
	Spend   Spend  `json:"spend,omitzero"`
}

// rewriterError is a rewriter's failure as it is on record.
type rewriterError struct{ why string }

func (f rewriterError) Error() string { return f.why }

// rewrite asks the rewriter, unless it was asked the same before. A failure is
// an answer, too: asking again might get another one. It is returned as
// rewriterError; other errors are not the rewriter's.
func (w *work) rewrite(ctx context.Context, q RewriteRequest) (Rewrite, error) {
	plain, err := json.Marshal(q) //nolint:musttag // only its hash counts
	if err != nil {
		return Rewrite{}, fmt.Errorf("rewrite: %w", err)
	}
	key := RecordKey{Kind: OfProposal, Conditions: w.eval.key(), Prompt: hash(string(plain))}
	var out recordedProposal
	ok, err := w.replay.find(key, &out)
	if err == nil && !ok {
		var made recordedProposal
		ctx, tab := openTab(withRole(ctx, roleRewriter))
		made.Rewrite, err = w.askRewriter(ctx, q)
		made.Spend = tab.spend()
		switch {
		case ctx.Err() != nil:
			return Rewrite{}, context.Cause(ctx)
		case errors.Is(err, errBudget), errors.Is(err, ErrExhausted):
			return Rewrite{}, err
		case err != nil:
			made.Failure = cut(err.Error(), 500)
		}
		err = w.replay.keep(ctx, key, nil, made, &out)
	}
	if ok {
		charge(ctx, out.Spend)
	}
	if err == nil && out.Failure != "" {
		err = rewriterError{out.Failure}
	}
	return out.Rewrite, err
}
