package openresponses_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/conversations"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"

	"github.com/honehq/hone/openresponses"
)

// OpenAI's own client reads what we write: responses.
func TestClientResponses(t *testing.T) {
	turns := [][]any{
		append([]any{openresponses.TextDelta{Text: "I look. "}}, calls(searches(`{"queries":["redis failover"]}`))...),
		append([]any{openresponses.TextDelta{Text: "30 seconds 【1】."}}, calls(delta{ID: "c1", Name: "ping", Arguments: `{}`})...),
	}
	w := newWorld(t, turns...)
	params := responses.ResponseNewParams{
		Model:        "scripted",
		Input:        responses.ResponseNewParamsInputUnion{OfString: openai.String("How long?")},
		Include:      []responses.ResponseIncludable{responses.ResponseIncludableFileSearchCallResults},
		Instructions: openai.String("Be brief."),
		Metadata:     shared.Metadata{"k": "v"},
		Tools: []responses.ToolUnionParam{
			{OfFileSearch: &responses.FileSearchToolParam{
				VectorStoreIDs: []string{w.source.ID}, MaxNumResults: openai.Int(5),
				Filters:        responses.FileSearchToolFiltersUnionParam{OfComparisonFilter: &shared.ComparisonFilterParam{Key: "team", Type: "eq", Value: shared.ComparisonFilterValueUnionParam{OfString: openai.String("storage")}}},
				RankingOptions: responses.FileSearchToolRankingOptionsParam{ScoreThreshold: openai.Float(0.001)},
			}},
			{OfFunction: &responses.FunctionToolParam{Name: "ping", Parameters: map[string]any{"type": "object"}, Strict: openai.Bool(true)}},
		},
	}
	stream := w.client.Responses.NewStreaming(t.Context(), params)
	var text string
	var streamed responses.Response
	for stream.Next() {
		switch ev := stream.Current().AsAny().(type) {
		case responses.ResponseTextDeltaEvent:
			text += ev.Delta
		case responses.ResponseOutputTextAnnotationAddedEvent:
			if a := ev.Annotation.AsFileCitation(); a.Filename != redis || a.Index != 10 {
				t.Errorf("annotation %s", ev.RawJSON())
			}
		case responses.ResponseCompletedEvent:
			streamed = ev.Response
		}
	}
	if err := stream.Err(); err != nil {
		t.Fatal(err)
	}
	if text != "I look. 30 seconds." || streamed.OutputText() != text {
		t.Errorf("text %q, %q", text, streamed.OutputText())
	}

	w.model.turns = turns
	r, err := w.client.Responses.New(t.Context(), params)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Output) != 4 || r.Usage.TotalTokens != 30 || r.Metadata["k"] != "v" || r.Instructions.OfString != "Be brief." {
		t.Fatalf("got %s", r.RawJSON())
	}
	if s := r.Output[1].AsFileSearchCall(); s.Results[0].Filename != redis || s.Results[0].Attributes["hone_first_line"].OfFloat != 6 {
		t.Errorf("search %s", s.RawJSON())
	}
	if c := r.Output[3].AsFunctionCall(); c.Name != "ping" || c.CallID != "c1" || c.Arguments != "{}" {
		t.Errorf("call %s", c.RawJSON())
	}

	got, err := w.client.Responses.Get(t.Context(), r.ID, responses.ResponseGetParams{Include: params.Include})
	if err != nil || got.OutputText() != text || got.Output[1].Results[0].Text == "" {
		t.Errorf("get: %v", err)
	}
	input, err := w.client.Responses.InputItems.List(t.Context(), r.ID, responses.InputItemListParams{})
	if err != nil || len(input.Data) != 1 || !strings.Contains(input.Data[0].RawJSON(), "How long?") {
		t.Errorf("input items: %v %+v", err, input)
	}
	if err := w.client.Responses.Delete(t.Context(), r.ID); err != nil {
		t.Error(err)
	}
	_, err = w.client.Responses.Get(t.Context(), r.ID, responses.ResponseGetParams{})
	var shown *openai.Error
	if !errors.As(err, &shown) || shown.StatusCode != http.StatusNotFound || shown.Param != "response_id" {
		t.Errorf("a deleted response: %v", err)
	}
}

