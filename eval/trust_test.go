package eval_test

import (
	"context"
	"strings"
	"testing"

	"github.com/honehq/hone/eval"
)

// standing is what a keeper of calibrations says.
type standing eval.JudgeInfo

func (s standing) Standing(context.Context, string, eval.Judge) (eval.JudgeInfo, error) {
	return eval.JudgeInfo(s), nil
}

// Auto is auto with a calibrated judge, whose bias the gate subtracts, and
// approve where there is doubt; the verdict says which.
func TestAutoGoesByTrust(t *testing.T) {
	for name, tc := range map[string]struct {
		info  eval.JudgeInfo
		state eval.State
		says  string
	}{
		"calibrated":   {eval.JudgeInfo{Name: "some model", Calibrated: true, Bias: 0.05}, eval.Promoted, "is put in use"},
		"uncalibrated": {eval.JudgeInfo{Name: "some model"}, eval.Waiting, "was not calibrated"},
		"drifted":      {eval.JudgeInfo{Name: "some model", Calibrated: true, Untrusted: "the judge has drifted"}, eval.Waiting, "the judge has drifted"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, firstPrompt, 120)
			w.judge, w.trust = opinionated{}, standing(tc.info)
			r := w.firstEntry()
			if r.State != tc.state {
				t.Fatalf("round %+v", r)
			}
			report, err := r.Report()
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(report.Verdict, tc.says) {
				t.Errorf("verdict %q does not say %q", report.Verdict, tc.says)
			}
			if !strings.Contains(string(r.Certificate), `"name":"some model"`) || tc.info.Bias > 0 != strings.Contains(string(r.Certificate), `"bias":0.05`) {
				t.Errorf("certificate %.2000s", r.Certificate)
			}
		})
	}
}
