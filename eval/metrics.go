package eval

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/internal/wording"
)

// Metric is a measure of one answer that needs no model. Evaluations report
// its mean over cases.
type Metric string

// The metrics. All but the last three are shares in [0, 1]. A metric that does
// not apply to a case is left out of its mean.
const (
	MetricScore     Metric = "score"             // by the rubric
	VitalRecall     Metric = "vital_recall"      // vital nuggets in the first 1,200 characters
	NuggetRecall    Metric = "nugget_recall"     // all nuggets, there
	CitationsValid  Metric = "citation_validity" // see citationValidity; of answers only
	QuotesFound     Metric = "quotes_found"      // quotes that occur in the cited document; where its text is at hand
	CitedPrecision  Metric = "cited_precision"   // of the cited documents, how many are gold; 0 if refused
	CitedRecall     Metric = "cited_recall"      // of the gold documents, how many are cited
	StatementsCited Metric = "statements_cited"  // statements that carry a citation; of answers only
	RefusalRight    Metric = "refusal_right"     // 1 where answering or declining was right
	Characters      Metric = "characters"        // of the answer
	Seconds         Metric = "seconds"
	Tokens          Metric = "tokens" // input and output
)

// metrics in the order of reports.
var metrics = []Metric{
	MetricScore, VitalRecall, NuggetRecall, CitedPrecision, CitedRecall, CitationsValid, QuotesFound,
	StatementsCited, RefusalRight, Characters, Seconds, Tokens,
}

// metricWords are what people read.
var metricWords = map[Metric]string{
	MetricScore: "score", VitalRecall: "vital nuggets", NuggetRecall: "all nuggets", CitationsValid: "valid",
	QuotesFound: "quotes found", CitedPrecision: "cited right", CitedRecall: "cited all",
	StatementsCited: "statements cited", RefusalRight: "refusal right", Characters: "characters", Seconds: "seconds", Tokens: "tokens",
}

// Words are the metric's name for people, in tables and on pages.
func (m Metric) Words() string { return cmp.Or(metricWords[m], string(m)) }

// answerChars is how far into an answer facts are looked for: what is read of
// a message on call.
const answerChars = 1200

// Measures are the metrics that apply to an answer.
type Measures map[Metric]float64

// measure computes all metrics of an answer. found says which citations'
// quotes occur in their documents; nil where that is not known.
func measure(c Case, a agent.Answer, found []bool) Measures {
	m := Measures{Characters: float64(utf8.RuneCountInString(a.Answer)), Seconds: a.Duration, Tokens: float64(a.Usage.InputTokens + a.Usage.OutputTokens)}
	refused := a.Status == agent.NotFound
	m[RefusalRight] = yes(refused == (c.Type == Unanswerable))
	if !refused {
		m[CitationsValid] = citationValidity(a, found)
		m[StatementsCited] = statementsCited(a.Answer)
		if len(found) > 0 {
			m[QuotesFound] = share(found)
		}
	}
	if c.Type == Unanswerable {
		return m
	}
	if vital := c.vital(); len(vital) > 0 {
		m[VitalRecall] = recall(vital, a)
	}
	if len(c.Nuggets) > 0 {
		m[NuggetRecall] = recall(c.Nuggets, a)
	}
	if len(c.Docs) > 0 {
		m[CitedPrecision], m[CitedRecall] = citedDocuments(c, a)
	}
	return m
}

func yes(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func share(list []bool) float64 {
	n := 0
	for _, b := range list {
		if b {
			n++
		}
	}
	return float64(n) / float64(len(list))
}

// In reports whether a text contains one of the nugget's strings, compared
// case-insensitively with white space folded.
func (n Nugget) In(text string) bool {
	text = wording.Fold(text)
	return slices.ContainsFunc(n.AnyOf, func(s string) bool {
		s = wording.Fold(s)
		return s != "" && strings.Contains(text, s)
	})
}

// recall is the share of nuggets that an answer holds; 0 if it refuses.
func recall(nuggets []Nugget, a agent.Answer) float64 {
	if a.Status == agent.NotFound {
		return 0
	}
	held := 0
	for _, n := range nuggets {
		if n.In(plain(a.Answer)) {
			held++
		}
	}
	return float64(held) / float64(len(nuggets))
}

// codeOrMark matches code, in which brackets are no citations, or a mark, whose
// number is the submatch.
var codeOrMark = regexp.MustCompile("(?s)```.*?```|`[^`\n]*`|\\s?\\[(\\d{1,3})\\]")

// plain is what facts are looked for in: the first characters, without
// citation marks, which may stand within a fact.
func plain(answer string) string { return unmarked(cut(answer, answerChars)) }

// unmarked takes the citation marks out of a text.
func unmarked(text string) string {
	if !strings.Contains(text, "[") {
		return text
	}
	return codeOrMark.ReplaceAllStringFunc(text, func(s string) string {
		if strings.HasPrefix(s, "`") {
			return s
		}
		return ""
	})
}

// marks returns the numbers of the citations that a text refers to.
func marks(text string) map[int]bool {
	out := map[int]bool{}
	if !strings.Contains(text, "[") {
		return out
	}
	for _, m := range codeOrMark.FindAllStringSubmatch(text, -1) {
		if n, err := strconv.Atoi(m[1]); err == nil {
			out[n] = true
		}
	}
	return out
}

// citationValidity is the share of citations, and of marks that lead nowhere,
// which are sound: numbered in order, referred to in the answer, with a
// document and a quote that occurs there. An answer without any has 0.
func citationValidity(a agent.Answer, found []bool) float64 {
	used := marks(a.Answer)
	total, valid := len(a.Citations), 0
	for i, c := range a.Citations {
		if used[c.N] && c.N == i+1 && c.Path != "" && strings.TrimSpace(c.Quote) != "" && (len(found) == 0 || found[i]) {
			valid++
		}
	}
	for n := range used {
		if n < 1 || n > len(a.Citations) {
			total++
		}
	}
	if total == 0 {
		return 0
	}
	return float64(valid) / float64(total)
}

// gold tells whether a path is one of the documents that hold the answer.
func (c Case) gold(file string) bool {
	return slices.ContainsFunc(c.Docs, func(d string) bool { return path.Clean(d) == path.Clean(file) })
}

// citedDocuments compares the cited with the gold documents. What is refused
// cites nothing and has 0 in both.
func citedDocuments(c Case, a agent.Answer) (precision, recall float64) {
	cited := map[string]bool{}
	if a.Status != agent.NotFound {
		for _, x := range a.Citations {
			cited[path.Clean(x.Path)] = true
		}
	}
	hits := 0
	gold := map[string]bool{}
	for _, d := range c.Docs {
		d = path.Clean(d)
		if cited[d] && !gold[d] {
			hits++
		}
		gold[d] = true
	}
	if len(cited) == 0 {
		return 0, 0
	}
	return float64(hits) / float64(len(cited)), float64(hits) / float64(len(gold))
}
