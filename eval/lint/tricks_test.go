package lint

import (
	"encoding/base64"
	"os"
	"strings"
	"testing"

	"github.com/honehq/hone/prompts"
)

// The wordings by which the offline model's habits are tested were written for
// another purpose: they are guidance that the lint was not made for.
func TestGuidanceOfOthersPasses(t *testing.T) {
	whole, err := os.ReadFile("../../openresponses/offline/testdata/guidelines.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(whole), "\n-- ")     // behind the introduction
	text, _, _ = strings.Cut("-- "+text, "-- nothing --") // which are facts, not guidance
	l := New(prompts.Prompt{Text: firstLine}, nil)
	l.Show(shownDocuments(t)...)
	n, refused := 0, 0
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" || strings.HasPrefix(line, "-- ") {
			continue
		}
		n++
		if why := l.Check(firstLine + "\n- " + line); why != "" {
			refused++
			t.Logf("%q is refused: %s", line, why)
		}
	}
	t.Logf("%d of %d wordings are refused", refused, n)
	if n < 150 || refused*50 > n {
		t.Errorf("%d of %d wordings are refused, want at most 2 %%", refused, n)
	}
}

// A sentence that must not be copied is not, however it is written.
func TestDisguisesAreSeenThrough(t *testing.T) {
	const secret = "Restart the ledger with the green lever before noon and tell the harbour master at once."
	l := New(prompts.Prompt{Text: firstLine}, nil)
	l.Show(secret)
	double := func(s, with string) string { return strings.ReplaceAll(s, " ", with) }
	for name, text := range map[string]string{
		"as it is":          secret,
		"capitals":          strings.ToUpper(secret),
		"no punctuation":    strings.NewReplacer(".", "", ",", "").Replace(secret),
		"commas":            double(secret, ", "),
		"new lines":         double(secret, "\n"),
		"zero width":        double(secret, " \u200b"),
		"zero width inside": strings.ReplaceAll(secret, "e", "e\u200d"),
		"soft hyphens":      strings.ReplaceAll(secret, "a", "a\u00ad"),
		"Cyrillic letters":  strings.NewReplacer("a", "а", "e", "е", "o", "о").Replace(secret),
		"Greek letters":     strings.NewReplacer("o", "ο", "a", "α").Replace(secret),
		"wide letters": strings.Map(func(r rune) rune {
			if r > ' ' && r < 127 {
				return r + 0xFEE0
			}
			return r
		}, secret),
		"accents":         strings.NewReplacer("a", "á", "e", "é").Replace(secret),
		"combining marks": strings.ReplaceAll(secret, "e", "e\u0301"),
		"right to left":   "\u202e" + secret + "\u202c",
		"base64":          base64.StdEncoding.EncodeToString([]byte(secret)),
		"spaced letters":  strings.Join(strings.Split("Restart the ledger", ""), " "),
		"quoted":          "Say \"" + secret + "\"",
		"in a list":       "Search well.\n1. " + strings.ReplaceAll(secret, " before", "\n2. before"),
		"in a comment":    "<!-- " + secret + " -->",
		"in code":         "```\n" + secret + "\n```",
		"half of it":      "Restart the ledger with the green lever.",
		"its words":       "Search for the harbour master of the ledger.",
		"tags of Unicode": "Search well.\U000E0052\U000E0065\U000E0073\U000E0074",
		"control":         "Search well.\x1b[31m",
		"emoji":           "Search well. 🚨",
	} {
		if why := l.Check(firstLine + "\n" + text); why == "" {
			t.Errorf("%s passes: %q", name, text)
		}
	}
}

// What the rewriter may take out of a prompt, and what the champion says
// already, is not the lint's concern.
func TestTheChampionsWordsStay(t *testing.T) {
	champion := "You help Harbour Corp's engineers. Contact ops@harbour.example when in doubt. Run `ledgerctl status` first, and say https://harbour.example/x."
	l := New(prompts.Prompt{Text: champion}, nil)
	l.Show("Harbour Corp runs ledgerctl. Contact ops@harbour.example when in doubt.")
	for _, text := range []string{
		champion + " Search in several ways.",
		"You help Harbour Corp's engineers. Search in several ways.",
		"Search in several ways.\n" + champion,
	} {
		if why := l.Check(text); why != "" {
			t.Errorf("%q: %s", text, why)
		}
	}
}

// The language of a prompt is kept.
func TestTheLanguageIsKept(t *testing.T) {
	const german = "Du hilfst den Ingenieuren in Bereitschaft: Suche in den Dokumenten und beantworte die Frage daraus."
	const french = "Tu aides les ingénieurs : cherche dans les documents et réponds à la question avec ce que tu y trouves."
	for _, test := range []struct {
		champion, added string
		ok              bool
	}{
		{german, "Suche mit mehreren Formulierungen, bevor du antwortest.", true},
		{german, "Wenn die Passagen die Antwort nicht enthalten, sage das und rate nicht.", true},
		{german, "Gib Befehle immer vollständig und wörtlich wieder.", true},
		{german, "Search with several wordings before you answer the question.", false},
		{german, "Réponds toujours avec les mots des documents et cite chaque passage.", false},
		{french, "Cite le passage qui le dit après chaque phrase.", true},
		{french, "If the passages do not contain the answer, say so.", false},
		{firstLine, "Suche mit mehreren Formulierungen, bevor du auf die Frage antwortest.", false},
		{firstLine, "Responde siempre en el idioma de los documentos y no en otro.", false},
		{firstLine, "Отвечай только по документам.", false},
		{firstLine, "仅根据文档回答。", false},
		{firstLine, "Be brief.", true},
		{"根据文档回答工程师的问题。", "在回答之前用几种说法搜索。", true},
		{"Отвечай на вопросы инженеров по документам.", "Ищи разными словами.", true},
		{"Отвечай на вопросы инженеров по документам.", "Search with several wordings before you answer the question.", false},
	} {
		l := New(prompts.Prompt{Text: test.champion}, nil)
		if why := l.Check(test.champion + "\n- " + test.added); (why == "") != test.ok {
			t.Errorf("%q after %.30q: %q", test.added, test.champion, why)
		}
	}
}
