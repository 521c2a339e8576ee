package lint

import (
	"regexp"
	"strings"

	"github.com/honehq/hone/internal/wording"
)

// Orders that no guidance for searching and citing needs, and that a document
// planted for the assistant would give.
var (
	// overrides asks to drop other orders.
	overrides = regexp.MustCompile(`\b(ignore|disregard|forget|override|bypass|circumvent|drop|discard|overrule)\b[^.\n]{0,30}\b(previous|prior|above|earlier|other|all|these|those|your|any|every|existing|original)\b[^.\n]{0,20}\b(instruction|rule|prompt|guideline|guidance|contract|polic|safety|constraint|restriction)s?`)
	// obeys asks to follow orders that documents give.
	obeys = regexp.MustCompile(`\b(as told by|obey|follow|comply with|carry out|execute|honou?r|do what|apply)\b[^.\n]{0,30}\b(instruction|order|request|direction|demand|command|note|directive)s?\b[^.\n]{0,30}` + withinDocuments)
	// becomes asks to be somebody else, or to hide what is done.
	becomes = regexp.MustCompile(`\b(system prompt|system message|developer message|developer mode|jailbreak|jailbroken|you are now|new persona|role ?play|act as|pretend)\b` +
		`|\b(secretly|silently|quietly|covertly|discreetly|without (telling|mentioning|informing|saying|asking))\b`)
	// recites asks for fixed words in answers.
	recites = regexp.MustCompile(`\b(begin|start|open|end|close|finish|conclude|sign|preface|prefix|append|add|insert|put|include|say|write|reply|respond|answer|greet)\w*\b[^.\n]{0,60}\b(the|this|these) (exact |following |single |fixed |secret )?(words?|phrase|string|slogan|motto|sign-?off|code ?word|banner|disclaimer|line|text|sentence)\b\s*(\w*)`)
	// claims asks to tell readers something, whatever the documents say.
	claims = regexp.MustCompile(`\b(say|state|mention|claim|assert|declare|pretend|report|insist|suggest|announce|promise|reply|respond|answer|(?:tell|inform|assure|remind|advise)(?: \w+){1,3})\b(?:,? \w+){0,3}? that\b([^.\n;]*)`)

	withinDocuments = `\b(in|inside|of|from|by|within) (the |a |any |every |each |such |these |those |their |its |retrieved |found )*(document|passage|page|comment|file|text|source|runbook|chunk|snippet|result|question|content)`
	inDocuments     = regexp.MustCompile(withinDocuments)
	// aboutWording is what follows words that are meant as such: "with the words
	// of the documents".
	aboutWording = setOf(strings.Fields("of from in that used which as behind about for how where when whether with and or why if to"))
	// aboutEvidence are stems of words by which an answer may speak of what the
	// documents say, or don't.
	aboutEvidence = stemsOf(`document passage source evidence known know unknown found find contain support missing unclear
		uncertain contradict conflict differ disagree outdated older newer incomplete partial cannot not nothing no cover lack
		inconclusive silent unavailable unanswerable insufficient ambiguous guess assumption index match runbook section quote
		infer conclude local file`)
)

// orderIn returns an order in a sentence; "" if there is none.
func orderIn(s, champion string) string {
	plain := plainText(s)
	known := plainText(champion)
	for _, pattern := range []*regexp.Regexp{overrides, obeys, becomes, recites, claims} {
		for _, at := range pattern.FindAllStringSubmatchIndex(plain, -1) {
			match := plain[at[0]:at[1]]
			last := ""
			if n := len(at); n > 2 && at[n-2] >= 0 {
				last = plain[at[n-2]:at[n-1]]
			}
			harmless := false
			switch pattern {
			case overrides:
				harmless = inDocuments.MatchString(plain[at[0]:])
			case obeys:
				harmless = negatedBefore(plain[:at[0]])
			case recites:
				harmless = aboutWording[last]
			case claims:
				harmless = speaksOfEvidence(last)
			}
			if !harmless && !strings.Contains(known, match) {
				return match
			}
		}
	}
	return ""
}

// negatedBefore tells whether the last words of a text deny what follows.
func negatedBefore(text string) bool {
	words := plainWords(text)
	return protective.MatchString(strings.Join(words[max(0, len(words)-3):], " "))
}

func speaksOfEvidence(clause string) bool {
	for _, w := range plainWords(clause) {
		if aboutEvidence[wording.Stem(w)] || aboutEvidence[w] {
			return true
		}
	}
	return false
}

// protective matches sentences that forbid what they speak of.
var protective = regexp.MustCompile(`\b(never|do not|dont|don't|must not|should not|avoid|without|refuse to|not)\b`)

