package offline

import (
	"cmp"
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/honehq/hone/openresponses"
)

// The client tools by which an agent reaches files that are not indexed, and
// how often each is called for one question at most.
const (
	listTool  = "list_local_files"
	readTool  = "read_local_file"
	indexTool = "index_document"

	maxLists   = 4
	maxReads   = 3
	maxIndexed = 2
)

// localFile matches a path with the ending of a text file, as lists hold them.
var localFile = regexp.MustCompile(`(?i)[^\s"'\x60,;|<>][^"'\x60,;|<>\n\r\t]*\.(md|markdown|txt|text|rst|adoc)\b`)

// nextPage matches a list's hint that it goes on.
var nextPage = regexp.MustCompile(`(?i)\bpage (\d{1,4})\b`)

// lookLocally takes the next step towards a file that is not indexed: list,
// read the likeliest, index what matches, search again. False once there is
// nothing left to try.
func (v *conversation) lookLocally(question string, r *ranked) (turn, bool) {
	if _, ok := v.tools[listTool]; !ok || !hasContent(question) {
		return turn{}, false
	}
	if v.searchedBeforeIndexing() && v.canSearch() {
		return v.search(queries(question, v.guide)), true
	}
	if file, ok := v.matchingRead(question, r); ok && v.did(indexTool) < maxIndexed {
		return v.call(indexTool, map[string]string{v.argument(indexTool, "path"): file}), true
	}
	if page, ok := v.nextList(); ok {
		return v.list(page), true
	}
	if file, ok := v.likeliest(question); ok {
		return v.call(readTool, map[string]string{v.argument(readTool, "path"): file}), true
	}
	return turn{}, false
}

// searchedBeforeIndexing reports whether a document was indexed after the last
// search.
func (v *conversation) searchedBeforeIndexing() bool {
	for _, e := range slices.Backward(v.exchanges) {
		switch e.name {
		case openresponses.FileSearchName:
			return false
		case indexTool:
			return e.answered
		}
	}
	return false
}

// nextList is the page of the list to ask for, the first if none was.
func (v *conversation) nextList() (page int, ok bool) {
	n := v.did(listTool)
	if n == 0 {
		return 1, true
	}
	if n >= maxLists {
		return 0, false
	}
	for _, e := range slices.Backward(v.exchanges) {
		if e.name != listTool {
			continue
		}
		lines := strings.Split(strings.TrimSpace(e.result), "\n")
		m := nextPage.FindStringSubmatch(lines[len(lines)-1])
		if m == nil || localFile.MatchString(lines[len(lines)-1]) {
			return 0, false
		}
		page, err := strconv.Atoi(m[1])
		return page, err == nil && page == n+1
	}
	return 0, false
}

func (v *conversation) list(page int) turn {
	type arguments struct {
		Directory string `json:"directory"`
		Page      int    `json:"page,omitempty"`
	}
	if page == 1 {
		page = 0
	}
	return v.call(listTool, arguments{Page: page})
}

// likeliest is the listed file, not yet read or indexed, whose path shares
// most with the question.
func (v *conversation) likeliest(question string) (string, bool) {
	if _, ok := v.tools[readTool]; !ok || v.did(readTool) >= maxReads {
		return "", false
	}
	asked := needles(question)
	files := v.listed()
	sets := make([]map[string]bool, len(files))
	for i, f := range files {
		sets[i] = termSet(strings.TrimSuffix(f, path.Ext(f)))
	}
	weigh(asked, sets)
	type choice struct {
		file  string
		score float64
	}
	var choices []choice
	for i, f := range files {
		score := 0.0
		for _, n := range asked {
			score += n.weight * max(n.in(sets[i]), n.within(f))
		}
		if score > 0 && !v.touched(f) {
			choices = append(choices, choice{f, score})
		}
	}
	if len(choices) == 0 {
		return "", false
	}
	best := slices.MaxFunc(choices, func(a, b choice) int {
		return cmp.Or(cmp.Compare(a.score, b.score), strings.Compare(b.file, a.file))
	})
	return best.file, true
}

// within is how well a path holds the needle when its words are run together,
// as giftcard is in gift-card.md.
func (n needle) within(path string) float64 {
	const long = 6 // shorter terms are in many words by chance
	squeezed := strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(path))
	if len(n.term) >= long && strings.Contains(squeezed, n.term) {
		return synonymWeight
	}
	return 0
}

// listed are the paths of all lists so far.
func (v *conversation) listed() []string {
	var out []string
	for _, e := range v.exchanges {
		if e.name == listTool {
			for _, f := range localFile.FindAllString(e.result, 5000) {
				out = append(out, strings.TrimSpace(stripMarker(strings.TrimSpace(f))))
			}
		}
	}
	return distinct(out)
}

// touched reports whether a file was read or indexed for this question, or its
// text is among the passages.
func (v *conversation) touched(file string) bool {
	for _, e := range v.exchanges {
		if (e.name == readTool || e.name == indexTool) && e.file() == file {
			return true
		}
		found, _ := decodePassages(e)
		for _, p := range found {
			if p.Path == file {
				return true
			}
		}
	}
	return false
}

// file is the path among a call's arguments, whatever its name.
func (e exchange) file() string {
	var args map[string]json.RawMessage
	if json.Unmarshal([]byte(e.arguments), &args) != nil {
		return ""
	}
	for _, key := range slices.Sorted(keys(args)) {
		var s string
		if json.Unmarshal(args[key], &s) == nil && s != "" {
			return s
		}
	}
	return ""
}

// matchingRead is a file that was read, is not indexed yet, and covers the
// question better than the passages do.
func (v *conversation) matchingRead(question string, r *ranked) (string, bool) {
	if _, ok := v.tools[indexTool]; !ok {
		return "", false
	}
	for _, e := range slices.Backward(v.exchanges) {
		file := e.file()
		if e.name != readTool || !e.answered || file == "" || v.indexed(file) {
			continue
		}
		local := rank(question, append(slices.Clone(r.passages), openresponses.FoundPassage{Path: file, Text: e.result}))
		only := rank(question, r.passages)
		if s := local.confidence(question); s >= v.guide.matches() && s > indexGain*only.confidence(question) {
			return file, true
		}
	}
	return "", false
}

// foundIndexed reports whether passages come from a file that was indexed for
// this question. It was read and found to answer: that is not doubted again
// for how its text was cut.
func (v *conversation) foundIndexed(r *ranked) bool {
	return slices.ContainsFunc(r.passages, func(p openresponses.FoundPassage) bool { return v.indexed(p.Path) })
}

// indexed reports whether a file was indexed for this question.
func (v *conversation) indexed(file string) bool {
	for _, e := range v.exchanges {
		if e.name == indexTool && e.file() == file {
			return true
		}
	}
	return false
}
