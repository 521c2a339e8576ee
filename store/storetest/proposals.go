package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/harvest"
	"github.com/honehq/hone/internal/forget"
	"github.com/honehq/hone/knowledge"
)

func proposal(id, run string, n int, files ...string) harvest.Proposal {
	return harvest.Proposal{
		ID: id, Agent: "default", Kind: harvest.FromFeedback, Run: run, Note: "a note", Files: files, CreatedAt: at(n),
		Case: eval.Case{ID: id, Question: "Why?", Answer: secret, Nuggets: []eval.Nugget{{Text: "why", Vital: true, AnyOf: []string{secret}}}},
	}
}

// runsOf stores runs of one thread.
func runsOf(t testing.TB, s Store, ids ...string) {
	t.Helper()
	for i, id := range ids {
		ok(t, s.PutRun(t.Context(), run(id, "thr_1", i)))
	}
}

func testCorrections(t *testing.T, s Store) {
	ctx := t.Context()
	runsOf(t, s, "run_1", "run_2", "run_3")
	for id, f := range map[string]agent.Feedback{
		"run_1": {Rating: "down", Correction: "It is six.", At: at(1)},
		"run_2": {Rating: "up", Correction: "It is six.", At: at(2)},
		"run_3": {Rating: "down", Correction: " \n\t", At: at(3)},
	} {
		ok(t, s.AddFeedback(ctx, id, f))
	}
	same(t, must(s.Corrections(ctx, "other", 0))(t), nil)
	found := must(s.Corrections(ctx, "default", 0))(t)
	if len(found) != 1 || found[0].Run != "run_1" || found[0].Text != "It is six." || !found[0].At.Equal(at(1)) || found[0].Question == "" {
		t.Fatalf("found %+v", found)
	}
	p := proposal("cp_1", "run_1", 1)
	ok(t, s.SettleCorrection(ctx, found[0].Number, &p))
	same(t, must(s.Corrections(ctx, "default", 0))(t), nil)
	same(t, must(s.Proposals(ctx, "default"))(t), []harvest.Proposal{p})

	// What comes again settles, but proposes nothing, also after a decision.
	ok(t, s.AddFeedback(ctx, "run_2", agent.Feedback{Rating: "down", Correction: "It is six.", At: at(4)}))
	ok(t, s.AddFeedback(ctx, "run_3", agent.Feedback{Rating: "down", Correction: "It is six.", At: at(5)}))
	same(t, len(must(s.Corrections(ctx, "default", 1))(t)), 1)
	for i, c := range must(s.Corrections(ctx, "default", 0))(t) {
		again := proposal("cp_1", c.Run, 9)
		ok(t, s.SettleCorrection(ctx, c.Number, &again))
		same(t, len(must(s.Proposals(ctx, "default"))(t)), 1-i)
		if i == 0 {
			ok(t, s.DeclineProposal(ctx, "default", "cp_1"))
		}
	}
	fails(t, s.DeclineProposal(ctx, "default", "cp_1"), fs.ErrNotExist, "cp_1")
	_, err := s.Proposal(ctx, "default", "cp_1")
	fails(t, err, fs.ErrNotExist, "cp_1")
	ok(t, s.SettleCorrection(ctx, 1<<40, nil))
}

func testSampledQuestions(t *testing.T, s Store) {
	ctx := t.Context()
	runsOf(t, s, "run_1", "run_2")
	failed := run("run_3", "thr_1", 3)
	failed.Error = "it broke"
	ok(t, s.PutRun(ctx, failed))
	demo := run("run_4", "thr_1", 4)
	demo.Origin = agent.FromDemo
	ok(t, s.PutRun(ctx, demo))
	found := must(s.Questions(ctx, "default", 0))(t)
	if len(found) != 2 || found[0].Run != "run_1" || found[1].Run != "run_2" || found[0].Text == "" {
		t.Fatalf("found %+v", found)
	}
	p := proposal("cp_q", "run_2", 2, "file-b", "file-a")
	p.Kind = harvest.FromQuestion
	ok(t, s.SettleQuestions(ctx, []string{"run_1", "run_2", "run_gone"}, []harvest.Proposal{p, proposal("cp_gone", "run_gone", 1)}))
	same(t, must(s.Questions(ctx, "default", 0))(t), nil)
	slices.Sort(p.Files)
	same(t, must(s.Proposals(ctx, "default"))(t), []harvest.Proposal{p})
	same(t, must(s.Proposal(ctx, "default", "cp_q"))(t), p)
	same(t, must(s.Proposals(ctx, "other"))(t), nil)
}

// admit enters cases as they come, each with a tie of its name.
func admit(s Store, t testing.TB, a eval.Admission, cases ...eval.StoredCase) (int, error) {
	a.Agent = "default"
	return s.EnterCases(t.Context(), a, func(eval.Known) ([]eval.StoredCase, []eval.Tie, error) {
		var ties []eval.Tie
		for _, c := range cases {
			ties = append(ties, eval.Tie{Hash: "tie of " + c.ID, Cluster: c.Cluster, Split: c.Split, Order: c.Order})
		}
		return cases, ties, nil
	})
}

