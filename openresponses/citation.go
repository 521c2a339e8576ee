package openresponses

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// piece is what a citationFilter lets through: text, or a citation that stood
// where the text so far ends.
type piece struct {
	text string
	ref  int // 0: text
}

// citationFilter takes the markers of citations out of a model's text as it
// streams: 【3】, also 【3, 4】 and 【3†…】, anywhere; [3] and [3, 4] outside code,
// where all the refs are known and no link follows. 【…】 that holds anything
// else than refs is text. What is cited within code is cited where the code
// ends, so that no client puts a citation into a command. Blanks before a marker
// go with it where a blank or punctuation follows. It holds back no more than what may become a marker, and
// what comes out does not depend on how the text was cut into deltas.
type citationFilter struct {
	known    func(ref int) bool
	brackets bool // whether [3] is a marker; not in JSON
	off      bool // let everything through

	held string
	code codeState
	gap  string // blanks before a marker just taken out
	gone bool   // the last thing was a marker
	late []int  // refs that wait for the end of the code that they stand in

	dropped int // citations of nothing that is known
}

const maxMarker = 64 // bytes between the brackets

// write takes the next delta and returns what is decided.
func (f *citationFilter) write(delta string) []piece { return f.scan(delta, false) }

// close returns what was held back.
func (f *citationFilter) close() []piece { return f.scan("", true) }

func (f *citationFilter) scan(delta string, final bool) []piece {
	var out pieces
	s := f.held + delta
	for s != "" {
		n := f.step(s, final, &out)
		if n == 0 {
			break
		}
		s = s[n:]
	}
	f.held = s
	if final {
		f.catchUp(&out)
	}
	out.flush()
	return out.list
}

// step decides about the beginning of s and returns how many bytes it used; 0
// if it takes more text to decide.
func (f *citationFilter) step(s string, final bool, out *pieces) int {
	if !final && !utf8.FullRuneInString(s) {
		return 0
	}
	if f.off {
		return f.pass(s, plainRun(s, ""), out)
	}
	if n, undecided := f.code.fence(s, final); undecided {
		return 0
	} else if n > 0 {
		return f.pass(s, n, out)
	}
	blanks := leading(s, " ")
	if blanks == len(s) && !final {
		return 0
	}
	refs, n, undecided := f.marker(s[blanks:], final)
	switch {
	case undecided:
		return 0
	case n > 0:
		f.take(s[:blanks], refs, out)
		return blanks + n
	case blanks > 0:
		return f.pass(s, blanks, out)
	}
	if run := leading(s, "`"); run > 0 {
		if run == len(s) && !final {
			return 0
		}
		f.code.backticks(run)
		return f.pass(s, run, out)
	}
	return f.pass(s, plainRun(s, " `[\n【"), out)
}

// take removes a marker and remembers the blanks before it.
func (f *citationFilter) take(blanks string, refs []int, out *pieces) {
	if !f.gone {
		f.gap, f.gone = blanks, true
	}
	f.code.midLine = true
	for _, ref := range refs {
		if f.known(ref) {
			f.late = append(f.late, ref)
		} else {
			f.dropped++
		}
	}
	if !f.code.inside() {
		f.catchUp(out)
	}
}

// catchUp cites what was late.
func (f *citationFilter) catchUp(out *pieces) {
	for _, ref := range f.late {
		out.cite(ref)
	}
	f.late = nil
}

// pass lets n bytes of s through as text.
func (f *citationFilter) pass(s string, n int, out *pieces) int {
	if f.gone {
		if !strings.ContainsRune(" \t\n\r.,;:!?)]}。，；：！？）」』|", firstRune(s)) {
			out.text(f.gap)
		}
		f.gap, f.gone = "", false
	}
	f.code.pass(s[:n])
	out.text(s[:n])
	if !f.code.inside() {
		f.catchUp(out)
	}
	return n
}

// marker reads a marker at the beginning of s: its refs and length.
func (f *citationFilter) marker(s string, final bool) (refs []int, n int, undecided bool) {
	switch {
	case strings.HasPrefix(s, "【"):
		inner, n, undecided := enclosed(s, "【", "】", final)
		if undecided || n == 0 {
			return nil, 0, undecided
		}
		inner, _, _ = strings.Cut(inner, "†")
		if refs = parseRefs(inner); refs == nil {
			return nil, 0, false
		}
		return refs, n, false
	case f.brackets && !f.code.inside() && s != "" && s[0] == '[':
		return f.bracketed(s, final)
	}
	return nil, 0, !final && s != "" && !utf8.FullRuneInString(s)
}

// bracketed reads [3] or [3, 4], which must not be the text of a link.
func (f *citationFilter) bracketed(s string, final bool) (refs []int, n int, undecided bool) {
	inner, n, undecided := enclosed(s, "[", "]", final)
	if undecided || n == 0 {
		return nil, 0, undecided
	}
	refs = parseRefs(inner)
	if refs == nil {
		return nil, 0, false
	}
	for _, ref := range refs {
		if !f.known(ref) {
			return nil, 0, false
		}
	}
	if n == len(s) {
		return refs, n, !final
	}
	if s[n] == '(' {
		return nil, 0, false
	}
	return refs, n, false
}

// enclosed returns what stands between left and right, if that is short and on
// one line, and the length of all of it.
func enclosed(s, left, right string, final bool) (inner string, n int, undecided bool) {
	rest := s[len(left):]
	window := rest[:min(len(rest), maxMarker+len(right))]
	if i := strings.IndexByte(window, '\n'); i >= 0 {
		window = window[:i+1]
	}
	if i := strings.Index(window, right); i >= 0 && i <= maxMarker {
		return window[:i], len(left) + i + len(right), false
	}
	short := len(rest) < maxMarker+len(right) && !strings.Contains(window, "\n")
	return "", 0, short && !final
}

// parseRefs reads numbers between commas, semicolons or blanks; nil if s holds
// anything else.
func parseRefs(s string) []int {
	fields := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",;、， ", r) })
	if len(fields) == 0 {
		return nil
	}
	refs := make([]int, len(fields))
	for i, field := range fields {
		n, err := strconv.Atoi(field)
		if err != nil || n < 0 || len(field) > 6 || field[0] == '+' {
			return nil
		}
		refs[i] = n
	}
	return refs
}

// pieces joins neighbouring texts.
type pieces struct {
	list    []piece
	pending strings.Builder
}

func (p *pieces) text(s string) {
	for _, r := range s { // an invalid byte becomes U+FFFD
		if r != 0 { // which no database keeps
			p.pending.WriteRune(r)
		}
	}
}

func (p *pieces) cite(ref int) {
	p.flush()
	p.list = append(p.list, piece{ref: ref})
}

func (p *pieces) flush() {
	if p.pending.Len() > 0 {
		p.list = append(p.list, piece{text: p.pending.String()})
		p.pending.Reset()
	}
}

const maxRun = 256 // characters of one kind that are looked at together

// leading counts the characters of set that s begins with, up to maxRun.
func leading(s, set string) int {
	n := 0
	for n < len(s) && n < maxRun && strings.IndexByte(set, s[n]) >= 0 {
		n++
	}
	return n
}

// plainRun is the length of the first rune of s and of what follows up to one
// of the runes in stops, or to a rune that is cut off.
func plainRun(s, stops string) int {
	r, n := utf8.DecodeRuneInString(s)
	if r == '\n' && stops != "" {
		return n // the next line may begin with a fence
	}
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		if strings.ContainsRune(stops, r) || r == utf8.RuneError && !utf8.FullRuneInString(s[n:]) {
			break
		}
		n += size
	}
	return n
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}
