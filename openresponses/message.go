package openresponses

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// messageWriter streams text into a message of the output, with citations taken
// out of the text and put beside it. The message is opened by the first text
// that is not blank.
type messageWriter struct {
	run    *run
	filter *citationFilter
	opened bool // at least once
	said   strings.Builder

	item  *messageItem // nil: not open
	part  *outputText
	at    place
	text  strings.Builder
	runes int
}

func (r *run) newMessage() *messageWriter {
	return &messageWriter{run: r, filter: &citationFilter{
		known:    r.refs.known,
		brackets: r.request.format == nil,
		off:      r.request.fileSearch() == nil && len(r.refs.list) == 0,
	}}
}

func (w *messageWriter) write(text string) error {
	w.said.WriteString(text)
	return w.put(w.filter.write(text))
}

func (w *messageWriter) put(list []piece) error {
	for _, p := range list {
		var err error
		if p.ref != 0 {
			err = w.cite(p.ref)
		} else {
			err = w.delta(p.text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *messageWriter) delta(text string) error {
	if w.item == nil {
		if text = strings.TrimLeft(text, " \t\r\n"); text == "" {
			return nil
		}
		if err := w.open(); err != nil {
			return err
		}
	}
	w.text.WriteString(text)
	w.runes += utf8.RuneCountInString(text)
	return w.run.out.emit(&textDeltaEvent{kind("output_text.delta"), w.at, text, []struct{}{}})
}

func (w *messageWriter) cite(ref int) error {
	if w.item == nil {
		if err := w.open(); err != nil {
			return err
		}
	}
	a := w.run.refs.annotation(ref, w.runes)
	if slices.Contains(w.part.Annotations, a) {
		return nil
	}
	w.part.Annotations = append(w.part.Annotations, a)
	return w.run.out.emit(&annotationEvent{kind("output_text.annotation.added"), w.at, len(w.part.Annotations) - 1, a})
}

func (w *messageWriter) open() (err error) {
	w.item = &messageItem{Type: inputMessage, Status: inProgress, Role: Assistant, Content: []part{}}
	w.part, w.runes, w.opened = newOutputText(""), 0, true
	w.text.Reset()
	index, err := w.run.out.add("msg_", w.item)
	if err != nil {
		return err
	}
	w.at = place{ItemID: w.item.ID, OutputIndex: index}
	return w.run.out.emit(&partEvent{kind("content_part.added"), w.at, newOutputText("")})
}

// close ends the message, if one is open. Text that comes later opens another.
func (w *messageWriter) close(reason FinishReason) error {
	if err := w.put(w.filter.close()); err != nil {
		return err
	}
	if w.item == nil {
		return nil
	}
	item := w.item
	w.item = nil
	w.part.Text = w.text.String()
	item.Content, item.Status = []part{w.part}, completed
	if reason == FinishLength || reason == FinishFilter {
		item.Status = incomplete
	}
	if err := w.run.out.emit(&textDoneEvent{kind("output_text.done"), w.at, w.part.Text, []struct{}{}}); err != nil {
		return err
	}
	if err := w.run.out.emit(&partEvent{kind("content_part.done"), w.at, w.part}); err != nil {
		return err
	}
	return w.run.out.done(w.at.OutputIndex)
}

// abandon leaves the open message with what was said so far.
func (w *messageWriter) abandon() {
	if w.item == nil {
		return
	}
	w.part.Text = w.text.String()
	w.item.Content, w.item.Status = []part{w.part}, incomplete
	w.item = nil
}
