package eval_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/eval"
)

func about(id string, docs ...string) eval.Case {
	return eval.Case{ID: id, Question: "Question " + id + "?", Docs: docs}
}

func (w *world) placed() map[string]eval.StoredCase {
	w.Helper()
	out := map[string]eval.StoredCase{}
	for _, c := range w.cases("") {
		out[c.ID] = c
	}
	return out
}

func TestCasesAboutTheSameDocumentsShareACluster(t *testing.T) {
	w := newWorld(t, firstPrompt, 0)
	twin := eval.Case{ID: "twin", Question: "  question A? ", Type: eval.Unanswerable}
	w.enter([]eval.Case{about("a", "1"), about("b", "1", "2"), about("c", "2"), about("d", "3"), twin})
	at := w.placed()
	for _, id := range []string{"b", "c", "twin"} { // twin asks what a asks
		if at[id].Cluster != at["a"].Cluster || at[id].Split != at["a"].Split || at[id].Order != at["a"].Order {
			t.Errorf("%s is not with a: %+v", id, at[id])
		}
	}
	if at["d"].Cluster == at["a"].Cluster {
		t.Error("d is with a")
	}
}

func TestSplitsStay(t *testing.T) {
	w := newWorld(t, firstPrompt, 300)
	before := w.placed()
	var more []eval.Case
	for i := range 300 {
		more = append(more, about(fmt.Sprintf("later-%d", i), document(i)))
	}
	got := w.enter(append(more, someCases(300)...))
	if got.Added != 300 || got.Known != len(before) || len(got.LeftOut) != 0 {
		t.Errorf("entered %+v", got)
	}
	after := w.placed()
	count := map[eval.Split]map[string]bool{eval.Train: {}, eval.Dev: {}, eval.Sealed: {}}
	for id, c := range before {
		if diff := cmp.Diff(c, after[id]); diff != "" {
			t.Errorf("%s changed:\n%s", id, diff)
		}
		count[c.Split][c.Cluster] = true
	}
	for i := range 300 {
		was, ok := before[fmt.Sprintf("c%03d-port", i)]
		if is := after[fmt.Sprintf("later-%d", i)]; ok && (is.Split != was.Split || is.Cluster != was.Cluster) {
			t.Errorf("a later case about %s is in another split", document(i))
		}
	}
	for split, want := range map[eval.Split]float64{eval.Train: 60, eval.Dev: 60, eval.Sealed: 180} {
		if got := float64(len(count[split])); math.Abs(got-want) > 25 {
			t.Errorf("%v clusters of 300 are %s, about %v are wanted", got, split, want)
		}
	}
}

// clustersIn enters cases about documents of their own and returns one document
// of each split.
func (w *world) oneOfEach() map[eval.Split][]string {
	var cases []eval.Case
	for i := range 40 {
		cases = append(cases, about(fmt.Sprintf("base-%02d", i), fmt.Sprintf("doc-%02d", i)))
	}
	w.enter(cases)
	docs := map[eval.Split][]string{}
	for _, c := range w.cases("") {
		docs[c.Split] = append(docs[c.Split], c.Docs[0])
	}
	return docs
}

func TestCasesThatWouldLeakAreLeftOut(t *testing.T) {
	w := newWorld(t, firstPrompt, 0)
	docs := w.oneOfEach()
	train, dev, sealed := docs[eval.Train], docs[eval.Dev], docs[eval.Sealed]
	got := w.enter([]eval.Case{
		about("train+dev", train[0], dev[0]),
		about("train+sealed", train[0], sealed[0]),
		about("two sealed", sealed[0], sealed[1]),
		about("two train", train[0], train[1]),
		about("sealed+new", sealed[2], "new-1"),
		about("new+train", "new-1", train[0]), // through new-1 it would join sealed[2]
		about("same sealed", sealed[0], "new-2"),
	})
	var left []string
	for _, l := range got.LeftOut {
		left = append(left, l.ID)
	}
	slices.Sort(left)
	at := w.placed()
	if at["two train"].Split != eval.Train || at["same sealed"].Split != eval.Sealed {
		t.Errorf("two train: %s, same sealed: %s", at["two train"].Split, at["same sealed"].Split)
	}
	// Of the two about new-1 the first by ID comes in.
	if diff := cmp.Diff([]string{"sealed+new", "train+dev", "train+sealed", "two sealed"}, left); diff != "" {
		t.Errorf("left out (-want +got):\n%s", diff)
	}
	noLeak(t, w)
}

// noLeak checks that no document is known to two splits, or to two sealed
// clusters.
func noLeak(t *testing.T, w *world) {
	t.Helper()
	home := map[string]string{}
	for _, c := range w.cases("") {
		at := string(c.Split)
		if c.Split == eval.Sealed {
			at += c.Cluster
		}
		for _, d := range c.Docs {
			if home[d] != "" && home[d] != at {
				t.Errorf("document %s is in %s and %s", d, home[d], at)
			}
			home[d] = at
		}
	}
}

