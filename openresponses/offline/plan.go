package offline

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/honehq/hone/openresponses"
)

// maxSearches bounds the searches for one question, whatever comes back.
const maxSearches = 4

// next decides the agent's next turn. Each step is taken at most a fixed
// number of times for one question, so every conversation ends in text.
func (v *conversation) next() turn {
	if call, ok := v.demanded(); ok {
		return call
	}
	asked := v.standalone()
	if v.canSearch() && v.did(openresponses.FileSearchName) == 0 && hasContent(asked) {
		return v.search(queries(asked, v.guide))
	}
	r := rank(asked, v.passages())
	sure := r.confidence(asked)
	elsewhere := v.askedColleagues()
	if sure < v.guide.searchAgain() && v.canSearch() && !elsewhere {
		if t, ok := v.searchAgain(asked, r); ok {
			return t
		}
	}
	if sure < v.guide.lookLocally() && !v.foundIndexed(r) && !elsewhere {
		if t, ok := v.lookLocally(asked, r); ok {
			return t
		}
	}
	if sure < lookLocallyBelow && !v.foundIndexed(r) {
		if t, ok := v.askColleague(asked); ok {
			return t
		}
	}
	if t, ok := v.foreignCall(); ok {
		return t
	}
	return turn{text: v.reply(asked, r, sure)}
}

// reply is the text that ends the turns of a question.
func (v *conversation) reply(asked string, r *ranked, sure float64) string {
	if len(r.segments) == 0 {
		if text, ok := v.quoteTools(); ok {
			return text
		}
		if v.did(openresponses.FileSearchName) == 0 && !v.askedColleagues() {
			return v.introduction()
		}
	}
	if len(r.segments) == 0 || sure < v.guide.refuse() && !v.foundIndexed(r) {
		return notFound(asked)
	}
	return cmp.Or(r.compose(v.guide), notFound(asked))
}

// What is said where nothing was asked, or there is nothing to answer from.
const (
	askMe   = "This is the offline stand-in for a language model. It answers by quoting documents: ask what they may say."
	standIn = "This is the offline stand-in for a language model. It answers by quoting documents, and has no documents to answer from here."
)

func (v *conversation) introduction() string {
	if _, ok := v.tools[openresponses.FileSearchName]; ok {
		return askMe
	}
	return standIn
}

func (v *conversation) canSearch() bool {
	_, ok := v.tools[openresponses.FileSearchName]
	return ok && v.did(openresponses.FileSearchName) < maxSearches
}

func (v *conversation) search(queries []string) turn {
	return v.call(openresponses.FileSearchName, openresponses.FileSearchArguments{Queries: queries})
}

// searchAgain asks once more in other words.
func (v *conversation) searchAgain(asked string, r *ranked) (turn, bool) {
	var tried []string
	for _, e := range v.exchanges {
		if e.name == openresponses.FileSearchName {
			var args openresponses.FileSearchArguments
			if json.Unmarshal([]byte(e.arguments), &args) == nil {
				tried = append(tried, args.Queries...)
			}
		}
	}
	searches := v.did(openresponses.FileSearchName)
	wordings := otherWordings(asked, r, v.guide)
	if searches < 1 || searches > len(wordings) {
		return turn{}, false
	}
	fresh := slices.DeleteFunc(wordings[searches-1], func(q string) bool { return slices.Contains(tried, q) })
	if len(fresh) == 0 {
		return turn{}, false
	}
	return v.search(fresh), true
}

func (v *conversation) call(name string, arguments any) turn {
	b, err := json.Marshal(arguments)
	if err != nil { // strings only: cannot happen
		b = []byte("{}")
	}
	return turn{calls: []openresponses.ToolCall{{ID: callID(v.calls + 1), Name: name, Arguments: string(b)}}}
}

// hasContent reports whether a text holds anything to search for.
func hasContent(s string) bool { return len(terms(s)) > 0 }

// greeting are words that open a chat and ask for nothing.
var greeting = wordSet("hello hi hey thanks thank good morning evening afternoon bye goodbye ok okay test ping please help cheers")

// onlyGreets reports whether a text says nothing but such words.
func onlyGreets(s string) bool {
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !tokenRune(r) }) {
		if !greeting[w] && !stopWords[w] {
			return false
		}
	}
	return true
}
