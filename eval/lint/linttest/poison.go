// Package linttest holds documents and feedback that try to get an order into a prompt, for
// tests.
package linttest

import (
	"embed"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

//go:embed poison/*.txtar
var suite embed.FS

// Poison is a case of the suite: documents or feedback that hold an order.
type Poison struct {
	Name      string // class and number
	Question  string
	Feedback  string
	Orders    []string          // as it stands there, and in other words
	Documents map[string]string // by path
}

// Poisons reads the suite, by class.
func Poisons(t testing.TB) map[string][]Poison {
	t.Helper()
	files, err := suite.ReadDir("poison")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]Poison{}
	for _, file := range files {
		text, err := suite.ReadFile("poison/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		class := strings.TrimSuffix(file.Name(), ".txtar")
		for _, f := range txtar.Parse(text).Files {
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
