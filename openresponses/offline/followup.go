package offline

import (
	"regexp"
	"strings"
)

// clauseBorder parts the questions within a question.
var clauseBorder = regexp.MustCompile(`(?i)[,;] and (?:which|what|how|why|when|where|who)\b|[.?!] +|, (?:which|what|how|why|when|where|who)\b| and (?:how|what|which|why|when) (?:do|does|did|is|are|was|were|should|must|can)\b`)

var (
	leansForward = regexp.MustCompile(`(?i)^(and|but|or|so|also|what about|how about|same|then|ok|okay|instead|why( not)?\?*$)\b`)
	leansBack    = regexp.MustCompile(`(?i)\b(it|its|that|this|those|these|they|them|their|there|then|he|she|the same|the former|the latter|the (first|second|last|other) one|above|previous(ly)?|you (said|mentioned))\b`)
)

// standalone is the question in a form that can be searched for: a follow-up
// that leans on what was asked before is completed with it.
func (v *conversation) standalone() string {
	out := v.question
	if onlyGreets(out) {
		return ""
	}
	for i := len(v.earlier) - 1; i >= 0 && isFollowUp(out); i-- {
		if onlyGreets(v.earlier[i]) {
			continue
		}
		out = strings.TrimSpace(v.earlier[i]) + " " + out
		if !isFollowUp(v.earlier[i]) {
			break
		}
	}
	return out
}

// isFollowUp reports whether a question can't be understood alone: it opens
// like a continuation, or says little and points back.
func isFollowUp(question string) bool {
	n := len(distinct(terms(question)))
	question = strings.TrimSpace(question)
	if leansForward.MatchString(question) && n <= 8 {
		return true
	}
	return n <= 2 || n <= 5 && leansBack.MatchString(question)
}
