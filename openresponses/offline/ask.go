package offline

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// asked is a question that a line of text answers.
type asked struct {
	question string
	answer   string // a sentence
	key      string // what of the line an answer must hold
	line     string // as in the text
	header   string // of a table's row
}

// askOf makes a case of a piece of a document; nil if none of its lines has a
// form that a question can be made of.
func askOf(q caseRequest) *caseReply {
	about := documentName(q)
	if about == "" {
		return nil
	}
	var found []asked
	s := scene{about: about, section: lastSection(q.Section, q.Title)}
	lines := strings.Split(withoutFrontMatter(q.Text), "\n")
	for i := 0; i < len(lines); i++ {
		i = s.read(lines, i)
	}
	for _, a := range s.found {
		if sound(a) {
			found = append(found, a)
		}
	}
	if len(found) == 0 {
		return nil
	}
	a := found[pick(len(found), q.Text)]
	made := caseReply{
		Answerable: true, Question: a.question, Answer: a.answer,
		Facts: []caseFact{{a.answer, []string{a.key}}},
	}
	for _, line := range []string{a.header, a.line} {
		if line != "" {
			made.Evidence = append(made.Evidence, caseEvidence{q.Document, line})
		}
	}
	return &made
}

// documentName names the document in a question: its title, if that tells it from
// others.
func documentName(q caseRequest) string {
	title := tidy(q.Title)
	words := len(strings.Fields(title))
	if utf8.RuneCountInString(title) > 90 || len(title) < 4 || words < 2 && !strings.ContainsAny(title, "-_.") && !hasCapital(title) {
		return ""
	}
	return title
}

func hasCapital(s string) bool { return strings.ContainsFunc(s[1:], unicode.IsUpper) }

func lastSection(section, title string) string {
	levels := strings.Split(section, " › ")
	last := tidy(levels[len(levels)-1])
	if last == tidy(title) {
		return ""
	}
	return last
}

// scene reads a piece of a document line by line.
type scene struct {
	about      string // the document
	section    string // the heading above
	header     []string
	headerLine string
	found      []asked
}

var (
	keyValue  = regexp.MustCompile(`^(?:[-*+] +)?(?:\*\*|__)?([A-Z][\w /()'-]{2,40}?)(?:\*\*|__)?:(?:\*\*|__)? +(.{2,240})$`)
	flagLine  = regexp.MustCompile("^(?:[-*+] +)(?:\\*\\*)?`(--?[a-zA-Z][\\w-]*|[A-Za-z][\\w.-]*[_.-][\\w.-]+)`(?:\\*\\*)? *[:–—-] +(.{12,240})$")
	timeline  = regexp.MustCompile(`^(?:[-*+] +|\| *)?(?:\*\*)?(\d{1,2}:\d{2}(?::\d{2})?(?: ?(?:UTC|CET|PST|PDT|EST|GMT|CEST))?)(?:\*\*)? *(?:[:–—|-]+) *([A-Z][^|]{15,140}?)(?: *\|)?$`)
	isValue   = regexp.MustCompile("^((?:The|Our) (?:[\\w`'/-]+ ){1,5})(is|are) ((?:set to |limited to |kept for |called |at least |at most |about |around |approximately )?[^.]{2,80})\\.?$")
	passive   = regexp.MustCompile("^((?:The |Our |An? |Each |Every |All )?(?:[\\w`'/-]+ ){1,5})(is|are|was|were) (?:automatically |always |then )?([a-z]+ed|kept|sent|held|cut|run|made|put|taken|rebuilt|shut|read|written|built) (after|for|every|until|within|to|at) ([^.;,(]{2,50})(.*)$")
	active    = regexp.MustCompile("^((?:The |Our |An? |Each |Every )?(?:[\\w`'/-]+ ){1,4})(expires|waits|lasts|takes|runs|fires|pages|retries|keeps|alerts|restarts|polls|closes|stops|scales) (?:automatically )?(after|for|every|until|within|at)? ?([^.;,(]{2,50})(.*)$")
	causedBy  = regexp.MustCompile(`^((?:The|This|An?) [\w ,'/-]{8,90}?) (?:was|were) (?:triggered|caused) by ([^.]{10,160})\.?$`)
	plainWord = regexp.MustCompile(`^[A-Za-z][\w'/-]*$`)
	measured  = regexp.MustCompile(`(?i)^(?:about |around |up to |at least |at most |more than |less than )?(?:\d|an? (?:second|minute|hour|day|week|month|year)|one |two |three |four |five |six |seven |eight |nine |ten |twelve |fifteen |twenty |thirty |sixty |ninety )`)
	timeSpan  = regexp.MustCompile(`(?i)\b(ms|s|sec|seconds?|min|minutes?|h|hours?|days?|weeks?|months?|quarters?|years?|UTC)\b|\d:\d`)
	someDay   = regexp.MustCompile(`(?i)^(mon|tue|wed|thu|fri|sat|sun)[a-z]*$|^\d{4}-|\b(hh|mm|dd|yyyy)\b`)
	notThing  = regexp.MustCompile(`(?i)\b(that|which|who|what|it|this|these|those|they|we|you|there|here|one|ones|is|are|was|were|be|and|or|but|if|when|not|no|step|steps|following|other|others|same)\b`)
	leadWord  = regexp.MustCompile(`(?i)^(a|an|the|this|that|these|let|say|watch|ask|don't|do|never|always|not|no|if|when|while|because|since|after|before|we|you|it|they|i|so|but|and|or|for|to|in|on|at|with|from|by|per|run|set|see|check|make|be|keep|give|take|get|look|tell|write|read|wait|call|send|note|remember|expect|confirm|verify|ensure|post|page|use|try)\b`)
	thing     = regexp.MustCompile(`(?i)\b(timeouts?|limits?|size|interval|retention|budget|threshold|period|rate|port|region|channel|owner|contact|severity|duration|deadline|alert|dashboard|queue|topic|bucket|namespace|team|lead|window|schedule|target|escalation|status|detection|resolution|rto|rpo|sla|slo|cost|downtime|frequency|default|engine|language|runtime|database|backup|backups|quota|capacity|commander|service|environment|cluster|license|tier)$`)
)

