package agent

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/honehq/hone/otel"
)

// Providers repeat in their errors what they were asked. Spans must not.
func TestSpansDontRepeatAProvidersWords(t *testing.T) {
	const canary = "the launch code is 0000"
	t.Setenv("OTEL_TRACES_EXPORTER", "console")
	var spans bytes.Buffer
	tel, err := otel.Setup(t.Context(), otel.Config{Console: &spans})
	if err != nil {
		t.Fatal(err)
	}
	for name, fault := range map[string]reply{
		"status": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"error":{"message":"refused: %s","type":"invalid_request_error"}}`, canary)
		},
		"failed": func(w http.ResponseWriter, r *http.Request) {
			stream(w, nil, item{"status": "failed", "error": item{"code": "server_error", "message": canary}})
		},
		"error event": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			event(w, "error", item{"message": canary, "code": "server_error"})
		},
	} {
		a, _ := newAgent(t, script(t, fault), nil)
		if answer, err := a.Answer(t.Context(), Question{Text: canary}); err == nil {
			t.Errorf("%s: %+v", name, answer)
		}
	}
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if strings.Count(spans.String(), "invoke_agent") < 3 || strings.Contains(spans.String(), canary) {
		t.Errorf("spans:\n%s", spans.String())
	}
}
