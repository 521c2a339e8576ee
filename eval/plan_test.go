package eval_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/honehq/hone/eval"
)

// overtaken is a store to which another process writes its plan of the round
// first.
type overtaken struct {
	eval.Store
	train int // cases of that plan
}

func (s *overtaken) Record(ctx context.Context, r eval.Recorded) (json.RawMessage, error) {
	if r.Kind == eval.OfPlan {
		var theirs map[string]json.RawMessage
		var train []string
		if err := json.Unmarshal(r.Result, &theirs); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(theirs["train"], &train); err != nil {
			return nil, err
		}
		var err error
		if theirs["train"], err = json.Marshal(train[:s.train]); err != nil {
			return nil, err
		}
		first := r
		if first.Result, err = json.Marshal(theirs); err != nil {
			return nil, err
		}
		if _, err := s.Store.Record(ctx, first); err != nil {
			return nil, err
		}
	}
	return s.Store.Record(ctx, r)
}

// Two processes that begin to work on one round at once work by one plan.
func TestOnePlanARound(t *testing.T) {
	w := newWorld(t, firstPrompt, 60)
	const train = 5
	r, err := w.alone(&overtaken{w.store, train}).Round(t.Context(), w.request(1))
	if err != nil {
		t.Fatal(err)
	}
	if c := certificateOf(t, r); c.Train == nil || c.Train.Cases != train {
		t.Errorf("the round answered %+v train cases, want %d", c.Train, train)
	}
}
