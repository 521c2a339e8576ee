package knowledge

// Attributes describe a document: kind, service, team, date and whatever its
// front matter, its path or the caller say. At most 16 keys of at most 64
// characters, values of at most 512, as in OpenAI's vector stores.
type Attributes map[string]Value

// Value is a string, a float64 or a bool.
type Value any

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