func TestCasesAboutRetiredClustersGoToTrain(t *testing.T) {
	w := newWorld(t, firstPrompt, 0)
	docs := w.oneOfEach()
	doc := docs[eval.Sealed][0]
	var retire string
	for _, c := range w.cases(eval.Sealed) {
		if c.Docs[0] == doc {
			retire = c.ID
		}
	}
	if err := w.store.PutRound(t.Context(), eval.Round{ID: "rnd_1", Agent: agentName, State: eval.Running, PromptID: w.promptID, Champion: 1}); err != nil {
		t.Fatal(err)
	}
	p := w.inUse()
	p.Text = "better"
	if _, err := w.store.EndRound(t.Context(), eval.Round{ID: "rnd_1", Agent: agentName, State: eval.Promoted, PromptID: w.promptID, Champion: 1, Started: time.Now(), Retire: []string{retire}},
		&eval.Promotion{Prompt: p, Based: 1}); err != nil {
		t.Fatal(err)
	}
	w.enter([]eval.Case{about("later", doc)})
	if at := w.placed()["later"]; at.Split != eval.Train {
		t.Errorf("it is %s", at.Split)
	}
}

func TestCorrectionsGoToTrain(t *testing.T) {
	w := newWorld(t, firstPrompt, 0)
	docs := w.oneOfEach()
	got, err := eval.Enter(t.Context(), w.store, eval.Admission{
		Agent: agentName, From: "feedback run_1", Seed: 1, Only: eval.Train,
		Cases: []eval.Case{about("fresh", "nowhere-yet"), about("known", docs[eval.Train][0]), about("closed", docs[eval.Sealed][0])},
	})
	if err != nil {
		t.Fatal(err)
	}
	at := w.placed()
	if at["fresh"].Split != eval.Train || at["known"].Split != eval.Train || len(got.LeftOut) != 1 || got.LeftOut[0].ID != "closed" ||
		!strings.HasPrefix(got.LeftOut[0].Reason, "it may only go to train") {
		t.Errorf("entered %+v", got)
	}
}

func TestLoadCases(t *testing.T) {
	const good = `{"id":"a","question":"Q?","type":"lookup","docs":["x.md"],"nuggets":[{"text":"t","vital":true,"any_of":["s"]}],"why":"because"}`
	for name, tc := range map[string]struct{ file, want string }{
		"empty":             {"", "f: no cases"},
		"good":              {"\ufeff" + good + "\r\n\n" + `{"id":"u","question":"Q2?","type":"unanswerable"}` + "\n", ""},
		"unknown field":     {good + "\n" + `{"id":"b","question":"Q?","docs":["x"],"nugets":[]}`, `f:2: json: unknown field "nugets"; a case has id, question,`},
		"no JSON":           {"hello", "f:1: invalid character"},
		"two on a line":     {good + good, "f:1: something follows the case"},
		"same id":           {good + "\n\n" + good, `f:3: the id "a" stands in line 1, too`},
		"no id":             {`{"question":"Q?","docs":["x"]}`, "f:1: the id is missing"},
		"no question":       {`{"id":"a","docs":["x"]}`, "f:1: the question is missing"},
		"no gold":           {`{"id":"a","question":"Q?","answer":"A"}`, "f:1: nothing says what a right answer is"},
		"unanswerable gold": {`{"id":"a","question":"Q?","type":"unanswerable","docs":["x"]}`, "f:1: an unanswerable case has neither"},
		"empty string":      {`{"id":"a","question":"Q?","nuggets":[{"text":"t","vital":true,"any_of":[" "]}]}`, "f:1: nuggets[0].any_of[0] is empty"},
		"no strings":        {`{"id":"a","question":"Q?","nuggets":[{"text":"t","vital":true}]}`, "f:1: nuggets[0]: text and any_of are wanted"},
		"empty doc":         {`{"id":"a","question":"Q?","docs":[""]}`, "f:1: docs[0] is empty"},
		"evidence":          {`{"id":"a","question":"Q?","docs":["x"],"evidence":[{"doc":"x"}]}`, "f:1: evidence[0]: doc and quote are wanted"},
		"long line":         {good + "\n" + strings.Repeat("x", 2<<20), "f:2: bufio.Scanner: token too long"},
	} {
		t.Run(name, func(t *testing.T) {
			cases, err := eval.LoadCases(strings.NewReader(tc.file), "f")
			switch {
			case tc.want == "" && (err != nil || len(cases) != 2 || cases[0].Nuggets[0].AnyOf[0] != "s"):
				t.Errorf("cases %+v, %v", cases, err)
			case tc.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tc.want)):
				t.Errorf("error %v, want %s", err, tc.want)
			}
		})
	}
}

