// Testrun runs go test over the given packages, prints what fails, and says loudly at
// the end what was skipped, why, and how to enable it.
//
//	go run ./internal/testrun [-require NAMES] [go test flags] packages
//
// It turns the race detector on wherever this machine can build with it, but for the
// translated C of SQLite. With -require (comma-separated names out of postgres, documents,
// chromium, prometheus, jaeger, race) a skip of that kind counts as a failure: CI has no
// excuse for it.
//
// Nothing but the standard library is imported, so that it starts at once in a fresh clone.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// bareSQLite leaves the race detector's checks out of SQLite itself, which is C translated
// to Go: it has locks of its own, is tested elsewhere, and under the checks takes half of
// the tests' time. Its driver and everything that calls it keep theirs.
const bareSQLite = "-gcflags=modernc.org/sqlite/lib=-race=false"

// run returns the exit status: 0 where every test passed and nothing required was
// skipped, 2 for wrong use, else 1.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	required, args, err := parseRequired(args)
	if err != nil {
		fmt.Fprintln(stderr, "testrun:", err)
		return 2
	}
	report := newReport(stdout)
	if missing := raceMissing(ctx); missing == "" {
		args = append([]string{"-race", bareSQLite}, args...)
	} else {
		report.skipped(skip{reason: "race detector: " + missing})
	}

	failed := goTest(ctx, args, report, stderr)
	lacking := report.finish(required)
	if failed != nil {
		fmt.Fprintln(stderr, "testrun: go test:", failed)
	}
	if failed != nil || lacking || report.failed > 0 {
		return 1
	}
	return 0
}

// parseRequired takes a leading -require NAMES off the arguments.
func parseRequired(args []string) (required []string, rest []string, err error) {
	if len(args) == 0 || args[0] != "-require" {
		return nil, args, nil
	}
	if len(args) == 1 {
		return nil, nil, errors.New("-require needs names")
	}
	for name := range strings.SplitSeq(args[1], ",") {
		if name == "" {
			continue
		}
		if kindNamed(name) == nil {
			return nil, nil, fmt.Errorf("-require: unknown name %q", name)
		}
		required = append(required, name)
	}
	return required, args[2:], nil
}

// raceMissing returns why this machine can't build with -race, or "" if it can. Building
// the one standard package that needs a C compiler shows it, and go test needs it anyway.
func raceMissing(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "go", "build", "-race", "runtime/cgo").CombinedOutput()
	if err == nil {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

// goTest runs go test -json and feeds its events to the report. Its error is go test's own.
func goTest(ctx context.Context, args []string, report *report, stderr io.Writer) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, args...)...)
	// An interrupt reaches go test from the terminal as well; it then ends in good order.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Stderr = stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	readErr := report.read(events)
	return errors.Join(readErr, cmd.Wait())
}
