package openresponses

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

const (
	maxItems     = 10_000 // items of one request
	maxReplay    = 4_096  // results of one file_search_call that a client sends back
	maxName      = 64     // characters of a function's name and a call's ID
	inputMessage = "message"
)

// decodeItems reads items that stand at path in a request.
func decodeItems(raws []json.RawMessage, path string) ([]item, error) {
	if len(raws) > maxItems {
		return nil, invalid(path, "Invalid '%s': %d items, more than %d.", path, len(raws), maxItems)
	}
	items := make([]item, len(raws))
	for i, raw := range raws {
		it, err := decodeItem(raw, at(path, i))
		if err != nil {
			return nil, err
		}
		items[i] = it
	}
	return items, nil
}

func decodeItem(raw json.RawMessage, path string) (item, error) {
	var head struct {
		Type   string `json:"type"`
		ID     string `json:"id"`
		Role   string `json:"role"`
		Status string `json:"status"`
	}
	if err := decode(raw, &head, path); err != nil {
		return nil, err
	}
	if err := checkEnum(join(path, "status"), head.Status, inProgress, completed, incomplete, "searching", failed); err != nil {
		return nil, err
	}
	if head.Status == "" {
		head.Status = completed
	}
	switch {
	case head.Type == "" && head.Role != "":
		head.Type = inputMessage
	case head.Type == "" && head.ID != "":
		head.Type = "item_reference"
	}
	switch head.Type {
	case inputMessage:
		return decodeMessage(raw, path, head.Status)
	case "function_call":
		return decodeFunctionCall(raw, path, head.Status)
	case "function_call_output":
		return decodeFunctionCallOutput(raw, path, head.Status)
	case "file_search_call":
		return decodeFileSearchCall(raw, path)
	case "reasoning":
		return &reasoningItem{Type: "reasoning", ID: head.ID, Summary: []part{}}, nil
	case "item_reference":
		if head.ID == "" {
			return nil, missing(join(path, "id"))
		}
		return &referenceItem{Type: "item_reference", ID: head.ID}, nil
	case "":
		return nil, missing(join(path, "type"))
	}
	return nil, invalid(join(path, "type"), "Invalid value: '%.100s'. Supported values are: 'message', 'function_call', 'function_call_output', 'file_search_call', 'reasoning', 'item_reference'.", head.Type)
}

func decodeMessage(raw json.RawMessage, path, status string) (item, error) {
	var m struct {
		ID      string          `json:"id"`
		Role    string          `json:"role"`
		Content json.RawMessage `json:"content"`
		Phase   string          `json:"phase"`
	}
	if err := decode(raw, &m, path); err != nil {
		return nil, err
	}
	if m.Role == "" {
		return nil, missing(join(path, "role"))
	}
	if err := checkEnum(join(path, "role"), m.Role, "user", "assistant", "system", "developer"); err != nil {
		return nil, err
	}
	if err := checkEnum(join(path, "phase"), m.Phase, "commentary", "final_answer"); err != nil {
		return nil, err
	}
	if absent(m.Content) {
		return nil, missing(join(path, "content"))
	}
	parts, err := decodeContent(m.Content, join(path, "content"), Role(m.Role))
	if err != nil {
		return nil, err
	}
	return &messageItem{Type: inputMessage, ID: m.ID, Status: status, Role: Role(m.Role), Content: parts, Phase: m.Phase}, nil
}

func decodeContent(raw json.RawMessage, path string, role Role) ([]part, error) {
	if isString(raw) {
		var s string
		if err := decode(raw, &s, path); err != nil {
			return nil, err
		}
		if role == Assistant {
			return []part{newOutputText(s)}, nil
		}
		return []part{&plainText{Type: "input_text", Text: s}}, nil
	}
	var raws []json.RawMessage
	if err := decode(raw, &raws, path); err != nil {
		return nil, err
	}
	parts := make([]part, len(raws))
	for i, raw := range raws {
		p, err := decodePart(raw, at(path, i))
		if err != nil {
			return nil, err
		}
		parts[i] = p
	}
	return parts, nil
}