// Whatever a file holds, what is taken can be placed and graded.
func FuzzLoadCases(f *testing.F) {
	f.Add(`{"id":"a","question":"Q?","docs":["x.md"]}` + "\n" + `{"id":"b","question":"Q?","type":"unanswerable"}`)
	f.Add("\ufeff{}")
	f.Fuzz(func(t *testing.T, file string) {
		cases, err := eval.LoadCases(strings.NewReader(file), "f")
		if err != nil {
			return
		}
		for i, c := range eval.Clustered(cases) {
			if c.ID != cases[i].ID || c.Cluster == "" {
				t.Fatalf("case %q became %+v", cases[i].ID, c)
			}
		}
	})
}

// Questions in almost the same words are one question, whatever their cases say
// of documents; others are not, however much alike they look.
func TestAlike(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want bool
	}{
		{"How long are database backups kept on tape?", "For how long is the database backup kept on tape?", true},
		{"Who paints the old bridge in spring?", "who  PAINTS the old bridge in the spring", true},
		{"Which port does service billing-api listen on?", "Which port does service billing-db listen on?", false},
		{"What is the retention of logs in region 1?", "What is the retention of logs in region 2?", false},
		{"Which alerts page the on-call engineer at night?", "Which alerts do not page the on-call engineer at night?", false},
		{"How is a node drained?", "How is a pod drained?", false},
		{"Why?", "why?", true},
		{"", "", true},
	} {
		if got := eval.Alike(tc.a, tc.b); got != tc.want {
			t.Errorf("alike(%q, %q) = %v", tc.a, tc.b, got)
		}
		var known eval.Questions
		known.Add(tc.a)
		if got := len(known.Alike(tc.b)) > 0; got != tc.want {
			t.Errorf("%q is found by %q: %v", tc.a, tc.b, got)
		}
	}
}

// ask is an unanswerable case: only its question says what it is about.
func ask(id, question string) eval.Case {
	return eval.Case{ID: id, Question: question, Type: eval.Unanswerable}
}

func TestParaphrasesShareASplit(t *testing.T) {
	w := newWorld(t, firstPrompt, 0)
	var first, second []eval.Case
	for i := range 60 {
		first = append(first, ask(fmt.Sprint("a", i), fmt.Sprintf("How long are database backups of cluster c-%d kept on tape?", i)))
		second = append(second, ask(fmt.Sprint("b", i), fmt.Sprintf("For how long is the database backup of the cluster c-%d kept on tape?", i)))
	}
	w.enter(first)
	if got := w.enter(second); len(got.LeftOut) > 0 || len(got.Clusters) > 0 {
		t.Errorf("entered %+v", got)
	}
	at := w.placed()
	clusters := map[string]bool{}
	for i := range 60 {
		a, b := at[fmt.Sprint("a", i)], at[fmt.Sprint("b", i)]
		if a.Split != b.Split || a.Cluster != b.Cluster {
			t.Errorf("%q is in %s, %q in %s", a.Question, a.Split, b.Question, b.Split)
		}
		clusters[a.Cluster] = true
	}
	if len(clusters) != 60 {
		t.Errorf("%d clusters of 60 questions", len(clusters))
	}
}

// A document that lies in two places is one document.
func TestCopiesOfADocumentShareASplit(t *testing.T) {
	w := newWorld(t, firstPrompt, 0)
	contents := map[string][]string{}
	admission := func(from string, n int, folder string) eval.Admission {
		a := eval.Admission{Agent: agentName, From: from, Seed: 1, Contents: contents}
		for i := range n {
			path := fmt.Sprintf("%s/%02d.md", folder, i)
			contents[path] = []string{fmt.Sprint("hash-", i)}
			a.Cases = append(a.Cases, about(fmt.Sprintf("%s-%02d", folder, i), path))
		}
		return a
	}
	for _, a := range []eval.Admission{admission("first", 40, "wiki"), admission("second", 40, "git")} {
		if _, err := eval.Enter(t.Context(), w.store, a); err != nil {
			t.Fatal(err)
		}
	}
	at := w.placed()
	for i := range 40 {
		a, b := at[fmt.Sprintf("wiki-%02d", i)], at[fmt.Sprintf("git-%02d", i)]
		if a.Cluster != b.Cluster || a.Split != b.Split || b.Cluster == "" {
			t.Errorf("copies of document %d are in %s and %s", i, a.Split, b.Split)
		}
	}

	// Also when the first case is gone and nothing says its text any more.
	if _, err := w.store.DeleteCases(t.Context(), agentName, []string{"wiki-00", "git-00"}); err != nil {
		t.Fatal(err)
	}
	contents["new/name.md"] = []string{"hash-0"}
	a := eval.Admission{Agent: agentName, Seed: 99, Contents: contents, Cases: []eval.Case{about("moved", "new/name.md")}}
	if _, err := eval.Enter(t.Context(), w.store, a); err != nil {
		t.Fatal(err)
	}
	if moved := w.placed()["moved"]; moved.Cluster != at["wiki-00"].Cluster || moved.Split != at["wiki-00"].Split {
		t.Errorf("it was %s and is %s", at["wiki-00"].Split, moved.Split)
	}
}

