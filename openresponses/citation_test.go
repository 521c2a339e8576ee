package openresponses

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// filtered runs a text through a filter that knows the refs 1 to 4, cut into
// deltas of the given size (0: whole), and shows citations as {ref}.
func filtered(text string, size int, brackets bool) string {
	f := &citationFilter{known: func(ref int) bool { return ref >= 1 && ref <= 4 }, brackets: brackets}
	var b strings.Builder
	show := func(list []piece) {
		for _, p := range list {
			if p.ref != 0 {
				fmt.Fprintf(&b, "{%d}", p.ref)
			} else {
				b.WriteString(p.text)
			}
		}
	}
	for size > 0 && len(text) > size {
		show(f.write(text[:size]))
		text = text[size:]
	}
	show(f.write(text))
	show(f.close())
	return b.String()
}

func TestCitationFilter(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"none", "The limit is 5.", "The limit is 5."},
		{"one", "The limit is 5【1】.", "The limit is 5{1}."},
		{"blank before", "The limit is 5 【1】.", "The limit is 5{1}."},
		{"blank before and after", "The limit 【1】 is 5.", "The limit{1} is 5."},
		{"blank before a word", "The limit 【1】is 5.", "The limit{1} is 5."},
		{"several", "It is so【1】【2】.", "It is so{1}{2}."},
		{"several with blanks", "It is so 【1】 【2】, and", "It is so{1}{2}, and"},
		{"a list", "It is so【1, 2】.", "It is so{1}{2}."},
		{"a list with semicolons", "It is so【1;2】.", "It is so{1}{2}."},
		{"with a dagger", "It is so【3†runbook.md】.", "It is so{3}."},
		{"unknown", "It is so【9】.", "It is so."},
		{"zero", "It is so【0】.", "It is so."},
		{"known and unknown", "It is so【1, 9】.", "It is so{1}."},
		{"other brackets of this kind", "【注意】 read this", "【注意】 read this"},
		{"empty brackets", "【】", "【】"},
		{"never closed", "so 【1", "so 【1"},
		{"closed on the next line", "so 【1\n】", "so 【1\n】"},
		{"too long", "【" + strings.Repeat("1,", 40) + "1】", "【" + strings.Repeat("1,", 40) + "1】"},
		{"square", "It is so [1].", "It is so{1}."},
		{"square, a list", "It is so [1, 2].", "It is so{1}{2}."},
		{"square, several", "It is so [1][2].", "It is so{1}{2}."},
		{"square, unknown", "It is so [9].", "It is so [9]."},
		{"square, one unknown", "It is so [1, 9].", "It is so [1, 9]."},
		{"square, a link", "See [1](http://x).", "See [1](http://x)."},
		{"square, words", "See [this] and [ ].", "See [this] and [ ]."},
		{"a task list", "- [ ] one\n- [x] two", "- [ ] one\n- [x] two"},
		{"in a span", "Use `a[1]` here [1].", "Use `a[1]` here{1}."},
		{"in a span of two", "Use ``a ` [1]`` here [1].", "Use ``a ` [1]`` here{1}."},
		{"in a fence", "```go\nx := a[1]\n\ny := a[2]\n```\nDone [1].", "```go\nx := a[1]\n\ny := a[2]\n```\nDone{1}."},
		{"in a fence of tildes", "~~~\na[1]\n~~~\n[1]", "~~~\na[1]\n~~~\n{1}"},
		{"in a fence in a list", "1. Run\n   ```\n   a[1]\n   ```\n   so [1]", "1. Run\n   ```\n   a[1]\n   ```\n   so{1}"},
		{"in a quoted fence", "> ```\n> a[1]\n> ```\n> [1]", "> ```\n> a[1]\n> ```\n>{1}"},
		{"a longer fence", "````\n```\na[1]\n```\n````\n[1]", "````\n```\na[1]\n```\n````\n{1}"},
		{"a fence that stays open", "```\na[1]", "```\na[1]"},
		{"three backticks that are a span", "```a[1]``` and [1]", "```a[1]``` and{1}"},
		{"a span that is never closed", "a ` b [1]\n\nnext [1]", "a ` b [1]\n\nnext{1}"},
		{"corner brackets in code", "```\nls 【1】\n```\nso", "```\nls\n```{1}\nso"},
		{"corner brackets in a span", "Run `ls 【1】【2】` now【3】.", "Run `ls `{1}{2} now{3}."},
		{"corner brackets in code that stays open", "```\nls 【1】\nps", "```\nls\nps{1}"},
		{"in a table", "| a 【1】 | b |", "| a{1} | b |"},
		{"before bold", "so 【1】**bold**", "so{1} **bold**"},
		{"at the start", "【1】 So it is", "{1} So it is"},
		{"at the end", "So it is 【1】", "So it is{1}"},
		{"with a blank at the end", "So it is 【1】 ", "So it is{1} "},
		{"before a line break", "So it is 【1】\nNext", "So it is{1}\nNext"},
		{"other scripts", "限制是五【1】。Größe 【2】!", "限制是五{1}。Größe{2}!"},
		{"invalid bytes", "a\xff\xfe【1】\xe3\x80", "a\uFFFD\uFFFD{1}\uFFFD\uFFFD"},
		{"NUL", "a\x00b", "ab"},
		{"many blanks", "a" + strings.Repeat(" ", 1000) + "【1】.", "a" + strings.Repeat(" ", 1000-1000%256) + "{1}."},
		{"only blanks", "   ", "   "},
		{"nothing", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for size := range len(test.in) + 1 {
				if got := filtered(test.in, size, true); got != test.want {
					t.Fatalf("in deltas of %d: got %q, want %q", size, got, test.want)
				}
			}
		})
	}
}

