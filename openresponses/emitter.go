package openresponses

import (
	"errors"
	"fmt"
)

// errStopped says that whoever reads the events broke off.
var errStopped = errors.New("the reader of the events stopped")

// emitter numbers events and hands them on. Nothing goes out before begin, so
// that a failure before the first event can still be an HTTP error.
type emitter struct {
	yield    func(event, error) bool
	response *response
	results  bool // clients see the results of searches
	sequence int
	begun    bool
}

func (m *emitter) emit(ev event) error {
	ev.header().SequenceNumber = m.sequence
	m.sequence++
	if !m.yield(ev, nil) {
		return errStopped
	}
	return nil
}

// begin opens the stream, once.
func (m *emitter) begin() error {
	if m.begun {
		return nil
	}
	m.begun = true
	if err := m.lifecycle("created"); err != nil {
		return err
	}
	return m.lifecycle(inProgress)
}

// lifecycle emits an event that carries the whole response.
func (m *emitter) lifecycle(what string) error {
	return m.emit(&responseEvent{eventHead: kind(what), Response: m.response.snapshot(m.results)})
}

// add puts an item into the output and returns its index. Its ID derives from
// the response's, so that a reference to it can be resolved.
func (m *emitter) add(prefix string, it item) (int, error) {
	if err := m.begin(); err != nil {
		return 0, err
	}
	index := len(m.response.Output)
	it.setItemID(outputID(prefix, m.response.ID, index))
	m.response.Output = append(m.response.Output, it)
	return index, m.emit(&itemEvent{kind("output_item.added"), index, view(it, m.results)})
}

func (m *emitter) done(index int) error {
	return m.emit(&itemEvent{kind("output_item.done"), index, view(m.response.Output[index], m.results)})
}

const responseDigits = 48 // of an ID after its prefix

// outputID is prefix, the digits of the response's ID, and four of the index.
func outputID(prefix, responseID string, index int) string {
	return fmt.Sprintf("%s%s%04x", prefix, responseID[len("resp_"):], index)
}

// responseOf is the response that an output item's ID derives from; empty if
// the ID is of another kind.
func responseOf(itemID string) string {
	for i := range itemID {
		if itemID[i] == '_' && len(itemID)-i-1 == responseDigits+4 {
			return "resp_" + itemID[i+1:i+1+responseDigits]
		}
	}
	return ""
}
