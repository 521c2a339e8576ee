package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// event is one line of go test -json; see go doc test2json and go help buildjson.
type event struct {
	Action      string  `json:"Action"`
	Package     string  `json:"Package"`
	Test        string  `json:"Test"`
	Output      string  `json:"Output"`
	Elapsed     float64 `json:"Elapsed"`     // seconds
	ImportPath  string  `json:"ImportPath"`  // of build events
	FailedBuild string  `json:"FailedBuild"` // the build that made the package fail
}

// report gathers events and prints one line for each package, and all that a failing one
// wrote but for its passed and skipped tests.
type report struct {
	out                io.Writer
	packages           map[string]*tested
	builds             map[string][]string // compiler output by import path
	skips              []skip
	passed, failed     int
	skippedTests       int
	packagesRun, empty int
}

// tested is what is known of a package whose tests run.
type tested struct {
	output                  []event
	state                   map[string]string // by test: pass, fail or skip
	passed, failed, skipped int
}

func newReport(out io.Writer) *report {
	return &report{out: out, packages: map[string]*tested{}, builds: map[string][]string{}}
}

// read takes events until the stream ends. What isn't an event is printed as it is.
func (r *report) read(events io.Reader) error {
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil || e.Action == "" {
				fmt.Fprintf(r.out, "%s", line)
			} else {
				r.add(e)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading test events: %w", err)
		}
	}
}

func (r *report) add(e event) {
	switch e.Action {
	case "build-output":
		r.builds[e.ImportPath] = append(r.builds[e.ImportPath], e.Output)
	case "output":
		p := r.tested(e.Package)
		p.output = append(p.output, e)
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.packageDone(e)
		} else {
			r.testDone(e)
		}
	}
}

func (r *report) tested(name string) *tested {
	p := r.packages[name]
	if p == nil {
		p = &tested{state: map[string]string{}}
		r.packages[name] = p
	}
	return p
}

func (r *report) testDone(e event) {
	p := r.tested(e.Package)
	p.state[e.Test] = e.Action
	switch e.Action {
	case "pass":
		p.passed++
	case "fail":
		p.failed++
	case "skip":
		p.skipped++
		r.skipped(skip{pkg: e.Package, test: e.Test, reason: skipReason(p.outputOf(e.Test))})
	}
}

func (r *report) packageDone(e event) {
	p := r.tested(e.Package)
	delete(r.packages, e.Package)
	switch e.Action {
	case "skip":
		r.empty++
		return
	case "fail":
		// A build, a TestMain or a crash can fail a package without failing a test.
		p.failed = max(p.failed, 1)
		r.printFailure(e, p)
	default:
		fmt.Fprintf(r.out, "ok    %s  %.1fs  %s\n", e.Package, e.Elapsed, counts(p.passed, p.failed, p.skipped))
	}
	r.packagesRun++
	r.passed += p.passed
	r.failed += p.failed
	r.skippedTests += p.skipped
}

// printFailure prints what the tests wrote that failed or never ended, and what belongs
// to no test.
func (r *report) printFailure(e event, p *tested) {
	fmt.Fprintf(r.out, "FAIL  %s  %.1fs  %s\n", e.Package, e.Elapsed, counts(p.passed, p.failed, p.skipped))
	for _, line := range r.builds[e.FailedBuild] {
		fmt.Fprint(r.out, "      ", line)
	}
	for _, o := range p.output {
		if s := p.state[o.Test]; s != "pass" && s != "skip" {
			fmt.Fprint(r.out, "      ", o.Output)
			if !strings.HasSuffix(o.Output, "\n") {
				fmt.Fprintln(r.out)
			}
		}
	}
}

func (p *tested) outputOf(test string) []string {
	var lines []string
	for _, o := range p.output {
		if o.Test == test {
			lines = append(lines, o.Output)
		}
	}
	return lines
}

// finish prints what was skipped and the closing line. It returns whether something
// required is among the skips.
func (r *report) finish(required []string) (lacking bool) {
	// Packages without a closing event: go test itself was cut off.
	for name, p := range r.packages {
		r.failed++
		r.printFailure(event{Package: name + " (never ended)"}, p)
	}
	lacking = r.printSkips(required)
	fmt.Fprintf(r.out, "\n%d packages, %d without tests: %s\n", r.packagesRun+r.empty, r.empty,
		counts(r.passed, r.failed, r.skippedTests))
	return lacking
}

func counts(passed, failed, skipped int) string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", passed, failed, skipped)
}
