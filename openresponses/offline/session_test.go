package offline

import (
	"testing"

	"github.com/honehq/hone/openresponses"
)

var searchTool = openresponses.FunctionTool{Name: openresponses.FileSearchName}

func user(text string) openresponses.Message {
	return openresponses.Message{Role: openresponses.User, Text: text}
}

func system(text string) openresponses.Message {
	return openresponses.Message{Role: openresponses.System, Text: text}
}

// passages of a small knowledge base.
var rotation = openresponses.FoundPassage{
	Ref: 1, Path: "runbooks/db-password.md", Title: "Rotating the database password", Section: "Rotating the database password › Steps",
	Lines: [2]int{3, 20}, Text: "To rotate the database password of the orders service:\n\n1. Pause the deploys.\n2. Run the rotation:\n\n```bash\nswctl db rotate --service orders --env production\n```\n\n3. Restart the pods of orders.\n\nThe old password stays valid for 15 minutes. In staging the rotation needs `--env staging` and no pause.",
}

var coffee = openresponses.FoundPassage{
	Ref: 2, Path: "handbook/kitchen.md", Title: "Kitchen", Section: "Kitchen", Lines: [2]int{1, 4},
	Text: "The coffee machine is cleaned on Fridays. Milk is in the second fridge.",
}

// session plays the engine and the agent: it answers calls until the model
// says something.
type session struct {
	t     testing.TB
	c     openresponses.Completion
	tools map[string]func(arguments string) string
	log   []string // calls, as "name arguments"
}

func (s *session) ask(text string) string {
	s.t.Helper()
	s.c.Messages = append(s.c.Messages, user(text))
	for range 40 {
		answer, calls, _ := run(s.t, &s.c)
		s.c.Messages = append(s.c.Messages, openresponses.Message{Role: openresponses.Assistant, Text: answer, ToolCalls: calls})
		if len(calls) == 0 {
			return answer
		}
		for _, call := range calls {
			s.log = append(s.log, call.Name+" "+call.Arguments)
			tool := s.tools[call.Name]
			if tool == nil {
				s.t.Fatalf("called %s, which is not offered", call.Name)
			}
			s.c.Messages = append(s.c.Messages, openresponses.Message{
				Role: openresponses.ToolRole, ToolCallID: call.ID, ToolName: call.Name, Text: tool(call.Arguments),
			})
		}
	}
	s.t.Fatalf("no answer after 40 turns; calls: %q", s.log)
	return ""
}

func found(passages ...openresponses.FoundPassage) func(string) string {
	return func(string) string {
		return openresponses.EncodePassages(openresponses.FoundPassages{Passages: passages})
	}
}
