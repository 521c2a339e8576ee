package eval

import (
	"context"
	"errors"
	"fmt"
)

// errOnlyAsked takes back what was only tried.
var errOnlyAsked = errors.New("it was only asked whether the case fits")

// Fits tells whether Enter would take all cases of an admission as things are:
// "" or, in words, why one would be left out. Nothing enters.
func Fits(ctx context.Context, store Entrance, a Admission) (why string, err error) {
	a.Proposal = ""
	_, err = store.EnterCases(ctx, a, func(known Known) ([]StoredCase, []Tie, error) {
		why = ""
		if _, _, left := a.place(known); len(left) > 0 {
			why = left[0].Reason
		}
		return nil, nil, errOnlyAsked
	})
	if !errors.Is(err, errOnlyAsked) {
		return "", fmt.Errorf("fit of cases of agent %s: %w", a.Agent, err)
	}
	return why, nil
}