func TestClientConversations(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c, err := w.client.Conversations.New(ctx, conversations.ConversationNewParams{Metadata: shared.Metadata{"a": "b"}})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := w.client.Conversations.Items.New(ctx, c.ID, conversations.ItemNewParams{Items: []responses.ResponseInputItemUnionParam{
			responses.ResponseInputItemParamOfMessage("x", responses.EasyInputMessageRoleUser),
			responses.ResponseInputItemParamOfMessage("y", responses.EasyInputMessageRoleAssistant),
		}}); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	pager := w.client.Conversations.Items.ListAutoPaging(ctx, c.ID, conversations.ItemListParams{Limit: openai.Int(2)})
	for pager.Next() {
		if want := []string{"assistant", "user"}[n%2]; pager.Current().Role != want {
			t.Errorf("item %d: %s", n, pager.Current().RawJSON())
		}
		n++
	}
	if err := pager.Err(); err != nil || n != 6 {
		t.Errorf("%d items, %v", n, err)
	}
	updated, err := w.client.Conversations.Update(ctx, c.ID, conversations.ConversationUpdateParams{Metadata: shared.Metadata{"a": "c"}})
	if err != nil || !strings.Contains(updated.RawJSON(), `{"a":"c"}`) {
		t.Errorf("update: %v", err)
	}
	if got, err := w.client.Conversations.Delete(ctx, c.ID); err != nil || !got.Deleted || got.Object != "conversation.deleted" {
		t.Errorf("delete: %v", err)
	}
	if _, err := w.client.Conversations.Get(ctx, c.ID); err == nil {
		t.Error("a deleted conversation is there")
	}
}

