package offline

import (
	"strings"
	"testing"

	"github.com/honehq/hone/openresponses"
)

var mailTwice = openresponses.FoundPassage{
	Ref: 1, Path: "postmortems/mail-twice.md", Title: "Order mails sent twice", Section: "Order mails sent twice", Lines: [2]int{1, 12},
	Text: "# Order mails sent twice\n\n- Date: 2 July 2025\n- Severity: SEV-2\n- Author: Pablo Ruiz\n\nOrder mails were sent twice to 118,000 customers.\n\n" +
		"## What went wrong\n\nThe mail provider throttled us, so each order mail took several seconds. The consumer of order mails lost its partitions, and another began the same batch from its start.\n\nSee also [the mail runbook](mail.md).",
}

var mailRunbook = openresponses.FoundPassage{
	Ref: 2, Path: "runbooks/mail.md", Title: "Mail backlog", Section: "Mail backlog › Stop order mails", Lines: [2]int{8, 30},
	Text: "## Stop order mails\n\nPause the consumer of order mails:\n\n```\nswctl mails pause --kind order\n```\n\n1. Check that no order mails leave.\n2. Tell support that order mails wait.\n\n" +
		"| Order mails | Quota | Owner |\n|---|---|---|\n| confirmation | 200/s | Engagement |\n| delivery day | | Fulfilment |",
}

func answerTo(question, prompt string, passages ...openresponses.FoundPassage) string {
	return rank(question, passages).compose(readGuidelines([]string{prompt}))
}

func TestAnswersAreLaidOutForReaders(t *testing.T) {
	why := answerTo("Why were order mails sent twice?", "", mailTwice)
	for _, want := range []string{"**What went wrong:**\nThe mail provider throttled us", "from its start.【1】"} {
		if !strings.Contains(why, want) {
			t.Errorf("why: lacks %q:\n%s", want, why)
		}
	}
	for _, not := range []string{"Author", "Severity", "See also", "took several seconds.【1】 The consumer"} {
		if strings.Contains(why, not) {
			t.Errorf("why: holds %q:\n%s", not, why)
		}
	}
	how := answerTo("How do I stop order mails?", "", mailRunbook)
	for _, want := range []string{
		"Pause the consumer of order mails【2】:\n```\nswctl mails pause --kind order\n```\n",
		"1. Check that no order mails leave.【2】\n2. Tell support",
	} {
		if !strings.Contains(how, want) {
			t.Errorf("how: lacks %q:\n%s", want, how)
		}
	}
	if row := answerTo("What is the quota of order mails for confirmation?", "", mailRunbook); !strings.Contains(row, "- Order mails: confirmation; Quota: 200/s; Owner: Engagement【2】\n") || strings.Contains(row, "|") {
		t.Errorf("a row:\n%s", row)
	}
}

func TestAttributesAreQuotedWhereAskedFor(t *testing.T) {
	for question, want := range map[string]string{
		"Who is the author of the postmortem about order mails?": "Author: Pablo Ruiz",
		"What severity had the order mails sent twice?":          "Severity: SEV-2",
		"When were order mails sent twice?":                      "Date: 2 July 2025",
	} {
		if got := answerTo(question, "", mailTwice); !strings.Contains(got, want) {
			t.Errorf("%s lacks %q:\n%s", question, want, got)
		}
	}
}

// Code without a sentence before it takes its citation from the heading, and
// one that opens nothing from a line of its own.
func TestCodeIsAlwaysCited(t *testing.T) {
	bare := mailRunbook
	bare.Text = "## Pause order mails\n\n```\nswctl mails pause --kind order\n```\n"
	if got, want := answerTo("How do I pause order mails?", "", bare), "**Pause order mails:** 【2】\n```\nswctl mails pause --kind order\n```"; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if got := answerTo("How do I pause order mails?", "Be brief.", bare); !strings.HasPrefix(got, "Commands 【2】:\n```\n") {
		t.Errorf("brief:\n%s", got)
	}
}

// Steps that are not all there keep no numbers, which renderers would change.
func TestNumbersOfSteps(t *testing.T) {
	p := mailRunbook
	for text, want := range map[string]bool{
		"1. Stop the order mails.\n2. Start the order mails.":                                                      true,
		"3. Stop the order mails.\n4. Start the order mails.":                                                      true,
		"1. Stop the order mails.\n2. " + strings.Repeat("have some coffee, ", 80) + "\n3. Start the order mails.": false,
	} {
		p.Text = text
		got := answerTo("How do I stop and start the order mails?", "", p)
		if numbered := strings.Contains(got, ". Stop the order mails"); numbered != want || !strings.Contains(got, "Start the order mails.") {
			t.Errorf("numbered: %v\n%s", numbered, got)
		}
	}
}