func TestCitationFilterInJSON(t *testing.T) {
	in := `{"ids":[1],"text":"so 【1】","n":[1, 2]}`
	want := `{"ids":[1],"text":"so{1} ","n":[1, 2]}`
	if got := filtered(in, 0, false); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Hostile input must not take time that grows faster than its length.
func TestCitationFilterLongInput(t *testing.T) {
	for _, unit := range []string{" ", "`", "[", "【", "~", ">", "[1", "【1", "[1]", "\n", "```\n", "a"} {
		text := strings.Repeat(unit, 1<<18/len(unit))
		f := &citationFilter{known: func(int) bool { return true }, brackets: true}
		n := 0
		for i := range len(text) {
			for _, p := range f.write(text[i : i+1]) {
				n += len(p.text)
			}
			if len(f.held) > 2*maxRun {
				t.Fatalf("%q: holds back %d bytes", unit, len(f.held))
			}
		}
		for _, p := range f.close() {
			n += len(p.text)
		}
		if n == 0 && unit != "[1]" {
			t.Errorf("%q: nothing came out", unit)
		}
	}
}

func FuzzCitationFilter(f *testing.F) {
	for _, seed := range []string{
		"so 【1】 and [2], `a[3]`\n\n```go\nx[1]\n```\n[4](y)", "  ~~~\n【1】", "> ``` x ` [1]\n", "【1†a】【注】[1][2]\xe3\x80", "a ` [1]\n \n[1]  【2】x",
	} {
		f.Add(seed, uint8(3), true)
	}
	f.Fuzz(func(t *testing.T, text string, size uint8, brackets bool) {
		whole := filtered(text, 0, brackets)
		for _, n := range []int{1, 2, int(size)} {
			if got := filtered(text, n, brackets); got != whole {
				t.Fatalf("in deltas of %d: %q, whole: %q", n, got, whole)
			}
		}
		if !utf8.ValidString(whole) {
			t.Errorf("not UTF-8: %q", whole)
		}
		if !strings.ContainsAny(text, "】]\x00") && utf8.ValidString(text) && whole != text {
			t.Errorf("text without markers was changed: %q, %q", text, whole)
		}
	})
}
