package textindex

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxToken bounds a token in bytes: longer runs are keys, hashes and encoded
// data, which are split but not kept whole.
const maxToken = 64

// tokens calls yield for each token of the text: words, and identifiers whole
// as well as in parts. Tokens are lower case and not yet stemmed; word says
// that a token is plain language, which may be stemmed. The token is valid
// only during the call.
func tokens(text string, yield func(token string, word bool)) {
	for at := 0; at < len(text); {
		size, ok := wordRune(text[at:])
		if !ok {
			at += size
			continue
		}
		end := runEnd(text, at)
		run(text[at:end], yield)
		at = end
	}
}

// wordRune reports the size of the first rune and whether it belongs to words.
func wordRune(s string) (int, bool) {
	c := s[0]
	if c < utf8.RuneSelf {
		return 1, 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
	}
	r, size := utf8.DecodeRuneInString(s)
	return size, unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}

// runEnd is the end of the identifier that begins at the offset: word runes,
// with single connectors between them.
func runEnd(text string, at int) int {
	for at < len(text) {
		size, ok := wordRune(text[at:])
		if !ok {
			if size = connector(text[at:]); size == 0 || at+size >= len(text) {
				return at
			}
			if _, ok := wordRune(text[at+size:]); !ok {
				return at
			}
		}
		at += size
	}
	return at
}

// connector is the size of a mark that joins the parts of an identifier, else
// 0.
func connector(s string) int {
	switch s[0] {
	case '_', '-', '.', '/', ':', '\'', '@':
		return 1
	}
	if strings.HasPrefix(s, apostrophe) {
		return len(apostrophe)
	}
	return 0
}

const apostrophe = "’" // as word processors write it

// run yields one run's tokens.
func run(s string, yield func(string, bool)) {
	simple, number := true, true
	upper := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			unicodeRun(s, yield)
			return
		case 'A' <= c && c <= 'Z':
			number = false
			if i > 0 {
				upper++
			}
		case 'a' <= c && c <= 'z':
			number = false
		case '0' <= c && c <= '9':
		default:
			simple = false
		}
	}
	switch {
	case simple && upper == 0, simple && upper == len(s)-1:
		word(s, yield)
	case simple:
		word(s, yield) // as it would be written in small letters
		camel(s, yield)
	case version(s):
		whole(s[1:], yield)
	case number: // a version, date, address or time
		whole(s, yield)
		if strings.ContainsAny(s, "/:@") {
			parts(s, "/:@", yield)
		}
	default:
		compound(s, yield)
	}
}

// version reports whether s is a version that begins with a v.
func version(s string) bool {
	if s[0]|0x20 != 'v' || !strings.Contains(s, ".") {
		return false
	}
	return strings.Trim(s[1:], "0123456789.") == ""
}

// word yields a token without connectors or changes of case.
func word(s string, yield func(string, bool)) {
	if len(s) > maxToken {
		return
	}
	if singular := strings.TrimSuffix(s, "s"); len(singular) > 1 && strings.ToUpper(singular) == singular {
		s = singular // VMs, CRDs: no stemmer takes them for plurals
	}
	yield(strings.ToLower(s), true)
}

// whole yields an identifier as it stands.
func whole(s string, yield func(string, bool)) {
	if len(s) <= maxToken {
		yield(strings.ToLower(s), false)
	}
}

// compound yields an identifier whole, and its parts, which may be identifiers
// again: a path's elements, an element's words.
func compound(s string, yield func(string, bool)) {
	if strings.Contains(s, "'") {
		possessive(s, yield)
		return
	}
	whole(s, yield)
	for _, level := range []string{"/:@", ".", "-_"} {
		if strings.ContainsAny(s, level) {
			parts(s, level, yield)
			return
		}
	}
}

// possessive yields what apostrophes join, less endings such as 's and 'll and
// words such as don't.
func possessive(s string, yield func(string, bool)) {
	all := strings.Split(s, "'")
	for i, part := range all {
		negated := i+1 < len(all) && all[i+1] == "t" && strings.HasSuffix(part, "n")
		if part != "" && (i == 0 || len(part) > 2) && !negated {
			run(part, yield)
		}
	}
}

func parts(s, cut string, yield func(string, bool)) {
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune(cut, r) }) {
		run(part, yield)
	}
}

// camel yields the words of an identifier in camel case: a border stands
// before a capital that follows a small letter or digit, and before the last
// capital of several that a small letter follows, unless that letter is a
// plural s (IPs, VMs).
func camel(s string, yield func(string, bool)) {
	start := 0
	for i := 1; i < len(s); i++ {
		if !isUpper(s[i]) {
			continue
		}
		border := !isUpper(s[i-1])
		if !border && i+1 < len(s) && isLower(s[i+1]) {
			plural := s[i+1] == 's' && (i+2 == len(s) || isUpper(s[i+2]))
			border = !plural
		}
		if border {
			word(s[start:i], yield)
			start = i
		}
	}
	if start > 0 {
		word(s[start:], yield)
	}
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }

// unicodeRun yields the tokens of a run beyond ASCII: folded to lower case
// without accents, and character by character where the script writes no
// spaces.
func unicodeRun(s string, yield func(string, bool)) {
	var word strings.Builder
	ascii := true
	flush := func() {
		switch t := word.String(); {
		case t == "":
		case ascii:
			run(t, yield)
		case len(t) <= maxToken:
			yield(strings.ToLower(t), false)
		}
		word.Reset()
		ascii = true
	}
	for _, r := range norm.NFKD.String(strings.ReplaceAll(s, apostrophe, "'")) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai):
			flush()
			yield(string(r), false)
		case unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r):
			ascii = ascii && r < utf8.RuneSelf
			word.WriteRune(r)
		case r < utf8.RuneSelf && word.Len() > 0 && ascii && connector(string(r)) > 0:
			word.WriteRune(r)
		default:
			flush()
		}
	}
	flush()
}
