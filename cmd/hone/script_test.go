package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite what the scripts expect")

// TestScripts runs the transcripts in testdata/script: each is a person at a
// terminal, with a home folder of their own and the documents of testdata/docs.
// Beside testscript's commands there are
//
//	fails STATUS ARGS…       hone ARGS… ends with this exit status and says why on stderr only
//	json [PATH VALUE]…       the last output is one JSON document, in which VALUE stands at
//	                         PATH (a.0.b), or what matches it if it begins with ~; PATH#
//	                         is how many there are
//	keep NAME PATH           keeps what stands at PATH in the variable NAME
//	plain FILE               the last output without IDs, times and sizes, for cmp
//	serve ARGS…              starts hone serve; its address is $HONE
//	stop                     ends it as Ctrl-C does
//	http STATUS METHOD PATH [BODY]
//	                         asks it; $KEY, if set, goes along
//	occupy                   takes a port: $TAKEN
//	judge fair|contrary      starts a provider whose model grades: $JUDGE
//
// $SAMPLE is the folder of the bundled sample.
func TestScripts(t *testing.T) {
	hone := honeBinary(t)
	sample, err := filepath.Abs("../../sample")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", UpdateScripts: *update, RequireUniqueNames: true, ContinueOnError: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", filepath.Dir(hone)+string(os.PathListSeparator)+os.Getenv("PATH"))
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			env.Setenv("USER", "kim")
			env.Setenv("HONE_SPLIT_SEED", os.Getenv("HONE_SPLIT_SEED"))
			env.Setenv("SAMPLE", sample)
			env.Values[serverOf{}] = &backgroundServer{binary: hone}
			for _, name := range []string{"docs", "local"} {
				if err := os.CopyFS(filepath.Join(env.WorkDir, name), os.DirFS(filepath.Join("testdata", name))); err != nil {
					return err
				}
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"fails": scriptFails, "json": scriptJSON, "keep": scriptKeep, "plain": scriptPlain,
			"serve": scriptServe, "stop": scriptStop, "http": scriptHTTP, "occupy": scriptOccupy, "judge": scriptJudge,
		},
	})
}

// varying is what differs from run to run.
var varying = []struct {
	pattern *regexp.Regexp
	mark    string
}{
	{regexp.MustCompile(`\b(run|thr|vs|rnd|pmpt)_[0-9A-Za-z]+`), "${1}_ID"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?`), "TIME"},
	{regexp.MustCompile(`\b[0-9.]+(ns|µs|ms|s)\b`), "TOOK"},
	{regexp.MustCompile(`  +`), "  "}, // columns are as wide as what is in them
	{regexp.MustCompile(`(?m) +$`), ""},
}

func scriptPlain(ts *testscript.TestScript, _ bool, args []string) {
	text := strings.ReplaceAll(ts.ReadFile("stdout"), ts.Getenv("WORK"), "WORK")
	for _, v := range varying {
		text = v.pattern.ReplaceAllString(text, v.mark)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}
