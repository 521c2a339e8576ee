package rollout

import (
	"context"
	"time"
)

// Notice is news of background work for people. It holds no text of prompts,
// questions or documents.
type Notice struct {
	ID       string    `json:"id"` // the same however often it is delivered
	Kind     Kind      `json:"kind"`
	Agent    string    `json:"agent"`
	Text     string    `json:"text"` // in words
	PromptID string    `json:"prompt_id,omitempty"`
	Old      int       `json:"old,omitempty"` // versions: in use before,
	New      int       `json:"new,omitempty"` // and on trial or put in use
	Round    string    `json:"round,omitempty"`
	Rollout  string    `json:"rollout,omitempty"`
	At       time.Time `json:"at"`
}

// Kind of a notice.
type Kind string

// The kinds.
const (
	NoticePromoted  Kind = "promoted"  // a round put a prompt in use
	NoticeWaiting   Kind = "waiting"   // a prompt passed the gate and waits for a person
	NoticeFailed    Kind = "failed"    // a round failed
	NoticeReturned  Kind = "returned"  // the old prompt was put back
	NoticeSettled   Kind = "settled"   // a new prompt's trial ended well
	NoticeOverruled Kind = "overruled" // a person ended a trial
)

// Alarming tells whether a person should look soon.
func (k Kind) Alarming() bool {
	switch k {
	case NoticeReturned, NoticeFailed, NoticeWaiting:
		return true
	case NoticePromoted, NoticeSettled, NoticeOverruled:
	}
	return false
}

// Notifier is a way out for notices. It is safe for concurrent use.
type Notifier interface {
	// Name tells the ways out apart. It must not change over restarts.
	Name() string
	// Notify tells people. It may be called again with a notice that it told
	// already, if the process ended before that was noted. An error means that
	// it is to be tried again later, unless it wraps ErrRefused.
	Notify(ctx context.Context, n Notice) error
}

// Outbox keeps notices until they are delivered, so that no crash loses one.
type Outbox interface {
	// PutNotice stores a notice for a way out, due at once, unless that has one
	// with this ID already. False: it had.
	PutNotice(ctx context.Context, way string, n Notice) (bool, error)
	// DueNotices returns a way's notices that are due at a time, oldest first.
	DueNotices(ctx context.Context, way string, at time.Time, limit int) ([]Delivery, error)
	// NoteDelivery notes an attempt and when the next one is due; zero: never.
	NoteDelivery(ctx context.Context, way, id string, next time.Time) error
}

// Delivery is a notice on its way.
type Delivery struct {
	Notice
	Attempts int // so far
}
