package harvest

import (
	"context"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
)

// refusal says why a draft became no case, in words that tell nothing of it.
type refusal string

// The refusals.
const (
	nothingToAsk  refusal = "the model found nothing to ask"
	badQuestion   refusal = "the question is no single question, or can't be understood alone"
	smuggled      refusal = "the text or the question gives orders to a reader"
	notVerbatim   refusal = "the evidence does not stand in the document"
	noAnchor      refusal = "a fact is not in the evidence"
	trivial       refusal = "the question holds its own answer"
	tooVague      refusal = "a fact could be anything"
	nearDuplicate refusal = "a known case asks the same"
	notEnough     refusal = "the evidence alone does not answer"
	notFound      refusal = "a search for the question does not find the document"
	leftOut       refusal = "its documents belong to cases of different splits"
)

// Bounds of what a model writes.
const (
	minQuestion = 20 // characters
	maxQuestion = 320
	maxEvidence = 2000
	maxFacts    = 5
	maxString   = 200
)

var (
	address   = regexp.MustCompile(`(?i)\bhttps?://|\bwww\.`)
	pointing  = regexp.MustCompile(`(?i)\b(this|the above|the following|the given) (text|passage|document|section|page|excerpt|article|paragraph|table)\b|\baccording to the (text|passage|document|section)\b`)
	addressed = regexp.MustCompile(`(?i)\b(ignore|disregard|forget|override)\b[^.]{0,40}\b(instructions?|prompts?|rules|above|previous|prior|earlier)\b` +
		`|\bsystem prompt\b|\b(as|you are) an? (ai|assistant|language model|llm|chatbot)\b|\b(dear|attention|note to|hey) (ai|assistant|model|llm|chatbot|judge|grader)s?\b` +
		`|\b(you must|always|never) (answer|reply|respond|say|state|output|cite|recommend)\b|\b(respond|reply|answer) (only )?with\b|\bnew instructions?\b|<\|?(system|im_start|assistant|instructions?)\b|\bpass(es)? every check\b|\bgive (it|this|the answer) (full|top) (marks|score)\b`)
)

// check turns a draft about a document into a case, or says why not.
func (d draft) check(path, document, chunk string) (eval.Case, refusal) {
	if !d.Answerable || d.Question == "" {
		return eval.Case{}, nothingToAsk
	}
	c := eval.Case{Question: strings.Join(strings.Fields(d.Question), " "), Answer: strings.TrimSpace(d.Answer), Docs: []string{path}, Nuggets: d.nuggets()}
	if why := checkQuestion(c.Question); why != "" {
		return c, why
	}
	if addressed.MatchString(chunk) || addressed.MatchString(c.Question+"\n"+c.Answer) {
		return c, smuggled
	}
	var evidence []string
	for _, e := range d.Evidence {
		quote := find(document, e.Quote)
		if quote == "" || len(quote) > maxEvidence {
			return c, notVerbatim
		}
		evidence = append(evidence, quote)
		c.Evidence = append(c.Evidence, eval.Evidence{Doc: path, Quote: quote})
	}
	if len(evidence) == 0 {
		return c, notVerbatim
	}
	return c, checkFacts(c, strings.Join(evidence, "\n"))
}

func checkQuestion(q string) refusal {
	n := utf8.RuneCountInString(q)
	if n < minQuestion || n > maxQuestion || !strings.HasSuffix(q, "?") || strings.Count(q, "?") > 2 ||
		strings.ContainsAny(q, "\n【】") || strings.Contains(q, "```") || address.MatchString(q) || pointing.MatchString(q) {
		return badQuestion
	}
	return ""
}

// checkFacts wants each fact to stand in the evidence by one of its strings, and
// none of the strings in the question.
func checkFacts(c eval.Case, evidence string) refusal {
	if len(c.Nuggets) == 0 || len(c.Nuggets) > maxFacts {
		return noAnchor
	}
	question := fold(c.Question)
	for _, n := range c.Nuggets {
		if !n.In(evidence) {
			return noAnchor
		}
		for _, s := range n.AnyOf {
			switch {
			case len(s) > maxString || vague(s):
				return tooVague
			case strings.Contains(question, fold(s)) || !adds(s, question):
				return trivial
			}
		}
	}
	return ""
}

// vague strings occur in too many answers to tell a right one.
func vague(s string) bool {
	letters, digits := 0, 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			letters++
		} else if unicode.IsDigit(r) {
			digits++
		}
	}
	return letters+digits < 2 || digits == 0 && letters < 4 && s == strings.ToLower(s) || common[fold(s)]
}

var common = func() map[string]bool {
	set := map[string]bool{}
	for s := range strings.FieldsSeq("yes no not true false none all any the and this that with from for can may must will should also only both null n/a") {
		set[s] = true
	}
	return set
}()

// adds tells whether a string has a word that the question lacks.
func adds(s, question string) bool {
	asked := map[string]bool{}
	for _, w := range wordsOf(question) {
		asked[w] = true
	}
	for _, w := range wordsOf(fold(s)) {
		if !asked[w] {
			return true
		}
	}
	return false
}

func wordsOf(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// Answerer answers a question from one document, of which it knows the path and
// this text: where the evidence stands, and the evidence.
type Answerer func(ctx context.Context, question, path, text string) (agent.Answer, error)

// suffices tells whether the agent states all facts from the evidence alone.
func (d *Desk) suffices(ctx context.Context, c eval.Case, headings string) (bool, error) {
	if d.cfg.Answer == nil {
		return true, nil
	}
	var evidence []string
	for _, e := range c.Evidence {
		evidence = append(evidence, e.Quote)
	}
	a, err := d.cfg.Answer(ctx, c.Question, c.Docs[0], headings+strings.Join(evidence, "\n"))
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if err != nil || a.Status != agent.Answered {
		return false, nil //nolint:nilerr // an agent that fails has not answered
	}
	g, err := d.cfg.Judge.Grade(ctx, c, a)
	if err != nil {
		return false, err
	}
	for _, check := range g.Checks {
		if strings.HasPrefix(check.ID, "nugget") && !check.Pass {
			return false, nil
		}
	}
	return g.Score > 0, nil
}
