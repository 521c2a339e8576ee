package openresponses

import (
	"encoding/json"
	"strings"
)

// item is a piece of a conversation: a closed set of types.
type item interface {
	itemID() string
	setItemID(string)
}

type messageItem struct {
	Type    string `json:"type"` // "message"
	ID      string `json:"id"`
	Status  string `json:"status"`
	Role    Role   `json:"role"`
	Content []part `json:"content"`
	Phase   string `json:"phase,omitempty"`
}

type functionCallItem struct {
	Type      string `json:"type"` // "function_call"
	ID        string `json:"id"`
	Status    string `json:"status"`
	CallID    string `json:"call_id"`
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

type functionCallOutputItem struct {
	Type   string     `json:"type"` // "function_call_output"
	ID     string     `json:"id"`
	Status string     `json:"status"`
	CallID string     `json:"call_id"`
	Output toolOutput `json:"output"`
}

type fileSearchCallItem struct {
	Type    string         `json:"type"` // "file_search_call"
	ID      string         `json:"id"`
	Status  string         `json:"status"`
	Queries []string       `json:"queries"`
	Results []searchResult `json:"results"` // null where the client did not ask for them
}

// searchResult is a passage in OpenAI's shape. Text is the chunk verbatim.
type searchResult struct {
	FileID     string         `json:"file_id"`
	Filename   string         `json:"filename"`
	Score      float64        `json:"score"`
	Text       string         `json:"text"`
	Attributes map[string]any `json:"attributes"` // string, float64 or bool; never null
}

// reasoningItem is accepted in a request, kept and not shown to models.
type reasoningItem struct {
	Type             string `json:"type"` // "reasoning"
	ID               string `json:"id"`
	Summary          []part `json:"summary"`
	EncryptedContent string `json:"encrypted_content,omitempty"`
}

// referenceItem stands for an item that is stored; it is resolved before use.
type referenceItem struct {
	Type string `json:"type"` // "item_reference"
	ID   string `json:"id"`
}

func (m *messageItem) itemID() string                { return m.ID }
func (m *messageItem) setItemID(id string)           { m.ID = id }
func (c *functionCallItem) itemID() string           { return c.ID }
func (c *functionCallItem) setItemID(id string)      { c.ID = id }
func (o *functionCallOutputItem) itemID() string     { return o.ID }
func (o *functionCallOutputItem) setItemID(i string) { o.ID = i }
func (c *fileSearchCallItem) itemID() string         { return c.ID }
func (c *fileSearchCallItem) setItemID(id string)    { c.ID = id }
func (r *reasoningItem) itemID() string              { return r.ID }
func (r *reasoningItem) setItemID(id string)         { r.ID = id }
func (r *referenceItem) itemID() string              { return r.ID }
func (r *referenceItem) setItemID(id string)         { r.ID = id }

// part is a piece of a message's content: a closed set of types.
type part interface{ text() string }

// plainText is input_text, text, summary_text or reasoning_text.
type plainText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type outputText struct {
	Type        string       `json:"type"` // "output_text"
	Text        string       `json:"text"`
	Annotations []annotation `json:"annotations"` // never null
	Logprobs    []struct{}   `json:"logprobs"`    // always empty
}

type refusal struct {
	Type    string `json:"type"` // "refusal"
	Refusal string `json:"refusal"`
}

func (p *plainText) text() string  { return p.Text }
func (p *outputText) text() string { return p.Text }
func (p *refusal) text() string    { return p.Refusal }

// annotation is a file_citation. Index counts the Unicode code points of the
// text before the place of the citation, as OpenAI's Python clients do: the
// citation belongs to the words that end there.
type annotation struct {
	Type     string `json:"type"` // "file_citation"
	Index    int    `json:"index"`
	FileID   string `json:"file_id"`
	Filename string `json:"filename"`
	// HoneResult names the very result that is cited, "ID#n": the ID of a
	// file_search_call and the place in its results, from 0. OpenAI's shape
	// names no more than the file.
	HoneResult string `json:"hone_result,omitempty"`
}

// toolOutput is a string or parts of text.
type toolOutput struct {
	Text  string
	Parts []part // nil: Text
}

func (o toolOutput) MarshalJSON() ([]byte, error) {
	if o.Parts != nil {
		return json.Marshal(o.Parts)
	}
	return json.Marshal(o.Text)
}

func (o toolOutput) text() string {
	if o.Parts != nil {
		return joinParts(o.Parts)
	}
	return o.Text
}

func joinParts(parts []part) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.text()
	}
	return strings.Join(texts, "\n")
}

// The statuses of items and responses.
const (
	inProgress = "in_progress"
	completed  = "completed"
	incomplete = "incomplete"
	failed     = "failed"
)