// askingFor turns what follows a verb into what asks for it.
var askingFor = map[string]string{
	"after": "After how long", "for": "For how long", "every": "How often", "until": "Until when",
	"within": "Within what time", "to": "To what", "at": "At what value or time", "": "How long",
}

// Keys of lines that say something of the document, not of its subject, or that
// no question can be made of.
var dullKey = regexp.MustCompile(`(?i)^(note|notes|warning|tip|hint|example|examples|important|caution|see also|see|todo|update|edit|links?|references?|related|kind|type|tags?|title|name|description|summary|steps?|options?|usage|outputs?|inputs?|results?|then|where|why|what|how|who|yes|pros?|cons?|authors?|reviewers?|reviewed|dates?|created|updated|last updated|version|https?|answers?|questions?|problem|solution|impact|risks?|mitigations?|cause|context|decision|consequences|default|values?|first|second|third|finally|next|in addition|additionally|however|goals?|non-goals?|other|others|prerequisites?|requirements?|required|optional|good|bad|required changes?|further reading|read also|approvers?|editors?|expected|possible.*|caveats?|pass|fail|success|failure|step \d+|phase \d+|item|text|code|command|commands|response|request|proof|evidence|reason|reasons|motivation|alternatives?|advantages?|disadvantages?|benefits?|drawbacks?|likelihood|comment|comments|file|files|url)$`)

func (s *scene) add(question, answer, key, line string) {
	s.found = append(s.found, asked{question: question, answer: strings.TrimSpace(answer), key: strings.TrimSpace(key), line: strings.TrimSpace(line)})
}

// read reads from a line on and returns the last line that it read.
func (s *scene) read(lines []string, i int) int {
	line := strings.TrimSpace(lines[i])
	switch {
	case fenceOf(line) != "":
		return s.code(lines, i)
	case isHeading(line):
		s.section, s.header = tidy(strings.TrimLeft(line, "# ")), nil
	case strings.HasPrefix(line, "|") && strings.Count(line, "|") > 2:
		s.row(line, i+1 < len(lines) && strings.Trim(lines[i+1], "|-: \t") == "")
		return i
	case line == "":
		s.header = nil
	default:
		s.prose(line, wholeSentence(lines, i))
	}
	return i
}

