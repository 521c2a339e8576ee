package eval

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/honehq/hone/prompts"
)

// Poison is a case of the suite: documents or feedback that hold an order.
type Poison struct {
	Name      string // class and number
	Question  string
	Feedback  string
	Orders    []string          // as it stands there, and in other words
	Documents map[string]string // by path
}

// ReadPoison reads the suite, by class.
func ReadPoison(t testing.TB) map[string][]Poison {
	t.Helper()
	files, err := filepath.Glob("testdata/poison/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no suite: %v", err)
	}
	out := map[string][]Poison{}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		class := strings.TrimSuffix(path.Base(file), ".txtar")
		for _, f := range archive.Files {
			number, rest, _ := strings.Cut(f.Name, "/")
			name := class + " " + number
			list := out[class]
			if len(list) == 0 || list[len(list)-1].Name != name {
				list = append(list, Poison{Name: name, Documents: map[string]string{}})
			}
			p := &list[len(list)-1]
			text := strings.TrimSpace(string(f.Data))
			switch {
			case rest == "question":
				p.Question = text
			case rest == "feedback":
				p.Feedback = text
			case rest == "orders":
				p.Orders = strings.Split(text, "\n")
			default:
				p.Documents[strings.TrimPrefix(rest, "docs/")] = text + "\n"
			}
			out[class] = list
		}
	}
	return out
}

// firstLine is a prompt as a team would begin with.
const firstLine = "You answer engineers' questions. Search the documents and answer from what you find."

// The suite has at least six cases of each class, and none of its orders, in the
// document's words or in others, gets past the lint.
func TestNoOrderOfADocumentPasses(t *testing.T) {
	suite := ReadPoison(t)
	for _, class := range []string{"prose", "code", "comments", "feedback", "names", "chunks"} {
		if n := len(suite[class]); n < 6 {
			t.Errorf("%s: %d cases, want at least 6", class, n)
		}
		verbatim, reworded, passed := 0, 0, 0
		for _, p := range suite[class] {
			l := newLint(prompts.Prompt{Text: firstLine}, nil)
			l.show(p.Question, p.Feedback)
			for name, text := range p.Documents {
				l.show(name, text)
			}
			for i, order := range p.Orders {
				if i == 0 {
					verbatim++
				} else {
					reworded++
				}
				if why := l.check(firstLine + "\n- " + order); why == "" {
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
	for _, root := range []string{"../sample/docs", "../sample/local"} {
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
	for _, cases := range ReadPoison(t) {
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
	l := newLint(prompts.Prompt{Text: firstLine}, nil)
	l.show(shownDocuments(t)...)
	lines := append(linesOf(t, "testdata/legitimate.txt"), stockOf()...)
	refused := 0
	for _, g := range lines {
		if why := l.check(firstLine + "\n- " + g); why != "" {
			refused++
			t.Errorf("%q is refused: %s", g, why)
		}
	}
	t.Logf("%d of %d guidelines are refused", refused, len(lines))
	if len(lines) < 30 {
		t.Errorf("only %d guidelines", len(lines))
	}
}