func testEnterCases(t *testing.T, s Store) {
	ctx := t.Context()
	a, b := storedCase("a", eval.Sealed, 7), storedCase("b", eval.Train, 8)
	same(t, must(admit(s, t, eval.Admission{}, a, b))(t), 2)
	want := []eval.Tie{{Hash: "tie of a", Cluster: a.Cluster, Split: eval.Sealed, Order: 7}, {Hash: "tie of b", Cluster: b.Cluster, Split: eval.Train, Order: 8}}
	look := func() (cases []eval.StoredCase, ties []eval.Tie) {
		_, err := s.EnterCases(ctx, eval.Admission{Agent: "default"}, func(known eval.Known) ([]eval.StoredCase, []eval.Tie, error) {
			cases, ties = known.Cases, known.Ties
			slices.SortFunc(ties, func(x, y eval.Tie) int { return strings.Compare(x.Hash, y.Hash) })
			return nil, nil, nil
		})
		ok(t, err)
		return cases, ties
	}
	cases, ties := look()
	same(t, cases, []eval.StoredCase{a, b})
	same(t, ties, want)

	// What is known stays, cases and ties.
	other := storedCase("a", eval.Dev, 1)
	same(t, must(admit(s, t, eval.Admission{}, other))(t), 0)
	cases, ties = look()
	same(t, cases, []eval.StoredCase{a, b})
	same(t, ties, want)

	// An error changes nothing.
	no := errors.New("no")
	_, err := s.EnterCases(ctx, eval.Admission{Agent: "default"}, func(eval.Known) ([]eval.StoredCase, []eval.Tie, error) {
		return []eval.StoredCase{storedCase("c", eval.Dev, 1)}, nil, no
	})
	if !errors.Is(err, no) {
		t.Errorf("error %v", err)
	}
	_, err = admit(s, t, eval.Admission{Proposal: "cp_none"}, storedCase("c", eval.Dev, 1))
	fails(t, err, fs.ErrNotExist, "cp_none")
	cases, _ = look()
	same(t, len(cases), 2)

	// Ties outlive their cases; of one that people have seen they say so.
	same(t, must(s.DeleteCases(ctx, "default", []string{"a"}))(t), 1)
	_, ties = look()
	same(t, ties, want)
	seen := storedCase("seen", eval.Sealed, 9)
	seen.Retired = at(3)
	same(t, must(admit(s, t, eval.Admission{}, seen))(t), 1)
	same(t, must(s.DeleteCases(ctx, "default", []string{"seen"}))(t), 1)
	_, ties = look()
	same(t, ties[2], eval.Tie{Hash: "tie of seen", Cluster: seen.Cluster, Split: eval.Train, Order: 9})
}

// testCaseSecret lets many enter at once: one secret is made for each agent.
func testCaseSecret(t *testing.T, s Store) {
	const many = 6
	agents := [2]string{"default", "other"}
	var secrets [many][]byte
	for _, err := range parallel(many, func(i int) error {
		_, err := s.EnterCases(t.Context(), eval.Admission{Agent: agents[i%2]}, func(known eval.Known) ([]eval.StoredCase, []eval.Tie, error) {
			secrets[i] = known.Secret
			return nil, nil, nil
		})
		return err
	}) {
		ok(t, err)
	}
	for i, secret := range secrets {
		same(t, secret, secrets[i%2])
		same(t, len(secret), len(eval.NewSecret()))
	}
	if bytes.Equal(secrets[0], secrets[1]) {
		t.Error("two agents have one secret")
	}
}

// testEnterCasesInParallel lets many enter at once: each sees what came before.
func testEnterCasesInParallel(t *testing.T, s Store) {
	const many = 8
	seen := make([]int, many)
	for _, err := range parallel(many, func(i int) error {
		_, err := s.EnterCases(t.Context(), eval.Admission{Agent: "default"}, func(known eval.Known) ([]eval.StoredCase, []eval.Tie, error) {
			seen[i] = len(known.Cases)
			return []eval.StoredCase{storedCase(fmt.Sprint("c", i), eval.Dev, 1)}, nil, nil
		})
		return err
	}) {
		ok(t, err)
	}
	slices.Sort(seen)
	same(t, seen, []int{0, 1, 2, 3, 4, 5, 6, 7})
}

func testAccept(t *testing.T, s Store) {
	ctx := t.Context()
	runsOf(t, s, "run_1")
	p := proposal("cp_1", "run_1", 1)
	ok(t, s.SettleQuestions(ctx, nil, []harvest.Proposal{p}))
	c := storedCase("cp_1", eval.Train, 1)
	lost := errors.New("somebody else was faster")
	oneWins(t, parallel(4, func(int) error {
		_, err := admit(s, t, eval.Admission{Proposal: "cp_1"}, c)
		if errors.Is(err, fs.ErrNotExist) {
			return lost
		}
		return err
	}), lost)
	same(t, must(s.Proposals(ctx, "default"))(t), nil)
	same(t, len(must(s.Cases(ctx, eval.CaseFilter{Agent: "default"}))(t)), 1)
}

