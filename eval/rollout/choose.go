package rollout

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/prompts"
)

// Library gives versions of prompts; *prompts.Library is one.
type Library interface {
	agent.PromptSource
	Get(ctx context.Context, id string, version int) (prompts.Prompt, error)
}

// Prompts is what an agent reads its prompt from: for a thread, the version
// that a running rollout gives it, else the one in use. It caches nothing. Safe
// for concurrent use.
type Prompts struct {
	Library
	store Store
}

var _ agent.ThreadPrompts = (*Prompts)(nil)

// NewPrompts returns the prompts in library, by the rollouts in store.
func NewPrompts(library Library, store Store) *Prompts { return &Prompts{library, store} }

// PromptFor implements agent.ThreadPrompts. A thread's version is decided when
// it starts and stays as long as the rollout lasts; a thread that began before
// the promotion keeps the old one. What a thread's first run had counts more
// than the hash, so that no clock and no race makes it flip.
func (p *Prompts) PromptFor(ctx context.Context, promptID, thread string) (prompts.Prompt, error) {
	r, first, err := p.store.RunningRollout(ctx, promptID, thread)
	if errors.Is(err, fs.ErrNotExist) {
		return p.InUse(ctx, promptID)
	}
	if err != nil {
		return prompts.Prompt{}, fmt.Errorf("trial of prompt %s: %w", promptID, err)
	}
	if !time.Now().Before(r.Until) { // over, though nobody has said so yet
		return p.InUse(ctx, promptID)
	}
	version := r.Old
	switch first {
	case 0:
		version = r.Version(thread)
	case r.New:
		version = r.New
	}
	return p.Get(ctx, promptID, version)
}
