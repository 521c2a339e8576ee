package agent

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// notFoundLine is the line by which the contract lets a model say that the
// documents don't answer.
const notFoundLine = "NOT FOUND"

// cutNotFound takes the contract's line off a reply.
func cutNotFound(text string) (rest string, notFound bool) {
	first, rest, _ := strings.Cut(strings.TrimLeft(text, " \n\t"), "\n")
	if isNotFound(first) {
		return strings.TrimLeft(rest, " \n\t"), true
	}
	// Models also go on in the same line: "NOT FOUND. I looked for …".
	trimmed := strings.TrimLeft(text, " \n\t*#`")
	if after, ok := strings.CutPrefix(trimmed, notFoundLine); ok && !goesOn(after) {
		return strings.TrimLeft(after, " .:;,-—*`\n"), true
	}
	return text, false
}

func isNotFound(line string) bool {
	line = strings.Trim(line, " \t\r.:!*#`\"'_")
	return strings.EqualFold(strings.ReplaceAll(line, "_", " "), notFoundLine)
}

// goesOn tells whether the words are the beginning of a longer word or of a
// sentence: "NOT FOUND means that …".
func goesOn(after string) bool {
	c, _ := utf8.DecodeRuneInString(after)
	next, _ := utf8.DecodeRuneInString(strings.TrimLeft(after, " `*_\"'"))
	return unicode.IsLetter(c) || unicode.IsLower(next)
}

// liveText streams the text of one turn. It holds back the beginning while that
// may still become the contract's line, and numbers citations as they come.
type liveText struct {
	run    *run
	held   strings.Builder
	open   bool // nothing is held back any more
	length int  // code points seen
	spoken strings.Builder
}

// text takes a piece of the model's text.
func (l *liveText) text(s string) error {
	l.length += utf8.RuneCountInString(s)
	if l.open {
		return l.say(s)
	}
	l.held.WriteString(s)
	if mayBecomeNotFound(l.held.String()) {
		return nil
	}
	return l.flush()
}

// flush says what was held back.
func (l *liveText) flush() error {
	if l.open {
		return nil
	}
	l.open = true
	text, _ := cutNotFound(l.held.String())
	return l.say(text)
}

func (l *liveText) say(s string) error {
	if s == "" {
		return nil
	}
	l.spoken.WriteString(s)
	if l.spoken.Len() > l.run.cfg.Limits.AnswerBytes {
		return errTooLong
	}
	return l.run.emit(TextEvent{s})
}

// cite numbers a citation that stands at the end of the text so far. One that
// comes late (some servers send all at the end) is placed in the final answer
// only.
func (l *liveText) cite(a annotation) error {
	if a.index < l.length {
		return nil
	}
	if err := l.flush(); err != nil {
		return err
	}
	c, first, ok := l.run.cites.cite(a, l.spoken.String())
	if !ok {
		return nil
	}
	if first {
		if err := l.run.emit(CitationEvent{c}); err != nil {
			return err
		}
	}
	return l.say(mark(c, l.spoken.String()))
}

// mayBecomeNotFound tells whether more text is needed to decide.
func mayBecomeNotFound(s string) bool {
	s = strings.TrimLeft(s, " \n\t*#`\"'_")
	line, _, whole := strings.Cut(s, "\n")
	if whole {
		return false
	}
	n := min(len(line), len(notFoundLine))
	return strings.EqualFold(strings.ReplaceAll(line[:n], "_", " "), notFoundLine[:n]) && len(line) < 80
}
