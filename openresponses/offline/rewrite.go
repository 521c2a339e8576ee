package offline

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// rewriteRequest is what the rewriter reads in the user's message of a request
// with RewriteFormat. Fields that are missing are zero.
type rewriteRequest struct {
	Prompt    string    `json:"prompt"`
	Failures  []failure `json:"failures"`
	Variables []string  `json:"variables"`
	MaxLength int       `json:"max_length"` // in characters; 0: no bound
	Seed      uint64    `json:"seed"`       // 0: from the request's text
	Reviews   []failure `json:"reviews"`    // of all questions; those without a failed check are no failures
	Merge     *merging  `json:"merge"`      // two prompts are to be united; nothing else counts then
}

// merging are a prompt that is good at other things, and what both were made of.
type merging struct {
	Other    string `json:"other"`
	Ancestor string `json:"ancestor"`
}

// failure is an answer that did not pass every check.
type failure struct {
	Question string    `json:"question"`
	Answer   string    `json:"answer"`
	Status   string    `json:"status"`
	Checks   []verdict `json:"checks"`
}

type rewritten struct {
	Prompt    string `json:"prompt"`
	Rationale string `json:"rationale"`
}

// maxAdded bounds the guidelines that one rewrite adds, so that a round can
// tell what helped.
const maxAdded = 2

// rewrite edits the prompt for what its failures have in common: it drops
// sentences that may cause them and adds guidelines from the stock. The same
// request gives the same prompt; another seed gives another.
func rewrite(request string) string {
	var q rewriteRequest
	if err := json.Unmarshal([]byte(jsonObject(request)), &q); err != nil {
		return string(mustJSON(rewritten{Rationale: "The request could not be read."}))
	}
	seed := q.Seed
	if seed == 0 {
		h := fnv.New64a()
		h.Write([]byte(request))
		seed = h.Sum64()
	}
	if q.Merge != nil {
		return string(mustJSON(q.unite()))
	}
	for _, r := range q.Reviews {
		if slices.ContainsFunc(r.Checks, func(v verdict) bool { return !v.Pass }) {
			q.Failures = append(q.Failures, r)
		}
	}
	return string(mustJSON(q.rewrite(rand.New(rand.NewPCG(seed, 1)))))
}

func (q *rewriteRequest) rewrite(random *rand.Rand) rewritten {
	blame := q.blame()
	prompt, dropped := q.drop(blame)
	var added []string
	for len(added) < maxAdded {
		r := choose(blame, prompt, random)
		if r == nil {
			break
		}
		sentence := r.wordings[random.IntN(len(r.wordings))]
		longer := strings.TrimSpace(strings.TrimRight(prompt, "\n") + "\n- " + sentence)
		if q.MaxLength > 0 && utf8.RuneCountInString(longer) > q.MaxLength {
			break
		}
		prompt = longer
		added = append(added, r.habit)
		if random.IntN(2) == 0 {
			break
		}
	}
	return rewritten{Prompt: prompt, Rationale: rationale(blame, added, dropped)}
}

// cause is why answers fail.
type cause string

// The causes.
const (
	refusedWrongly  cause = "questions that the documents answer were refused"
	answeredWrongly cause = "questions that the documents don't answer were answered"
	uncited         cause = "statements lacked citations"
	missedSteps     cause = "answers to procedures lacked steps or commands"
	missedFacts     cause = "answers lacked facts"
	tooLong         cause = "answers were too long"
)

// causes in the order of ties.
var causes = []cause{missedFacts, missedSteps, refusedWrongly, answeredWrongly, uncited, tooLong}

// blame counts the causes, a failure once for each.
func (q *rewriteRequest) blame() map[cause]int {
	blame := map[cause]int{}
	for _, f := range q.Failures {
		for c := range f.causes() {
			blame[c]++
		}
	}
	return blame
}

// shouldRefuse matches reasons that say that a refusal would have been right.
var shouldRefuse = regexp.MustCompile(`(?i)(documents|passages|sources) (do|does)(n't| not) (answer|contain|say|hold|cover|know)|unanswer|should (have )?(said|say|refuse|decline|admit)|answers although|no answer exists`)

func (f failure) causes() map[cause]bool {
	out := map[cause]bool{}
	refused := f.Status == "not_found" || strings.HasPrefix(f.Answer, notFoundLine)
	for _, c := range f.Checks {
		about := c.ID + " " + c.Reason
		switch {
		case c.Pass:
		case refused:
			out[refusedWrongly] = true
		case shouldRefuse.MatchString(about) || strings.Contains(c.ID, "refus"):
			out[answeredWrongly] = true
		case aboutCitation.MatchString(c.ID):
			out[uncited] = true
		case aboutLength.MatchString(c.ID):
			out[tooLong] = true
		case readCues(f.Question).command:
			out[missedSteps] = true
		default:
			out[missedFacts] = true
		}
	}
	return out
}

// remedy is a guideline of the stock: the causes it may cure, and its
// wordings.
type remedy struct {
	habit    string
	cures    []cause
	harms    []string // habits whose sentences stand against it
	wordings []string
}

