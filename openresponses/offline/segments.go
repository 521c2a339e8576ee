package offline

import (
	"regexp"
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
	lead    int    // index of the sentence or item that leads in, or -1
	block   int    // segments of one paragraph, list or table share it
	passage int    // index of its passage
	header  string // of a row: the table's header
}

// cutPassage cuts a passage's text into segments. Indexes of lead start at
// base.
func cutPassage(p openresponses.FoundPassage, passage, base int) []segment {
	c := cutter{passage: passage, base: base, heading: p.Section, lead: -1}
	c.lines(strings.Split(withoutFrontMatter(p.Text), "\n"))
	return c.out
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
			c.kind = item
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
	c.pending, c.kind = nil, sentence
	c.block++
	if k == item {
		text = stripMarker(text)
	}
	for _, s := range sentences(text) {
		c.add(k, s)
	}
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
		kind: k, text: withoutLinks(text), targets: linkTargets(text), heading: c.heading, lead: lead, block: c.block, passage: c.passage,
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
	if n := len(c.out); n > 0 {
		lead = c.base + n - 1
		if c.out[n-1].kind == code {
			lead = c.out[n-1].lead
		}
	}
	for _, piece := range codePieces(text) {
		c.out = append(c.out, segment{kind: code, text: piece, heading: c.heading, lead: lead, block: c.block, passage: c.passage})
	}
}

// wholeCode is up to how many bytes a code block is quoted as one.
const wholeCode = 280

// codePieces cuts a long code block at its blank lines and comments, as far as
// pieces stay below wholeCode, and keeps continued lines together.
func codePieces(text string) []string {
	if len(text) <= wholeCode {
		return []string{text}
	}
	var out []string
	var piece []string
	size := 0
	end := func() {
		if p := strings.Trim(strings.Join(piece, "\n"), "\n"); hasWord(p) {
			out = append(out, p)
		}
		piece, size = nil, 0
	}
	continued := false
	for _, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		border := trimmed == "" || strings.HasPrefix(trimmed, "# ") && size > 0
		if !continued && (border && size > wholeCode/4 || size+len(line) > wholeCode) {
			end()
		}
		piece = append(piece, line)
		size += len(line) + 1
		continued = strings.HasSuffix(trimmed, "\\")
	}
	end()
	return out
}

func (c *cutter) row(line string) {
	if strings.Trim(line, "|-: \t") == "" {
		return
	}
	cells := strings.Trim(withoutLinks(line), "| ")
	cells = strings.Join(strings.Fields(cells), " ")
	if c.header == "" {
		c.header = cells
		c.block++
		return
	}
	c.out = append(c.out, segment{
		kind: row, text: cells, heading: c.heading, lead: c.lead, block: c.block, passage: c.passage, header: c.header,
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
	c.lead = -1
	c.header = ""
}

// Links and comments, which cost a reader more space than they tell.
var (
	linkTarget = regexp.MustCompile(`^\[[^\]]+\]: \S+$`)
	link       = regexp.MustCompile(`!?\[([^\[\]]*)\]\(((?:[^()\s]|\([^()]*\))*)(?: "[^"]*")?\)`)
	comment    = regexp.MustCompile(`<!--.*?-->`)
)

// withoutLinks keeps the texts of Markdown links and drops where they lead.
func withoutLinks(s string) string {
	return comment.ReplaceAllString(link.ReplaceAllString(s, "$1"), "")
}

// linkTargets are the targets of a text's links.
func linkTargets(s string) string {
	var out []string
	for _, m := range link.FindAllStringSubmatch(s, 20) {
		out = append(out, m[2])
	}
	return strings.Join(out, " ")
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

func dedent(lines []string) []string {
	indent := -1
	for _, l := range lines {
		if strings.TrimSpace(l) == "" {
			continue
		}
		n := len(l) - len(strings.TrimLeft(l, " \t"))
		if indent < 0 || n < indent {
			indent = n
		}
	}
	out := make([]string, 0, len(lines))
	for _, l := range lines {
		if len(l) >= indent && indent > 0 {
			l = l[indent:]
		}
		out = append(out, strings.TrimRight(l, " \t\r"))
	}
	return out
}

func hasWord(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// sentences cuts running text after ., ! and ? that end a sentence: before a
// space and a capital, digit or opening mark, and not after an abbreviation.
func sentences(text string) []string {
	var out []string
	start, inCode := 0, false
	balanced := strings.Count(text, "`")%2 == 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '`':
			inCode = balanced && !inCode
		case '.', '!', '?':
			if inCode || !sentenceEnd(text, i) {
				continue
			}
			out = append(out, strings.TrimSpace(text[start:i+1]))
			start = i + 1
		}
	}
	if rest := strings.TrimSpace(text[start:]); rest != "" {
		out = append(out, rest)
	}
	return out
}

func sentenceEnd(text string, i int) bool {
	if i+2 >= len(text) || text[i+1] != ' ' {
		return false
	}
	next := text[i+2]
	if isLower(next) {
		return false
	}
	word := text[strings.LastIndexByte(text[:i], ' ')+1 : i]
	switch strings.ToLower(strings.Trim(word, "(\"'")) {
	case "e.g", "i.e", "etc", "vs", "cf", "no", "fig", "approx", "resp", "mr", "dr", "st":
		return false
	}
	return len(word) != 1 || !isUpper(word[0])
}
