package offline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/honehq/hone/openresponses"
)

func TestOutputIsBounded(t *testing.T) {
	c := &openresponses.Completion{Messages: []openresponses.Message{user("hello")}, MaxOutputTokens: 3}
	answer, _, finish := run(t, c)
	if len(answer) > 12 || finish.Reason != openresponses.FinishLength || finish.Usage.OutputTokens > 3 {
		t.Errorf("answer %q, finish %+v", answer, finish)
	}
}

func TestStopsWithTheCaller(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := &openresponses.Completion{Messages: []openresponses.Message{user("hello")}}
	n := 0
	for _, err := range New().Complete(ctx, c) {
		if n++; n == 2 {
			cancel()
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	}
	if n != 3 {
		t.Errorf("%d deltas, want two and the error", n)
	}
	for range New().Complete(t.Context(), c) {
		break
	}
}

func TestStreamsPieces(t *testing.T) {
	pieces := 0
	for d, err := range New().Complete(t.Context(), &openresponses.Completion{Messages: []openresponses.Message{user("hello")}}) {
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := d.(openresponses.TextDelta); ok {
			pieces++
			if len(text.Text) > 2*pieceSize {
				t.Errorf("a long piece: %q", text.Text)
			}
		}
	}
	if pieces < 3 {
		t.Errorf("%d pieces", pieces)
	}
}

func TestSameRequestSameTurn(t *testing.T) {
	var answers []string
	for range 3 {
		s := &session{t: t, tools: map[string]func(string) string{"file_search": found(rotation, coffee)}}
		s.c.Tools = []openresponses.FunctionTool{searchTool}
		answers = append(answers, s.ask("How do I rotate the database password?")+strings.Join(s.log, "\n"))
	}
	if answers[0] != answers[1] || answers[1] != answers[2] {
		t.Errorf("answers differ: %q", answers)
	}
}

var anyMarker = regexp.MustCompile(`【([^】]*)】`)

func FuzzComplete(f *testing.F) {
	f.Add("Be brief.", "How do I rotate it?", "text", "{}", "| a | b |\n|--|--|\n| 1 | 2 |", "auto")
	f.Add("Look into local files.", "And for staging?", `{"passages":[{"ref":3,"text":"x"}]}`, "null", "```\ncode", "required")
	f.Add("", "", "", "", "", "none")
	f.Add("Cite only at the end.", "when?", "a.md\npage 2", `{"path":"a.md"}`, "1. one\n2. two:\n\n    code\n", "file_search")
	f.Fuzz(func(t *testing.T, prompt, question, result, arguments, passage, choice string) {
		p := rotation
		p.Ref, p.Text = 5, passage
		c := &openresponses.Completion{ToolChoice: choice, Tools: append(localTools(), openresponses.FunctionTool{Name: question, Parameters: json.RawMessage(arguments)})}
		c.Messages = []openresponses.Message{system(prompt), user(passage), user(question)}
		for i, name := range []string{"file_search", "list_local_files", "read_local_file", "index_document", question} {
			id := fmt.Sprint(i)
			c.Messages = append(c.Messages,
				openresponses.Message{Role: openresponses.Assistant, ToolCalls: []openresponses.ToolCall{{ID: id, Name: name, Arguments: arguments}}},
				openresponses.Message{Role: openresponses.ToolRole, ToolCallID: id, ToolName: name, Text: result})
		}
		run(t, c)
		c.Messages = append(c.Messages, openresponses.Message{Role: openresponses.ToolRole, ToolName: "file_search", Text: found(p)("")})
		c.Tools = nil
		answer, _, _ := run(t, c)
		if strings.ContainsAny(passage+question+result+arguments, "【】") {
			return // a document may hold the marks itself
		}
		for _, m := range anyMarker.FindAllStringSubmatch(answer, -1) {
			if m[1] != "5" && !strings.Contains(result, `"ref"`) {
				t.Errorf("cites %s, which was not found", m[0])
			}
		}
		for _, name := range []string{GradeFormat, RewriteFormat, "other"} {
			c.Format = &openresponses.Format{Name: name, Schema: json.RawMessage(arguments)}
			c.Messages = append(c.Messages, user(result))
			run(t, c)
		}
	})
}

// Where documents can be searched, it doesn't say that there are none.
func TestAsksForAQuestion(t *testing.T) {
	for text, searchable := range map[string]bool{"hello": true, "and then?": true, "hi": false} {
		c := &openresponses.Completion{Messages: []openresponses.Message{user(text)}}
		if searchable {
			c.Tools = []openresponses.FunctionTool{searchTool}
		}
		answer, _, _ := run(t, c)
		if got := strings.Contains(answer, "no documents"); got == searchable {
			t.Errorf("%q, searchable %v: %q", text, searchable, answer)
		}
	}
}
