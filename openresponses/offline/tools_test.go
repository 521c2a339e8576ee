package offline

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/openresponses"
)

// Whatever tools answer, a conversation ends in text.
func TestEndsWhateverToolsAnswer(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "failure": "error: the server is on fire", "broken": `{"passages":[{"ref":`,
		"wrong types": `{"passages":"none"}`, "nothing": `{"passages":[]}`, "null": "null",
		"endless list":   "release-gift-card-hold.md\n… and 900 more: page 2.",
		"page forever":   "a.md\n… and 9 more: page 99999999999999999999.",
		"file of itself": "gift-card.md",
	} {
		t.Run(name, func(t *testing.T) {
			tool := func(string) string { return text }
			s := &session{t: t, tools: map[string]func(string) string{
				"file_search": tool, "list_local_files": tool, "read_local_file": tool, "index_document": tool,
			}}
			s.c.Tools = localTools()
			answer := s.ask("How do I release a gift card that is stuck in HOLD?")
			if !strings.HasPrefix(answer, "NOT FOUND\n") {
				t.Errorf("answer %q, want NOT FOUND", answer)
			}
			if len(s.log) > 16 {
				t.Errorf("%d calls: %q", len(s.log), s.log)
			}
		})
	}
}

func TestAnswersFromWhatItHasWithoutTools(t *testing.T) {
	c := &openresponses.Completion{Messages: []openresponses.Message{
		user("How do I rotate the database password of orders?"),
		{Role: openresponses.Assistant, ToolCalls: []openresponses.ToolCall{{ID: "a", Name: "file_search", Arguments: "{}"}}},
		{Role: openresponses.ToolRole, ToolCallID: "a", ToolName: "file_search", Text: found(rotation)("")},
	}}
	answer, calls, _ := run(t, c)
	if len(calls) > 0 || !strings.Contains(answer, "swctl db rotate") {
		t.Errorf("calls %v, answer:\n%s", calls, answer)
	}
}

func TestToolChoice(t *testing.T) {
	weather := openresponses.FunctionTool{Name: "get_weather", Parameters: json.RawMessage(`{"type":"object","properties":{"location":{"type":"string"}},"required":["location"]}`)}
	for _, test := range []struct {
		choice, question string
		tools            []openresponses.FunctionTool
		want             []openresponses.ToolCall
	}{
		{"none", "How do I rotate it?", []openresponses.FunctionTool{searchTool}, nil},
		{"auto", "What's the weather in San Francisco?", []openresponses.FunctionTool{weather},
			[]openresponses.ToolCall{{ID: "call_offline_1", Name: "get_weather", Arguments: `{"location":"San Francisco"}`}}},
		{"auto", "Who are you?", []openresponses.FunctionTool{weather}, nil},
		{"required", "Tell me about Lisbon", []openresponses.FunctionTool{weather},
			[]openresponses.ToolCall{{ID: "call_offline_1", Name: "get_weather", Arguments: `{"location":"Lisbon"}`}}},
		{"get_weather", "Hi", []openresponses.FunctionTool{searchTool, weather},
			[]openresponses.ToolCall{{ID: "call_offline_1", Name: "get_weather", Arguments: `{"location":"Hi"}`}}},
		{"unheard_of", "Hi", []openresponses.FunctionTool{weather}, nil},
	} {
		_, calls, finish := run(t, &openresponses.Completion{
			Messages: []openresponses.Message{user(test.question)}, Tools: test.tools, ToolChoice: test.choice,
		})
		if diff := cmp.Diff(test.want, calls); diff != "" {
			t.Errorf("%s, %q: %s", test.choice, test.question, diff)
		}
		if called := finish.Reason == openresponses.FinishTools; called != (len(test.want) > 0) {
			t.Errorf("%s, %q: finish %q", test.choice, test.question, finish.Reason)
		}
	}
}

func TestForeignToolIsQuoted(t *testing.T) {
	s := &session{t: t, tools: map[string]func(string) string{"get_weather": func(string) string { return `{"temperature":"18 C"}` }}}
	s.c.Tools = []openresponses.FunctionTool{{Name: "get_weather"}}
	if answer := s.ask("What's the weather in Lisbon?"); !strings.Contains(answer, "18 C") {
		t.Errorf("answer %q", answer)
	}
}

func TestOtherFormatsGetTheirShape(t *testing.T) {
	schema := `{"type":"object","properties":{"title":{"type":"string"},"count":{"type":"integer"},"tags":{"type":"array","items":{"type":"string"}},"kind":{"enum":["a","b"]}},"required":["title","count","tags","kind"]}`
	answer, _, _ := run(t, &openresponses.Completion{
		Messages: []openresponses.Message{user("hello")}, Format: &openresponses.Format{Name: "thing", Schema: json.RawMessage(schema)},
	})
	var got struct {
		Title string
		Count *int
		Tags  []string
		Kind  string
	}
	if err := json.Unmarshal([]byte(answer), &got); err != nil || got.Title == "" || got.Count == nil || got.Tags == nil || got.Kind != "a" {
		t.Errorf("%s: %v", answer, err)
	}
}
