package knowledge

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// kinds maps words that name a folder or occur in a file's name to the
// attribute "kind".
var kinds = map[string]string{
	"runbook": "runbook", "runbooks": "runbook", "playbook": "runbook", "playbooks": "runbook",
	"postmortem": "postmortem", "postmortems": "postmortem", "post-mortem": "postmortem", "post-mortems": "postmortem",
	"incident": "postmortem", "incidents": "postmortem",
	"design": "design", "designs": "design", "design-docs": "design", "adr": "design", "adrs": "design",
	"architecture-decision-record": "design", "architecture-decision-records": "design",
	"kep": "design", "keps": "design", "rfc": "design", "rfcs": "design", "proposals": "design",
	"handbook": "handbook", "handbooks": "handbook", "manual": "handbook",
}

// pathAttributes tells what a relative path says of a document: its kind and
// its date. What stands nearer to the file's end wins.
func pathAttributes(name string) Attributes {
	a := make(Attributes)
	steps := strings.Split(strings.ToLower(name), "/")
	for _, step := range slices.Backward(steps) {
		if _, ok := a["date"]; !ok {
			if date := dateIn(step); date != "" {
				a["date"] = date
			}
		}
	}
	for _, folder := range slices.Backward(steps[:len(steps)-1]) {
		if kind := kinds[strings.ReplaceAll(folder, "_", "-")]; kind != "" {
			a["kind"] = kind
			return a
		}
	}
	base := strings.TrimSuffix(steps[len(steps)-1], path.Ext(name))
	for _, word := range strings.FieldsFunc(base, func(r rune) bool { return strings.ContainsRune("-_. ", r) }) {
		if kind := kinds[word]; kind != "" {
			a["kind"] = kind
			return a
		}
	}
	return a
}

var datePattern = regexp.MustCompile(`(?:^|[^0-9])((?:19|20)[0-9]{2})[-_.]([0-9]{2})(?:[-_.]([0-9]{2}))?(?:[^0-9]|$)`)

// dateIn finds a date in a name: YYYY-MM-DD, or YYYY-MM where the day is
// missing. Empty if there is none.
func dateIn(name string) string {
	m := datePattern.FindStringSubmatch(name)
	if m == nil {
		return ""
	}
	date, layout := m[1]+"-"+m[2], "2006-01"
	if m[3] != "" {
		date, layout = date+"-"+m[3], time.DateOnly
	}
	if _, err := time.Parse(layout, date); err != nil {
		return ""
	}
	return date
}

// mergeAttributes joins attributes: on each key the first set that has it
// wins. What exceeds the limits is cut, or left out, and told in notes: the
// keys that Hone knows stay, then those that come first in the alphabet.
func mergeAttributes(sets ...Attributes) (merged Attributes, notes []string) {
	all := make(Attributes)
	for _, set := range slices.Backward(sets) {
		maps.Copy(all, set)
	}
	merged = make(Attributes)
	for _, key := range slices.SortedFunc(maps.Keys(all), knownFirst) {
		value := all[key]
		switch {
		case key == "" || utf8.RuneCountInString(key) > maxKeyLen:
			notes = append(notes, "attribute "+cut(key, maxKeyLen)+"… left out: its name is too long or empty")
			continue
		case strings.HasPrefix(key, reservedPrefix):
			notes = append(notes, "attribute "+key+" left out: names that start with "+reservedPrefix+" are reserved")
			continue
		case len(merged) == maxAttributes:
			notes = append(notes, "attribute "+key+" left out: a document has at most 16")
			continue
		}
		if s, ok := value.(string); ok && utf8.RuneCountInString(s) > maxValueLen {
			value = cut(s, maxValueLen)
			notes = append(notes, "attribute "+key+" cut to 512 characters")
		}
		merged[key] = value
	}
	return merged, notes
}

var knownKeys = []string{"date", "team", "service", "kind"}

func knownFirst(a, b string) int {
	if rank := slices.Index(knownKeys, b) - slices.Index(knownKeys, a); rank != 0 {
		return rank
	}
	return strings.Compare(a, b)
}

// cut returns the first n characters of s.
func cut(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
