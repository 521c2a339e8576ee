package eval_test

import (
	"testing"

	"github.com/honehq/hone/eval"
)

// What rounds recorded can be paired again: the prompt in use then and the
// candidate that was chosen, on the cases that may be seen, answer by answer.
func TestRecordedPairs(t *testing.T) {
	w := newWorld(t, firstPrompt, 100)
	w.mode = eval.Approve // so that no sealed case retires
	r := w.round(1)
	if r.State != eval.Waiting {
		t.Fatalf("%s: %s", r.State, r.Verdict)
	}
	pairs, err := eval.RecordedPairs(t.Context(), w.store, agentName)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[eval.Split]int{}
	champion, candidate := 0.0, 0.0
	for _, p := range pairs {
		seen[p.Case.Split]++
		champion += p.Champion.Grade.Score
		candidate += p.Candidate.Grade.Score
		if p.Champion.Answer.Answer == "" || p.Candidate.Answer.Answer == "" {
			t.Errorf("case %s has no answers: %+v", p.Case.ID, p)
		}
	}
	if seen[eval.Sealed] != 0 || seen[eval.Dev] < len(w.cases(eval.Dev)) {
		t.Errorf("pairs by split %v, with %d dev cases", seen, len(w.cases(eval.Dev)))
	}
	if candidate <= champion {
		t.Errorf("the candidates score %v, the prompt in use %v", candidate, champion)
	}
	if others, err := eval.RecordedPairs(t.Context(), w.store, "another"); err != nil || len(others) != 0 {
		t.Errorf("%d pairs of an agent without rounds: %v", len(others), err)
	}
}
