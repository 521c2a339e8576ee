package prompts

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
)

var (
	variable = regexp.MustCompile(`\{\{[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*\}\}`)
	nameOnly = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// Variables returns the names that text uses as {{ name }}, sorted. All other
// braces are plain text.
func Variables(text string) []string {
	seen := map[string]bool{}
	for _, m := range variable.FindAllStringSubmatch(text, -1) {
		seen[m[1]] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// Render puts values in the place of the prompt's variables. Each variable that
// the text uses needs a value, and each value a variable, else ErrInvalid.
// Values are not rendered again: braces in them stay.
func Render(p Prompt, values map[string]string) (string, error) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(p.Variables, name) {
			return "", fmt.Errorf("prompt %s@%d: %w: it has no variable %.80q", p.ID, p.Version, ErrInvalid, name)
		}
	}
	var missing string
	text := variable.ReplaceAllStringFunc(p.Text, func(use string) string {
		name := variable.FindStringSubmatch(use)[1]
		if !slices.Contains(p.Variables, name) {
			return use
		}
		value, ok := values[name]
		if !ok && missing == "" {
			missing = name
		}
		return value
	})
	if missing != "" {
		return "", fmt.Errorf("prompt %s@%d: %w: no value for the variable {{ %s }}", p.ID, p.Version, ErrInvalid, missing)
	}
	return text, nil
}
