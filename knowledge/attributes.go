package knowledge

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
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

// reservedPrefix starts the names of attributes that documents can't have.
const reservedPrefix = "hone_"

// Validate tells what is wrong with attributes; the error wraps ErrInvalid.
func (a Attributes) Validate() error {
	if len(a) > maxAttributes {
		return fmt.Errorf("%d attributes, at most %d are allowed: %w", len(a), maxAttributes, ErrInvalid)
	}
	for _, key := range slices.Sorted(maps.Keys(a)) {
		if n := utf8.RuneCountInString(key); n == 0 || n > maxKeyLen || !storable(key) {
			return fmt.Errorf("attribute %.80q: a key is UTF-8 text of 1 to %d characters: %w", key, maxKeyLen, ErrInvalid)
		}
		if strings.HasPrefix(key, reservedPrefix) {
			return fmt.Errorf("attribute %s: names that start with %s are reserved: %w", key, reservedPrefix, ErrInvalid)
		}
		switch v := a[key].(type) {
		case bool:
		case float64:
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("attribute %s: not a finite number: %w", key, ErrInvalid)
			}
		case string:
			if utf8.RuneCountInString(v) > maxValueLen || !storable(v) {
				return fmt.Errorf("attribute %s: a value is UTF-8 text of at most %d characters: %w", key, maxValueLen, ErrInvalid)
			}
		default:
			return fmt.Errorf("attribute %s: a value is a string, a number, true or false: %w", key, ErrInvalid)
		}
	}
	return nil
}

// storable tells whether both databases take a string.
func storable(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

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
		if slices.Contains(a.Groups, g) {
			return true
		}
	}
	return false
}

type accessKey struct{}

// WithAccess returns a context for a caller with the given access. It reaches
// the engine through the in-process transport; over a network it is the API
// key that decides.
func WithAccess(ctx context.Context, a Access) context.Context {
	return context.WithValue(ctx, accessKey{}, a)
}

// AccessFrom returns the access that WithAccess set; without one, only
// documents without groups are visible.
func AccessFrom(ctx context.Context) Access {
	a, _ := ctx.Value(accessKey{}).(Access)
	return a
}

// Names of the attributes that passages carry beside their document's own when
// they leave as file_search results, so that a client can cite lines. They are
// not stored, and no document may bring them: their prefix is reserved.
const (
	AttrSource    = "hone_source"
	AttrTitle     = "hone_title"
	AttrSection   = "hone_section" // heading path joined by " › "
	AttrAnchor    = "hone_anchor"
	AttrFirstLine = "hone_first_line"
	AttrLastLine  = "hone_last_line"
	AttrURL       = "hone_url"
)
