package offline

import (
	"strings"
	"testing"

	"github.com/honehq/hone/openresponses"
)

func TestPreferNewerActsOnContradictionsOnly(t *testing.T) {
	dated := func(ref int, path, date, text string) openresponses.FoundPassage {
		return openresponses.FoundPassage{Ref: ref, Path: path, Title: path, Date: date, Lines: [2]int{1, 3}, Text: text}
	}
	passages := []openresponses.FoundPassage{
		dated(1, "old.md", "2023-04-01", "The nightly export of orders may run for 40 minutes. The export of orders writes to the bucket orders-exports."),
		dated(2, "new.md", "2025-09-01", "The nightly export of orders may run for 90 minutes."),
	}
	const question = "How long may the nightly export of orders run, and to which bucket does it write?"
	plain, newer := answerTo(question, "", passages...), answerTo(question, "Prefer newer documents when statements contradict each other.", passages...)
	for _, want := range []string{"40 minutes", "90 minutes"} {
		if !strings.Contains(plain, want) {
			t.Errorf("by default both are quoted:\n%s", plain)
		}
	}
	if strings.Contains(newer, "40 minutes") || !strings.Contains(newer, "90 minutes") || !strings.Contains(newer, "orders-exports") {
		t.Errorf("the newer, and what it does not contradict:\n%s", newer)
	}
	passages[1].Date = "2021-09-01"
	if swapped := answerTo(question, "Prefer newer documents when statements contradict each other.", passages...); strings.Contains(swapped, "90 minutes") || !strings.Contains(swapped, "40 minutes") {
		t.Errorf("the other way round:\n%s", swapped)
	}
	passages[1].Date = ""
	if undated := answerTo(question, "Prefer newer documents when statements contradict each other.", passages...); !strings.Contains(undated, "40 minutes") || !strings.Contains(undated, "90 minutes") {
		t.Errorf("without a date:\n%s", undated)
	}
}
