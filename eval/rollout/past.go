package rollout

import (
	"context"
	"fmt"
	"slices"

	"github.com/honehq/hone/eval"
)

// Past is what is read of rollouts to show them; a Store is one.
type Past interface {
	Rollouts(ctx context.Context, agent string, limit int) ([]Rollout, error)
	Pairs(ctx context.Context, rollout string) ([]Pair, error)
}

// Standing is a rollout and how its test stands.
type Standing struct {
	Rollout
	Pairs  int     `json:"pairs"`
	E      float64 `json:"e"`      // evidence that the old prompt is better
	Needed float64 `json:"needed"` // to put it back
	OldAt  float64 `json:"old_score"`
	NewAt  float64 `json:"new_score"`
}

// Stand tells how a rollout's test stands.
func Stand(ctx context.Context, past Past, r Rollout) (Standing, error) {
	pairs, err := past.Pairs(ctx, r.ID)
	if err != nil {
		return Standing{}, err
	}
	s := Standing{Rollout: r, Pairs: len(pairs), E: 1, Needed: 1 / gradesAlpha}
	if len(pairs) > 0 {
		s.E = pairs[len(pairs)-1].E
	}
	s.OldAt, s.NewAt = means(pairs)
	return s, nil
}

// Standings tells it of an agent's rollouts, newest first; limit 0: all.
func Standings(ctx context.Context, past Past, agent string, limit int) ([]Standing, error) {
	list, err := past.Rollouts(ctx, agent, limit)
	if err != nil {
		return nil, err
	}
	out := []Standing{}
	for _, r := range list {
		s, err := Stand(ctx, past, r)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// PutBack are a prompt's versions that rollouts put back, the oldest first: they
// need no second try.
func PutBack(ctx context.Context, store Store, library Library, agent, promptID string) ([]eval.Returned, error) {
	list, err := store.Rollouts(ctx, agent, 0)
	if err != nil {
		return nil, err
	}
	var out []eval.Returned
	for _, r := range slices.Backward(list) {
		if r.State != Returned || r.PromptID != promptID {
			continue
		}
		p, err := library.Get(ctx, promptID, r.New)
		if err != nil {
			return nil, fmt.Errorf("trial %s: %w", r.ID, err)
		}
		old, err := library.Get(ctx, promptID, r.Old)
		if err != nil {
			return nil, fmt.Errorf("trial %s: %w", r.ID, err)
		}
		out = append(out, eval.Returned{Text: p.Text, Old: old.Text, Why: r.Reason})
	}
	return out, nil
}

// Keep ends a running rollout by a person's word: everyone gets the new version.
// False: it had ended before. Whoever wants the old version puts that in use,
// which ends the rollout, too.
func Keep(ctx context.Context, store Store, r Rollout, author string) (bool, error) {
	r.State, r.Reason, r.Ended = Overruled, fmt.Sprintf("%s gave version %d to everyone.", author, r.New), now()
	return store.EndRollout(ctx, r, author)
}
