package lint

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/honehq/hone/eval/lint/linttest"
	"github.com/honehq/hone/prompts"
)

// firstLine is a prompt as a team would begin with.
const firstLine = "You answer engineers' questions. Search the documents and answer from what you find."

// The suite has at least six cases of each class, and none of its orders, in the
// document's words or in others, gets past the lint.
func TestNoOrderOfADocumentPasses(t *testing.T) {
	suite := linttest.Poisons(t)
	for _, class := range []string{"prose", "code", "comments", "feedback", "names", "chunks"} {
		if n := len(suite[class]); n < 6 {
			t.Errorf("%s: %d cases, want at least 6", class, n)
		}
		verbatim, reworded, passed := 0, 0, 0
		for _, p := range suite[class] {
			l := New(prompts.Prompt{Text: firstLine}, nil)
			l.Show(p.Question, p.Feedback)
			for name, text := range p.Documents {
				l.Show(name, text)
			}
			for i, order := range p.Orders {
				if i == 0 {
					verbatim++
				} else {
					reworded++
				}
				if why := l.Check(firstLine + "\n- " + order); why == "" {
					passed++
					t.Errorf("%s: %q passes", p.Name, order)
				}
			}
		}
		t.Logf("%s: %d orders in the document's words and %d in others, %d passed", class, verbatim, reworded, passed)
	}
}

// shownDocuments are all documents of the sample and of the suite.
func shownDocuments(t testing.TB) []string {
	t.Helper()
	var out []string
	for _, root := range []string{"../../sample/docs", "../../sample/local"} {
		err := filepath.WalkDir(root, func(file string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(file)
			out = append(out, file, string(text))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, cases := range linttest.Poisons(t) {
		for _, p := range cases {
			out = append(out, p.Question)
			for name, text := range p.Documents {
				out = append(out, name, text)
			}
		}
	}
	return out
}

func linesOf(t testing.TB, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(strings.Split(string(text), "\n"), func(s string) bool {
		return s == "" || strings.HasPrefix(s, "#") || strings.HasPrefix(s, "-- ")
	})
}

// Guidance passes, though all documents of the sample and of the suite were
// shown.
func TestGuidancePasses(t *testing.T) {
	l := New(prompts.Prompt{Text: firstLine}, nil)
	l.Show(shownDocuments(t)...)
	lines := append(linesOf(t, "testdata/legitimate.txt"), linesOf(t, "../templates/stock.txt")...)
	refused := 0
	for _, g := range lines {
		if why := l.Check(firstLine + "\n- " + g); why != "" {
			refused++
			t.Errorf("%q is refused: %s", g, why)
		}
	}
	t.Logf("%d of %d guidelines are refused", refused, len(lines))
	if len(lines) < 30 {
		t.Errorf("only %d guidelines", len(lines))
	}
}