// wholeSentence tells that a line is a paragraph or an item of its own.
func wholeSentence(lines []string, i int) bool {
	blank := func(j int) bool {
		if j < 0 || j >= len(lines) {
			return true
		}
		l := strings.TrimSpace(lines[j])
		return l == "" || isItem(l) || isHeading(l)
	}
	line := strings.TrimSpace(lines[i])
	return (blank(i-1) || isItem(line)) && blank(i+1)
}

// prose makes questions of a line of text.
func (s *scene) prose(line string, whole bool) {
	if !whole {
		return
	}
	if m := timeline.FindStringSubmatch(line); m != nil {
		s.add(fmt.Sprintf("At what time did this happen in “%s”: “%s”?", s.about, endless(tidy(m[2]))), fmt.Sprintf("At %s.", m[1]), m[1], line)
		return
	}
	if m := flagLine.FindStringSubmatch(line); m != nil {
		s.add(fmt.Sprintf("What does “%s” say about %#q%s?", s.about, m[1], s.within()), "`"+m[1]+"`: "+m[2], phraseKey(m[2]), line)
		return
	}
	if pairs := strings.Split(line, " · "); keyValue.MatchString(line) {
		for _, pair := range pairs {
			s.pair(strings.TrimSpace(pair), line)
		}
		return
	}
	for _, sentence := range sentences(stripMarker(line)) {
		s.sentence(sentence)
	}
}

// pair makes a question of a named value.
func (s *scene) pair(text, line string) {
	m := keyValue.FindStringSubmatch(text)
	if m == nil {
		return
	}
	name, value := strings.TrimSpace(m[1]), valueKey(m[2])
	if dullKey.MatchString(name) || leadWord.MatchString(name) || len(strings.Fields(name)) > 4 || !definite(value) {
		return
	}
	question := fmt.Sprintf("What does “%s” say about “%s”%s?", s.about, name, s.within())
	switch lower := strings.ToLower(name); {
	case lower == "owner" || lower == "commander" || lower == "incident commander" || lower == "contact" || lower == "lead":
		question = fmt.Sprintf("Who is the %s%s according to “%s”?", lower, s.within(), s.about)
	case lower == "duration":
		question = fmt.Sprintf("What was the duration of the incident “%s”?", s.about)
	case !thing.MatchString(name):
		if !strings.ContainsFunc(value, unicode.IsDigit) && !strings.ContainsAny(value, "_/`") {
			return
		}
	default:
		be := "is"
		if strings.HasSuffix(lower, "s") && !strings.HasSuffix(lower, "ss") && lower != "status" {
			be = "are"
		}
		question = fmt.Sprintf("What %s the %s%s according to “%s”?", be, inSentence(name), s.within(), s.about)
	}
	s.add(question, fmt.Sprintf("%s: %s", name, m[2]), value, line)
}

// sentence makes a question of what a sentence measures, or of a cause.
func (s *scene) sentence(text string) {
	about := fmt.Sprintf(", according to “%s”?", s.about)
	if m := causedBy.FindStringSubmatch(text); m != nil {
		s.add(fmt.Sprintf("What caused or triggered %s in “%s”?", lowerFirst(m[1]), s.about), text, phraseKey(m[2]), text)
		return
	}
	if m := passive.FindStringSubmatch(text); len(m) > 0 && isThing(m[1]) && fits(m[4], m[5]) {
		s.add(fmt.Sprintf("%s %s %s %s%s%s", askingFor[m[4]], m[2], inSentence(m[1]), m[3], s.rest(m[6]), about), text, endless(m[5]), text)
		return
	}
	if m := active.FindStringSubmatch(text); len(m) > 0 && isThing(m[1]) && fits(m[3], m[4]) && (m[3] != "" || m[2] == "takes" || m[2] == "lasts") {
		s.add(fmt.Sprintf("%s does %s %s%s%s", askingFor[m[3]], inSentence(m[1]), bare(m[2]), s.rest(m[5]), about), text, endless(m[4]), text)
		return
	}
	if m := isValue.FindStringSubmatch(text); len(m) > 0 && isThing(m[1]) && definite(valueKey(m[3])) && (measured.MatchString(m[3]) || strings.HasPrefix(m[3], "`") || strings.Contains(m[3], " to ") && strings.ContainsFunc(m[3], unicode.IsDigit)) {
		s.add(fmt.Sprintf("What %s %s%s", m[2], inSentence(m[1]), about), text, valueKey(m[3]), text)
	}
}

