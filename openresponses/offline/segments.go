package offline

import (
	"cmp"
	"strconv"
	"strings"
	"unicode"

	"github.com/honehq/hone/openresponses"
)

// kind is what a segment is.
type kind int

const (
	sentence kind = iota
	item          // of a list
	row           // of a table
	code          // a whole code block
)

// segment is the smallest piece that an answer quotes.
type segment struct {
	kind    kind
	text    string // as in the passage, white space folded and without links' targets (code: verbatim)
	targets string // where its links lead: words to be found by
	heading string // the headings above, within the passage, else its section
	section string // the last of them
	lead    int    // index of the sentence or item that leads in, or -1
	block   int    // segments of one paragraph, list or table share it
	passage int    // index of its passage
	header  string // of a row: the table's header
	number  int    // of an item: its number, 0 if it has none
}

// cutPassage cuts a passage's text into segments. Indexes of lead start at
// base.
func cutPassage(p openresponses.FoundPassage, passage, base int) []segment {
	c := cutter{passage: passage, base: base, heading: p.Section, section: sectionOf(p), lead: -1}
	c.lines(strings.Split(withoutFrontMatter(p.Text), "\n"))
	return c.out
}

// sectionOf is the innermost heading above a passage, else its document's title.
func sectionOf(p openresponses.FoundPassage) string {
	levels := strings.Split(p.Section, " › ")
	return cmp.Or(levels[len(levels)-1], p.Title)
}

// withoutFrontMatter drops the attributes that open a whole file.
func withoutFrontMatter(text string) string {
	if rest, ok := strings.CutPrefix(text, "---\n"); ok {
		if _, body, ok := strings.Cut(rest, "\n---\n"); ok {
			return body
		}
	}
	return text
}

type cutter struct {
	out     []segment
	passage int
	base    int
	heading string
	section string
	number  int // of the item being read
	lead    int // last segment of running text that ends in a colon, or precedes a list or code
	block   int
	pending []string // lines of the paragraph or item being read
	kind    kind     // of pending
	levels  []string // headings seen in the passage
	header  string
}

func (c *cutter) lines(lines []string) {
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		trimmed := strings.TrimSpace(line)
		if fence := fenceOf(trimmed); fence != "" {
			c.flush()
			end := i + 1
			for end < len(lines) && !strings.HasPrefix(strings.TrimSpace(lines[end]), fence) {
				end++
			}
			c.code(lines[min(i+1, len(lines)):min(end, len(lines))])
			i = end
			continue
		}
		switch {
		case trimmed == "":
			c.flush()
			c.header = ""
		case isHeading(trimmed):
			c.flush()
			c.setHeading(trimmed)
		case isRule(trimmed), linkTarget.MatchString(trimmed):
			c.flush()
		case strings.HasPrefix(trimmed, "|") && strings.Count(trimmed, "|") > 1:
			c.flush()
			c.row(trimmed)
		case isItem(trimmed):
			c.flush()
			c.kind, c.number = item, itemNumber(trimmed)
			c.pending = append(c.pending, trimmed)
		case strings.HasPrefix(line, "    ") && len(c.pending) == 0 && c.kind != item:
			end := i
			for end < len(lines) && (strings.HasPrefix(lines[end], "    ") || strings.HasPrefix(lines[end], "\t")) {
				end++
			}
			c.code(lines[i:end])
			i = end - 1
		default:
			c.pending = append(c.pending, strings.TrimPrefix(trimmed, "> "))
		}
	}
	c.flush()
}

// flush ends the paragraph or item being read.
func (c *cutter) flush() {
	if len(c.pending) == 0 {
		return
	}
	text := strings.Join(strings.Fields(strings.Join(c.pending, " ")), " ")
	k := c.kind
	c.block++
	if k == item {
		text = stripMarker(text)
	}
	for _, s := range sentences(text) {
		c.add(k, s)
	}
	c.pending, c.kind, c.number = nil, sentence, 0
	if k == sentence || strings.HasSuffix(text, ":") {
		c.lead = c.base + len(c.out) - 1
	}
}

func (c *cutter) add(k kind, text string) {
	if !hasWord(text) {
		return
	}
	lead := c.lead
	if k == sentence {
		lead = -1
	}
	c.out = append(c.out, segment{
		kind: k, text: withoutLinks(text), targets: linkTargets(text), heading: c.heading, section: c.section,
		lead: lead, block: c.block, passage: c.passage, number: c.number,
	})
}

func (c *cutter) code(lines []string) {
	lines = dedent(lines)
	text := strings.Trim(strings.Join(lines, "\n"), "\n")
	if !hasWord(text) {
		return
	}
	c.block++
	lead := -1
	if n := len(c.out); n > 0 && c.out[n-1].heading == c.heading {
		lead = c.base + n - 1
		if c.out[n-1].kind == code {
			lead = c.out[n-1].lead
		}
	}
	for _, piece := range codePieces(text) {
		c.out = append(c.out, segment{kind: code, text: piece, heading: c.heading, section: c.section, lead: lead, block: c.block, passage: c.passage})
	}
}

func (c *cutter) row(line string) {
	if strings.Trim(line, "|-: \t") == "" {
		return
	}
	cells := strings.TrimSuffix(strings.TrimPrefix(withoutLinks(line), "|"), "|")
	cells = strings.Join(strings.Fields(cells), " ")
	if c.header == "" {
		c.header = cells
		c.block++
		return
	}
	c.out = append(c.out, segment{
		kind: row, text: cells, heading: c.heading, section: c.section, lead: c.lead, block: c.block, passage: c.passage, header: c.header,
	})
}

func (c *cutter) setHeading(line string) {
	level := len(line) - len(strings.TrimLeft(line, "#"))
	text := strings.Trim(line, "# ")
	if level <= len(c.levels) {
		c.levels = c.levels[:level-1]
	}
	for len(c.levels) < level-1 {
		c.levels = append(c.levels, "")
	}
	c.levels = append(c.levels, text)
	c.heading = strings.Join(c.levels, " ")
	c.section = withoutLinks(text)
	c.lead = -1
	c.header = ""
}

func fenceOf(line string) string {
	for _, f := range []string{"```", "~~~"} {
		if strings.HasPrefix(line, f) {
			return f
		}
	}
	return ""
}

func isHeading(line string) bool {
	rest := strings.TrimLeft(line, "#")
	n := len(line) - len(rest)
	return n > 0 && n <= 6 && strings.HasPrefix(rest, " ")
}

func isRule(line string) bool {
	return len(line) >= 3 && strings.Trim(line, "-=*_ ") == ""
}

// isItem reports whether a line begins a list item: a bullet, or a number.
func isItem(line string) bool {
	return stripMarker(line) != line
}

// itemNumber is the number that a list item begins with, 0 if it is a bullet.
func itemNumber(line string) int {
	digits := line[:len(line)-len(strings.TrimLeft(line, "0123456789"))]
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

func stripMarker(line string) string {
	for _, bullet := range []string{"- [ ] ", "- [x] ", "- ", "* ", "+ ", "• "} {
		if rest, ok := strings.CutPrefix(line, bullet); ok {
			return strings.TrimSpace(rest)
		}
	}
	digits := strings.TrimLeft(line, "0123456789")
	if n := len(line) - len(digits); n > 0 && n <= 3 {
		for _, mark := range []string{". ", ") "} {
			if rest, ok := strings.CutPrefix(digits, mark); ok {
				return strings.TrimSpace(rest)
			}
		}
	}
	return line
}

func hasWord(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}
