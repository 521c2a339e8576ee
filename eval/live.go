package eval

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/openai/openai-go/v3"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/internal/wording"
)

// LiveRubric names the rules by which answers to people are graded, whose right
// answer nobody wrote down:
//
//   - a run that failed scores 0;
//   - one that declined scores 1 if the passages that it found don't answer,
//     else 0;
//   - of an answer, six tenths are that it answers the question by what it found,
//     two that each statement carries a sound citation, one that each quote
//     stands in a passage, and one that it was neither degraded nor cut short.
//
// What a person said of an answer counts more than all of it; who compares
// grades sees to that.
const LiveRubric = "hone.live/1"

// The live checks' IDs that the rubric of cases does not have.
const (
	checkDeclined = "declined"
	checkQuotes   = "quotes"
	checkFinished = "finished"
)

// What the judge gets to read.
const (
	livePassages     = 6
	livePassageChars = 1500
	liveEarlier      = 4 // questions of the same thread
)

// LiveJudgeConfig configures a LiveJudge.
type LiveJudgeConfig struct {
	Client  openai.Client
	Model   string
	Retries int // after a failure; 0 means 2, below 0 none
}

// LiveJudge grades answers to people by the live rubric. A language model
// decides, over the Responses API, what only reading can decide; the rest is
// deterministic. It is safe for concurrent use.
type LiveJudge struct {
	model model
}

//go:embed templates/live.md
var liveTemplate string

// NewLiveJudge returns a judge.
func NewLiveJudge(c LiveJudgeConfig) (*LiveJudge, error) {
	if c.Model == "" {
		return nil, errors.New("live judge: no model is set")
	}
	return &LiveJudge{model{client: c.Client, name: c.Model, retries: max(cmp.Or(c.Retries, 2), 0)}}, nil
}

// Name says which model judges.
func (j *LiveJudge) Name() string { return j.model.name }

// Grade grades a finished run; earlier are the runs before it in its thread,
// oldest first. An error means that the judge failed; it says nothing about the
// answer.
func (j *LiveJudge) Grade(ctx context.Context, run agent.Run, earlier []agent.Run) (Grade, error) {
	if run.Error != "" {
		return gradeOf(Check{checkFinished, false, 1, "The run failed."}), nil
	}
	found := retrieved(run)
	if run.Status == agent.NotFound {
		if len(found) == 0 {
			return gradeOf(Check{checkDeclined, true, 1, "Nothing was found."}), nil
		}
		pass, reason, err := j.decide(ctx, checkDeclined, run, earlier, found)
		return gradeOf(Check{checkDeclined, pass, 1, reason}), err
	}
	answers, reason, err := j.decide(ctx, checkAnswers, run, earlier, found)
	if err != nil {
		return Grade{}, err
	}
	checks := []Check{{checkAnswers, answers, 0.6, reason}}
	for _, e := range earlier {
		found = append(found, retrieved(e)...)
	}
	return gradeOf(append(checks, formLive(run.Answer, found)...)...), nil
}

// formLive checks how an answer is written.
func formLive(a agent.Answer, found []livePassage) []Check {
	cited := statementsCited(a.Answer) == 1 && citationValidity(a, nil) == 1
	finished := a.Status == agent.Answered
	quoted := quotesStand(a, found)
	return []Check{
		{checkCited, cited, 0.2, because(cited, "Each statement carries a citation.", "Some statements carry no sound citation.")},
		{checkQuotes, quoted, 0.1, because(quoted, "Each quote stands in a passage.", "A quote stands in no passage.")},
		{checkFinished, finished, 0.1, because(finished, "The run ended as it should.", "The answer was degraded or cut short.")},
	}
}

// livePassage is a passage as the judge gets it.
type livePassage struct {
	Path  string  `json:"path"`
	Text  string  `json:"text"`
	score float64 // the search's
}

// retrieved returns the passages that a run's searches found, each once, best
// first.
func retrieved(run agent.Run) []livePassage {
	var items []struct {
		Type    string `json:"type"`
		Results []struct {
			Filename string  `json:"filename"`
			Text     string  `json:"text"`
			Score    float64 `json:"score"`
		} `json:"results"`
	}
	if json.Unmarshal(run.Items, &items) != nil {
		return nil // it has none, or none that can be read
	}
	seen := map[string]bool{}
	var out []livePassage
	for _, item := range items {
		if item.Type != "file_search_call" {
			continue
		}
		for _, r := range item.Results {
			if key := r.Filename + "\n" + r.Text; !seen[key] {
				seen[key] = true
				out = append(out, livePassage{r.Filename, r.Text, r.Score})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b livePassage) int { return cmp.Compare(b.score, a.score) })
	return out
}

// quotesStand tells whether each citation's quote stands in a passage.
func quotesStand(a agent.Answer, found []livePassage) bool {
	for _, c := range a.Citations {
		if !slices.ContainsFunc(found, func(p livePassage) bool { return strings.Contains(wording.Fold(p.Text), wording.Fold(c.Quote)) }) {
			return false
		}
	}
	return true
}

// liveRequest is what the model gets.
type liveRequest struct {
	Question string        `json:"question"`
	Earlier  []string      `json:"earlier,omitempty"`
	Answer   string        `json:"answer"`
	Quotes   []string      `json:"quotes"`
	Passages []livePassage `json:"passages"`
	Check    string        `json:"check"`
}

// liveReply is what it says.
type liveReply struct {
	Pass   *bool  `json:"pass"`
	Reason string `json:"reason"`
}

func (j *LiveJudge) decide(ctx context.Context, check string, run agent.Run, earlier []agent.Run, found []livePassage) (bool, string, error) {
	q := liveRequest{Question: run.Question, Answer: plain(run.Answer.Answer), Quotes: []string{}, Passages: []livePassage{}, Check: check}
	for _, e := range earlier[max(0, len(earlier)-liveEarlier):] {
		q.Earlier = append(q.Earlier, e.Question)
	}
	for _, c := range run.Citations {
		q.Quotes = append(q.Quotes, c.Quote)
	}
	for _, p := range found[:min(livePassages, len(found))] {
		p.Text = cut(p.Text, livePassageChars)
		q.Passages = append(q.Passages, p)
	}
	var reply liveReply
	err := j.model.ask(ctx, dialogue{
		format: "hone_live", instructions: liveTemplate, input: q,
		schema: object(map[string]any{"pass": ofType("boolean"), "reason": ofType("string")}, "pass", "reason"),
	}, func(object json.RawMessage) error {
		reply = liveReply{}
		if err := json.Unmarshal(object, &reply); err != nil {
			return err
		}
		if reply.Pass == nil {
			return errors.New("the reply decides nothing")
		}
		return nil
	})
	if err != nil {
		return false, "", err
	}
	return *reply.Pass, cut(reply.Reason, 500), nil
}
