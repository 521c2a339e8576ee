package rollout

import (
	"context"
	"errors"
	"fmt"

	"github.com/honehq/hone/prompts"
)

// ErrEnded says that a rollout has ended.
var ErrEnded = errors.New("the trial has ended")

// Switch puts a version of a prompt in use; *prompts.Library is one.
type Switch interface {
	Use(ctx context.Context, promptID string, version, was int, author, reason string) (prompts.Prompt, error)
}

// End ends a running rollout by a person's word: everyone gets the new version
// (keep), or the old one is put back. It returns the rollout as it ended, or
// ErrEnded.
func End(ctx context.Context, store Store, library Switch, id string, keep bool, author string) (Rollout, error) {
	r, err := store.Rollout(ctx, id)
	if err != nil {
		return r, err
	}
	if r.State != Running {
		return r, fmt.Errorf("trial %s is %s: %w", id, r.State, ErrEnded)
	}
	if !keep {
		// Whatever a person puts in use ends the trial.
		if _, err := library.Use(ctx, r.PromptID, r.Old, r.New, author, "ended the trial "+r.ID); err != nil {
			return r, err
		}
	} else if ended, err := Keep(ctx, store, r, author); err != nil || !ended {
		return r, errors.Join(err, fmt.Errorf("trial %s: %w", id, ErrEnded))
	}
	return store.Rollout(ctx, id)
}
