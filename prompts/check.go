package prompts

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

const idPrefix = "pmpt_"

// Bounds of what a prompt may hold.
const (
	MaxText      = 64 << 10 // bytes
	maxNote      = 4 << 10  // bytes of an author and a reason each
	maxVariables = 64
	maxName      = 64 // bytes
)

func validID(s string) bool {
	digits, ok := strings.CutPrefix(s, idPrefix)
	if !ok || len(digits) != 48 || digits != strings.ToLower(digits) {
		return false
	}
	_, err := hex.DecodeString(digits)
	return err == nil
}

func checkText(text string) error {
	if strings.TrimSpace(text) == "" {
		return fmt.Errorf("%w: the text is empty", ErrInvalid)
	}
	if len(text) > MaxText {
		return fmt.Errorf("%w: the text has %d bytes, more than %d", ErrInvalid, len(text), MaxText)
	}
	return checkCharacters("text", text)
}

func checkNote(author, reason string) error {
	for _, f := range []struct{ name, text string }{{"author", author}, {"reason", reason}} {
		if len(f.text) > maxNote {
			return fmt.Errorf("%w: the %s has %d bytes, more than %d", ErrInvalid, f.name, len(f.text), maxNote)
		}
		if err := checkCharacters(f.name, f.text); err != nil {
			return err
		}
	}
	return nil
}

// checkCharacters refuses what not every database can store.
func checkCharacters(name, s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("%w: the %s is not UTF-8", ErrInvalid, name)
	}
	if strings.ContainsRune(s, 0) {
		return fmt.Errorf("%w: the %s holds a NUL character", ErrInvalid, name)
	}
	return nil
}

// checkVariables returns the declared names, sorted and without repeats.
func checkVariables(text string, declared []string, lenient bool) ([]string, error) {
	names := slices.Clone(declared)
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) > maxVariables {
		return nil, fmt.Errorf("%w: %d variables, more than %d", ErrInvalid, len(names), maxVariables)
	}
	for _, n := range names {
		if len(n) > maxName || !nameOnly.MatchString(n) {
			return nil, fmt.Errorf("%w: %.80q is no name for a variable: letters, digits and _, not starting with a digit, at most %d characters", ErrInvalid, n, maxName)
		}
	}
	if lenient {
		return names, nil
	}
	for _, n := range Variables(text) {
		if _, ok := slices.BinarySearch(names, n); !ok {
			return nil, fmt.Errorf("%w: the text uses {{ %s }}, which is not among its variables", ErrInvalid, n)
		}
	}
	return names, nil
}