// Neither deleting a case nor editing it gets it into another split.
func TestSplitsOutliveTheirCases(t *testing.T) {
	w := newWorld(t, firstPrompt, 100)
	before := w.placed()
	var ids []string
	for id := range before {
		ids = append(ids, id)
	}
	if n, err := w.store.DeleteCases(t.Context(), agentName, ids); err != nil || n != len(ids) {
		t.Fatalf("%d of %d are gone: %v", n, len(ids), err)
	}
	back := someCases(100)
	for i := range back {
		back[i].ID = "again-" + back[i].ID
		if len(back[i].Docs) > 0 {
			back[i].Question = "In other words, " + back[i].Question
			back[i].Docs = append(back[i].Docs, fmt.Sprint("more-", back[i].ID)) // an edit
		}
	}
	got, err := eval.Enter(t.Context(), w.store, eval.Admission{Agent: agentName, Cases: back, Seed: 77})
	if err != nil || got.Added != len(back) {
		t.Fatalf("entered %+v, %v", got, err)
	}
	for id, c := range w.placed() {
		was := before[strings.TrimPrefix(id, "again-")]
		if c.Split != was.Split || c.Cluster != was.Cluster || c.Order != was.Order {
			t.Errorf("%s was %s and is %s", id, was.Split, c.Split)
		}
	}

	// An edited file changes nothing of a case whose ID is known.
	edited := someCases(100)
	for i := range edited {
		edited[i].ID = "again-" + edited[i].ID
		edited[i].Docs, edited[i].Question, edited[i].Type, edited[i].Nuggets = nil, "Something else about "+edited[i].ID+"?", eval.Unanswerable, nil
	}
	is := w.placed()
	if got := w.enter(edited); got.Added != 0 || got.Known != len(edited) {
		t.Errorf("entered %+v", got)
	}
	if diff := cmp.Diff(is, w.placed()); diff != "" {
		t.Errorf("(-before +after)\n%s", diff)
	}
}

// What people have seen is never sealed again, also when all its cases are gone.
func TestWhatHasRetiredIsNeverSealedAgain(t *testing.T) {
	w := newWorld(t, firstPrompt, 0)
	c := eval.StoredCase{Case: about("old", "d.md"), Agent: agentName, Split: eval.Sealed, Cluster: "cl_old", Order: 1, Retired: time.Now(), AddedAt: time.Now()}
	if _, err := w.store.EnterCases(t.Context(), eval.Admission{Agent: agentName}, func(eval.Known) ([]eval.StoredCase, []eval.Tie, error) {
		return []eval.StoredCase{c}, nil, nil
	}); err != nil {
		t.Fatal(err)
	}
	w.enter([]eval.Case{about("tie", "other.md", "d.md")}) // keeps what was decided about d.md
	if _, err := w.store.DeleteCases(t.Context(), agentName, []string{"old", "tie"}); err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(20) {
		a := eval.Admission{Agent: agentName, Seed: seed, Cases: []eval.Case{about(fmt.Sprint("new", seed), "d.md")}}
		if _, err := eval.Enter(t.Context(), w.store, a); err != nil {
			t.Fatal(err)
		}
	}
	for id, c := range w.placed() {
		if c.Split != eval.Train {
			t.Errorf("%s is %s", id, c.Split)
		}
	}
}

// Two that enter at once, with other seeds and other parts of the same
// documents, end in one split: as if one had come after the other.
func TestAdmissionsAtOnce(t *testing.T) {
	w := newWorld(t, firstPrompt, 0)
	const files, docs = 6, 30
	errs := make(chan error, files)
	for f := range files {
		go func() {
			a := eval.Admission{Agent: agentName, Seed: uint64(f + 1)}
			for d := range docs {
				a.Cases = append(a.Cases, about(fmt.Sprintf("f%d-%02d", f, d), fmt.Sprintf("doc-%02d", d), fmt.Sprintf("own-%d-%02d", f, d)))
			}
			_, err := eval.Enter(t.Context(), w.store, a)
			errs <- err
		}()
	}
	for range files {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	noLeak(t, w)
	if got := len(w.cases("")); got != files*docs {
		t.Errorf("%d cases", got)
	}
}
