package offline

import "strings"

// sentences cuts running text after ., ! and ? that end a sentence: before a
// space and a capital, digit or opening mark, and not after an abbreviation.
func sentences(text string) []string {
	var out []string
	start, inCode := 0, false
	balanced := strings.Count(text, "`")%2 == 0
	for i := range len(text) {
		switch text[i] {
		case '`':
			inCode = balanced && !inCode
		case '.', '!', '?':
			if inCode || !sentenceEnd(text, i) {
				continue
			}
			out = append(out, strings.TrimSpace(text[start:i+1]))
			start = i + 1
		}
	}
	if rest := strings.TrimSpace(text[start:]); rest != "" {
		out = append(out, rest)
	}
	return out
}

func sentenceEnd(text string, i int) bool {
	if i+2 >= len(text) || text[i+1] != ' ' {
		return false
	}
	next := text[i+2]
	if isLower(next) {
		return false
	}
	word := text[strings.LastIndexByte(text[:i], ' ')+1 : i]
	switch strings.ToLower(strings.Trim(word, "(\"'")) {
	case "e.g", "i.e", "etc", "vs", "cf", "no", "fig", "approx", "resp", "mr", "dr", "st":
		return false
	}
	return len(word) != 1 || !isUpper(word[0])
}
