package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/prompts"
)

// A round that waits says what a person can do, and what the prompt would be.
func TestWaitingRound(t *testing.T) {
	var out bytes.Buffer
	printRound(&out, eval.RoundReport{Round: eval.Round{ID: "rnd_1", State: eval.Waiting, Verdict: "It waits."}})
	if got := out.String(); !strings.HasSuffix(got, "\n… It waits.\nPut it in use, or turn it down: hone eval rounds approve rnd_1, or decline rnd_1\n") {
		t.Errorf("it says %q", got)
	}
	d := diffOf(prompts.Prompt{Version: 3, Text: "a"}, prompts.Prompt{Text: "b"})
	if !strings.HasPrefix(d, "--- version 3\n+++ candidate\n") {
		t.Errorf("the difference is %q", d)
	}
}