func decodePart(raw json.RawMessage, path string) (part, error) {
	var p struct {
		Type        string            `json:"type"`
		Text        *string           `json:"text"`
		Refusal     *string           `json:"refusal"`
		Annotations []json.RawMessage `json:"annotations"`
	}
	if err := decode(raw, &p, path); err != nil {
		return nil, err
	}
	switch p.Type {
	case "input_text", "text", "output_text":
		if p.Text == nil {
			return nil, missing(join(path, "text"))
		}
		if p.Type != "output_text" {
			return &plainText{Type: p.Type, Text: *p.Text}, nil
		}
		out := newOutputText(*p.Text)
		out.Annotations = decodeAnnotations(p.Annotations)
		return out, nil
	case "refusal":
		if p.Refusal == nil {
			return nil, missing(join(path, "refusal"))
		}
		return &refusal{Type: "refusal", Refusal: *p.Refusal}, nil
	case "input_image", "input_file", "input_audio", "input_video":
		return nil, unsupported(join(path, "type"), "Content of the type '%s' is not supported: the models behind this server read text.", p.Type)
	case "":
		return nil, missing(join(path, "type"))
	}
	return nil, invalid(join(path, "type"), "Invalid value: '%.100s'. Supported values are: 'input_text', 'output_text', 'refusal'.", p.Type)
}

// decodeAnnotations keeps the file citations; others, such as links, belong to
// tools of other servers and say nothing to us.
func decodeAnnotations(raws []json.RawMessage) []annotation {
	kept := []annotation{}
	for _, raw := range raws {
		var a annotation
		if json.Unmarshal(raw, &a) == nil && a.Type == "file_citation" && a.Index >= 0 {
			kept = append(kept, a)
		}
	}
	return kept
}

func decodeFunctionCall(raw json.RawMessage, path, status string) (item, error) {
	c := &functionCallItem{}
	if err := decode(raw, c, path); err != nil {
		return nil, err
	}
	if err := checkCallID(c.CallID, path); err != nil {
		return nil, err
	}
	if err := checkFunctionName(c.Name, join(path, "name")); err != nil {
		return nil, err
	}
	c.Type, c.Status = "function_call", status
	return c, nil
}

func decodeFunctionCallOutput(raw json.RawMessage, path, status string) (item, error) {
	var o struct {
		ID     string          `json:"id"`
		CallID string          `json:"call_id"`
		Output json.RawMessage `json:"output"`
	}
	if err := decode(raw, &o, path); err != nil {
		return nil, err
	}
	if err := checkCallID(o.CallID, path); err != nil {
		return nil, err
	}
	if absent(o.Output) {
		return nil, missing(join(path, "output"))
	}
	out := &functionCallOutputItem{Type: "function_call_output", ID: o.ID, Status: status, CallID: o.CallID}
	if isString(o.Output) {
		return out, decode(o.Output, &out.Output.Text, join(path, "output"))
	}
	parts, err := decodeContent(o.Output, join(path, "output"), ToolRole)
	out.Output.Parts = parts
	return out, err
}

func decodeFileSearchCall(raw json.RawMessage, path string) (item, error) {
	c := &fileSearchCallItem{}
	if err := decode(raw, c, path); err != nil {
		return nil, err
	}
	if len(c.Results) > maxReplay {
		return nil, invalid(join(path, "results"), "Invalid '%s': %d results, more than %d.", join(path, "results"), len(c.Results), maxReplay)
	}
	for i := range c.Results {
		attributes := c.Results[i].Attributes
		for name, v := range attributes {
			switch v.(type) {
			case string, float64, bool:
			default:
				delete(attributes, name)
			}
		}
		if attributes == nil {
			c.Results[i].Attributes = map[string]any{}
		}
	}
	if c.Queries == nil {
		c.Queries = []string{}
	}
	c.Type, c.Status = "file_search_call", completed
	return c, nil
}

func checkCallID(callID, path string) error {
	if callID == "" {
		return missing(join(path, "call_id"))
	}
	if utf8.RuneCountInString(callID) > maxName {
		return invalid(join(path, "call_id"), "Invalid '%s': more than %d characters.", join(path, "call_id"), maxName)
	}
	return nil
}

func checkFunctionName(name, path string) error {
	if name == "" {
		return missing(path)
	}
	ok := len(name) <= 128
	for _, r := range name {
		ok = ok && (r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	}
	if !ok {
		return invalid(path, "Invalid '%s': a name has letters, digits, _ and -, and at most 128 of them.", path)
	}
	return nil
}

func newOutputText(s string) *outputText {
	return &outputText{Type: "output_text", Text: s, Annotations: []annotation{}, Logprobs: []struct{}{}}
}

// unmarshalItems reads items that we stored ourselves.
func unmarshalItems(stored json.RawMessage) ([]item, error) {
	var raws []json.RawMessage
	if err := json.Unmarshal(stored, &raws); err != nil {
		return nil, fmt.Errorf("stored items: %w", err)
	}
	items := make([]item, len(raws))
	for i, raw := range raws {
		it, err := decodeItem(raw, at("stored", i))
		if err != nil {
			return nil, fmt.Errorf("stored item: %w", err)
		}
		items[i] = it
	}
	return items, nil
}
