package offline

import (
	"strings"
	"unicode"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
)

// terms are the stems and identifiers of a text, without stop words, in order
// and with repetitions.
func terms(text string) []string {
	var out []string
	for _, token := range strings.FieldsFunc(text, func(r rune) bool { return !tokenRune(r) }) {
		token = strings.Trim(token, "_-./:")
		if token == "" {
			continue
		}
		out = appendTerm(out, token)
	}
	return out
}

// termSet is the set of a text's terms.
func termSet(text string) map[string]bool {
	set := map[string]bool{}
	for _, t := range terms(text) {
		set[t] = true
	}
	return set
}

func tokenRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-./:", r)
}

// appendTerm adds a token's stem; of an identifier the whole and its parts.
func appendTerm(out []string, token string) []string {
	parts := identifierParts(token)
	if len(parts) == 1 {
		lower := strings.ToLower(token)
		if stopWords[lower] || len(lower) == 1 && (lower[0] < '0' || lower[0] > '9') {
			return out
		}
		return append(out, stem(lower))
	}
	out = append(out, strings.ToLower(token))
	for _, p := range parts {
		if p = strings.ToLower(p); len(p) > 1 && !stopWords[p] {
			out = append(out, stem(p))
		}
	}
	return out
}

// identifierParts splits a token at connectors and at changes of case.
func identifierParts(token string) []string {
	var parts []string
	for _, p := range strings.FieldsFunc(token, func(r rune) bool { return strings.ContainsRune("_-./:", r) }) {
		parts = append(parts, camelParts(p)...)
	}
	return parts
}

// camelParts splits MaxSurgeLimit into Max, Surge and Limit, and HTTPServer
// into HTTP and Server; a word without inner capitals stays whole.
func camelParts(s string) []string {
	var parts []string
	start := 0
	for i := 1; i < len(s); i++ {
		if !isUpper(s[i]) {
			continue
		}
		afterLower := !isUpper(s[i-1])
		beforeLower := i+2 < len(s) && isLower(s[i+1]) && isLower(s[i+2])
		if afterLower || beforeLower {
			parts = append(parts, s[start:i])
			start = i
		}
	}
	return append(parts, s[start:])
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

// stem is the Snowball English stem of a lower-case word.
func stem(word string) string {
	for i := range len(word) {
		if !isLower(word[i]) {
			return word
		}
	}
	env := snowballstem.NewEnv(word)
	english.Stem(env)
	return env.Current()
}

// stopWords carry no content: they neither select nor refuse.
var stopWords = wordSet(`a about above after again against all also am an and any are aren as at be because
been before being below between both but by came can cannot come could did didn do does doesn doing don
down during each either else ever every few for from further get gets getting go goes going gone got had
has have haven having he her here hers him his how i if in into is isn it its itself just keep keeps kept
let like made make makes many may me might more most much must my need needs no nor not now of off often
on once one ones only or other our ours out over own per put quite rather same say says shall she should
since so some something still such take taken takes tell than that the their them then there these they
thing things this those though to too under until up upon us use used uses using very want was we well
went were what whatever when where whether which while who whom whose why will with within without won
would yes yet you your yours actually already although always another anything around away back become
becomes cause certain despite different exactly happen happened happens instead mean means really right
seem seems someone somebody sure thus together toward towards way ways whole`)

func wordSet(list string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		set[w] = true
	}
	return set
}
