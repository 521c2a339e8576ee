package offline

import (
	"regexp"
	"strings"
)

// cues are what the wording of a question asks for. Several may hold.
type cues struct {
	number     bool // how long, how many, what limit
	time       bool // when
	command    bool // which command, how do I
	cause      bool // why, what caused
	identifier bool // which flag, metric, alert, setting
	choice     bool // compared with, differ
	person     bool // who
}

var (
	numberQuestion     = regexp.MustCompile(`(?i)\bhow (long|many|much|often|few|far|large|big|old|fast|high|low|soon)\b|\b(what|which) (\S+ ){0,4}(percent\S*|number|limits?|thresholds?|rates?|timeouts?|sizes?|values?|intervals?|caps?|defaults?|cost|duration|minimum|maximum|port|versions?|ttl|retention|release|releases)\b|\bfrom what to what\b|\bmean time\b`)
	timeQuestion       = regexp.MustCompile(`(?i)^when\b|[,.;] (and )?when\b|\band when (did|was|were|is|does|has)\b|\bat what time\b|\bwhat time\b|\b(which|what) (day|date|month|year)\b|\bhow often\b`)
	commandQuestion    = regexp.MustCompile(`(?i)\bhow (do|can|should|could|would|must) (i|we|you|one|the)\b|\bhow to\b|\bcommands?\b|\bwhat (do|should|must) (i|we) (do|run|type|change|delete|set)\b|\bsteps?\b|\bprocedure\b|\bhow (is|are|was|were) \b|\bwhat has to be\b|\bwhat must\b`)
	causeQuestion      = regexp.MustCompile(`(?i)\bwhy\b|\b(root )?causes?d?\b|\breasons?\b|\bculprit\b|\bwhat (went wrong|happened|is broken|made|makes|triggered|was behind|had)\b|\bwhat's going on\b|\bexplain\b`)
	identifierQuestion = regexp.MustCompile(`(?i)\b(which|what|name of the) (\S+ ){0,4}(flags?|gates?|metrics?|alerts?|settings?|options?|parameters?|variables?|headers?|fields?|labels?|keys?|annotations?|switch(es)?|selectors?|clusterroles?|modules?|files?|secrets?|workspaces?|branch(es)?|queues?|topics?|tables?|tools?|images?)\b`)
	personQuestion     = regexp.MustCompile(`(?i)\bwho(m|se)?\b|\b(which|what) (team|person|engineer|owner)\b`)
	choiceQuestion     = regexp.MustCompile(`(?i)\bdiffer(s|ence|ences)?\b|\bcompared? (with|to)\b|\bversus\b|\bvs\b|\brather than\b|\beach time\b`)
)

func readCues(question string) cues {
	return cues{
		number:     numberQuestion.MatchString(question),
		time:       timeQuestion.MatchString(question),
		command:    commandQuestion.MatchString(question),
		cause:      causeQuestion.MatchString(question),
		identifier: identifierQuestion.MatchString(question),
		choice:     choiceQuestion.MatchString(question),
		person:     personQuestion.MatchString(question),
	}
}

var (
	quantity   = regexp.MustCompile(`(?i)(^|[^\w.])[<>~≥≤]?\d[\d,.]*\s*(%|percent|x\b|ms\b|s\b|m\b|h\b|d\b|[kmgt]i?b?\b|(milli|micro)?sec(ond)?s?\b|min(ute)?s?\b|hours?\b|days?\b|weeks?\b|months?\b|years?\b|bytes?\b|replicas?\b|nodes?\b|pods?\b|times?\b|requests?\b|[a-z]+s\b)?`)
	clock      = regexp.MustCompile(`(?i)\b\d{1,2}:\d{2}|\b\d{4}-\d{2}-\d{2}\b|\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b|\b(mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b\d{1,2} ?(am|pm)\b`)
	causal     = regexp.MustCompile(`(?i)\bbecause\b|\bdue to\b|\bcaus(e|ed|es|ing)\b|\broot cause\b|\bas a result\b|\bresult(ed|ing)? (in|from)\b|\bled to\b|\btherefore\b|\bsince the\b|\bso that\b|\breason\b|\bwhich (meant|means)\b|\btriggered\b`)
	identifier = regexp.MustCompile("`[^`]+`|\\b[a-zA-Z0-9]+([_/:.-][a-zA-Z0-9]+)+\\b|\\b[A-Za-z]+[a-z0-9][A-Z][A-Za-z]+\\b|--[a-z][a-z-]+")
	inlineCode = regexp.MustCompile("`[^`]+ [^`]+`")
	imperative = regexp.MustCompile(`(?i)^(\*\*)?(run|set|add|remove|delete|create|check|ensure|make sure|use|apply|edit|open|go to|click|select|restart|scale|update|change|disable|enable|copy|verify|wait|log ?in|ssh|drain|cordon|start|stop|find|get|merge|deploy|roll|revert|export|execute|replace|patch|put|configure|increase|decrease|reduce)\b`)
)

// causeHeading and stepsHeading match the headings of sections that answer why
// and how.
var (
	causeHeading = regexp.MustCompile(`(?i)\bcauses?\b|\bwhy\b|\bdiagnos|\banalysis\b|\bwhat happened\b|\bcontributing\b|\bbackground\b|\bmeaning\b|\bmotivation\b|\bexplanation\b|\brationale\b|\bimpact\b`)
	stepsHeading = regexp.MustCompile(`(?i)\bmitigat|\bresol|\bfix|\bsteps?\b|\bhow to\b|\bprocedure\b|\bsolution\b|\brecover|\bremed|\binstructions?\b|\bworkaround\b|\brun ?book\b|\baction|\btroubleshoot`)
)

// fit is how well a segment's form fits the question's cues: around 0, each
// matching cue adds.
func (q cues) fit(s *segment) float64 {
	text := s.text
	f := 0.0
	if q.number && quantity.MatchString(text) {
		f += 0.5
	}
	if q.time && clock.MatchString(text) {
		f += 0.5
	}
	if q.identifier && identifier.MatchString(text) {
		f += 0.35
	}
	if q.cause {
		if causal.MatchString(text) {
			f += 0.35
		}
		if causeHeading.MatchString(s.heading) {
			f += 0.25
		}
	}
	if q.command {
		switch {
		case s.kind == code:
			f += 0.45
		case inlineCode.MatchString(text):
			f += 0.4
		case imperative.MatchString(text):
			f += 0.25
		}
		if stepsHeading.MatchString(s.heading) {
			f += 0.2
		}
	}
	return f
}

// newIdentifiers counts identifiers and numbers of a text that the question
// does not hold: what an answer can add.
func newIdentifiers(text string, question string) int {
	lower := strings.ToLower(question)
	n := 0
	for _, m := range identifier.FindAllString(text, 8) {
		if !strings.Contains(lower, strings.ToLower(strings.Trim(m, "`"))) {
			n++
		}
	}
	return n
}