var stock = []remedy{
	{"ask in several ways", []cause{missedFacts, refusedWrongly, missedSteps}, []string{"search once"}, []string{
		"Search in several ways: the question as asked, its keywords, and other words for the same thing.",
		"Use more than one search query; vary the wording and add synonyms.",
		"Rephrase the question and search with different wordings before you answer.",
	}},
	{"look into local files", []cause{refusedWrongly, missedFacts}, []string{"never look into local files"}, []string{
		"If the passages found are weak, list the local files, read the one that fits and index it.",
		"When a search brings little, look into local files for documents that are not indexed yet.",
		"Check the local files before you give up; index what answers and search again.",
	}},
	{"quote commands whole", []cause{missedSteps}, []string{"no commands"}, []string{
		"Quote commands whole, with every flag.",
		"For procedures, give the complete code blocks exactly as they stand in the document.",
		"Copy shell commands verbatim and never shorten them.",
	}},
	{"be thorough", []cause{missedSteps, missedFacts}, []string{"be brief"}, []string{
		"Be thorough: cover every part of the question and list all steps.",
		"Give complete answers; leave nothing out that was asked for.",
	}},
	{"exact numbers first", []cause{missedFacts}, nil, []string{
		"Give exact numbers, names and identifiers first.",
		"Lead with the precise values and names that were asked for.",
	}},
	{"prefer newer", []cause{missedFacts}, []string{"ignore dates"}, []string{
		"Where documents contradict each other, prefer the newer one.",
		"If statements conflict, trust the most recent document.",
	}},
	{"say when it is not known", []cause{answeredWrongly}, []string{"always answer"}, []string{
		"If the passages do not contain the answer, say so; never guess.",
		"Say that it is not known rather than guessing when the evidence is insufficient.",
		"Only answer what the passages support; otherwise admit that you do not know.",
	}},
	{"always answer", []cause{refusedWrongly}, []string{"say when it is not known"}, []string{
		"Always try to answer from the best passages.",
		"Give your best effort even if the passages answer only partly.",
	}},
	{"cite each statement", []cause{uncited}, []string{"no citations", "cite at the end"}, []string{
		"Cite each statement with the passage that says it.",
		"Put a citation after every claim.",
	}},
	{"be brief", []cause{tooLong}, []string{"be thorough"}, []string{
		"Be brief.",
		"Keep answers short and to the point.",
	}},
}

// drop removes sentences of the prompt whose habit stands against a remedy of
// a cause, unless they hold a placeholder.
func (q *rewriteRequest) drop(blame map[cause]int) (prompt string, dropped []string) {
	var against []string
	for _, r := range stock {
		if slices.ContainsFunc(r.cures, func(c cause) bool { return blame[c] > 0 && blame[c]*3 >= len(q.Failures) }) {
			against = append(against, r.harms...)
		}
	}
	var lines []string
	for line := range strings.SplitSeq(q.Prompt, "\n") {
		kept := sentences(line)
		kept = slices.DeleteFunc(kept, func(s string) bool {
			for i := range habits {
				if slices.Contains(against, habits[i].name) && habits[i].says(plainSentence(stripMarker(s))) && !strings.Contains(s, "{{") {
					dropped = append(dropped, habits[i].name)
					return true
				}
			}
			return false
		})
		if len(kept) == len(sentences(line)) {
			lines = append(lines, line)
		} else if len(kept) > 0 {
			lines = append(lines, strings.Join(kept, " "))
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\n")), dropped
}

// choose draws a remedy in proportion to the failures that it may cure, of
// those that the prompt doesn't have yet; nil if there is none.
func choose(blame map[cause]int, prompt string, random *rand.Rand) *remedy {
	has := map[string]bool{}
	for _, s := range sentences(strings.ReplaceAll(prompt, "\n", ". ")) {
		for i := range habits {
			if habits[i].says(plainSentence(stripMarker(s))) {
				has[habits[i].name] = true
			}
		}
	}
	total := 0
	weights := make([]int, len(stock))
	for i, r := range stock {
		if has[r.habit] || slices.ContainsFunc(r.harms, func(h string) bool { return has[h] }) {
			continue
		}
		for rank, c := range r.cures {
			weights[i] += blame[c] * 6 / (rank + 1)
		}
		total += weights[i]
	}
	if total == 0 {
		return nil
	}
	at := random.IntN(total)
	for i := range stock {
		if at -= weights[i]; at < 0 {
			return &stock[i]
		}
	}
	return nil
}

func rationale(blame map[cause]int, added, dropped []string) string {
	var why []string
	for _, c := range causes {
		if blame[c] > 0 {
			why = append(why, fmt.Sprintf("%s (%d)", c, blame[c]))
		}
	}
	if len(why) == 0 {
		why = []string{"no failure points to the prompt"}
	}
	out := "Seen: " + strings.Join(why, "; ") + "."
	if len(added) > 0 {
		out += " Added: " + strings.Join(added, ", ") + "."
	}
	if len(dropped) > 0 {
		out += " Dropped: " + strings.Join(dropped, ", ") + "."
	}
	if len(added)+len(dropped) == 0 {
		out += " Left as it was."
	}
	return out
}
