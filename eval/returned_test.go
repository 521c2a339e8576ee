package eval_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/prompts"
)

// A model that rewrites prompts reads which guidelines a trial put back and why,
// and what to make of it.
func TestRewritersAreToldWhatWasPutBack(t *testing.T) {
	var asked string
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		asked = string(body)
		http.Error(w, "{}", http.StatusServiceUnavailable)
	}))
	defer provider.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	cfg := eval.ReflectConfig{
		Client: openai.NewClient(option.WithBaseURL(provider.URL+"/v1"), option.WithAPIKey("k"), option.WithMaxRetries(0), option.WithHTTPClient(&http.Client{Transport: transport})),
		Model:  "m", Retries: -1,
	}
	reflect, err := eval.NewReflect(cfg)
	if err != nil {
		t.Fatal(err)
	}
	oneShot, err := eval.NewOneShot(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, rewriter := range []eval.Rewriter{reflect, oneShot} {
		_, err := rewriter.Rewrite(t.Context(), eval.RewriteRequest{
			Prompt:  prompts.Prompt{Text: "Answer from the documents."},
			PutBack: []eval.PutBack{{Added: []string{"Give one number."}, TookOut: []string{"List all steps."}, Why: "version 2 is worse than version 1"}},
		})
		if err == nil {
			t.Errorf("%s: the provider was down", rewriter.Name())
		}
		for _, want := range []string{"Give one number.", "List all steps.", "version 2 is worse than version 1", "in these or in other"} {
			if !strings.Contains(asked, want) {
				t.Errorf("%s is not told %q: %s", rewriter.Name(), want, asked)
			}
		}
	}
}
