// Package lint holds the system prompts that a rewriter proposes to rules that no score may
// outweigh, so that nothing gets into a prompt from documents, questions or answers but
// guidance. It stores nothing.
package lint

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/honehq/hone/internal/wording"
	"github.com/honehq/hone/prompts"
)

// MaxPrompt is how long a proposed prompt may be, in characters, unless the
// prompt in use is longer already.
const MaxPrompt = 6000

// copiedWords is the length of a run of words that counts as copied.
const copiedWords = 8

// Rules are what proposals for a prompt are held to. What may get into a prompt is what guidance for searching, reading, answering, citing and
// declining is made of; it is checked sentence by sentence, for those that the
// champion doesn't have:
//
//   - its shape: no address, code, markup, identifier, hidden or foreign letter;
//   - its words: those of documents, questions, answers and reasons that the
//     rewriter has seen only if the champion has them, too, or a vocabulary of
//     such guidance does;
//   - its acts: nothing is done but searching, reading and writing an answer,
//     and no secret is told;
//   - its origin: it repeats no sentence that the rewriter has seen;
//   - its language is the champion's.
//
// The rules do not try to know orders from guidance by their looks alone: an
// order needs a purpose of its own, and the words for it.
//
// Rules are not safe for concurrent use.
type Rules struct {
	champion prompts.Prompt
	old      set    // folded sentences of the champion
	words    set    // stems of the champion's words
	language string // the champion's, "" if it does not show
	tried    map[string]bool
	returned [][]guideline // of prompts that were put back
	copies   set           // runs of words that must not be copied
	own      set           // runs of the champion's, which are no copies
	seen     sight
}

// New makes the rules of a round: of a champion, of prompts that need no
// second try, and of texts that must not be copied from.
func New(champion prompts.Prompt, tried []string, secret ...string) *Rules {
	l := &Rules{
		champion: champion, old: set{}, words: set{}, language: languageOf(champion.Text),
		tried: map[string]bool{wording.Fold(champion.Text): true}, copies: set{}, own: setOf(runsOf(plainWords(champion.Text), copiedWords)),
		seen: newSight(),
	}
	for _, s := range Sentences(champion.Text) {
		l.old[wording.Fold(s)] = true
	}
	for _, w := range plainWords(champion.Text) {
		l.words[wording.Stem(w)] = true
	}
	for _, t := range tried {
		l.Tried(t)
	}
	l.forbid(secret...)
	return l
}

// Tried says that a prompt needs no second try.
func (l *Rules) Tried(text string) { l.tried[wording.Fold(text)] = true }

// Limit is how long a proposal may be, in characters.
func (l *Rules) Limit() int { return max(MaxPrompt, utf8.RuneCountInString(l.champion.Text)) }

// forbid adds texts that must not be copied from.
func (l *Rules) forbid(texts ...string) {
	for _, t := range texts {
		for _, run := range runsOf(plainWords(t), copiedWords) {
			if !l.own[run] {
				l.copies[run] = true
			}
		}
	}
}

// Show adds texts that the rewriter has seen, or that stand behind what it has
// seen: their words and sentences are suspect.
func (l *Rules) Show(texts ...string) {
	for _, t := range texts {
		if l.seen.add(t) {
			l.forbid(t)
		}
	}
}

// Check says why a proposal is out, in words that quote nothing but the
// proposal; "" if it is not.
func (l *Rules) Check(text string) string {
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "" || !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return "it is empty or not text"
	case n > l.Limit():
		return fmt.Sprintf("it has %d characters, more than %d", n, l.Limit())
	case l.tried[wording.Fold(text)]:
		return "it was tried before"
	case l.comesBack(text):
		return "it says in other words what a prompt said that was on trial and put back"
	}
	if want, got := prompts.Variables(l.champion.Text), prompts.Variables(text); !slices.Equal(want, got) {
		return fmt.Sprintf("it uses the variables %v, not %v", got, want)
	}
	if why := strange(text, l.champion.Text); why != "" {
		return why
	}
	for _, run := range runsOf(plainWords(text), copiedWords) {
		if l.copies[run] {
			return fmt.Sprintf("it copies %d words in a row from a case or a document", copiedWords)
		}
	}
	var fresh []string
	for _, s := range Sentences(text) {
		if l.old[wording.Fold(s)] {
			continue
		}
		if why := l.sentence(s); why != "" {
			return why
		}
		fresh = append(fresh, s)
	}
	return l.together(fresh)
}

// sentence checks one that the champion doesn't have.
func (l *Rules) sentence(s string) string {
	s = placeholder.ReplaceAllString(s, " ")
	if m := newIn(webAddress, s, l.champion.Text); m != "" {
		return fmt.Sprintf("it holds an address: %.60q", m)
	}
	if m := newIn(codeLike, s, l.champion.Text); m != "" {
		return fmt.Sprintf("it holds code, markup or an identifier: %.60q", m)
	}
	if m := orderIn(s, l.champion.Text); m != "" {
		return fmt.Sprintf("it holds an order that may come from a document: %.60q", m)
	}
	if m := actIn(s); m != "" {
		return fmt.Sprintf("it holds an order that is not about answering: %.60q", m)
	}
	if w := l.foreign(s); w != "" {
		return fmt.Sprintf("it holds a word of a document, a question or an answer: %.60q", w)
	}
	if l.seen.repeats(s) {
		return fmt.Sprintf("it repeats an order that it was shown: %.60q", s)
	}
	return ""
}

// together checks what is new as a whole.
func (l *Rules) together(fresh []string) string {
	all := strings.Join(fresh, "\n")
	if got := strangeLanguage(fresh, l.language); got != "" {
		return fmt.Sprintf("it is written in %s, not in %s", got, l.language)
	}
	if l.language != inEnglish && l.language != "" {
		return ""
	}
	if known, unknown := l.count(all); unknown >= 4 && unknown*3 > known+unknown {
		return fmt.Sprintf("%d of its %d new words are none that guidance needs", unknown, known+unknown)
	}
	return ""
}

// foreign returns a word that the rewriter can have from what it was shown
// only.
func (l *Rules) foreign(s string) string {
	words := plainWords(s)
	protects := protective.MatchString(plainText(s))
	for i, w := range words {
		st := wording.Stem(w)
		switch {
		case !l.seen.words[st], l.words[st], vocabulary()[st], functionWords(l.language)[w]:
		case protects && acts[w]: // as an order it was found already
		case number(w) && (measured(words[i+1:]) || i > 0 && numbered[wording.Stem(words[i-1])]):
		default:
			return w
		}
	}
	return ""
}

func number(w string) bool { return strings.Trim(w, "0123456789") == "" }

// countable are stems of what guidance counts.
var countable = stemsOf(`word character sentence paragraph line bullet item point query search attempt time passage document source citation step way section result minute second`)

// numbered are stems of what guidance numbers.
var numbered = stemsOf(`rule step point item part section phase guideline`)

// measured tells whether a number stands before what guidance counts.
func measured(after []string) bool {
	for _, w := range after {
		if !number(w) {
			return countable[wording.Stem(w)]
		}
	}
	return false
}

// count counts the words that the vocabulary or the champion has, and others.
func (l *Rules) count(s string) (known, unknown int) {
	for _, w := range plainWords(s) {
		if st := wording.Stem(w); l.words[st] || vocabulary()[st] || number(w) {
			known++
		} else {
			unknown++
		}
	}
	return known, unknown
}
