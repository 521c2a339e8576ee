package server_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/server"
)

var update = flag.Bool("update", false, "write the transcripts anew")

// scenes are the servers that the transcripts were taken from.
var scenes = map[string]func(t *testing.T) *world{
	"ask":    func(t *testing.T) *world { return newWorld(t, redis, nil) },
	"stream": func(t *testing.T) *world { return newWorld(t, redis, nil) },
	"degraded": func(t *testing.T) *world {
		a := answer
		a.Status, a.Note, a.Model, a.Citations = agent.Degraded, "The language model could not answer.", "offline", []agent.Citation{}
		return newWorld(t, []any{agent.TextEvent{Text: a.Answer}, agent.Done{Answer: a}}, nil)
	},
	"failed": func(t *testing.T) *world { return newWorld(t, []any{errors.New("disk /secret/path is full")}, nil) },
	"failed_late": func(t *testing.T) *world {
		return newWorld(t, []any{agent.TextEvent{Text: "Prom"}, errors.New("disk /secret/path is full"), agent.TextEvent{Text: "ote"}}, nil)
	},
	"no_end": func(t *testing.T) *world { return newWorld(t, []any{agent.TextEvent{Text: "Prom"}}, nil) },
	// A prompt that is missing is the server's fault, not the caller's.
	"prompt_gone": func(t *testing.T) *world {
		return newWorld(t, []any{fmt.Errorf("prompt pmpt_1: %w", fs.ErrNotExist)}, nil)
	},
	"runs": func(t *testing.T) *world {
		w := newWorld(t, redis, nil)
		for i := range 5 {
			a := answer
			a.ID, a.Agent, a.Thread, a.CreatedAt = fmt.Sprintf("run_%d", 10+i), "default", "thr_2", moment.Add(time.Duration(i)*time.Microsecond)
			r := agent.Run{Answer: a, Question: "how?", Origin: agent.FromCLI}
			if i == 4 {
				r.Status, r.Answer.Answer, r.Citations, r.Error = "", "", nil, "it broke"
			}
			if err := w.db.PutRun(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		return w
	},
	"evaluation": func(t *testing.T) *world {
		w := newWorld(t, nil, nil)
		w.evaluations(t)
		return w
	},
	"steer": func(t *testing.T) *world {
		return newWorld(t, nil, func(c *server.Config) { c.Rounds = someRounds{} })
	},
	"rounds": func(t *testing.T) *world {
		return newWorld(t, nil, func(c *server.Config) {
			c.Rounds = someRounds{}
			c.Agents = append(c.Agents, troubled("busy", "waiting", "paused", "empty", "broken")...)
		})
	},
	"empty": func(t *testing.T) *world { return newWorld(t, nil, nil) },
	"ways":  func(t *testing.T) *world { return newWorld(t, nil, nil) },
	"keys": func(t *testing.T) *world {
		return newWorld(t, redis, func(c *server.Config) {
			c.Keys = []string{"first-key-0123456789", "other-key-0123456789"}
			c.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "requests 1") })
		})
	},
	"not_ready": func(t *testing.T) *world {
		return newWorld(t, nil, func(c *server.Config) { c.Ready = broken })
	},
}

func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) != len(scenes) {
		t.Fatalf("%d transcripts of %d scenes, %v", len(files), len(scenes), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := replay(t, scenes[name](t), archive)
			if *update {
				if err := os.WriteFile(file, txtar.Format(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(txtar.Format(archive)), string(txtar.Format(got))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// replay sends the requests of a transcript and returns it with the responses
// that came.
func replay(t *testing.T, w *world, a *txtar.Archive) *txtar.Archive {
	got := &txtar.Archive{Comment: a.Comment}
	for _, f := range a.Files {
		if f.Name != "request" {
			continue
		}
		res, body := w.send(t, strings.TrimSuffix(string(f.Data), "\n"))
		got.Files = append(got.Files, f, txtar.File{Name: "response", Data: []byte(shown(res, body))})
	}
	return got
}

var varying = []struct {
	pattern *regexp.Regexp
	name    string
}{
	{regexp.MustCompile(`"20[2-9]\d-\d\d-\d\dT[\d:.]+Z"`), `"TIME"`},
	{regexp.MustCompile(`vs_\w+`), "vs_ID"},
	{regexp.MustCompile(`"created": ?\d{10}`), `"created": 1`},
}

// shown is a response as transcripts have it: without what differs each time,
// JSON indented.
func shown(res *http.Response, body string) string {
	var b strings.Builder
	fmt.Fprintln(&b, res.StatusCode)
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range res.Header {
			if !yield(name) {
				return
			}
		}
	}) {
		if name != "Date" && name != "Content-Length" {
			fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(res.Header[name], " | "))
		}
	}
	if body != "" {
		var indented bytes.Buffer
		if json.Indent(&indented, []byte(body), "", "  ") == nil {
			body = indented.String()
		}
		fmt.Fprintf(&b, "\n%s\n", strings.TrimRight(body, "\n"))
	}
	text := b.String()
	for _, v := range varying {
		text = v.pattern.ReplaceAllString(text, v.name)
	}
	return text
}
