package chunk

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// section is a heading and the blocks up to the next heading of any level.
type section struct {
	heading string
	level   int      // 0 before the first heading
	path    []string // headings from the outermost to this one
	anchor  string
	parent  int // index of the enclosing section, -1 at the top
	blocks  []block
}

// outline groups blocks into sections, in the order of the document.
func outline(blocks []block) []section {
	var sections []section
	var open []int // indices of the enclosing sections
	slugs := make(map[string]int)
	for _, b := range blocks {
		if b.level == 0 && len(sections) > 0 {
			last := &sections[len(sections)-1]
			last.blocks = append(last.blocks, b)
			continue
		}
		s := section{heading: b.heading, level: b.level, parent: -1, blocks: []block{b}}
		if b.level > 0 {
			for len(open) > 0 && sections[open[len(open)-1]].level >= b.level {
				open = open[:len(open)-1]
			}
			var above []string
			if len(open) > 0 {
				s.parent = open[len(open)-1]
				above = sections[s.parent].path
			}
			s.path = append(slices.Clip(above), b.heading)
			s.anchor = uniqueSlug(slugs, b.heading)
			open = append(open, len(sections))
		}
		sections = append(sections, s)
	}
	return sections
}

var (
	image    = regexp.MustCompile(`!\[([^\]]*)\]\([^)]*\)`)
	link     = regexp.MustCompile(`\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])`)
	autolink = regexp.MustCompile(`<(https?://[^>]*)>`)
	tag      = regexp.MustCompile(`</?[A-Za-z!][^>]*>`)
	custom   = regexp.MustCompile(`\s*\{#[^}]*\}\s*$`)
	emphasis = strings.NewReplacer("`", "", "**", "", "__", "", "~~", "", `\`, "")
)

// plain is a heading's text without its inline markup. It need not be exact
// Markdown: it labels a section and makes its slug.
func plain(s string) string {
	if strings.ContainsAny(s, "[<{") {
		s = image.ReplaceAllString(s, "$1")
		s = link.ReplaceAllString(s, "$1")
		s = autolink.ReplaceAllString(s, "$1")
		s = tag.ReplaceAllString(s, "")
		s = custom.ReplaceAllString(s, "")
	}
	s = strings.Join(strings.Fields(emphasis.Replace(s)), " ")
	if len(s) > 2 && s[0] == s[len(s)-1] && (s[0] == '*' || s[0] == '_') {
		s = s[1 : len(s)-1]
	}
	return s
}

// uniqueSlug is the fragment that GitHub gives a heading: lower case, spaces
// turned into hyphens, other punctuation dropped, and a number appended where
// an earlier heading has the same one.
func uniqueSlug(seen map[string]int, heading string) string {
	var b strings.Builder
	for _, r := range heading {
		switch {
		case unicode.IsLetter(r), unicode.IsNumber(r), unicode.Is(unicode.Mn, r), r == '-', r == '_':
			b.WriteRune(unicode.ToLower(r))
		case r == ' ':
			b.WriteByte('-')
		}
	}
	base := b.String()
	slug := base
	for {
		n, taken := seen[slug]
		if !taken {
			break
		}
		// Start from what the base has handed out, so that a thousand equal
		// headings don't cost a million look-ups.
		n = max(n, seen[base]) + 1
		seen[base] = n
		slug = base + "-" + strconv.Itoa(n)
	}
	seen[slug] = 0
	return slug
}
