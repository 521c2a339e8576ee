package openresponses_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/openresponses"
)

// transcript shows what a model was sent, a line a message, without the hint.
func transcript(c *openresponses.Completion) string {
	var lines []string
	for _, m := range c.Messages {
		if m.Role == openresponses.System && strings.HasPrefix(m.Text, openresponses.HintPrefix) {
			continue
		}
		text := m.Text
		if found, err := openresponses.DecodePassages(text); err == nil && m.Role == openresponses.ToolRole {
			text = "found"
			for _, p := range found.Passages {
				text += fmt.Sprintf(" %d:%s", p.Ref, p.Path)
			}
		}
		line := strings.TrimSpace(fmt.Sprintf("%s: %s", m.Role, text))
		for _, c := range m.ToolCalls {
			line += fmt.Sprintf(" %s(%s)", c.Name, c.Arguments)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// Earlier input, then output, then the new input; refs go on; citations stand
// where the model made them.
func TestPreviousResponse(t *testing.T) {
	w := newWorld(t,
		calls(searches(`{"queries":["redis failover"]}`)), says("30 seconds 【1】."),
		calls(searches(`{"queries":["kafka lag"]}`)), says("Lag【2】, not 【1】."),
		says("Bye."))
	first := w.plain(t, w.ask(`"instructions":"First."`))
	second := w.plain(t, w.ask(fmt.Sprintf(`"previous_response_id":%q`, first.ID)))
	if got := second.Output[1].Content[0].Annotations; len(got) != 2 ||
		!strings.Contains(string(got[0]), "kafka.md") || !strings.Contains(string(got[1]), first.Output[0].ID+"#0") {
		t.Errorf("annotations %s", got)
	}
	w.plain(t, fmt.Sprintf(`{"model":"scripted","previous_response_id":%q,"input":"Thanks."}`, second.ID))
	want := `user: How long does a failover take?
assistant: file_search({"queries":["redis failover"]})
tool: found 1:runbooks/redis.md
assistant: 30 seconds【1】.
user: How long does a failover take?
assistant: file_search({"queries":["kafka lag"]})
tool: found 2:runbooks/kafka.md
assistant: Lag【2】, not【1】.
user: Thanks.`
	if diff := cmp.Diff(want, transcript(w.model.asked[4])); diff != "" {
		t.Error(diff)
	}
}

// A client that keeps its own state sends back what it got, results included.
func TestStateless(t *testing.T) {
	w := newWorld(t,
		append([]any{openresponses.TextDelta{Text: "I look."}}, calls(searches(`{"queries":["redis failover"]}`), delta{ID: "c1", Name: "ping"})...),
		says("So【1】."))
	_, _, answer := w.send(t, "POST", "/v1/responses", w.ask(`"store":false`))
	var r struct {
		ID     string
		Output json.RawMessage
	}
	if err := json.Unmarshal([]byte(answer), &r); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := w.send(t, "GET", "/v1/responses/"+r.ID, ""); status != 404 {
		t.Errorf("a response with store false: status %d", status)
	}
	items := strings.TrimSuffix(strings.TrimPrefix(string(r.Output), "["), "]")
	body := strings.Replace(w.ask(`"store":false`), `"How long does a failover take?"`, `[{"role":"user","content":"How long?"},`+items+
		`,{"type":"function_call_output","call_id":"c1","output":[{"type":"input_text","text":"pong"}]}]`, 1)
	second := w.plain(t, body)
	want := `user: How long?
assistant: I look. file_search({"queries":["redis failover"]})
tool: found 1:runbooks/redis.md
assistant: ping({})
tool: pong`
	if diff := cmp.Diff(want, transcript(w.model.asked[1])); diff != "" {
		t.Error(diff)
	}
	if a := second.Output[0].Content[0].Annotations; len(a) != 1 || !strings.Contains(string(a[0]), "redis.md") {
		t.Errorf("annotations %s", a)
	}
}

func TestConversation(t *testing.T) {
	w := newWorld(t,
		calls(searches(`{"queries":["redis failover"]}`)), says("30 seconds 【1】."),
		calls(delta{ID: "c1", Name: "ping"}),
		says("Never mind."))
	_, _, answer := w.send(t, "POST", "/v1/conversations", `{"metadata":{"topic":"redis"},"items":[{"role":"developer","content":"Be brief."}]}`)
	var c struct{ ID string }
	if err := json.Unmarshal([]byte(answer), &c); err != nil {
		t.Fatal(err)
	}
	in := fmt.Sprintf(`"conversation":%q`, c.ID)
	w.plain(t, w.ask(in))
	w.plain(t, strings.Replace(w.ask(in), "How long does a failover take?", "Ping.", 1))
	// The call was never answered; the conversation goes on.
	r := w.plain(t, fmt.Sprintf(`{"model":"scripted","conversation":{"id":%q},"input":[{"role":"user","content":"Well?","id":"msg_1"}]}`, c.ID))
	want := `developer: Be brief.
user: How long does a failover take?
assistant: file_search({"queries":["redis failover"]})
tool: found 1:runbooks/redis.md
assistant: 30 seconds【1】.
user: Ping.
assistant: ping({})
tool: No output was given for this call.
user: Well?`
	if diff := cmp.Diff(want, transcript(w.model.asked[3])); diff != "" {
		t.Error(diff)
	}

	var list struct {
		Data    []wireItem
		HasMore bool   `json:"has_more"`
		LastID  string `json:"last_id"`
	}
	var types []string
	for path := "/v1/conversations/" + c.ID + "/items?limit=3&order=asc"; path != ""; {
		status, _, body := w.send(t, "GET", path, "")
		if err := json.Unmarshal([]byte(body), &list); err != nil || status != 200 {
			t.Fatal(status, body)
		}
		for _, it := range list.Data {
			types = append(types, it.Type)
			if it.Type == "file_search_call" && it.Results != nil {
				t.Error("results that nobody asked for")
			}
		}
		path = ""
		if list.HasMore {
			path = "/v1/conversations/" + c.ID + "/items?limit=3&order=asc&after=" + list.LastID
		}
	}
	if diff := cmp.Diff([]string{"message", "message", "file_search_call", "message", "message", "function_call", "message", "message"}, types); diff != "" {
		t.Error(diff)
	}

	// A response of a conversation is kept like any other.
	if status, _, body := w.send(t, "GET", "/v1/responses/"+r.ID, ""); status != 200 || !strings.Contains(body, c.ID) {
		t.Errorf("status %d: %s", status, body)
	}
	if status, _, _ := w.send(t, "DELETE", "/v1/conversations/"+c.ID+"/items/"+list.LastID, ""); status != 200 {
		t.Errorf("delete item: %d", status)
	}
	if status, _, _ := w.send(t, "GET", "/v1/conversations/"+c.ID+"/items/"+list.LastID, ""); status != 404 {
		t.Errorf("a deleted item: %d", status)
	}
	if status, _, _ := w.send(t, "DELETE", "/v1/conversations/"+c.ID, ""); status != 200 {
		t.Errorf("delete: %d", status)
	}
	if status, _, body := w.send(t, "POST", "/v1/responses", w.ask(in)); status != 404 || !strings.Contains(body, `"conversation"`) {
		t.Errorf("a deleted conversation: %d %s", status, body)
	}
}

// Two answers at once both get into the conversation, each as a whole.
func TestConversationSideBySide(t *testing.T) {
	w := newWorld(t, many(8, says("So."), says("So."))[:8]...)
	_, _, answer := w.send(t, "POST", "/v1/conversations", `{}`)
	var c struct{ ID string }
	if err := json.Unmarshal([]byte(answer), &c); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	for range 8 {
		go func() {
			resp, err := w.http.Post(w.url+"/v1/responses", "application/json", strings.NewReader(fmt.Sprintf(`{"model":"scripted","conversation":%q,"input":"x"}`, c.ID)))
			if err == nil {
				if resp.StatusCode != http.StatusOK {
					err = fmt.Errorf("status %d", resp.StatusCode)
				}
				resp.Body.Close()
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	_, _, body := w.send(t, "GET", "/v1/conversations/"+c.ID+"/items?limit=100&order=asc", "")
	var list struct{ Data []struct{ Role string } }
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		t.Fatal(err)
	}
	for i, it := range list.Data {
		if want := []string{"user", "assistant"}[i%2]; it.Role != want {
			t.Errorf("item %d is of the %s", i, it.Role)
		}
	}
	if len(list.Data) != 16 {
		t.Errorf("%d items", len(list.Data))
	}
}

// Items can be named by their IDs alone, as the AI SDK does.
func TestItemReference(t *testing.T) {
	w := newWorld(t, calls(searches(`{"queries":["redis failover"]}`)), says("So【1】."), says("Bye."))
	first := w.plain(t, w.ask(""))
	w.plain(t, fmt.Sprintf(`{"model":"scripted","input":[{"role":"user","content":"How long?"},{"type":"item_reference","id":%q},{"id":%q},{"role":"user","content":"Thanks."}]}`,
		first.Output[0].ID, first.Output[1].ID))
	want := `user: How long?
assistant: file_search({"queries":["redis failover"]})
tool: found 1:runbooks/redis.md
assistant: So【1】.
user: Thanks.`
	if diff := cmp.Diff(want, transcript(w.model.asked[2])); diff != "" {
		t.Error(diff)
	}
	// One that is there anyway is not repeated.
	w.model.turns = [][]any{says("x")}
	w.plain(t, fmt.Sprintf(`{"model":"scripted","previous_response_id":%q,"input":[{"id":%q},{"role":"user","content":"y"}]}`, first.ID, first.Output[1].ID))
	if n := strings.Count(transcript(w.model.asked[3]), "So【1】."); n != 1 {
		t.Errorf("the item is there %d times", n)
	}
	for _, id := range []string{"msg_nope", first.Output[0].ID[:len(first.Output[0].ID)-1] + "9"} {
		status, _, body := w.send(t, "POST", "/v1/responses", fmt.Sprintf(`{"model":"scripted","input":[{"id":%q}]}`, id))
		if status != 404 || !strings.Contains(body, `"param":"input[0].id"`) {
			t.Errorf("%s: %d %s", id, status, body)
		}
	}
}

func TestInputItems(t *testing.T) {
	w := newWorld(t, says("x"))
	r := w.plain(t, `{"model":"scripted","input":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":[{"type":"input_text","text":"c"}]}]}`)
	var list struct{ Data []wireItem }
	_, _, body := w.send(t, "GET", "/v1/responses/"+r.ID+"/input_items", "")
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, it := range list.Data {
		got += it.Content[0].Text
		if it.ID == "" || it.Status != "completed" {
			t.Errorf("item %+v", it)
		}
	}
	if got != "cba" {
		t.Errorf("items %s", got)
	}
}

func TestDeleteResponse(t *testing.T) {
	w := newWorld(t, says("x"))
	r := w.plain(t, `{"model":"scripted","input":"a"}`)
	status, _, body := w.send(t, "DELETE", "/v1/responses/"+r.ID, "")
	if want := fmt.Sprintf(`{"id":%q,"object":"response","deleted":true}`, r.ID); status != 200 || strings.TrimSpace(body) != want {
		t.Errorf("%d %s", status, body)
	}
	for _, path := range []string{"", "/input_items"} {
		if status, _, _ := w.send(t, "GET", "/v1/responses/"+r.ID+path, ""); status != 404 {
			t.Errorf("status %d", status)
		}
	}
	status, _, body = w.send(t, "POST", "/v1/responses", fmt.Sprintf(`{"model":"scripted","input":"a","previous_response_id":%q}`, r.ID))
	if status != 404 || !strings.Contains(body, `"previous_response_not_found"`) || !strings.Contains(body, `"param":"previous_response_id"`) {
		t.Errorf("%d %s", status, body)
	}
}

// When a file is deleted, its text goes from answers that are kept.
func TestDeletedFileIsForgotten(t *testing.T) {
	w := newWorld(t, calls(searches(`{"queries":["redis failover"]}`)), says("It takes 30 seconds 【1】."), says("x"))
	r := w.plain(t, w.ask(""))
	if status, _, body := w.send(t, "DELETE", "/v1/files/"+r.Output[0].Results[0].FileID, ""); status != 200 {
		t.Fatal(status, body)
	}
	status, _, body := w.send(t, "GET", "/v1/responses/"+r.ID+"?include=file_search_call.results", "")
	if status != 200 || strings.Contains(body, "30 seconds") || strings.Contains(body, "REPLICAOF") {
		t.Errorf("%d %s", status, body)
	}
	w.plain(t, fmt.Sprintf(`{"model":"scripted","input":"And?","previous_response_id":%q}`, r.ID))
	if seen := transcript(w.model.asked[2]); strings.Contains(seen, "30 seconds") || strings.Contains(seen, "REPLICAOF") {
		t.Errorf("the model still sees it: %s", seen)
	}
}

// What a model takes from a file without citing it, or from its own earlier
// words, goes with the file, too.
func TestDeletedFileIsForgottenWhereItIsNotCited(t *testing.T) {
	for name, start := range map[string]func(*testing.T, *world) string{
		"chain": func(*testing.T, *world) string { return "" },
		"conversation": func(t *testing.T, w *world) string {
			_, _, body := w.send(t, "POST", "/v1/conversations", `{}`)
			var c struct{ ID string }
			if err := json.Unmarshal([]byte(body), &c); err != nil {
				t.Fatal(err)
			}
			return c.ID
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, calls(searches(`{"queries":["redis failover"]}`)), says("It takes 30 seconds."), says("30 seconds, really."), says("x"))
			conversation := start(t, w)
			follow := func(previous string) string {
				if conversation != "" {
					return fmt.Sprintf(`"conversation":%q`, conversation)
				}
				return fmt.Sprintf(`"previous_response_id":%q`, previous)
			}
			first := w.plain(t, w.ask(strings.TrimSuffix(follow(""), `"previous_response_id":""`)))
			second := w.plain(t, fmt.Sprintf(`{"model":"scripted","input":"Sure?",%s}`, follow(first.ID)))
			if status, _, body := w.send(t, "DELETE", "/v1/files/"+first.Output[0].Results[0].FileID, ""); status != 200 {
				t.Fatal(status, body)
			}
			for _, id := range []string{first.ID, second.ID} {
				if _, _, body := w.send(t, "GET", "/v1/responses/"+id, ""); strings.Contains(body, "30 seconds") {
					t.Errorf("%s: %s", id, body)
				}
			}
			w.plain(t, fmt.Sprintf(`{"model":"scripted","input":"And?",%s}`, follow(second.ID)))
			if seen := transcript(w.model.asked[3]); strings.Contains(seen, "30 seconds") {
				t.Errorf("the model still sees it: %s", seen)
			}
		})
	}
}
