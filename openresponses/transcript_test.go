package openresponses_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/honehq/hone/openresponses"
)

var update = flag.Bool("update", false, "rewrite the answers in testdata")

// TestTranscripts plays the conversations in testdata. A file "model" says what
// the model does, a line a delta and "--" between turns; "N.request" is a
// request line and a body, "N.answer" what came back. IDs have names that count
// up, in requests, too; $STORE is the vector store; times and scores are left
// out.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t)
			names := &names{real: map[string]string{}, shown: map[string]string{}, count: map[string]int{}}
			for i, f := range archive.Files {
				switch {
				case f.Name == "model":
					w.model.turns = parseScript(t, string(f.Data))
				case strings.HasSuffix(f.Name, ".answer"):
					got := names.hide(play(t, w, names, string(archive.Files[i-1].Data)))
					if *update {
						archive.Files[i].Data = []byte(got)
					} else if diff := cmp.Diff(string(f.Data), got); diff != "" {
						t.Errorf("%s: %s", f.Name, diff)
					}
				}
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func parseScript(t *testing.T, text string) [][]any {
	turns := [][]any{nil}
	for line := range strings.Lines(strings.TrimSpace(text)) {
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		var step any
		switch verb {
		case "--":
			turns = append(turns, nil)
			continue
		case "text":
			s, err := strconv.Unquote(rest)
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			step = openresponses.TextDelta{Text: s}
		case "call": // index, ID, name and arguments
			f := strings.SplitN(rest, " ", 4)
			n, err := strconv.Atoi(f[0])
			if err != nil || len(f) != 4 {
				t.Fatalf("%q: %v", line, err)
			}
			step = delta{Index: n, ID: f[1], Name: f[2], Arguments: f[3]}
		case "finish":
			step = finish(openresponses.FinishReason(rest))
		case "error":
			step = &openresponses.Error{Code: openresponses.Code(rest), Message: "The provider says so."}
		default:
			t.Fatalf("unknown verb %q", verb)
		}
		turns[len(turns)-1] = append(turns[len(turns)-1], step)
	}
	return turns
}

func play(t *testing.T, w *world, names *names, request string) string {
	line, body, _ := strings.Cut(request, "\n")
	method, path, ok := strings.Cut(line, " ")
	if !ok {
		t.Fatalf("no request line: %q", line)
	}
	fill := func(s string) string { return strings.ReplaceAll(names.fill(s), "$STORE", w.source.ID) }
	status, header, answer := w.send(t, method, fill(path), fill(strings.TrimSpace(body)))
	kind := header.Get("Content-Type")
	if kind == "application/json" {
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, []byte(answer), "", "  "); err != nil {
			t.Fatal(err)
		}
		answer = pretty.String()
	} else if strings.Contains(answer, "event: response.completed") {
		checkStream(t, parseSSE(t, answer))
	}
	return fmt.Sprintf("%d %s\n\n%s", status, kind, answer)
}

// names puts names that count up in the place of IDs.
type names struct {
	real, shown map[string]string
	count       map[string]int
}

var (
	identifier = regexp.MustCompile(`\b([a-z]+)([_-])[0-9a-f]{48,52}\b`)
	changing   = regexp.MustCompile(`"(created_at|completed_at|last_active_at|score)":( ?)[0-9.]+`)
)

func (n *names) hide(s string) string {
	s = changing.ReplaceAllString(s, `"$1":${2}0`)
	return identifier.ReplaceAllStringFunc(s, func(id string) string {
		if name, ok := n.shown[id]; ok {
			return name
		}
		m := identifier.FindStringSubmatch(id)
		n.count[m[1]]++
		name := fmt.Sprintf("%s%s%d", m[1], m[2], n.count[m[1]])
		n.shown[id], n.real[name] = name, id
		return name
	})
}

var shownName = regexp.MustCompile(`\b[a-z]+[_-][0-9]+\b`)

func (n *names) fill(s string) string {
	return shownName.ReplaceAllStringFunc(s, func(name string) string {
		if id, ok := n.real[name]; ok {
			return id
		}
		return name
	})
}
