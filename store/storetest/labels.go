package storetest

import (
	"io/fs"
	"testing"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/calibrate"
	"github.com/honehq/hone/eval/stats"
	"github.com/honehq/hone/knowledge"
)

func labelItem(id string, files ...string) calibrate.Item {
	i := calibrate.Item{
		ID: id, Arm: calibrate.Candidate, Case: storedCase("a", eval.Dev, 1).Case, Cluster: "k",
		Answer: agent.Answer{Status: agent.Answered, Answer: "so [1]", Citations: []agent.Citation{}},
	}
	for n, f := range files {
		i.Answer.Citations = append(i.Answer.Citations, agent.Citation{N: n + 1, FileID: f, Path: "a.md", Quote: "so"})
	}
	return i
}

func testLabels(t *testing.T, s Store) {
	ctx := t.Context()
	same(t, must(s.LabelItems(ctx, "default"))(t), nil)
	same(t, must(s.AddLabelItems(ctx, "default", []calibrate.Item{labelItem("b"), labelItem("a"), labelItem("b")}))(t), 2)
	same(t, must(s.AddLabelItems(ctx, "default", []calibrate.Item{labelItem("c"), labelItem("a")}))(t), 1)
	same(t, must(s.AddLabelItems(ctx, "other", []calibrate.Item{labelItem("a")}))(t), 1)
	same(t, must(s.LabelItems(ctx, "default"))(t), []calibrate.Item{labelItem("b"), labelItem("a"), labelItem("c")})

	label := calibrate.Label{Facts: map[string]bool{"nugget0": true, "nugget1": false}, By: "kim", At: at(3)}
	ok(t, s.PutLabel(ctx, "default", "a", calibrate.Label{Skipped: true}))
	ok(t, s.PutLabel(ctx, "default", "a", label))
	fails(t, s.PutLabel(ctx, "default", "nowhere", label), fs.ErrNotExist, "nowhere")
	want := labelItem("a")
	want.Label = &label
	same(t, must(s.LabelItems(ctx, "default"))(t), []calibrate.Item{labelItem("b"), want, labelItem("c")})
	same(t, must(s.AddLabelItems(ctx, "default", []calibrate.Item{labelItem("a")}))(t), 0)
	same(t, must(s.LabelItems(ctx, "default"))(t)[1], want)
	same(t, must(s.LabelItems(ctx, "other"))(t), []calibrate.Item{labelItem("a")})

	_, err := s.Calibration(ctx, "default", "m")
	fails(t, err, fs.ErrNotExist, "default")
	c := calibrate.Calibration{
		Agent: "default", Judge: "m", MadeAt: at(1), Answers: 3, Clusters: 2,
		Bias:    &stats.Interval{Estimate: 0.01, Low: -0.1, High: 0.12, Level: 0.9, Clusters: 2},
		Anchors: []calibrate.Anchor{{Item: "a", Gradings: [][]bool{{true, false}, {true, true}}}},
	}
	ok(t, s.PutCalibration(ctx, c))
	c.Drift = &calibrate.Drift{At: at(2), P: 0.5}
	ok(t, s.PutCalibration(ctx, c))
	same(t, must(s.Calibration(ctx, "default", "m"))(t), c)
	_, err = s.Calibration(ctx, "other", "m")
	fails(t, err, fs.ErrNotExist, "other")
}

// Answers go with the documents that they quote.
func testForgetLabels(t *testing.T, s Store) {
	ctx := t.Context()
	for _, id := range []string{"file-a", "file-b"} {
		ok(t, s.PutFile(ctx, knowledge.File{ID: id, CreatedAt: at(1)}, []byte("so")))
	}
	same(t, must(s.AddLabelItems(ctx, "default", []calibrate.Item{labelItem("a", "file-a"), labelItem("both", "file-b", "file-a"), labelItem("b", "file-b"), labelItem("none")}))(t), 4)
	ok(t, s.DeleteFile(ctx, "file-a"))
	same(t, must(s.LabelItems(ctx, "default"))(t), []calibrate.Item{labelItem("b", "file-b"), labelItem("none")})
	same(t, must(s.AddLabelItems(ctx, "default", []calibrate.Item{labelItem("late", "file-a"), labelItem("later", "file-b")}))(t), 1)
}
