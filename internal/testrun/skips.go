package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// skip is one test that did not run, or with no test, something missing for all of them.
type skip struct {
	pkg, test, reason string
}

// kind is a known cause of skips. Tests name its mark in their reason.
type kind struct {
	name, title, mark, enable string
}

var kinds = []kind{
	{
		name: "postgres", title: "POSTGRES", mark: "HONE_TEST_POSTGRES",
		enable: "HONE_TEST_POSTGRES=\"$(.ci/postgres start)\" make test   (.ci/postgres install gets a server, on Debian)",
	},
	{
		name: "documents", title: "LARGE DOCUMENT SETS", mark: "HONE_SHARED",
		enable: "HONE_SHARED=FOLDER make test, where FOLDER holds the document sets",
	},
	{
		name: "chromium", title: "WEB PAGE", mark: "CHROMIUM",
		enable: "install Chromium (Debian: chromium), or CHROMIUM=PATH make test, which may be a Chrome",
	},
	{
		name: "prometheus", title: "PROMETHEUS", mark: "PROMETHEUS",
		enable: "install Prometheus with promtool (Debian: prometheus), or PROMETHEUS=PATH make test with promtool beside it",
	},
	{
		name: "jaeger", title: "JAEGER AND THE COLLECTOR", mark: "make test-jaeger",
		enable: "make test-jaeger, which builds them once; that takes some ten minutes",
	},
	{
		name: "race", title: "RACE DETECTOR", mark: "race detector",
		enable: "install a C compiler with its headers (Debian: gcc libc6-dev) and leave CGO_ENABLED unset",
	},
}

func kindNamed(name string) *kind {
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
	if i < 0 {
		return nil
	}
	return &kinds[i]
}

// where matches the place that a log line of package testing begins with.
var where = regexp.MustCompile(`^\S+\.go:\d+: `)

// skipReason finds what a test said when it skipped itself.
func skipReason(output []string) string {
	var said []string
	for _, line := range output {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- ") {
			continue
		}
		said = append(said, where.ReplaceAllString(line, ""))
	}
	if len(said) == 0 {
		return "no reason given"
	}
	return strings.Join(said, " ")
}

func (r *report) skipped(s skip) { r.skips = append(r.skips, s) }

// printSkips prints the skips by kind, those of no known kind last, and returns whether
// a required kind is among them.
func (r *report) printSkips(required []string) (lacking bool) {
	if len(r.skips) == 0 {
		fmt.Fprintln(r.out, "\nNothing was skipped.")
		return false
	}
	fmt.Fprintf(r.out, "\n%s SKIPPED %s\n", strings.Repeat("=", 35), strings.Repeat("=", 35))
	rest := r.skips
	for _, k := range kinds {
		var of []skip
		of, rest = split(rest, k.mark)
		if len(of) == 0 {
			continue
		}
		r.printKind(k.title, of)
		fmt.Fprintf(r.out, "    to enable: %s\n", k.enable)
		if slices.Contains(required, k.name) {
			fmt.Fprintf(r.out, "    THIS IS A FAILURE: %s is required here\n", k.name)
			lacking = true
		}
	}
	if len(rest) > 0 {
		r.printKind("OTHER", rest)
	}
	fmt.Fprintln(r.out, strings.Repeat("=", 79))
	return lacking
}

// split parts the skips whose reason holds mark from the others.
func split(skips []skip, mark string) (with, without []skip) {
	for _, s := range skips {
		if strings.Contains(s.reason, mark) {
			with = append(with, s)
		} else {
			without = append(without, s)
		}
	}
	return with, without
}

// printKind prints each reason once, with the packages it came from.
func (r *report) printKind(title string, skips []skip) {
	var tests int
	var reasons []string
	packages := map[string][]string{} // by reason
	for _, s := range skips {
		if !slices.Contains(reasons, s.reason) {
			reasons = append(reasons, s.reason)
		}
		if s.test == "" {
			continue
		}
		tests++
		if !slices.Contains(packages[s.reason], s.pkg) {
			packages[s.reason] = append(packages[s.reason], s.pkg)
		}
	}
	if tests == 0 {
		fmt.Fprintf(r.out, "%s (all tests)\n", title)
	} else {
		fmt.Fprintf(r.out, "%s (%d tests)\n", title, tests)
	}
	for _, reason := range reasons {
		fmt.Fprintf(r.out, "    %s\n", reason)
		slices.Sort(packages[reason])
		for _, pkg := range packages[reason] {
			fmt.Fprintf(r.out, "        in %s\n", pkg)
		}
	}
}
