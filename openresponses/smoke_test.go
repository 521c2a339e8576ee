package openresponses_test

import (
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"
)

func TestSmoke(t *testing.T) {
	w := newWorld(t, calls(searches(`{"queries":["redis failover"]}`)), says("The failover takes 30 seconds 【", "1】. Done [1]."))
	r, err := w.client.Responses.New(t.Context(), responses.ResponseNewParams{
		Model:   "scripted",
		Input:   responses.ResponseNewParamsInputUnion{OfString: openai.String("How long?")},
		Include: []responses.ResponseIncludable{"file_search_call.results"},
		Tools:   []responses.ToolUnionParam{{OfFileSearch: &responses.FileSearchToolParam{VectorStoreIDs: []string{w.source.ID}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r.RawJSON())
}
