package wording

import "testing"

func TestFold(t *testing.T) {
	if got, want := Fold("  It’s\u00a0“DONE” –\n\tfinally "), `it's "done" - finally`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestVisible(t *testing.T) {
	for text, want := range map[string]string{
		"a\u200bb\u00adc\ufe0f": "abc",
		"ｗｉｄｅ ﬁsh":              "wide fish",
		"two\nlines\tkept\x07":  "two\nlines\tkept",
		"not \xff text":         "not  text",
		"\u2800blank\U000e0041": "blank",
	} {
		if got := Visible(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestStem(t *testing.T) {
	for _, word := range []string{"restart", "restarts", "restarted", "restarting"} {
		if got := Stem(word); got != "restart" {
			t.Errorf("%s: %s", word, got)
		}
	}
}
