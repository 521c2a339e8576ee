package offline

import (
	"cmp"
	"slices"
	"strings"

	"github.com/honehq/hone/openresponses"
)

// conversation is a request as the agent's role reads it: what is asked, what
// may be called, and what was done for the question so far.
type conversation struct {
	guide     guidelines
	question  string   // the last user message
	earlier   []string // user messages before it, oldest first
	tools     map[string]openresponses.FunctionTool
	choice    string
	calls     int        // of the whole conversation
	exchanges []exchange // since the question, in order
}

// exchange is a call and what came back; result is empty while nothing has.
type exchange struct {
	name      string
	arguments string
	result    string
	answered  bool
}

func readConversation(c *openresponses.Completion) *conversation {
	v := &conversation{choice: c.ToolChoice, tools: map[string]openresponses.FunctionTool{}}
	for _, t := range c.Tools {
		if t.Name != "" && c.ToolChoice != "none" {
			v.tools[t.Name] = t
		}
	}
	byID := map[string]int{}
	for _, m := range c.Messages {
		switch m.Role {
		case openresponses.User:
			v.ask(m.Text)
			clear(byID)
		case openresponses.Assistant:
			for _, call := range m.ToolCalls {
				byID[call.ID] = len(v.exchanges)
				v.exchanges = append(v.exchanges, exchange{name: call.Name, arguments: call.Arguments})
				v.calls++
			}
		case openresponses.ToolRole:
			v.answer(m, byID)
		case openresponses.System, openresponses.Developer: // see promptText
		}
	}
	v.guide = prompts.guidelines(promptText(c.Messages))
	return v
}

// ask starts a new question: what was done belongs to the one before.
func (v *conversation) ask(text string) {
	if v.question != "" {
		v.earlier = append(v.earlier, v.question)
	}
	v.question = strings.TrimSpace(text)
	v.exchanges = nil
}

// answer records a tool's message, even where the call it answers is missing.
func (v *conversation) answer(m openresponses.Message, byID map[string]int) {
	i, ok := byID[m.ToolCallID]
	if !ok || v.exchanges[i].answered {
		v.exchanges = append(v.exchanges, exchange{name: m.ToolName})
		i = len(v.exchanges) - 1
	}
	e := &v.exchanges[i]
	e.result, e.answered = m.Text, true
	if e.name == "" {
		e.name = m.ToolName
	}
}

// did counts the calls of a tool since the question.
func (v *conversation) did(name string) int {
	n := 0
	for _, e := range v.exchanges {
		if e.name == name {
			n++
		}
	}
	return n
}

// passages are those found since the question, best first and each once, those
// of files that were indexed for it before all others.
func (v *conversation) passages() []openresponses.FoundPassage {
	var lists [][]openresponses.FoundPassage
	for _, e := range v.exchanges {
		if found, ok := decodePassages(e); ok {
			lists = append(lists, found)
		}
	}
	out := fuse(lists)
	slices.SortStableFunc(out, func(a, b openresponses.FoundPassage) int {
		return cmp.Compare(v.order(a), v.order(b))
	})
	return out
}

// order is 0 for passages of files that were indexed for the question, else 1.
func (v *conversation) order(p openresponses.FoundPassage) int {
	if v.indexed(p.Path) {
		return 0
	}
	return 1
}

// fuse merges lists of several searches by reciprocal rank, each passage once:
// what more than one search finds comes first. Passages without a place of
// their own (ref 0 or less) cannot be cited and are left out.
func fuse(lists [][]openresponses.FoundPassage) []openresponses.FoundPassage {
	score := map[place]float64{}
	var out []openresponses.FoundPassage
	for _, list := range lists {
		for rank, p := range list {
			if p.Ref < 1 {
				continue
			}
			at := placeOf(p)
			if score[at] == 0 {
				out = append(out, p)
			}
			score[at] += 1 / float64(fuseRank+rank)
		}
	}
	slices.SortStableFunc(out, func(a, b openresponses.FoundPassage) int {
		return cmp.Compare(score[placeOf(b)], score[placeOf(a)])
	})
	return out
}

// place tells passages apart. Refs don't: a passage that two searches find may
// have two.
type place struct {
	path  string
	lines [2]int
	ref   int // only of a passage without a path or lines
}

func placeOf(p openresponses.FoundPassage) place {
	if p.Path == "" || p.Lines == [2]int{} {
		return place{ref: p.Ref}
	}
	return place{path: p.Path, lines: p.Lines}
}

// fuseRank damps the first ranks when lists are fused.
const fuseRank = 10

// decodePassages reads a search's result. Text of other tools is never taken
// for passages, whatever it looks like.
func decodePassages(e exchange) ([]openresponses.FoundPassage, bool) {
	if e.name != openresponses.FileSearchName || !strings.HasPrefix(strings.TrimSpace(e.result), "{") {
		return nil, false
	}
	found, err := openresponses.DecodePassages(e.result)
	if err != nil {
		return nil, false
	}
	return found.Passages, true
}
