package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

func scriptFails(ts *testscript.TestScript, _ bool, args []string) {
	var exit *exec.ExitError
	if err := ts.Exec("hone", args[1:]...); !errors.As(err, &exit) || strconv.Itoa(exit.ExitCode()) != args[0] {
		ts.Fatalf("it ended so: %v; status %s was wanted", err, args[0])
	}
	if ts.ReadFile("stdout") != "" {
		ts.Fatalf("it failed, and yet printed to stdout")
	}
	if said := ts.ReadFile("stderr"); !strings.HasPrefix(said, "hone: ") || strings.Contains(said, "goroutine ") {
		ts.Fatalf("stderr does not begin with the program's name and the reason")
	}
}

func scriptJSON(ts *testscript.TestScript, _ bool, args []string) {
	v := printedJSON(ts)
	for i := 0; i+1 < len(args); i += 2 {
		got, want := jsonAt(ts, v, args[i]), args[i+1]
		if pattern, ok := strings.CutPrefix(want, "~"); ok {
			re, err := regexp.Compile("(?s)" + pattern)
			ts.Check(err)
			if !re.MatchString(got) {
				ts.Fatalf("%s is %q and does not match %s", args[i], got, pattern)
			}
		} else if got != want {
			ts.Fatalf("%s is %q, not %q", args[i], got, want)
		}
	}
}

func scriptKeep(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], jsonAt(ts, printedJSON(ts), args[1]))
}

// printedJSON is the one JSON document that the last command printed.
func printedJSON(ts *testscript.TestScript) any {
	d := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	d.UseNumber()
	var v any
	ts.Check(d.Decode(&v))
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		ts.Fatalf("more than one JSON document")
	}
	return v
}

// jsonAt follows a path such as a.0.b, or # for the document's own length.
func jsonAt(ts *testscript.TestScript, v any, path string) string {
	path, length := strings.CutSuffix(path, "#")
	for _, step := range strings.FieldsFunc(path, func(c rune) bool { return c == '.' }) {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(x) {
				ts.Fatalf("%s: nothing is at %s of %d", path, step, len(x))
			}
			v = x[i]
		default:
			ts.Fatalf("%s: %v has no %s", path, v, step)
		}
	}
	if !length {
		return fmt.Sprint(v)
	}
	list, ok := v.([]any)
	if !ok {
		ts.Fatalf("%s is no list: %v", path, v)
	}
	return strconv.Itoa(len(list))
}
