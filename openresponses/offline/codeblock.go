package offline

import "strings"

// wholeCode is up to how many bytes a code block is quoted as one.
const wholeCode = 280

// codePieces cuts a long code block at its blank lines and comments, as far as
// pieces stay below wholeCode, and keeps continued lines together.
func codePieces(text string) []string {
	if len(text) <= wholeCode {
		return []string{text}
	}
	var out []string
	var piece []string
	size := 0
	end := func() {
		if p := strings.Trim(strings.Join(piece, "\n"), "\n"); hasWord(p) {
			out = append(out, p)
		}
		piece, size = nil, 0
	}
	continued := false
	for line := range strings.SplitSeq(text, "\n") {
		trimmed := strings.TrimSpace(line)
		border := trimmed == "" || strings.HasPrefix(trimmed, "# ") && size > 0
		if !continued && (border && size > wholeCode/4 || size+len(line) > wholeCode) {
			end()
		}
		piece = append(piece, line)
		size += len(line) + 1
		continued = strings.HasSuffix(trimmed, "\\")
	}
	end()
	return out
}

func dedent(lines []string) []string {
	indent := -1
	for _, l := range lines {
		if strings.TrimSpace(l) == "" {
			continue
		}
		n := len(l) - len(strings.TrimLeft(l, " \t"))
		if indent < 0 || n < indent {
			indent = n
		}
	}
	out := make([]string, 0, len(lines))
	for _, l := range lines {
		if len(l) >= indent && indent > 0 {
			l = l[indent:]
		}
		out = append(out, strings.TrimRight(l, " \t\r"))
	}
	return out
}
