package lint

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/honehq/hone/internal/wording"
)

var (
	placeholder = regexp.MustCompile(`\{\{[^{}]*\}\}`)

	// webAddress matches addresses of machines and people, also those that are
	// written so that no machine takes them for one.
	webAddress = regexp.MustCompile(`(?i)\b(https?|hxxps?|ftp|file|data|javascript|mailto|ssh):|\bwww\.|\S@\S|\b\d{1,3}(\.\d{1,3}){3}\b` +
		`|[\p{L}\d-]{2,}(\.|\[\.\]|\(dot\)|\s\[?dot\]?\s)(com|org|net|io|dev|app|info|biz|co|ai|me|de|fr|uk|eu|ru|cn|local|internal|example|invalid|test|onion|xyz|top|site)\b` +
		`|\d{5,}`)

	// codeLike matches what stands in code and configuration, and in no
	// guidance. The tools of the agent are named by their names.
	codeLike = regexp.MustCompile("```|~~~|\\$[({]|&#|\\\\[xu]|%[0-9A-Fa-f]{2}|<\\s*[/!]?\\s*[A-Za-z]|\\]\\(|!\\[" +
		`|[\p{L}\d]+_[\p{L}\d_]+|\p{L}+/\p{L}+/\S*|(^|\s)[/~]\p{L}\S*|(^|\s)--?\p{L}[\p{L}-]*\b|\p{Ll}\p{Lu}|\b(\p{L}+\d+|\d+\p{L}+)[\p{L}\d]*\b` +
		`|\p{L}{2,}\.\p{L}{2,}|[A-Za-z0-9+/=_-]{28,}|\S\|\||&&|[;|>]\s*\p{L}*\s*$|\s[|>]\s|//|/\*|=\s*\S|\b\p{L}(\s+\p{L}\b){3,}`)
)

// toolNames are the identifiers that guidance may hold.
var toolNames = strings.NewReplacer("list_local_files", "tool", "read_local_file", "tool", "index_document", "tool", "file_search", "tool")

// strange says why a text's letters are not those of a prompt that is made of the
// champion.
func strange(text, champion string) string {
	known := map[rune]bool{}
	scripts := map[string]bool{}
	for _, r := range champion {
		known[r] = true
		scripts[script(r)] = true
	}
	for _, r := range text {
		switch {
		case known[r]:
		case hidden(r):
			return fmt.Sprintf("it holds a hidden character: %U", r)
		case unicode.IsLetter(r) && !scripts[script(r)]:
			return fmt.Sprintf("it holds a letter of another script: %q", r)
		case unicode.In(r, unicode.So, unicode.Mn, unicode.Me):
			return fmt.Sprintf("it holds a character that no guidance needs: %q", r)
		}
	}
	return ""
}

// script names the script of a letter; compatibility forms, such as wide or
// mathematical letters, are one of their own.
func script(r rune) string {
	if !unicode.IsLetter(r) {
		return ""
	}
	if r >= 0x1D400 && r <= 0x1D7FF || r >= 0xFF00 && r <= 0xFFEF || r >= 0x2100 && r <= 0x214F {
		return "compatibility"
	}
	for _, name := range []string{"Latin", "Cyrillic", "Greek", "Han", "Hiragana", "Katakana", "Hangul", "Arabic", "Hebrew", "Devanagari", "Thai"} {
		if unicode.Is(unicode.Scripts[name], r) {
			return name
		}
	}
	return "other"
}

// newIn returns a match in text that the champion doesn't have as well.
func newIn(pattern *regexp.Regexp, text, champion string) string {
	for _, m := range pattern.FindAllString(toolNames.Replace(text), -1) {
		if !strings.Contains(wording.Fold(champion), wording.Fold(m)) {
			return strings.TrimSpace(m)
		}
	}
	return ""
}

// hidden tells whether a character has no shape of its own.
func hidden(r rune) bool {
	if r == '\n' || r == '\t' {
		return false
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
