package offline

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/honehq/hone/openresponses"
)

func localTools() []openresponses.FunctionTool {
	path := json.RawMessage(`{"type":"object","properties":{"path":{"type":"string"}},"required":["path"]}`)
	return []openresponses.FunctionTool{
		searchTool,
		{Name: "list_local_files", Parameters: json.RawMessage(`{"type":"object","properties":{"directory":{"type":"string"}}}`)},
		{Name: "read_local_file", Parameters: path},
		{Name: "index_document", Parameters: path},
	}
}

// localFolder is an agent's local folder and an index that it can add to.
func localFolder(files map[string]string) map[string]func(string) string {
	indexed := map[string]bool{}
	path := func(arguments string) string {
		var a struct{ Path string }
		if json.Unmarshal([]byte(arguments), &a) != nil {
			return ""
		}
		return a.Path
	}
	return map[string]func(string) string{
		"file_search": func(string) string {
			list := []openresponses.FoundPassage{coffee}
			for p := range indexed {
				list = append(list, openresponses.FoundPassage{Ref: 9, Path: p, Text: files[p], Lines: [2]int{1, 9}})
			}
			return found(list...)("")
		},
		"list_local_files": func(string) string {
			var out []string
			for p := range files {
				out = append(out, p)
			}
			return strings.Join(out, "\n")
		},
		"read_local_file": func(a string) string { return files[path(a)] },
		"index_document": func(a string) string {
			indexed[path(a)] = true
			return path(a) + " is indexed."
		},
	}
}

var giftCards = map[string]string{
	"gift-card-service.md": "# Gift card service\n\nA gift card that is stuck in HOLD is released with `swctl giftcards release --code CODE`.",
	"supplier-feed.md":     "# Supplier feed\n\nThe feed arrives by SFTP at 03:00.",
}

func TestLooksIntoLocalFiles(t *testing.T) {
	s := &session{t: t, tools: localFolder(giftCards)}
	s.c.Tools = localTools()
	answer := s.ask("How do I release a gift card that is stuck in HOLD?")
	if !strings.Contains(answer, "swctl giftcards release") || !strings.Contains(answer, "【9】") {
		t.Errorf("answer:\n%s", answer)
	}
	names := make([]string, 0, len(s.log))
	for _, l := range s.log {
		name, arguments, _ := strings.Cut(l, " ")
		if strings.Contains(arguments, "supplier") {
			t.Errorf("touched a file that has nothing to do with it: %s", l)
		}
		names = append(names, name)
	}
	joined := strings.Join(names, " ")
	if want := "list_local_files read_local_file index_document file_search"; !strings.HasSuffix(joined, want) {
		t.Errorf("calls %s, want them to end in %s", joined, want)
	}
}

// A file that was read and indexed is answered from, although its passages
// alone would be doubted.
func TestTrustsWhatItIndexed(t *testing.T) {
	var s session
	weak := openresponses.FoundPassage{Ref: 7, Path: "kiosk.md", Lines: [2]int{30, 31}, Text: "Pull the plug, wait for a minute, then plug it in again."}
	s.c.Messages = []openresponses.Message{
		user("The kiosk terminal in the Lisbon shop shows a blank frame: what next?"),
		{Role: openresponses.Assistant, ToolCalls: []openresponses.ToolCall{{ID: "a", Name: "index_document", Arguments: `{"path":"kiosk.md"}`}}},
		{Role: openresponses.ToolRole, ToolCallID: "a", ToolName: "index_document", Text: "kiosk.md is indexed."},
		{Role: openresponses.Assistant, ToolCalls: []openresponses.ToolCall{{ID: "b", Name: "file_search", Arguments: `{"queries":["kiosk"]}`}}},
		{Role: openresponses.ToolRole, ToolCallID: "b", ToolName: "file_search", Text: found(coffee, weak)("")},
	}
	s.c.Tools = nil
	if answer, _, _ := run(t, &s.c); !strings.HasPrefix(answer, "Pull the plug") || !strings.Contains(answer, "【7】") {
		t.Errorf("answer:\n%s", answer)
	}
	s.c.Messages[2].Text = ""
	s.c.Messages[1].ToolCalls[0].Arguments = `{"path":"other.md"}`
	if answer, _, _ := run(t, &s.c); !strings.HasPrefix(answer, "NOT FOUND") {
		t.Errorf("from a file that was not indexed:\n%s", answer)
	}
}

// Two searches may number one passage differently.
func TestPassageFoundTwiceIsQuotedOnce(t *testing.T) {
	n := 0
	again := func(string) string {
		n++
		p := rotation
		p.Ref = n
		return found(p)("")
	}
	s := &session{t: t, tools: map[string]func(string) string{"file_search": again}}
	s.c.Tools = []openresponses.FunctionTool{searchTool}
	s.c.Messages = []openresponses.Message{system("Search in several ways.")}
	answer := s.ask("How do I rotate the database password of orders?")
	if n < 2 || strings.Count(answer, "swctl db rotate") != 1 {
		t.Errorf("after %d searches:\n%s", n, answer)
	}
}

func TestFindsAFileByItsSqueezedName(t *testing.T) {
	s := &session{t: t, tools: localFolder(map[string]string{
		"gift-card-service.md": "---\nteam: Checkout\n---\n\n# Gift cards\n\nThe alert giftcard-hold-age is answered by releasing the hold with `swctl giftcards release`.",
	})}
	s.c.Tools = localTools()
	answer := s.ask("What do I do about the alert giftcard-hold-age?")
	if !strings.Contains(answer, "swctl giftcards release") || strings.Contains(answer, "team: Checkout") {
		t.Errorf("answer:\n%s\ncalls %q", answer, s.log)
	}
}

func TestNeverLooksWhereThePromptForbidsIt(t *testing.T) {
	s := &session{t: t, tools: localFolder(giftCards)}
	s.c.Tools = localTools()
	s.c.Messages = []openresponses.Message{system("Answer from the documents. Never look into local files.")}
	if answer := s.ask("How do I release a gift card that is stuck in HOLD?"); !strings.HasPrefix(answer, "NOT FOUND\n") {
		t.Errorf("answer %q, want NOT FOUND", answer)
	}
	if joined := strings.Join(s.log, "\n"); strings.Contains(joined, "local") {
		t.Errorf("calls:\n%s", joined)
	}
}
