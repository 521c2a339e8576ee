package openresponses

import (
	"encoding/json"
	"math"

	"github.com/honehq/hone/knowledge"
)

const (
	maxTools      = 128
	maxPassages   = 50
	defPassages   = 10
	maxSources    = 64
	maxToolSchema = 256 << 10 // bytes
)

// tool is a tool of a request, echoed in the response: a closed set of types.
type tool interface{ toolName() string }

type functionTool struct {
	Type        string          `json:"type"` // "function"
	Name        string          `json:"name"`
	Description *string         `json:"description"`
	Parameters  json.RawMessage `json:"parameters"` // JSON Schema or null
	Strict      *bool           `json:"strict"`
}

type fileSearchTool struct {
	Type           string            `json:"type"` // "file_search"
	VectorStoreIDs []string          `json:"vector_store_ids"`
	MaxNumResults  *int              `json:"max_num_results,omitempty"`
	RankingOptions *rankingOptions   `json:"ranking_options,omitempty"`
	Filters        *knowledge.Filter `json:"filters,omitempty"`
}

// rankingOptions choose among what was found. There is one ranker, which every
// name means; passages below the threshold are left out. Scores are those of
// the knowledge base: BM25 or, of several queries or with vectors, sums of
// reciprocal ranks.
type rankingOptions struct {
	Ranker         string   `json:"ranker,omitempty"`
	ScoreThreshold *float64 `json:"score_threshold,omitempty"`
}

func (t *functionTool) toolName() string { return t.Name }
func (*fileSearchTool) toolName() string { return FileSearchName }

func decodeTools(raws []json.RawMessage) ([]tool, error) {
	if len(raws) > maxTools {
		return nil, invalid("tools", "Invalid 'tools': %d tools, more than %d.", len(raws), maxTools)
	}
	tools := make([]tool, len(raws))
	names := map[string]bool{}
	for i, raw := range raws {
		path := at("tools", i)
		t, err := decodeTool(raw, path)
		if err != nil {
			return nil, err
		}
		if names[t.toolName()] {
			return nil, invalid(path, "Invalid '%s': there is another tool of the name '%s'.", path, t.toolName())
		}
		names[t.toolName()] = true
		tools[i] = t
	}
	return tools, nil
}

func decodeTool(raw json.RawMessage, path string) (tool, error) {
	var head struct {
		Type string `json:"type"`
	}
	if err := decode(raw, &head, path); err != nil {
		return nil, err
	}
	switch head.Type {
	case "function":
		return decodeFunctionTool(raw, path)
	case "file_search":
		return decodeFileSearchTool(raw, path)
	case "":
		return nil, missing(join(path, "type"))
	}
	return nil, unsupported(join(path, "type"), "Tools of the type '%.100s' are not supported. Supported types are: 'function', 'file_search'.", head.Type)
}

func decodeFunctionTool(raw json.RawMessage, path string) (tool, error) {
	t := &functionTool{}
	if err := decode(raw, t, path); err != nil {
		return nil, err
	}
	if err := checkFunctionName(t.Name, join(path, "name")); err != nil {
		return nil, err
	}
	if absent(t.Parameters) {
		t.Parameters = nil
		return t, nil
	}
	return t, checkSchema(t.Parameters, join(path, "parameters"))
}

// checkSchema wants a JSON object; what is in it is for the model's provider to
// judge.
func checkSchema(raw json.RawMessage, path string) error {
	if len(raw) > maxToolSchema {
		return invalid(path, "Invalid '%s': more than %d bytes.", path, maxToolSchema)
	}
	var object map[string]json.RawMessage
	return decode(raw, &object, path)
}

func decodeFileSearchTool(raw json.RawMessage, path string) (tool, error) {
	var t struct {
		VectorStoreIDs []string        `json:"vector_store_ids"`
		MaxNumResults  *int            `json:"max_num_results"`
		RankingOptions *rankingOptions `json:"ranking_options"`
		Filters        json.RawMessage `json:"filters"`
	}
	if err := decode(raw, &t, path); err != nil {
		return nil, err
	}
	ids := join(path, "vector_store_ids")
	if len(t.VectorStoreIDs) == 0 {
		return nil, missing(ids)
	}
	if len(t.VectorStoreIDs) > maxSources {
		return nil, invalid(ids, "Invalid '%s': more than %d IDs.", ids, maxSources)
	}
	for i, id := range t.VectorStoreIDs {
		if id == "" {
			return nil, invalid(at(ids, i), "Invalid '%s': an empty ID.", at(ids, i))
		}
	}
	if err := checkSearchOptions(t.MaxNumResults, t.RankingOptions, path); err != nil {
		return nil, err
	}
	filter, err := decodeFilter(t.Filters, join(path, "filters"))
	if err != nil {
		return nil, err
	}
	return &fileSearchTool{
		Type: "file_search", VectorStoreIDs: t.VectorStoreIDs, MaxNumResults: t.MaxNumResults,
		RankingOptions: t.RankingOptions, Filters: filter,
	}, nil
}

func checkSearchOptions(n *int, ranking *rankingOptions, path string) error {
	if err := checkRange(join(path, "max_num_results"), n, 1, maxPassages); err != nil {
		return err
	}
	if ranking == nil {
		return nil
	}
	return checkRange(join(path, "ranking_options.score_threshold"), ranking.ScoreThreshold, 0, math.MaxFloat64)
}

// decodeFilter reads a filter in OpenAI's shape; nil for none.
func decodeFilter(raw json.RawMessage, path string) (*knowledge.Filter, error) {
	if absent(raw) {
		return nil, nil
	}
	f := &knowledge.Filter{}
	if err := json.Unmarshal(raw, f); err != nil {
		return nil, &Error{Code: InvalidValue, Param: path, Message: "Invalid '" + path + "': " + err.Error() + ".", Err: err}
	}
	return f, nil
}
