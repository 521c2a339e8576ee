package agent

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Quotes are pieces of the passage, byte for byte, whatever its script: the last
// bytes of à, Å and 加 look like blanks of Latin-1.
func TestQuotesAreVerbatim(t *testing.T) {
	for _, passage := range []string{
		"Servir à\nou pas.", "Die Länge in Å", "请不要添加\n重启服务", "Run it.\r\nThen wait à\r\nor stop.\r\n", "\u00a0 padded \u0085", "…",
	} {
		for _, said := range []string{"Servir à", "Länge Å", "请不要添加", "wait à or stop", ""} {
			q := bestQuote(passage, said)
			if !utf8.ValidString(q.text) || !strings.Contains(passage, q.text) {
				t.Errorf("%q for %q: %q", passage, said, q.text)
			}
			if q.text != strings.TrimSpace(q.text) {
				t.Errorf("%q for %q: blanks around %q", passage, said, q.text)
			}
		}
	}
	if q := bestQuote("Servir à\nou pas.", "Servir à"); q.text != "Servir à" {
		t.Errorf("got %q", q.text)
	}
}

func FuzzQuotes(f *testing.F) {
	f.Add("Servir à. Ou\r\npas.", "Servir à")
	f.Fuzz(func(t *testing.T, passage, said string) {
		if !utf8.ValidString(passage) {
			t.Skip()
		}
		q := bestQuote(passage, statement(said))
		if !utf8.ValidString(q.text) || !strings.Contains(passage, q.text) || q.firstLine > q.lastLine || q.lastLine > strings.Count(passage, "\n") {
			t.Errorf("%q for %q: %+v", passage, said, q)
		}
	})
}
