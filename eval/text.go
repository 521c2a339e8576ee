package eval

import "strings"

// fold makes texts comparable: lower case, white space folded. Quotation marks
// and dashes are those of the keyboard, which models replace at will.
func fold(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(keyboard.Replace(s)), " "))
}

var keyboard = strings.NewReplacer("’", "'", "‘", "'", "“", `"`, "”", `"`, "–", "-", "‑", "-", "\u00a0", " ")

// cut returns the first n characters.
func cut(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
