package offline

import (
	"regexp"
)

// slot is a form that an answer must have: a question about money is not
// answered by a passage without an amount. Passages that say much of the
// question's subject and nothing of that form don't answer it.
type slot struct {
	asks   *regexp.Regexp // questions that want it
	answer *regexp.Regexp // text that may fill it
}

// slots are tried in order; a question has the first that it asks for. Only
// forms that are hard to mistake are listed.
var slots = []slot{
	{ // a metric
		regexp.MustCompile(`(?i)\b(which|what)( \S+){0,2} metrics?\b`),
		regexp.MustCompile(`\b[a-z][a-z0-9]*(_[a-z0-9]+){2,}\b`),
	},
	{ // money
		regexp.MustCompile(`(?i)\bhow much\b[^,.;?]*\b(revenue|cost|refund\w*|budget|paid|pay|spend|money)\b|\b(what|which)\b[^,.;?]*\b(revenue|bounty|refund\w*|amount|budget|salary|fee)\b|\bwhat (does|did|is|was) the (cost|price)\b`),
		regexp.MustCompile(`(?i)[$€£¥]\s?\d|\b\d[\d,.]*\s?(usd|eur|gbp|dkk|dollars?|euros?|pounds?|cents?|k\b)|\d\s?%|\d/\d`),
	},
	{ // throughput
		regexp.MustCompile(`(?i)\bhow (much|many|fast)\b[^,.;?]*\bper (second|minute|hour)\b|\b(what|which|how much) (bandwidth|throughput)\b`),
		regexp.MustCompile(`(?i)\b\d[\d,.]*\s?([kmgt]i?(bit|b)(ps|/s)|[kmg]bits?\b|([a-z]+ )?(per|a|/) ?(s|sec|second|min|minute|h|hour)\b|rps|qps|iops)`),
	},
	{ // a span of time
		regexp.MustCompile(`(?i)\bhow (long|soon)\b|\bhow many (seconds|minutes|hours|days|weeks|months|years)\b|\b(what|which)\b( \S+){0,3} (timeout|interval|duration|ttl|retention|grace period)\b|\bmean time\b`),
		regexp.MustCompile(`(?i)\b(\d[\d,.]*|one|two|three|four|five|six|seven|eight|nine|ten|fifteen|twenty|thirty|sixty|an|few|several)([ -]|&nbsp;)?(ms|s|m|h|d|milliseconds?|secs?|seconds?|mins?|minutes?|hours?|hrs?|days?|weeks?|months?|years?)\b|\b\d{1,2}:\d{2}\b`),
	},
	{ // an amount of memory or storage
		regexp.MustCompile(`(?i)\b(how much|what|which)( \S+){0,2} (memory|ram|disk|storage|swap)( (cap|limit|size|quota|request|space)|\b)`),
		regexp.MustCompile(`(?i)\b\d[\d,.]*\s?([kmgtp]i?b?|bytes?)\b|\d\s?%`),
	},
	{ // a release
		regexp.MustCompile(`(?i)\b(which|what)( \S+){0,3} (releases?|versions?)\b`),
		regexp.MustCompile(`(?i)\bv?\d+\.\d+(\.\d+)?\b|\b(version|release|v)[ -]?\d+`),
	},
	{ // a point in time
		regexp.MustCompile(`(?i)^when (did|was|were|is|does|has|will)\b|\bat what time\b|\bwhat time\b|\b(which|what) (day|date|month|year)\b`),
		clock,
	},
	{ // a count or a limit
		regexp.MustCompile(`(?i)\bhow (many|often|far|large|big)\b|\b(what|which)\b( \S+){0,3} (limit|threshold|percentage|percentile|number|minimum|maximum|cap|rate|port)\b`),
		regexp.MustCompile(`(?i)(^|[\s(~<>=≥≤"'\x60:])\d[\d,.]*(%|\b)|\b(two|three|four|five|six|seven|eight|nine|ten|twice|once|dozen|hundreds?|thousands?)\b`),
	},
}

// slotOf is the slot of a question, nil if it has none.
func slotOf(question string) *slot {
	for i := range slots {
		if slots[i].asks.MatchString(question) {
			return &slots[i]
		}
	}
	return nil
}
