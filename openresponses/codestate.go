package openresponses

import "strings"

// codeState follows Markdown just far enough to know whether text is code:
// fences of ` or ~ and spans between runs of backticks.
type codeState struct {
	midLine   bool // something other than blanks stands on the line before
	fenceChar byte // of the open fence; 0: none
	fenceRun  int
	span      int // backticks that opened a span; 0: none

}

const maxInfo = 128 // bytes of what follows the opening of a fence

func (c *codeState) inside() bool { return c.fenceChar != 0 || c.span != 0 }

// fence reads a fence at the beginning of s, with the blanks and quote marks
// before it, and returns its length.
func (c *codeState) fence(s string, final bool) (n int, undecided bool) {
	if c.midLine {
		return 0, false
	}
	indent := leading(s, " \t>")
	if indent == len(s) {
		return 0, !final
	}
	char := s[indent]
	if char != '`' && char != '~' {
		return 0, false
	}
	run := leading(s[indent:], string(char))
	end := indent + run
	switch {
	case end == len(s) && !final:
		return 0, true
	case c.fenceChar != 0:
		if char != c.fenceChar || run < c.fenceRun {
			return 0, false
		}
		c.fenceChar = 0
		return end, false
	case run < 3:
		return 0, false
	}
	if char == '`' {
		if closed, undecided := spanOnLine(s[end:], final); undecided {
			return 0, true
		} else if closed {
			return 0, false
		}
	}
	c.fenceChar, c.fenceRun, c.span = char, run, 0
	return end, false
}

// spanOnLine tells whether a backtick follows on the same line, so that the run
// before opens a span and not a fence.
func spanOnLine(s string, final bool) (yes, undecided bool) {
	i := strings.IndexAny(s[:min(len(s), maxInfo)], "`\n")
	if i >= 0 {
		return s[i] == '`', false
	}
	return false, !final && len(s) < maxInfo
}

// backticks opens or closes a span.
func (c *codeState) backticks(run int) {
	switch {
	case c.fenceChar != 0:
	case c.span == 0:
		c.span = run
	case c.span == run:
		c.span = 0
	}
}

// pass follows text that went by. A blank line ends a span that was never
// closed.
func (c *codeState) pass(s string) {
	for _, r := range s {
		switch r {
		case '\n':
			if !c.midLine {
				c.span = 0
			}
			c.midLine = false
		case ' ', '\t', '\r', '>':
		default:
			c.midLine = true
		}
	}
}
