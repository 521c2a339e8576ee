package openresponses

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/otel"
)

const (
	maxQueries = 16
	maxQuery   = 4096 // bytes
)

// parseQueries reads what a model passes to file_search. The error is for the
// model to mend.
func parseQueries(arguments string) ([]string, error) {
	var a struct {
		Queries json.RawMessage `json:"queries"`
		Query   string          `json:"query"` // what models write that know other search tools
	}
	if err := json.Unmarshal([]byte(arguments), &a); err != nil {
		return nil, fmt.Errorf("the arguments are not the JSON object that file_search takes, {\"queries\": [\"…\"]}: %w", err)
	}
	queries := []string{a.Query}
	if isString(a.Queries) {
		a.Queries = json.RawMessage("[" + string(a.Queries) + "]")
	}
	if !absent(a.Queries) {
		var list []string
		if err := json.Unmarshal(a.Queries, &list); err != nil {
			return nil, fmt.Errorf("\"queries\" must be a list of strings: %w", err)
		}
		queries = append(list, a.Query)
	}
	for i, q := range queries {
		queries[i] = strings.TrimSpace(withoutNUL(q))
	}
	queries = slices.DeleteFunc(queries, func(q string) bool { return q == "" })
	switch {
	case len(queries) == 0:
		return nil, fmt.Errorf("file_search needs at least one query in \"queries\"")
	case len(queries) > maxQueries:
		return nil, fmt.Errorf("%d queries, more than %d", len(queries), maxQueries)
	}
	for _, q := range queries {
		if len(q) > maxQuery {
			return nil, fmt.Errorf("a query of %d bytes, more than %d", len(q), maxQuery)
		}
	}
	return queries, nil
}

// withoutNUL drops what no database keeps.
func withoutNUL(s string) string { return strings.ReplaceAll(s, "\x00", "") }

// search runs file_search and fills in the call's results.
func (e *Engine) search(ctx context.Context, q *request, call *fileSearchCallItem) (err error) {
	ctx, span := otel.FileSearch.Start(ctx, otel.Operation.String("execute_tool"),
		otel.ToolName.String(FileSearchName), otel.ToolType.String("datastore"), otel.ToolCallID.String(call.ID),
		otel.SearchQueries.Int(len(call.Queries)))
	defer func() { endSpan(span, err) }()

	tool := q.fileSearch()
	passages, err := e.knowledge.Search(ctx, knowledge.Query{
		Texts: call.Queries, Sources: tool.VectorStoreIDs, Filter: tool.Filters, Access: q.access,
		Limit: deref(tool.MaxNumResults, defPassages),
	})
	if err != nil {
		return notFound(fmt.Errorf("file_search: %w", err), "tools", "vector store", strings.Join(tool.VectorStoreIDs, "', '"))
	}
	call.Results = results(passages, tool.RankingOptions)
	span.SetAttributes(searchAttributes(call.Results)...)
	return nil
}

// results are the passages at or above the threshold.
func results(passages []knowledge.Passage, ranking *rankingOptions) []searchResult {
	list := []searchResult{}
	for _, p := range passages {
		if ranking == nil || ranking.ScoreThreshold == nil || p.Score >= *ranking.ScoreThreshold {
			list = append(list, newResult(p))
		}
	}
	return list
}
