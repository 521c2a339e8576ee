package main

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// newTestParser is the parser of the command line; it runs nothing.
func newTestParser(t *testing.T) *kong.Kong {
	t.Helper()
	p, err := newParser(&commands{}, terminal{out: io.Discard, err: io.Discard}, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// everyCommand calls f with each command, groups of commands included.
func everyCommand(p *kong.Kong, f func(args []string, n *kong.Node)) {
	var walk func(args []string, n *kong.Node)
	walk = func(args []string, n *kong.Node) {
		f(args, n)
		for _, c := range n.Children {
			walk(append(slices.Clip(args), c.Name), c)
		}
	}
	walk(nil, p.Model.Node)
}

// Every command has help that names what it takes, with the variable of each
// flag.
func TestHelp(t *testing.T) {
	clearTelemetry(t)
	commands := 0
	everyCommand(newTestParser(t), func(args []string, n *kong.Node) {
		commands++
		out, err := hone(t, exitDone, append(args, "--help")...)
		if err != "" {
			t.Errorf("hone %s --help printed to stderr: %s", strings.Join(args, " "), err)
		}
		text := strings.Join(strings.Fields(out), " ") // it is wrapped
		has := func(what string) {
			if !strings.Contains(text, strings.Join(strings.Fields(what), " ")) {
				t.Errorf("hone %s --help doesn't say %q:\n%s", strings.Join(args, " "), what, out)
			}
		}
		has(strings.TrimSpace("Usage: hone " + strings.Join(args, " ")))
		has(n.Help)
		for _, f := range n.Flags {
			if f.Hidden || f.Name == "help" {
				continue
			}
			has("--" + f.Name)
			has(f.Help[:len(f.Help)-1]) // the variable stands before the last full stop
			for _, variable := range f.Envs {
				has("$" + variable)
			}
			if len(f.Envs) == 0 {
				t.Errorf("hone %s: --%s has no variable", strings.Join(args, " "), f.Name)
			}
		}
		for _, p := range n.Positional {
			has("<" + p.Name + ">")
			has(p.Help)
		}
		for _, c := range n.Children {
			has(c.Name)
		}
	})
	if commands < 20 {
		t.Errorf("only %d commands were looked at", commands)
	}
}
