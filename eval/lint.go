package eval

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/honehq/hone/prompts"
)

// MaxPrompt is how long a proposed prompt may be, in characters, unless the
// prompt in use is longer already.
const MaxPrompt = 6000

// copiedWords is the length of a run of words that counts as copied.
const copiedWords = 8

// lint holds proposals to rules that no score may outweigh.
type lint struct {
	champion prompts.Prompt
	tried    map[string]bool // folded texts of prompts that need no second try
	secrets  map[string]bool // runs of words that must not be copied
}

// newLint makes the rules of a round. What the rewriter could copy is what it
// is shown, questions, answers and reasons, and what train and dev expect; runs
// that stand in the prompt in use already are no copies.
func newLint(champion prompts.Prompt, tried []string, shown ...string) *lint {
	l := &lint{champion: champion, tried: map[string]bool{fold(champion.Text): true}, secrets: map[string]bool{}}
	for _, t := range tried {
		l.tried[fold(t)] = true
	}
	l.forbid(shown...)
	return l
}

// forbid adds texts that must not be copied.
func (l *lint) forbid(texts ...string) {
	own := map[string]bool{}
	for _, run := range runs(l.champion.Text) {
		own[run] = true
	}
	for _, t := range texts {
		for _, run := range runs(t) {
			if !own[run] {
				l.secrets[run] = true
			}
		}
	}
}

// runs returns all runs of copiedWords words, without punctuation and case.
func runs(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var out []string
	for i := 0; i+copiedWords <= len(words); i++ {
		out = append(out, strings.Join(words[i:i+copiedWords], " "))
	}
	return out
}

var (
	webAddress = regexp.MustCompile(`(?i)\b(https?|ftp|file|data|javascript):|\bwww\.|\b[\w.+-]+@[\w-]+\.\w{2,}\b|\b\d{1,3}(\.\d{1,3}){3}\b`)
	// smuggled matches orders that no guidance for searching and citing needs,
	// and that a document planted for the assistant would give.
	smuggled = regexp.MustCompile(`(?i)\b(ignore|disregard|forget|override)\b[^.\n]{0,30}\b(previous|prior|above|earlier|other|all|these|those|your)\b[^.\n]{0,20}\b(instruction|rule|prompt|guideline|contract)` +
		`|\b(password|passphrase|api[ _-]?key|secret|credential|access token|private key)s?\b` +
		`|\b(curl|wget|base64|eval|powershell)\b` +
		`|\b(system prompt|developer message|jailbreak|you are now)\b` +
		`|<\s*/?\s*(script|iframe|img|system|assistant)\b|!\[[^\]]*\]\(`)
)

// check says why a proposal is out, in words that quote nothing but the
// proposal; "" if it is not.
func (l *lint) check(text string) string {
	limit := max(MaxPrompt, utf8.RuneCountInString(l.champion.Text))
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "" || !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return "it is empty or not text"
	case n > limit:
		return fmt.Sprintf("it has %d characters, more than %d", n, limit)
	case l.tried[fold(text)]:
		return "it was tried before"
	}
	if want, got := prompts.Variables(l.champion.Text), prompts.Variables(text); !slices.Equal(want, got) {
		return fmt.Sprintf("it uses the variables %v, not %v", got, want)
	}
	if m := newIn(webAddress, text, l.champion.Text); m != "" {
		return fmt.Sprintf("it holds an address: %.60q", m)
	}
	if m := newIn(smuggled, text, l.champion.Text); m != "" {
		return fmt.Sprintf("it holds an order that may come from a document: %.60q", m)
	}
	for _, run := range runs(text) {
		if l.secrets[run] {
			return fmt.Sprintf("it copies %d words in a row from a case or a document", copiedWords)
		}
	}
	return ""
}

// newIn returns a match in text that the champion doesn't have as well.
func newIn(pattern *regexp.Regexp, text, champion string) string {
	for _, m := range pattern.FindAllString(text, -1) {
		if !strings.Contains(fold(champion), fold(m)) {
			return m
		}
	}
	return ""
}