// Files and vector stores, as a remote agent keeps its documents in step.
func TestClientVectorStores(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	upload := func(name, text string) *openai.FileObject {
		t.Helper()
		f, err := w.client.Files.New(ctx, openai.FileNewParams{File: openai.File(strings.NewReader(text), name, "text/markdown"), Purpose: openai.FilePurposeAssistants})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	one := upload("deploy.md", "# Deploy\n\nShip on Tuesdays.\n")
	two := upload("deploy.md", "# Deploy\n\nNever ship on Fridays.\n")
	if one.Bytes != 28 || one.Filename != "deploy.md" {
		t.Errorf("file %s", one.RawJSON())
	}
	s, err := w.client.VectorStores.New(ctx, openai.VectorStoreNewParams{Name: openai.String("deploys"), FileIDs: []string{one.ID}, Metadata: shared.Metadata{"m": "n"}})
	if err != nil {
		t.Fatal(err)
	}
	if s.FileCounts.Completed != 1 || s.Status != "completed" || s.Name != "deploys" || s.Metadata["m"] != "n" {
		t.Errorf("store %s", s.RawJSON())
	}
	f, err := w.client.VectorStores.Files.New(ctx, s.ID, openai.VectorStoreFileNewParams{FileID: two.ID,
		Attributes: map[string]openai.VectorStoreFileNewParamsAttributeUnion{"day": {OfString: openai.String("friday")}, "n": {OfFloat: openai.Float(2)}}})
	if err != nil || f.Status != "completed" || f.Attributes["day"].OfString != "friday" {
		t.Fatalf("attach: %v", err)
	}
	found, err := w.client.VectorStores.Search(ctx, s.ID, openai.VectorStoreSearchParams{
		Query: openai.VectorStoreSearchParamsQueryUnion{OfStringArray: []string{"when to ship", "deploy day"}},
	})
	if err != nil || len(found.Data) != 2 || found.Data[0].Content[0].Text == "" {
		t.Fatalf("search: %v %+v", err, found)
	}
	found, err = w.client.VectorStores.Search(ctx, s.ID, openai.VectorStoreSearchParams{
		Query:         openai.VectorStoreSearchParamsQueryUnion{OfString: openai.String("ship")},
		MaxNumResults: openai.Int(50),
		Filters: openai.VectorStoreSearchParamsFiltersUnion{OfComparisonFilter: &shared.ComparisonFilterParam{
			Type: "gte", Key: "n", Value: shared.ComparisonFilterValueUnionParam{OfFloat: openai.Float(2)}}},
	})
	if err != nil || len(found.Data) != 1 || found.Data[0].FileID != two.ID {
		t.Errorf("filtered search: %v %+v", err, found)
	}
	updated, err := w.client.VectorStores.Files.Update(ctx, s.ID, two.ID, openai.VectorStoreFileUpdateParams{
		Attributes: map[string]openai.VectorStoreFileUpdateParamsAttributeUnion{"day": {OfString: openai.String("saturday")}}})
	if err != nil || updated.Attributes["day"].OfString != "saturday" || len(updated.Attributes) != 1 {
		t.Errorf("update: %v %s", err, updated.RawJSON())
	}
	var names []string
	pager := w.client.VectorStores.Files.ListAutoPaging(ctx, s.ID, openai.VectorStoreFileListParams{Limit: openai.Int(1)})
	for pager.Next() {
		names = append(names, pager.Current().ID)
	}
	if pager.Err() != nil || len(names) != 2 {
		t.Errorf("files %v, %v", names, pager.Err())
	}
	if _, err := w.client.VectorStores.Files.Delete(ctx, s.ID, one.ID); err != nil {
		t.Error(err)
	}
	if _, err := w.client.VectorStores.Files.Get(ctx, s.ID, one.ID); err == nil {
		t.Error("a detached file is there")
	}
	content, err := w.client.Files.Content(ctx, one.ID) // it was only detached
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(content.Body)
	content.Body.Close()
	if err != nil || string(b) != "# Deploy\n\nShip on Tuesdays.\n" {
		t.Errorf("content %q, %v", b, err)
	}
	same, err := w.client.VectorStores.New(ctx, openai.VectorStoreNewParams{Name: openai.String("deploys")})
	if err != nil || same.ID == s.ID || !strings.HasPrefix(same.Name, "deploys (") {
		t.Errorf("a store of the same name: %v", err)
	}
	if got, err := w.client.VectorStores.Delete(ctx, s.ID); err != nil || !got.Deleted {
		t.Errorf("delete: %v", err)
	}
	list, err := w.client.VectorStores.List(ctx, openai.VectorStoreListParams{})
	if err != nil || len(list.Data) != 2 {
		t.Errorf("list: %v %+v", err, list)
	}
	if got, err := w.client.Files.Delete(ctx, two.ID); err != nil || !got.Deleted {
		t.Errorf("delete file: %v", err)
	}
	files, err := w.client.Files.List(ctx, openai.FileListParams{})
	if err != nil || len(files.Data) != 3 { // the world's two, and one
		t.Errorf("files: %v, %d", err, len(files.Data))
	}
}

func TestUploadLimits(t *testing.T) {
	w := newWorld(t)
	var body bytes.Buffer
	for name, test := range map[string]struct{ file, purpose, want string }{
		"no purpose":      {"x.md", "", "purpose"},
		"a wrong purpose": {"x.md", "fun", "purpose"},
		"a broken name":   {"..", "assistants", "file"},
	} {
		_, err := w.client.Files.New(t.Context(), openai.FileNewParams{File: openai.File(strings.NewReader("x"), test.file, "text/plain"), Purpose: openai.FilePurpose(test.purpose)})
		var shown *openai.Error
		if !errors.As(err, &shown) || shown.StatusCode != http.StatusBadRequest || shown.Param != test.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	body.WriteString("no form")
	if status, _, answer := w.send(t, "POST", "/v1/files", body.String()); status != 400 {
		t.Errorf("%d %s", status, answer)
	}
	binary, err := w.client.Files.New(t.Context(), openai.FileNewParams{File: openai.File(bytes.NewReader([]byte{0, 1, 2, 0xff}), "x.png", "image/png"), Purpose: openai.FilePurposeAssistants})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.client.VectorStores.Files.New(t.Context(), w.source.ID, openai.VectorStoreFileNewParams{FileID: binary.ID})
	var shown *openai.Error
	if !errors.As(err, &shown) || shown.StatusCode != http.StatusBadRequest || shown.Param != "file_id" {
		t.Errorf("a binary file: %v", err)
	}
}

func TestClientModels(t *testing.T) {
	w := newWorld(t)
	list, err := w.client.Models.List(t.Context())
	if err != nil || len(list.Data) != 1 || list.Data[0].ID != "scripted" {
		t.Errorf("models %+v, %v", list, err)
	}
	if m, err := w.client.Models.Get(t.Context(), "scripted"); err != nil || m.OwnedBy != "test" {
		t.Errorf("model %+v, %v", m, err)
	}
	_, err = w.client.Models.Get(t.Context(), "org/other:8b")
	var shown *openai.Error
	if !errors.As(err, &shown) || shown.StatusCode != http.StatusNotFound || shown.Code != "model_not_found" {
		t.Errorf("an unknown model: %v", err)
	}
}

// The Prompts API of Llama Stack, as its TypeScript client calls it.
func TestPromptsAPI(t *testing.T) {
	w := newWorld(t)
	var p struct {
		ID        string   `json:"prompt_id"`
		Prompt    string   `json:"prompt"`
		Version   int      `json:"version"`
		Variables []string `json:"variables"`
		Default   bool     `json:"is_default"`
	}
	call := func(method, path, body string, want int) string {
		t.Helper()
		status, _, answer := w.send(t, method, "/v1/prompts"+path, body)
		if status != want {
			t.Fatalf("%s %s: %d %s", method, path, status, answer)
		}
		if strings.HasPrefix(answer, `{"prompt_id"`) {
			if err := json.Unmarshal([]byte(answer), &p); err != nil {
				t.Fatal(err)
			}
		}
		return answer
	}
	if got := strings.TrimSpace(call("GET", "", "", 200)); got != `{"data":[]}` {
		t.Errorf("no prompts: %s", got)
	}
	call("POST", "", `{"prompt":"Help {{ team }}.","variables":["team"]}`, 200)
	if p.Version != 1 || !p.Default || len(p.Variables) != 1 || len(p.ID) != 53 {
		t.Errorf("created %+v", p)
	}
	id := "/" + p.ID
	call("PUT", id, `{"prompt":"Help {{ team }} well.","version":1}`, 200)
	if p.Version != 2 || !p.Default {
		t.Errorf("updated %+v", p)
	}
	call("PUT", id, `{"prompt":"Later.","version":2,"variables":[],"set_as_default":false}`, 200)
	if p.Version != 3 || p.Default {
		t.Errorf("for later %+v", p)
	}
	call("PUT", id, `{"prompt":"Late.","version":1}`, 409)
	call("PUT", id, `{"prompt":"Undeclared {{ x }}.","version":2}`, 400)
	call("PUT", id, `{"prompt":"No version."}`, 400)
	call("PUT", id, `{"version":2}`, 400)
	call("POST", "", `{"prompt":"Undeclared {{ x }}."}`, 400)
	call("POST", "", `{"prompt":7}`, 400)
	call("POST", "", `{}`, 400)
	call("GET", id, "", 200)
	if p.Version != 2 {
		t.Errorf("the default is %+v", p)
	}
	call("GET", id+"?version=1", "", 200)
	if p.Prompt != "Help {{ team }}." || p.Default {
		t.Errorf("version 1 is %+v", p)
	}
	call("GET", id+"?version=x", "", 400)
	call("GET", id+"?version=9", "", 404)
	call("PUT", id+"/set-default-version", `{"version":1}`, 200)
	if p.Version != 1 || !p.Default {
		t.Errorf("rolled back to %+v", p)
	}
	call("PUT", id+"/set-default-version", `{"version":9}`, 404)
	call("PUT", id, `{"prompt":"Help {{ team }} better.","version":1}`, 200)
	if p.Version != 4 {
		t.Errorf("after the roll-back %+v", p)
	}
	var list struct{ Data []struct{ Version int } }
	if err := json.Unmarshal([]byte(call("GET", id+"/versions", "", 200)), &list); err != nil || len(list.Data) != 4 || list.Data[3].Version != 4 {
		t.Errorf("versions %+v, %v", list, err)
	}

	// In a response, it becomes the first system message.
	w.model.turns = [][]any{says("x"), says("x"), says("x")}
	ask := func(prompt string, want int) string {
		t.Helper()
		status, _, answer := w.send(t, "POST", "/v1/responses", `{"model":"scripted","input":"Hi","instructions":"Be brief.","prompt":`+prompt+`}`)
		if status != want {
			t.Fatalf("%s: %d %s", prompt, status, answer)
		}
		return answer
	}
	full := strings.TrimPrefix(id, "/")
	answer := ask(`{"id":"`+full+`","variables":{"team":"storage"}}`, 200)
	if m := w.model.asked[0].Messages; m[0].Text != "Help storage better." || m[1].Text != "Be brief." {
		t.Errorf("messages %+v", m)
	}
	if !strings.Contains(answer, `"prompt":{"id":"`+full+`","version":"4","variables":{"team":"storage"}}`) {
		t.Errorf("response %s", answer)
	}
	ask(`{"id":"`+full+`","version":"1","variables":{"team":{"type":"input_text","text":"{{ x }}"}}}`, 200)
	if m := w.model.asked[1].Messages; m[0].Text != "Help {{ x }}." {
		t.Errorf("messages %+v", m)
	}
	ask(`{"id":"`+full+`","version":3}`, 200)
	if a := ask(`{"id":"`+full+`"}`, 400); !strings.Contains(a, `"param":"prompt.variables"`) {
		t.Error(a)
	}
	if a := ask(`{"id":"`+full+`","version":"9"}`, 404); !strings.Contains(a, `"param":"prompt.id"`) {
		t.Error(a)
	}
	ask(`{"id":"`+full+`","version":"new"}`, 400)
	ask(`{"id":"`+full+`","variables":{"team":"a","x":"b"}}`, 400)
	ask(`{"id":"`+full+`","variables":{"team":{"type":"input_image"}}}`, 400)

	call("DELETE", id, "", 204)
	call("GET", id, "", 404)
	call("GET", id+"/versions", "", 404)
	call("DELETE", id, "", 404)
	call("PUT", id, `{"prompt":"x","version":1}`, 404)
	ask(`{"id":"`+full+`","variables":{"team":"a"}}`, 404)
}