// fits tells whether a measure is what the question that is made of it asks
// for: a span of time, but for "to" and "at".
func fits(preposition, value string) bool {
	return measured.MatchString(value) && (preposition == "to" || preposition == "at" || timeSpan.MatchString(value))
}

// rest is what of a sentence's end may follow the question: little, and plain.
func (s *scene) rest(end string) string {
	end = strings.TrimRight(end, " .;,")
	if words := strings.Fields(end); len(words) == 0 || len(words) > 8 || strings.ContainsAny(end, ",;:()?") {
		return ""
	}
	return " " + strings.TrimSpace(end)
}

// isThing tells a noun phrase that names something by itself.
func isThing(subject string) bool {
	subject = strings.TrimSpace(subject)
	n := len(strings.Fields(subject))
	return !notThing.MatchString(subject) && (n >= 2 || strings.Contains(subject, "`"))
}

// bare is a verb without its -s.
func bare(verb string) string {
	if v, ok := strings.CutSuffix(verb, "ies"); ok {
		return v + "y"
	}
	return strings.TrimSuffix(verb, "s")
}

// inSentence is a phrase as it stands within a sentence: names and
// abbreviations keep their capitals.
func inSentence(s string) string {
	s = strings.TrimSpace(s)
	first, _, _ := strings.Cut(s, " ")
	if len(first) > 1 && hasCapital(first) {
		return s
	}
	return lowerFirst(s)
}

// valueKey is what of a value an answer must hold: up to where it is explained.
func valueKey(v string) string {
	v = endless(v)
	if code, _, ok := strings.Cut(strings.TrimPrefix(v, "`"), "`"); ok && strings.HasPrefix(v, "`") {
		return code
	}
	for _, stop := range []string{". ", "; ", " (", ", ", " – ", " - ", ": "} {
		if head, _, ok := strings.Cut(v, stop); ok && definite(head) && !strings.HasSuffix(head, ")") {
			v = head
		}
	}
	return strings.Trim(endless(v), "`")
}

// row makes a question of a table's row: what its second column says of its
// first.
func (s *scene) row(line string, heads bool) {
	if strings.Trim(line, "|-: \t") == "" || s.header == nil && !heads { // a table's end has lost its header
		return
	}
	cells := cellsOf(strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|"))
	if s.header == nil {
		s.header, s.headerLine = cells, line
		return
	}
	if m := timeline.FindStringSubmatch(line); m != nil {
		s.prose(line, true)
		return
	}
	for i := 1; i < len(cells) && i < len(s.header); i++ {
		name, column, value := tidy(cells[0]), tidy(s.header[i]), strings.Trim(cells[i], "`* ")
		if len(name) < 3 || len(name) > 60 || len(column) < 3 || len(column) > 40 || !hasLetter(name) || someDay.MatchString(name) || strings.Contains(cells[i], "](") || !definite(value) || utf8.RuneCountInString(value) > 90 {
			continue
		}
		s.add(fmt.Sprintf("What does the table%s in “%s” say under “%s” for “%s”?", s.within(), s.about, column, name),
			fmt.Sprintf("%s, %s: %s", name, column, value), value, line)
		s.found[len(s.found)-1].header = s.headerLine
		return
	}
}

// code makes a question of a single command under a heading that says what it
// is for. It returns the line that closes the block.
func (s *scene) code(lines []string, open int) int {
	fence := fenceOf(strings.TrimSpace(lines[open]))
	end := open + 1
	for end < len(lines) && !strings.HasPrefix(strings.TrimSpace(lines[end]), fence) {
		end++
	}
	var body []string
	for _, l := range lines[min(open+1, len(lines)):min(end, len(lines))] {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "#") && !strings.HasPrefix(l, "//") {
			body = append(body, l)
		}
	}
	language := strings.ToLower(strings.Trim(strings.TrimSpace(lines[open]), "`~ "))
	if len(body) != 1 || !shellLike(language, body[0]) {
		return end
	}
	command := strings.TrimPrefix(body[0], "$ ")
	if purpose := s.purpose(lines, open); purpose != "" {
		s.add(fmt.Sprintf("Which command does “%s” give %s?", s.about, purpose), "`"+command+"`", command, body[0])
	}
	return end
}

