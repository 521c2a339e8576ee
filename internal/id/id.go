// Package id makes the random identifiers of everything that Hone stores.
package id

import (
	"crypto/rand"
	"encoding/hex"
)

// New returns prefix followed by 48 random hexadecimal digits (192 bits), the
// form that the Prompts API prescribes for "pmpt_" and that Hone uses for all
// identifiers.
func New(prefix string) string {
	var b [24]byte
	rand.Read(b[:]) // never fails, see crypto/rand
	return prefix + hex.EncodeToString(b[:])
}
