package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// module writes a Go module of one package per entry and makes it the working folder.
func module(t *testing.T, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	files["go.mod"] = "module example.test/m\n\ngo 1.24\n"
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	t.Setenv("GOFLAGS", "")
	t.Setenv("GOWORK", "off")
	t.Setenv("CGO_ENABLED", "0") // so that the race detector is missing everywhere
}

// runOver runs the program over all packages of the working folder.
func runOver(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), append(args, "./..."), &stdout, &stderr)
	return code, stdout.String() + stderr.String()
}

func mustHold(t *testing.T, out string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(out, want) {
			t.Errorf("output lacks %q:\n%s", want, out)
		}
	}
}

func testFile(body string) string {
	return "package p\n\nimport \"testing\"\n\n" + body + "\n"
}

func TestSkipsAreNamed(t *testing.T) {
	module(t, map[string]string{
		"a/a_test.go": testFile(`
			func TestRuns(t *testing.T) { t.Log("quiet") }
			func TestStore(t *testing.T) { t.Skip("HONE_TEST_POSTGRES is not set") }
			func TestOdd(t *testing.T) { t.Skip("only on Tuesdays") }`),
		"b/b_test.go": testFile(`func TestStore(t *testing.T) { t.Skip("HONE_TEST_POSTGRES is not set") }`),
		"c/c.go":      "package c\n",
	})
	code, out := runOver(t)
	if code != 0 {
		t.Errorf("exit status %d, want 0", code)
	}
	mustHold(t, out,
		"ok    example.test/m/a",
		"POSTGRES (2 tests)\n    HONE_TEST_POSTGRES is not set\n        in example.test/m/a\n        in example.test/m/b\n",
		"RACE DETECTOR (all tests)\n    race detector: ",
		"OTHER (1 tests)\n    only on Tuesdays",
		"to enable: ",
		"3 packages, 1 without tests: 1 passed, 0 failed, 3 skipped\n")
	if strings.Contains(out, "quiet") {
		t.Errorf("what a passing test wrote is printed:\n%s", out)
	}
}

func TestRequiredSkipFails(t *testing.T) {
	module(t, map[string]string{
		"a/a_test.go": testFile(`func TestStore(t *testing.T) { t.Skip("HONE_TEST_POSTGRES is not set") }`),
	})
	if code, out := runOver(t, "-require", "postgres"); code != 1 {
		t.Errorf("exit status %d, want 1:\n%s", code, out)
	}
	if code, out := runOver(t, "-require", "documents"); code != 0 {
		t.Errorf("exit status %d, want 0:\n%s", code, out)
	}
	if code, _ := runOver(t, "-require", "weather"); code != 2 {
		t.Errorf("exit status %d for an unknown name, want 2", code)
	}
}

func TestFailuresAreShown(t *testing.T) {
	for name, tc := range map[string]struct {
		file  string
		wants []string
	}{
		"a failing test": {
			testFile(`
				func TestGood(t *testing.T) {}
				func TestBad(t *testing.T) { t.Run("sub", func(t *testing.T) { t.Error("two is not three") }) }`),
			[]string{"two is not three", "2 passed, 2 failed, 0 skipped"},
		},
		"a crash": {
			testFile(`func TestCrash(t *testing.T) { go panic("out of cheese"); select {} }`),
			[]string{"out of cheese", "1 failed"},
		},
		"a build failure": {
			testFile(`func TestBuild(t *testing.T) { undefinedThing() }`),
			[]string{"undefined: undefinedThing", "1 passed, 1 failed"},
		},
		"an exit before any test": {
			"package p\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestMain(m *testing.M) { println(\"gone\"); os.Exit(3) }\n",
			[]string{"gone", "1 passed, 1 failed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			module(t, map[string]string{"a/a_test.go": tc.file, "b/b_test.go": testFile("func TestFine(t *testing.T) {}")})
			code, out := runOver(t)
			if code != 1 {
				t.Errorf("exit status %d, want 1", code)
			}
			mustHold(t, out, append(tc.wants, "ok    example.test/m/b")...)
		})
	}
}

func TestEventsCutOff(t *testing.T) {
	var b bytes.Buffer
	r := newReport(&b)
	stream := `{"Action":"run","Package":"m/a","Test":"TestX"}
{"Action":"output","Package":"m/a","Test":"TestX","Output":"half way\n"}
not an event
`
	if err := r.read(strings.NewReader(stream)); err != nil {
		t.Fatal(err)
	}
	r.finish(nil)
	if r.failed != 1 {
		t.Errorf("%d failed, want 1", r.failed)
	}
	mustHold(t, b.String(), "m/a (never ended)", "half way", "not an event", "0 passed, 1 failed")
}
