package offline

import (
	"regexp"
	"strings"
)

// Links and comments, which cost a reader more space than they tell.
var (
	linkTarget = regexp.MustCompile(`^\[[^\]]+\]: \S+$`)
	link       = regexp.MustCompile(`!?\[([^\[\]]*)\]\(((?:[^()\s]|\([^()]*\))*)(?: "[^"]*")?\)`)
	comment    = regexp.MustCompile(`<!--.*?-->`)
)

// withoutLinks keeps the texts of Markdown links and drops where they lead.
func withoutLinks(s string) string {
	return comment.ReplaceAllString(link.ReplaceAllString(s, "$1"), "")
}

// linkTargets are the targets of a text's links.
func linkTargets(s string) string {
	var out []string
	for _, m := range link.FindAllStringSubmatch(s, 20) {
		out = append(out, m[2])
	}
	return strings.Join(out, " ")
}