func testForgetCases(t *testing.T, s Store) {
	ctx := t.Context()
	runsOf(t, s, "run_1")
	for _, id := range []string{"file-a", "file-b"} {
		ok(t, s.PutFile(ctx, knowledge.File{ID: id, CreatedAt: at(1)}, []byte(secret)))
	}
	stays := proposal("cp_b", "run_1", 2, "file-b")
	ok(t, s.SettleQuestions(ctx, nil, []harvest.Proposal{proposal("cp_a", "run_1", 1, "file-a", "file-b"), stays}))
	c, plain := storedCase("c", eval.Sealed, 1), storedCase("plain", eval.Sealed, 2)
	c.Answer = secret
	same(t, must(admit(s, t, eval.Admission{Files: []string{"file-a"}}, c))(t), 1)
	same(t, must(admit(s, t, eval.Admission{}, plain))(t), 1)

	ok(t, s.DeleteFile(ctx, "file-a"))
	same(t, must(s.Proposals(ctx, "default"))(t), []harvest.Proposal{stays})
	same(t, must(s.Cases(ctx, eval.CaseFilter{Agent: "default"}))(t), []eval.StoredCase{plain})
	left := must(s.Cases(ctx, eval.CaseFilter{Agent: "default", Retired: true}))(t)
	if len(left) != 2 || left[0].Retired.IsZero() || left[0].From != "" {
		t.Fatalf("left %+v", left)
	}
	same(t, left[0].Case, eval.Case{ID: "c", Question: forget.Mark, Type: eval.Unanswerable})

	// What comes too late finds the file deleted; what was forgotten does not
	// come back.
	ok(t, s.SettleQuestions(ctx, nil, []harvest.Proposal{proposal("cp_a", "run_1", 3), proposal("cp_late", "run_1", 3, "file-a")}))
	same(t, must(s.Proposals(ctx, "default"))(t), []harvest.Proposal{stays})
	late := storedCase("late", eval.Sealed, 1)
	same(t, must(admit(s, t, eval.Admission{Files: []string{"file-a"}}, late))(t), 1)
	same(t, must(s.Cases(ctx, eval.CaseFilter{Agent: "default"}))(t), []eval.StoredCase{plain})
}

func testHarvest(t *testing.T, s Store) {
	ctx := t.Context()
	for _, h := range []string{"b", "a", "b"} {
		ok(t, s.AddHarvestedText(ctx, "default", h))
	}
	same(t, must(s.HarvestedTexts(ctx, "default"))(t), []string{"a", "b"})
	same(t, must(s.HarvestedTexts(ctx, "other"))(t), nil)

	same(t, must(s.TakeHarvest(ctx, "default", "one", time.Hour))(t), true)
	same(t, must(s.TakeHarvest(ctx, "default", "two", time.Hour))(t), false)
	same(t, must(s.TakeHarvest(ctx, "other", "two", time.Hour))(t), true)
	same(t, must(s.TakeHarvest(ctx, "default", "one", -time.Second))(t), true) // has run out at once
	same(t, must(s.TakeHarvest(ctx, "default", "two", time.Hour))(t), true)
	ok(t, s.EndHarvest(ctx, "default", "one"))
	same(t, must(s.TakeHarvest(ctx, "default", "one", time.Hour))(t), false)
	ok(t, s.EndHarvest(ctx, "default", "two"))
	same(t, must(s.TakeHarvest(ctx, "default", "one", time.Hour))(t), true)
}

// testAdmissionsInParallel lets files enter at once that overlap in documents,
// each of which would draw other splits: all agree in the end.
func testAdmissionsInParallel(t *testing.T, s Store) {
	const files, docs = 6, 12
	for _, err := range parallel(files, func(f int) error {
		a := eval.Admission{Agent: "default", Seed: uint64(f + 1)}
		for d := range docs {
			a.Cases = append(a.Cases, eval.Case{
				ID: fmt.Sprint("c", f, "-", d), Question: fmt.Sprint("Q", f, "-", d, "?"),
				Docs: []string{fmt.Sprint("doc", d), fmt.Sprint("own", f, "-", d)},
			})
		}
		_, err := eval.Enter(t.Context(), s, a)
		return err
	}) {
		ok(t, err)
	}
	home := map[string]string{}
	cases := must(s.Cases(t.Context(), eval.CaseFilter{Agent: "default"}))(t)
	same(t, len(cases), files*docs)
	for _, c := range cases {
		for _, d := range c.Docs {
			if at, known := home[d]; known && at != c.Cluster {
				t.Errorf("%s is in clusters %s and %s", d, at, c.Cluster)
			}
			home[d] = c.Cluster
		}
	}
}
