package otel

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever a collector says, it has refused something between nothing and all,
// and the log gets little of it and none of our keys.
func FuzzCollectorsWord(f *testing.F) {
	for _, text := range []string{
		"", "OTLP partial success: full (3 spans rejected)", "OTLP partial success:  (99999999999999999999 logs rejected)",
		"OTLP partial success: (1 spans rejected) (-2 spans rejected)", "invalid OTEL_EXPORTER_OTLP_HEADERS value k sk-canary: no",
		strings.Repeat("ä", 200), strings.Repeat("\xff", 400), "sk-canary",
	} {
		f.Add(text, int64(7))
	}
	f.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=sk-canary")
	f.Fuzz(func(t *testing.T, text string, n int64) {
		n = max(n, 0)
		err := errors.New(text)
		if got := rejected(err, n); got < 0 || got > n {
			t.Errorf("%d of %d items are refused", got, n)
		}
		told := inLog(err)
		if len(told) > 310 || strings.Contains(told, "sk-canary") || utf8.ValidString(text) && !utf8.ValidString(told) {
			t.Errorf("the log gets %q", told)
		}
	})
}
