package openresponses

import (
	"encoding/json"
	"net/http"

	"github.com/honehq/hone/knowledge"
)

// searchPage is the answer to a search of a vector store.
type searchPage[T any] struct {
	Object      string   `json:"object"`
	SearchQuery []string `json:"search_query,omitempty"`
	Data        []T      `json:"data"`
	HasMore     bool     `json:"has_more"`
	NextPage    *string  `json:"next_page"`
}

// foundChunk is a passage as vector store searches give it.
type foundChunk struct {
	FileID     string         `json:"file_id"`
	Filename   string         `json:"filename"`
	Score      float64        `json:"score"`
	Attributes map[string]any `json:"attributes"`
	Content    []resultText   `json:"content"`
}

type resultText struct {
	Type string `json:"type"` // "text"
	Text string `json:"text"`
}

// searchVectorStore answers POST /v1/vector_stores/{store}/search.
func (e *Engine) searchVectorStore(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Query          json.RawMessage `json:"query"`
		MaxNumResults  *int            `json:"max_num_results"`
		RankingOptions *rankingOptions `json:"ranking_options"`
		Filters        json.RawMessage `json:"filters"`
	}
	if err := decodeBody(w, r, e.limits.body, &body); err != nil {
		return err
	}
	queries, err := decodeQueries(body.Query)
	if err != nil {
		return err
	}
	if err := checkSearchOptions(body.MaxNumResults, body.RankingOptions, ""); err != nil {
		return err
	}
	filter, err := decodeFilter(body.Filters, "filters")
	if err != nil {
		return err
	}
	s, err := e.source(r)
	if err != nil {
		return err
	}
	passages, err := e.knowledge.Search(r.Context(), knowledge.Query{
		Texts: queries, Sources: []string{s.ID}, Filter: filter, Access: e.access(r), Limit: deref(body.MaxNumResults, defPassages),
	})
	if err != nil {
		return err
	}
	list := searchPage[foundChunk]{Object: "vector_store.search_results.page", SearchQuery: queries, Data: []foundChunk{}}
	for _, f := range results(passages, body.RankingOptions) {
		list.Data = append(list.Data, foundChunk{f.FileID, f.Filename, f.Score, f.Attributes, []resultText{{"text", f.Text}}})
	}
	return reply(w, http.StatusOK, list)
}

// decodeQueries reads a query or several.
func decodeQueries(raw json.RawMessage) ([]string, error) {
	if absent(raw) {
		return nil, missing("query")
	}
	queries := make([]string, 1)
	var err error
	if isString(raw) {
		err = decode(raw, &queries[0], "query")
	} else {
		err = decode(raw, &queries, "query")
	}
	if err != nil {
		return nil, err
	}
	if len(queries) == 0 || len(queries) > maxQueries {
		return nil, invalid("query", "Invalid 'query': between 1 and %d queries are needed.", maxQueries)
	}
	for i, q := range queries {
		if q == "" || len(q) > maxQuery {
			return nil, invalid(at("query", i), "Invalid '%s': between 1 and %d bytes are needed.", at("query", i), maxQuery)
		}
	}
	return queries, nil
}
