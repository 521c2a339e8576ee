package offline

import (
	"strings"
	"sync"
)

// memo remembers what prompts ask for: each turn brings the same few again, and
// reading them takes longer than most answers.
type memo struct {
	mu    sync.Mutex
	known map[string]guidelines
}

// memoSize bounds a memo, in prompts.
const memoSize = 256

var prompts memo

// guidelines reads a prompt, or recalls it.
func (m *memo) guidelines(prompt []string) guidelines {
	key := strings.Join(prompt, "\x00")
	m.mu.Lock()
	g, ok := m.known[key]
	m.mu.Unlock()
	if ok {
		return g
	}
	g = readGuidelines(prompt)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= memoSize {
		m.known = map[string]guidelines{}
	}
	m.known[key] = g
	return g
}
