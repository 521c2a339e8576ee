// Package live tries what Hone tells of itself with those who read it: the real Jaeger,
// Prometheus and OpenTelemetry Collector, and Hone as people run it. Each of them listens on
// loopback, in a folder of the test's own.
package live

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(tests{m}) }

// tests are this package's, with a folder for the binary that they run.
type tests struct{ m *testing.M }

func (t tests) Run() int {
	dir, err := os.MkdirTemp("", "hone-live-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	binary = sync.OnceValues(func() (string, error) { return build(dir) })
	return t.m.Run()
}

var binary func() (string, error)

func build(dir string) (string, error) {
	path := filepath.Join(dir, "hone")
	out, err := exec.CommandContext(context.Background(), "go", "build", "-o", path, "../../cmd/hone").CombinedOutput()
	if err != nil {
		os.Stderr.Write(out)
	}
	return path, err
}
