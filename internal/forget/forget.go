// Package forget takes the text of deleted documents out of stored items of
// the Responses API: messages, tool calls and their outputs.
package forget

import (
	"bytes"
	"encoding/json"
)

// Mark stands where text was removed.
const Mark = "[removed: a document that this came from was deleted]"

// Items returns an item, a list of items or a whole response with the same
// shape but without what a model or a tool said: Mark stands in place of
// texts, results and annotations are empty, calls have no arguments. Messages
// of people, instructions and all names stay. JSON that is broken becomes
// Mark altogether; nil stays nil.
func Items(raw json.RawMessage) json.RawMessage {
	if raw == nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		v = Mark
	}
	b, err := json.Marshal(scrub(v))
	if err != nil { // it was JSON a moment ago
		return json.RawMessage(`null`)
	}
	return b
}

func scrub(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = scrub(v[i])
		}
	case map[string]any:
		if v["role"] == "user" || v["role"] == "system" || v["role"] == "developer" {
			return v
		}
		for key := range v {
			v[key] = scrubField(key, v[key])
		}
	}
	return v
}

// scrubField knows the fields that hold text, by the names they have in all
// kinds of items.
func scrubField(key string, v any) any {
	switch key {
	case "results", "annotations", "logprobs":
		if v == nil {
			return nil
		}
		return []any{}
	case "queries":
		return []any{Mark}
	case "instructions", "tools", "prompt", "metadata":
		return v // of the request, not of documents
	}
	if _, ok := v.(string); !ok {
		return scrub(v)
	}
	switch key {
	case "arguments":
		return "{}"
	case "text", "output", "output_text", "content", "refusal", "encrypted_content":
		return Mark
	}
	return v
}