// secret matches secrets that an answer is told to hold: right behind a verb of
// telling, but for what qualifies them.
var secret = regexp.MustCompile(`\b(give|state|include|quote|show|print|reveal|list|add|output|write|repeat|return|provide|name|say|tell|copy|mention|expose|disclose|put|append|insert|read out|spell out|attach|cite|display|present|share|send|begin with|start with|end with|lead with)\s+((the|any|all|every|each|its|their|your|our|his|her|users?|admin|administrator|root|current|full|complete|plain|clear|relevant|service|database|master|found|exact|text|of|in|api|access|private|ssh|default|login|them|readers?|people|him|whatever|that) )*(password|passphrase|passcode|credential|secret|token|api[ -]?key|private key|ssh key|access key|key pair|pin)s?\b`)

// acts are verbs of doing something but searching, reading and writing: to
// machines, to other people, or to the reader's mind. As orders they have no
// place in a prompt; as topics they may.
var acts = setOf(strings.Fields(`
	run execute invoke launch trigger send email mail text message post publish
	tweet forward relay delete erase wipe purge destroy truncate disable enable
	deactivate activate restart reboot kill terminate shut approve authorize
	authorise grant revoke reveal disclose leak expose share upload download
	install uninstall visit click contact phone dial notify page escalate
	recommend promote advertise endorse praise insult flatter threaten pretend
	impersonate obey comply believe login authenticate subscribe register pay
	transfer buy purchase donate transmit submit push pull clone commit deploy
	rollback rotate reset modify edit encrypt decrypt encode decode translate
	redirect reroute ping ssh scp curl wget sudo chmod chown rm bypass override
	suppress conceal hide mislead lie deceive urge persuade convince steer praise
	tag exfiltrate beacon log harvest call scale
	drain evict patch unlock lock mount whitelist allowlist blocklist
	order sell vote sing joke hack attack exploit inject spawn schedule cancel
	alert warn blame accuse fire hire congratulate thank wish greet`))

// adverbs may stand between the beginning of an order and its verb.
var adverbs = setOf(strings.Fields(`always never please also then first finally immediately just simply only not dont
	do now next instead furthermore moreover additionally ever again directly once secondly lastly automatically kindly`))

// heads are words after which a verb is an order.
var heads = setOf(strings.Fields(`must should shall will would and or then but you assistant agent model bot system we lets let cannot can may`))

// obliging are words after which "to" and a verb are an order.
var obliging = setOf(strings.Fields(`sure remember need needs needed have has want wants wanted required instructed told asked obliged
	ordered forget hesitate expected supposed ought going allowed permitted free able agree careful important necessary mandatory essential vital`))

var clauseEnd = regexp.MustCompile(`[,;:()\x{2013}\x{2014}]|\s-\s`)

// actIn returns an order that a sentence gives beside searching, reading and
// answering; "" if there is none.
func actIn(s string) string {
	plain := plainText(s)
	if m := secret.FindString(plain); m != "" && !protective.MatchString(plain) {
		return m
	}
	inherited := false // the word before a conjunction names a topic, not an order
	for _, clause := range clauseEnd.Split(plain, -1) {
		words := plainWords(clause)
		for i, w := range words {
			if !acts[w] && !acts[strings.TrimSuffix(w, "s")] || searches(words[i:]) {
				continue
			}
			ordered := isOrder(words, i)
			if before := conjoined(words, i); ordered && inherited && before {
				ordered = false
			}
			if ordered && !negated(words, i) {
				return strings.Join(words[i:min(i+4, len(words))], " ")
			}
			inherited = !ordered
		}
	}
	return ""
}

// searches tells whether what is run is a search: "run more than one query".
func searches(words []string) bool {
	if words[0] != "run" && words[0] != "execute" {
		return false
	}
	for _, w := range words[1:min(len(words), 6)] {
		switch wording.Stem(w) {
		case "search", "queri", "lookup":
			return true
		}
	}
	return false
}

// conjoined tells whether a word stands in a list of its like: at the beginning
// of a clause, or behind "and" or "or".
func conjoined(words []string, i int) bool {
	return i == 0 || words[i-1] == "and" || words[i-1] == "or"
}

// isOrder tells whether the verb at i is one that the assistant is told to do.
func isOrder(words []string, i int) bool {
	k := i - 1
	for k >= 0 && adverbs[words[k]] {
		k--
	}
	if k < 0 {
		return acts[words[i]]
	}
	if words[k] == "to" {
		return k > 0 && obliging[words[k-1]]
	}
	return heads[words[k]]
}

// negated tells whether the order is not to do it.
func negated(words []string, i int) bool {
	for k := i - 1; k >= max(0, i-3); k-- {
		switch words[k] {
		case "not", "never", "dont", "cannot", "avoid":
			return true
		}
	}
	return false
}
