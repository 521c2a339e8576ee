package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(tests{m})
}

// tests are this package's, with a folder for the binary that some of them run.
type tests struct{ m *testing.M }

func (t tests) Run() int {
	if err := os.Setenv("HONE_SPLIT_SEED", strconv.FormatUint(demoSplits, 10)); err != nil { // rounds come out alike
		panic(err)
	}
	dir, err := os.MkdirTemp("", "hone-test-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	binary = sync.OnceValues(func() (string, error) { return build(dir) })
	return t.m.Run()
}

// binary is hone as people run it: without the race detector, which makes the
// demo ten times slower. What runs concurrently is tested in process, with it.
var binary func() (string, error)

func build(dir string) (string, error) {
	path := filepath.Join(dir, "hone")
	out, err := exec.CommandContext(context.Background(), "go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		os.Stderr.Write(out)
	}
	return path, err
}

// honeBinary builds hone, once for all tests.
func honeBinary(t *testing.T) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatalf("hone can't be built: %v", err)
	}
	return path
}
