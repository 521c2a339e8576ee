package eval

import (
	"regexp"
	"strings"

	"github.com/honehq/hone/internal/wording"
)

// neutral is what graders of facts see of an answer: its sentences, without
// what could sway one and says nothing. It has no styling, no citation marks,
// no invisible characters, no praise of itself, no words to whoever grades it,
// nothing twice; and no more than the first answerChars characters of what is
// left, for all answers alike.
//
// Of a huge answer the first maxRead characters are looked at.
func neutral(answer string) []string {
	var out []string
	left := answerChars
	said := map[string]bool{}
	text := replaceIn(wording.Visible(cut(answer, maxRead)), "{", verdictLike, " ")
	for line := range strings.Lines(unstyled(replaceIn(unmarked(text), "[【", footnote, ""))) {
		for _, s := range sentences(line) {
			s = plainTone(s)
			key := wording.Fold(s)
			if key == "" || said[key] {
				continue
			}
			said[key] = true
			s = cut(s, left)
			out = append(out, s)
			if left -= len([]rune(s)); left <= 0 {
				return out
			}
		}
	}
	return out
}

const maxRead = 10 * answerChars

// verdictLike is what looks like a judge's reply.
var verdictLike = regexp.MustCompile(`(?is)\[?\s*\{[^{}]*"(?:checks|pass)"\s*:[^{}]*(?:\{[^{}]*\}[^{}]*)*\}\s*\]?`)

var (
	footnote  = regexp.MustCompile(`\[\^\w+\]:?|【[^【】\n]*】`)
	comments  = regexp.MustCompile(`(?s)<!--.*?(?:-->|$)`)
	tags      = regexp.MustCompile(`(?i)</?(?:b|i|u|em|strong|br|hr|p|div|span|small|sup|sub|mark|h[1-6]|ul|ol|li|pre|code|blockquote|details|summary|table|thead|tbody|tr|td|th|center|font)(?:\s[^<>]*)?/?>|<\|[^<>|]*\|>|\[/?INST\]|<</?SYS>>`)
	links     = regexp.MustCompile(`!?\[([^\[\]\n]*)\]\([^()\s]*\)`)
	emphasis  = regexp.MustCompile(`\*\*|~~|` + "`+" + `|\*(\S[^*\n]*\S|[^\s*])\*`)
	underline = regexp.MustCompile(`(^|\s)__?(\S[^_\n]*)__?(\s|[.,;:!?]|$)`)
	lead      = regexp.MustCompile(`^(?:\s|#{1,6}\s|>|[-*+•–]\s|\d{1,3}[.)]\s|\[[ xX]\]\s)+`)
	ruler     = regexp.MustCompile(`^[\s|:=*_~#>+-]*$`)
)

// unstyled takes Markdown's signs out of a text and keeps its lines. Code stays
// as it is written, without its fence.
func unstyled(text string) string {
	text = replaceIn(text, "<", comments, " ")
	text = replaceIn(text, "<[", tags, " ")
	var out strings.Builder
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		if fenceLine.MatchString(trimmed) || ruler.MatchString(trimmed) {
			continue
		}
		if strings.HasPrefix(trimmed, "|") {
			trimmed = strings.ReplaceAll(trimmed, "|", " ")
		}
		trimmed = lead.ReplaceAllString(trimmed+" ", "")
		trimmed = replaceIn(trimmed, "[", links, "$1")
		trimmed = replaceIn(trimmed, "*~`", emphasis, "$1")
		trimmed = replaceIn(trimmed, "_", underline, "$1$2$3")
		out.WriteString(strings.Join(strings.Fields(trimmed), " "))
		out.WriteByte('\n')
	}
	return out.String()
}

// replaceIn replaces in texts that hold one of the characters without which the
// pattern does not match: most don't, and looking for them is much faster.
func replaceIn(text, needs string, pattern *regexp.Regexp, by string) string {
	if !strings.ContainsAny(text, needs) {
		return text
	}
	return pattern.ReplaceAllString(text, by)
}

var sentenceEnd = regexp.MustCompile(`[.!?。！？]["')\]]*\s+|[。！？]`)

// sentences takes a line apart. Abbreviations cost a cut too many, which harms
// nobody.
func sentences(line string) []string {
	var out []string
	from := 0
	for _, at := range sentenceEnd.FindAllStringIndex(line, -1) {
		out = append(out, strings.TrimSpace(line[from:at[1]]))
		from = at[1]
	}
	return append(out, strings.TrimSpace(line[from:]))
}
