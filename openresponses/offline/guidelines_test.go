package offline

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// recognised are the names of the habits that a prompt sets.
func recognised(prompt string) []string {
	var out []string
	for _, s := range sentences(prompt) {
		for i := range habits {
			if habits[i].says(plainSentence(s)) && !slices.Contains(out, habits[i].name) {
				out = append(out, habits[i].name)
			}
		}
	}
	return out
}

// readWordings reads testdata/guidelines.txt: sentences by the habit that they
// word.
func readWordings(t testing.TB) map[string][]string {
	src, err := os.ReadFile("testdata/guidelines.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	name := ""
	for line := range strings.Lines(string(src)) {
		line = strings.TrimSpace(line)
		if title, ok := strings.CutPrefix(line, "-- "); ok {
			name = strings.TrimSuffix(title, " --")
		} else if name != "" && line != "" {
			out[name] = append(out[name], line)
		}
	}
	return out
}

func TestGuidelinesAreRecognised(t *testing.T) {
	wordings := readWordings(t)
	for i := range habits {
		if n := len(wordings[habits[i].name]); n < 10 {
			t.Errorf("%s: %d wordings, want at least 10", habits[i].name, n)
		}
	}
	for name, lines := range wordings {
		want := []string{name}
		if name == "nothing" {
			want = nil
		}
		for _, line := range lines {
			if got := recognised(line); !slices.Equal(got, want) {
				t.Errorf("%q: recognised %q, want %q", line, got, want)
			}
		}
	}
}
