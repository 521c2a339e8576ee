package prompts

import (
	"context"
	"fmt"
	"time"

	"github.com/honehq/hone/internal/id"
	"github.com/honehq/hone/otel"
)

// Library keeps prompts in a Store and holds every text to the rules of this
// package. It caches nothing, so that an edited prompt takes effect on the next
// question on every replica. Safe for concurrent use.
type Library struct {
	store Store
}

// New returns the library of the prompts in store.
func New(store Store) *Library { return &Library{store: store} }

// Draft is a text that is to become a version.
type Draft struct {
	// ID of the new prompt, "pmpt_" and 48 hexadecimal digits; Create makes one
	// up where it is empty, Update ignores it.
	ID   string
	Text string
	// Variables declares the names that Text may use as {{ name }}: one that is
	// used but not declared is refused. Nil declares none anew: Create takes the
	// names that Text uses, Update those of the version it is based on, and
	// other braces are plain text, as in a runbook that quotes a template.
	Variables []string
	Author    string // who, as in Prompt
	Reason    string // why, in words
}

// Create stores version 1 of a new prompt, in use.
func (l *Library) Create(ctx context.Context, d Draft) (Prompt, error) {
	if d.ID == "" {
		d.ID = id.New(idPrefix)
	} else if !validID(d.ID) {
		return Prompt{}, fmt.Errorf("prompt %q: %w: the ID must be %s and 48 hexadecimal digits", d.ID, ErrInvalid, idPrefix)
	}
	if d.Variables == nil {
		d.Variables = Variables(d.Text)
	}
	p, err := d.prompt(d.ID, false)
	if err != nil {
		return Prompt{}, err
	}
	p.Version, p.InUse = 1, true
	if err := l.store.CreatePrompt(ctx, p); err != nil {
		return Prompt{}, fmt.Errorf("create prompt %s: %w", d.ID, err)
	}
	return p, nil
}

// Update stores the next version and, with use, puts it in use. based is the
// version that the caller started from: the one in use or the latest one, else
// ErrStale.
func (l *Library) Update(ctx context.Context, promptID string, d Draft, based int, use bool) (Prompt, error) {
	if based < 1 {
		return Prompt{}, fmt.Errorf("prompt %s: %w: the version that the change is based on must be 1 or more, not %d", promptID, ErrInvalid, based)
	}
	inherit := d.Variables == nil
	if inherit {
		base, err := l.Get(ctx, promptID, based)
		if err != nil {
			return Prompt{}, err
		}
		d.Variables = base.Variables
	}
	p, err := d.prompt(promptID, inherit)
	if err != nil {
		return Prompt{}, err
	}
	p, err = l.store.AddPromptVersion(ctx, p, based, use)
	if err != nil {
		return Prompt{}, fmt.Errorf("update prompt %s from version %d: %w", promptID, based, err)
	}
	return p, nil
}

// Use puts a version in use: a newer one or, to roll back, any older one. If
// was is not 0 it must be the version in use at this moment, else ErrStale.
func (l *Library) Use(ctx context.Context, promptID string, version, was int, author, reason string) (Prompt, error) {
	if version < 1 {
		return Prompt{}, fmt.Errorf("prompt %s: %w: the version must be 1 or more, not %d", promptID, ErrInvalid, version)
	}
	if err := checkNote(author, reason); err != nil {
		return Prompt{}, fmt.Errorf("prompt %s: %w", promptID, err)
	}
	p, err := l.store.UsePrompt(ctx, promptID, version, was, author, reason)
	if err != nil {
		return Prompt{}, fmt.Errorf("use prompt %s@%d: %w", promptID, version, err)
	}
	return p, nil
}

// InUse returns the version in use.
func (l *Library) InUse(ctx context.Context, promptID string) (Prompt, error) {
	return l.Get(ctx, promptID, 0)
}

// Get returns a version; version 0 means the one in use.
func (l *Library) Get(ctx context.Context, promptID string, version int) (p Prompt, err error) {
	ctx, span := otel.FetchPrompt.Start(ctx, otel.PromptID.String(promptID))
	defer func() {
		span.SetAttributes(otel.PromptVersion.Int(p.Version))
		otel.End(span, err)
	}()
	if version < 0 {
		return Prompt{}, fmt.Errorf("prompt %s: %w: the version must be 1 or more, not %d", promptID, ErrInvalid, version)
	}
	p, err = l.store.Prompt(ctx, promptID, version)
	if err != nil {
		return Prompt{}, fmt.Errorf("prompt %s@%d: %w", promptID, version, err)
	}
	return p, nil
}

// List returns the version in use of every prompt, by creation.
func (l *Library) List(ctx context.Context) ([]Prompt, error) {
	ps, err := l.store.PromptVersions(ctx, "")
	if err != nil {
		return nil, fmt.Errorf("list prompts: %w", err)
	}
	return ps, nil
}

// Versions returns all versions of a prompt, ascending.
func (l *Library) Versions(ctx context.Context, promptID string) ([]Prompt, error) {
	if promptID == "" { // which would list all prompts
		return nil, fmt.Errorf("versions of a prompt without an ID: %w", ErrInvalid)
	}
	ps, err := l.store.PromptVersions(ctx, promptID)
	if err != nil {
		return nil, fmt.Errorf("versions of prompt %s: %w", promptID, err)
	}
	return ps, nil
}

// Log returns who changed a prompt and why, oldest first.
func (l *Library) Log(ctx context.Context, promptID string) ([]Change, error) {
	cs, err := l.store.PromptLog(ctx, promptID)
	if err != nil {
		return nil, fmt.Errorf("log of prompt %s: %w", promptID, err)
	}
	return cs, nil
}

// Delete deletes all versions and the log.
func (l *Library) Delete(ctx context.Context, promptID string) error {
	if err := l.store.DeletePrompt(ctx, promptID); err != nil {
		return fmt.Errorf("delete prompt %s: %w", promptID, err)
	}
	return nil
}

// prompt checks the draft. With lenient, names that are used but not declared
// are plain text.
func (d Draft) prompt(promptID string, lenient bool) (Prompt, error) {
	err := checkText(d.Text)
	if err == nil {
		err = checkNote(d.Author, d.Reason)
	}
	var names []string
	if err == nil {
		names, err = checkVariables(d.Text, d.Variables, lenient)
	}
	if err != nil {
		return Prompt{}, fmt.Errorf("prompt %s: %w", promptID, err)
	}
	return Prompt{
		ID: promptID, Text: d.Text, Variables: names,
		CreatedAt: time.Now().UTC(), Author: d.Author, Reason: d.Reason,
	}, nil
}
