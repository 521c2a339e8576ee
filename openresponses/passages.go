package openresponses

import "encoding/json"

// FileSearchName is the function by which a model asks for passages. The
// engine runs it; clients see a file_search_call item instead.
const FileSearchName = "file_search"

// FileSearchArguments is what a model passes to file_search.
type FileSearchArguments struct {
	Queries []string `json:"queries"`
}

// FoundPassage is a passage as a model sees it. Ref is what the model cites,
// as 【Ref】; refs are unique within a conversation and count from 1. JSON,
// because no text of a document can break out of it.
type FoundPassage struct {
	Ref     int     `json:"ref"`
	Path    string  `json:"path"`
	Title   string  `json:"title,omitempty"`
	Section string  `json:"section,omitempty"` // heading path joined by " › "
	Lines   [2]int  `json:"lines"`
	Date    string  `json:"date,omitempty"`
	Score   float64 `json:"score"`
	Text    string  `json:"text"`
}

// FoundPassages is the answer to file_search.
type FoundPassages struct {
	Passages []FoundPassage `json:"passages"`
}

// EncodePassages renders found passages for a model.
func EncodePassages(f FoundPassages) string {
	b, err := json.Marshal(f)
	if err != nil { // strings and numbers only: cannot happen
		panic(err)
	}
	return string(b)
}

// DecodePassages is the reverse, for models that are programs.
func DecodePassages(s string) (FoundPassages, error) {
	var f FoundPassages
	err := json.Unmarshal([]byte(s), &f)
	return f, err
}
