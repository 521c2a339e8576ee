package knowledge

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"unicode/utf8"
)

// Attributes describe a document: kind, service, team, date and whatever its
// front matter, its path or the caller say. At most 16 keys of at most 64
// characters, values of at most 512, as in OpenAI's vector stores.
type Attributes map[string]Value

// Value is a string, a float64 or a bool.
type Value any

// Limits of attributes; lengths in characters.
const (
	maxAttributes = 16
	maxKeyLen     = 64
	maxValueLen   = 512
)

// Validate tells what is wrong with attributes; the error wraps ErrInvalid.
func (a Attributes) Validate() error {
	if len(a) > maxAttributes {
		return fmt.Errorf("%d attributes, at most %d are allowed: %w", len(a), maxAttributes, ErrInvalid)
	}
	for _, key := range slices.Sorted(maps.Keys(a)) {
		if n := utf8.RuneCountInString(key); n == 0 || n > maxKeyLen {
			return fmt.Errorf("attribute %.80q: a key has 1 to %d characters: %w", key, maxKeyLen, ErrInvalid)
		}
		switch v := a[key].(type) {
		case bool:
		case float64:
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("attribute %s: not a finite number: %w", key, ErrInvalid)
			}
		case string:
			if utf8.RuneCountInString(v) > maxValueLen {
				return fmt.Errorf("attribute %s: a value has at most %d characters: %w", key, maxValueLen, ErrInvalid)
			}
		default:
			return fmt.Errorf("attribute %s: a value is a string, a number, true or false: %w", key, ErrInvalid)
		}
	}
	return nil
}

// Access says what a caller may see.
type Access struct {
	All    bool     // everything, whatever its groups
	Groups []string // else documents without groups, and those of these groups
}

// CanSee tells whether documents of the given groups are visible.
func (a Access) CanSee(groups []string) bool {
	if a.All || len(groups) == 0 {
		return true
	}
	for _, g := range groups {
		for _, mine := range a.Groups {
			if g == mine {
				return true
			}
		}
	}
	return false
}
