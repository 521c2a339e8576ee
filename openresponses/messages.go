package openresponses

import (
	"encoding/json"
	"strings"
)

// noOutput is told to a model in place of a tool's answer that nobody gave, for
// instance because the client went away in between.
const noOutput = "No output was given for this call."

// transcript turns items into messages. Calls of one turn go into one assistant
// message, and each gets its answer right after it, as models expect.
type transcript struct {
	refs     *references
	messages []Message

	calls   map[string]bool   // IDs of the function calls so far
	outputs map[string]string // all outputs by call ID: some come late
	open    *Message          // the assistant message that calls may still join
	answers map[string]string // by call ID, of open's calls
}

// newTranscript is the transcript of a conversation's earlier items and of the
// request's input.
func newTranscript(earlier, input []item) (*transcript, error) {
	t := &transcript{refs: &references{}, calls: map[string]bool{}, outputs: map[string]string{}}
	for _, items := range [][]item{earlier, input} {
		for _, it := range items {
			if o, ok := it.(*functionCallOutputItem); ok {
				t.outputs[o.CallID] = o.Output.text()
			}
		}
	}
	for _, it := range earlier {
		if err := t.item(it, "input"); err != nil {
			return nil, err
		}
	}
	for i, it := range input {
		if err := t.item(it, at("input", i)); err != nil {
			return nil, err
		}
	}
	t.close()
	return t, nil
}

func (t *transcript) item(it item, path string) error {
	switch it := it.(type) {
	case *messageItem:
		t.message(it)
	case *functionCallItem:
		t.calls[it.CallID] = true
		t.call(ToolCall{ID: it.CallID, Name: it.Name, Arguments: it.Arguments})
	case *fileSearchCallItem:
		arguments, err := json.Marshal(FileSearchArguments{Queries: it.Queries})
		if err != nil {
			return err
		}
		t.call(ToolCall{ID: it.ID, Name: FileSearchName, Arguments: string(arguments)})
		t.answers[it.ID] = EncodePassages(t.refs.add(it))
	case *functionCallOutputItem:
		if !t.calls[it.CallID] {
			return invalid(path, "Invalid '%s': there is no function call before it with the call ID '%.64s'.", path, it.CallID)
		}
		if t.waitsFor(it.CallID) {
			t.answers[it.CallID] = it.Output.text()
		}
	case *reasoningItem:
	case *referenceItem:
		return invalid(path, "There is no item with the ID '%.100s'.", it.ID)
	}
	return nil
}

func (t *transcript) message(m *messageItem) {
	t.close()
	if m.Role != Assistant {
		t.messages = append(t.messages, Message{Role: m.Role, Text: joinParts(m.Content)})
		return
	}
	var text strings.Builder
	for _, p := range m.Content {
		if out, ok := p.(*outputText); ok {
			text.WriteString(t.refs.cite(out))
		} else {
			text.WriteString(p.text())
		}
	}
	t.reopen(text.String())
}

func (t *transcript) reopen(text string) {
	t.open = &Message{Role: Assistant, Text: text}
	t.answers = map[string]string{}
}

func (t *transcript) call(c ToolCall) {
	if t.open != nil && len(t.open.ToolCalls) > 0 && len(t.answers) == len(t.open.ToolCalls) {
		t.close() // answered calls were of an earlier turn
	}
	if t.open == nil {
		t.reopen("")
	}
	t.open.ToolCalls = append(t.open.ToolCalls, c)
}

func (t *transcript) waitsFor(callID string) bool {
	if t.open == nil {
		return false
	}
	for _, c := range t.open.ToolCalls {
		if c.ID == callID {
			return true
		}
	}
	return false
}

// close appends the open assistant message with the answers to its calls.
func (t *transcript) close() {
	if t.open == nil {
		return
	}
	t.messages = append(t.messages, *t.open)
	for _, c := range t.open.ToolCalls {
		answer, ok := t.answers[c.ID]
		if !ok {
			answer, ok = t.outputs[c.ID]
		}
		if !ok {
			answer = noOutput
		}
		t.messages = append(t.messages, toolMessage(c, answer))
	}
	t.open, t.answers = nil, nil
}

func toolMessage(c ToolCall, answer string) Message {
	return Message{Role: ToolRole, Text: answer, ToolCallID: c.ID, ToolName: c.Name}
}
