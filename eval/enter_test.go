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
	if _, err := w.store.EndRound(t.Context(), eval.Round{ID: "rnd_1", Agent: agentName, State: eval.Promoted, PromptID: w.promptID, Champion: 1, Started: time.Now()},
		&eval.Promotion{Prompt: p, Based: 1, Retire: []string{retire}}); err != nil {
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
	if at["fresh"].Split != eval.Train || at["known"].Split != eval.Train || len(got.LeftOut) != 1 || got.LeftOut[0].ID != "closed" {
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
