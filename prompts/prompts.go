// Package prompts keeps named system prompts: immutable versions, one of them
// in use, and a log of who changed that and why. It stores prompts, their
// versions and their log.
package prompts

import (
	"context"
	"errors"
	"time"
)

// ErrStale says that a prompt changed since the caller read it. A missing
// prompt or version wraps fs.ErrNotExist instead, and bad input ErrInvalid.
var (
	ErrStale   = errors.New("the prompt was changed in the meantime; read it again")
	ErrInvalid = errors.New("invalid prompt")
)

// Prompt is one version of a prompt. Versions count from 1 and never change,
// except for which of them is in use.
type Prompt struct {
	ID        string // "pmpt_" and 48 hexadecimal digits
	Version   int
	Text      string
	Variables []string // names that may stand in Text as {{ name }}, sorted
	InUse     bool     // the version that a request without a version gets
	CreatedAt time.Time
	Author    string // who: "operator", "api", "round rnd_…"
	Reason    string // why, in words
}

// Change is an entry of a prompt's log.
type Change struct {
	At       time.Time `json:"at"`
	Action   Action    `json:"action"`
	Version  int       `json:"version"`  // the version created or put in use
	Previous int       `json:"previous"` // the version in use before, 0 if none
	Author   string    `json:"author"`
	Reason   string    `json:"reason"`
}

// Action is what a Change did.
type Action string

// The actions of a prompt's log.
const (
	Created   Action = "created"   // a new version that was not put in use
	Activated Action = "activated" // a version was put in use
)

// Store is what Library needs from a database. Each method is one
// transaction; writes append to the log.
type Store interface {
	// CreatePrompt stores version 1, in use.
	CreatePrompt(ctx context.Context, p Prompt) error

	// AddPromptVersion stores the next version with p's text and returns it.
	// based is the version that the caller started from: it must be the
	// version in use or the latest one, else ErrStale. With use, the new
	// version is put in use.
	AddPromptVersion(ctx context.Context, p Prompt, based int, use bool) (Prompt, error)

	// UsePrompt puts a version in use. If was is not 0 it must be the version
	// in use at this moment, else ErrStale.
	UsePrompt(ctx context.Context, id string, version, was int, author, reason string) (Prompt, error)

	// Prompt returns a version; version 0 means the one in use.
	Prompt(ctx context.Context, id string, version int) (Prompt, error)

	// PromptVersions returns all versions of one prompt, ascending; with an
	// empty id the version in use of every prompt, by creation.
	PromptVersions(ctx context.Context, id string) ([]Prompt, error)

	// PromptLog returns the log, oldest first.
	PromptLog(ctx context.Context, id string) ([]Change, error)

	// DeletePrompt deletes all versions and the log.
	DeletePrompt(ctx context.Context, id string) error
}
