package knowledge

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/honehq/hone/knowledge/chunk"
)

// groupsOf tells who may see a document. Groups that are named but can't be
// read would leave it open to everyone: that is an error.
func groupsOf(in input, doc chunk.Doc) ([]string, error) {
	if in.Override && len(in.Groups) > 0 {
		return in.Groups, nil
	}
	for key, value := range doc.Attributes {
		if !strings.EqualFold(key, groupsKey) {
			continue
		}
		switch v := value.(type) {
		case chunk.List:
			for i, name := range v {
				v[i] = noNUL(name)
			}
			return slices.Compact(slices.Sorted(slices.Values(v))), nil
		case chunk.String:
			return []string{noNUL(string(v))}, nil
		}
		return nil, errGroups
	}
	if namesGroups(in.Content) {
		return nil, errGroups
	}
	return in.Groups, nil
}

const groupsKey = "groups"

var (
	errGroups  = fmt.Errorf("its front matter names groups, but not as a list of names: %w", ErrInvalid)
	groupsLine = regexp.MustCompile(`(?i)^["']?groups["']?[ \t]*:`)
)

// namesGroups tells whether a line of the front matter, well-formed or not,
// starts with "groups:".
func namesGroups(content []byte) bool {
	text := strings.TrimPrefix(string(content[:min(len(content), 64<<10)]), "\ufeff")
	first := true
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\r\n")
		if isFence := line == "---"; first != isFence || line == "..." {
			return false // no front matter, or its end
		}
		if groupsLine.MatchString(line) {
			return true
		}
		first = false
	}
	return false
}
