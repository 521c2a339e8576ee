package offline

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// unite makes one prompt of two that were made from the same: sentences that
// either took out are out, and those that the other added are added, unless
// they stand against one that is there, or say the same again.
func (q *rewriteRequest) unite() rewritten {
	ancestor, other := promptSentences(q.Merge.Ancestor), promptSentences(q.Merge.Other)
	prompt := q.Prompt
	var added, dropped []string
	for _, s := range promptSentences(q.Prompt) {
		if slices.Contains(ancestor, s) && !slices.Contains(other, s) && !strings.Contains(s, "{{") {
			prompt = withoutText(prompt, s)
			dropped = append(dropped, s)
		}
	}
	has := habitsOf(prompt)
	for _, s := range other {
		if slices.Contains(ancestor, s) || strings.Contains(prompt, s) || strings.Contains(s, "{{") {
			continue
		}
		says := habitsOf(s)
		if slices.ContainsFunc(says, func(h string) bool { return slices.Contains(has, h) || stands(h, has) }) {
			continue
		}
		longer := strings.TrimSpace(strings.TrimRight(prompt, "\n") + "\n- " + s)
		if q.MaxLength > 0 && utf8.RuneCountInString(longer) > q.MaxLength {
			break
		}
		prompt, has = longer, append(has, says...)
		added = append(added, s)
	}
	rationale := "United two prompts."
	if len(added) > 0 {
		rationale += " Taken over: " + strings.Join(added, " ")
	}
	if len(dropped) > 0 {
		rationale += " Left out: " + strings.Join(dropped, " ")
	}
	return rewritten{Prompt: prompt, Rationale: rationale}
}

// promptSentences takes a prompt apart, without the markers of lists.
func promptSentences(prompt string) []string {
	var out []string
	for line := range strings.SplitSeq(prompt, "\n") {
		for _, s := range sentences(line) {
			if s = strings.TrimSpace(stripMarker(s)); s != "" {
				out = append(out, s)
			}
		}
	}
	return out
}

// habitsOf names the habits that a prompt asks for.
func habitsOf(prompt string) []string {
	var out []string
	for _, s := range promptSentences(prompt) {
		for i := range habits {
			if habits[i].says(plainSentence(s)) {
				out = append(out, habits[i].name)
			}
		}
	}
	return out
}

// stands tells whether a habit stands against one of those that are there.
func stands(habit string, has []string) bool {
	for _, r := range stock {
		if r.habit == habit && slices.ContainsFunc(r.harms, func(h string) bool { return slices.Contains(has, h) }) {
			return true
		}
	}
	return false
}

// withoutText takes a sentence out of a prompt, and its line if nothing else
// stands there.
func withoutText(prompt, sentence string) string {
	var lines []string
	for line := range strings.SplitSeq(prompt, "\n") {
		if before, after, ok := strings.Cut(line, sentence); ok {
			line = strings.TrimSpace(before + strings.TrimLeft(after, " "))
			if strings.TrimSpace(stripMarker(line+" ")) == "" {
				continue
			}
		}
		lines = append(lines, line)
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