// purpose says what a command is for: what leads in, or the heading.
func (s *scene) purpose(lines []string, open int) string {
	for i := open - 1; i >= 0; i-- {
		line := strings.TrimSpace(lines[i])
		if line == "" {
			continue
		}
		lead := strings.TrimRight(withoutLinks(stripMarker(line)), ": ")
		if strings.HasSuffix(line, ":") && isPlainLead(lead) && (isItem(line) || i == 0 || strings.TrimSpace(lines[i-1]) == "") {
			return "for this step: “" + lead + "”"
		}
		break
	}
	if imperative.MatchString(s.section) && len(strings.Fields(s.section)) >= 3 {
		return "under “" + s.section + "”"
	}
	return ""
}

func isPlainLead(lead string) bool {
	n := len(strings.Fields(lead))
	return n >= 4 && n <= 25 && !strings.ContainsAny(lead, "?`") && unicode.IsUpper([]rune(lead)[0])
}

// shellLike tells a command of a shell from code, configuration and output.
func shellLike(language, line string) bool {
	line = strings.TrimPrefix(line, "$ ")
	words := strings.Fields(line)
	switch language {
	case "", "bash", "sh", "shell", "console", "zsh", "terminal":
	default:
		return false
	}
	return len(words) >= 2 && len(line) >= 10 && len(line) <= 180 && plainWord.MatchString(words[0]) && unicode.IsLower(rune(words[0][0])) &&
		!strings.HasSuffix(words[0], ":") && !strings.ContainsAny(words[1], "=(") && (strings.ContainsAny(line, "-/_.|<>") || language != "")
}

func (s *scene) within() string {
	if s.section == "" || strings.EqualFold(s.section, s.about) || len(s.section) > 60 {
		return ""
	}
	return " (“" + s.section + "”)"
}

// sound drops what reads badly: questions whose answer they hold, and values
// that could be anything.
func sound(a asked) bool {
	key := strings.ToLower(a.key)
	n := utf8.RuneCountInString(a.question)
	return n <= 300 && strings.Count(a.key, "`")%2 == 0 && strings.Count(a.question, "?") == 1 && hasWord(a.key) && len(a.key) <= 190 && !strings.ContainsAny(a.question, "{}<>[]|") &&
		!strings.Contains(strings.ToLower(a.question), key) && !strings.Contains(a.key, "](") && !strings.Contains(a.key, "://") &&
		!strings.ContainsAny(a.key, "\"“”*{") && !strings.Contains(a.key, " and would ")
}

// definite values can be told from others: they hold a digit, an identifier, a
// name, or two words.
func definite(v string) bool {
	v = strings.TrimSpace(v)
	switch strings.ToLower(strings.Trim(v, ".*_`")) {
	case "", "n/a", "none", "tbd", "todo", "unknown", "yes", "no", "true", "false", "-", "x", "not applicable":
		return false
	}
	if strings.HasSuffix(v, ":") || strings.HasPrefix(v, "http") || strings.Contains(v, "](") {
		return false
	}
	return strings.ContainsFunc(v, unicode.IsDigit) && len(v) >= 3 || identifier.MatchString(v) || len(strings.Fields(v)) >= 2 && len(v) >= 8
}

// phraseKey is the start of a description that an answer which gives it will
// hold: up to eight words, not beyond the first clause.
func phraseKey(s string) string {
	s = endless(s)
	if i := strings.IndexAny(s, ".;("); i > 20 {
		s = s[:i]
	}
	words := strings.Fields(s)
	return strings.Trim(strings.Join(words[:min(8, len(words))], " "), " ,.;:")
}

func endless(s string) string { return strings.Trim(strings.TrimSpace(s), ".;,* ") }

// tidy is a heading or a cell as people say it.
func tidy(s string) string {
	return strings.Join(strings.Fields(strings.Trim(strings.NewReplacer("`", "", "**", "", "“", "", "”", "", "\"", "").Replace(withoutLinks(s)), "# *_:.")), " ")
}

func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[n:]
}

func hasLetter(s string) bool { return strings.ContainsFunc(s, unicode.IsLetter) }
