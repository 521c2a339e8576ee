package eval

import (
	"context"
	"fmt"
)

// Pair is a case that may be seen, answered by the prompt in use and by a
// candidate.
type Pair struct {
	Case      StoredCase
	Champion  Graded
	Candidate Graded
}

// PairsOf pairs two evaluations of the same cases, all repeats. Cases that are
// sealed and answers that failed are left out.
func PairsOf(champion, candidate Evaluation) []Pair {
	var out []Pair
	for i, r := range champion.Results {
		for n, a := range r.Answers {
			out = append(out, Pair{r.Case, a, candidate.Results[i].Answers[n]})
		}
	}
	return open(out)
}

func open(pairs []Pair) []Pair {
	var out []Pair
	for _, p := range pairs {
		if (p.Case.Split != Sealed || !p.Case.Retired.IsZero()) && !p.Champion.Failed && !p.Candidate.Failed {
			out = append(out, p)
		}
	}
	return out
}

// RecordedPairs are those that an agent's last rounds recorded: the answers to
// train and dev cases by the prompt in use then and by the candidate that was
// chosen; by any, if none was.
func RecordedPairs(ctx context.Context, store Store, agent string) ([]Pair, error) {
	cases, err := store.Cases(ctx, CaseFilter{Agent: agent, Retired: true})
	if err != nil {
		return nil, err
	}
	byID := map[string]StoredCase{}
	for _, c := range cases {
		byID[c.ID] = c
	}
	rounds, err := store.Rounds(ctx, agent, 2*RoundsKept)
	if err != nil {
		return nil, err
	}
	var out []Pair
	for _, r := range rounds {
		cert, err := r.certificate()
		if err != nil {
			return nil, err
		}
		if r.State == Running {
			continue
		}
		records, err := store.Recorded(ctx, r.ID)
		if err != nil {
			return nil, fmt.Errorf("answers of round %s: %w", r.ID, err)
		}
		pairs, err := recordedPairs(records, byID, cert)
		if err != nil {
			return nil, fmt.Errorf("answers of round %s: %w", r.ID, err)
		}
		out = append(out, pairs...)
	}
	return open(out), nil
}

func recordedPairs(records []Recorded, byID map[string]StoredCase, cert Certificate) ([]Pair, error) {
	champion := map[RecordKey]Graded{}
	var candidate []Recorded
	for _, r := range records {
		_, known := byID[r.Case]
		switch {
		case r.Kind != OfTrain && r.Kind != OfDev || !known:
		case r.Prompt == cert.Champion.Hash:
			var a RecordedAnswer
			if err := readRecord(r.Result, &a); err != nil {
				return nil, err
			}
			key := r.RecordKey
			key.Prompt = ""
			champion[key] = a.graded()
		case cert.Chosen == nil || r.Prompt == cert.Chosen.Hash:
			candidate = append(candidate, r)
		}
	}
	var out []Pair
	for _, r := range candidate {
		key := r.RecordKey
		key.Prompt = ""
		was, ok := champion[key]
		if !ok {
			continue
		}
		var a RecordedAnswer
		if err := readRecord(r.Result, &a); err != nil {
			return nil, err
		}
		out = append(out, Pair{byID[r.Case], was, a.graded()})
	}
	return out, nil
}
