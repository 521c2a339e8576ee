package live

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/honehq/hone/agent"
)

// hone is a Hone that serves, with a database of its own.
type hone struct {
	*program
	url string
	env []string
}

// started is the line by which Hone tells where it listens.
var started = regexp.MustCompile(`(?m)^Hone is at (http://\S+)$`)

// startHone ingests the sample's documents and serves, with these settings (NAME=VALUE)
// beside the defaults.
func startHone(t *testing.T, settings ...string) *hone {
	t.Helper()
	h := &hone{env: environment(t, append(settings, "HONE_DATABASE_URL=sqlite:"+filepath.Join(t.TempDir(), "hone.db"))...)}
	h.run(t, "ingest", filepath.Join("..", "..", "sample", "docs"))
	h.serve(t)
	return h
}

func (h *hone) serve(t *testing.T) {
	t.Helper()
	h.listen(t, "127.0.0.1:0")
}

// listen serves at an address.
func (h *hone) listen(t *testing.T, address string) {
	t.Helper()
	h.program = start(t, h.env, honeBinary(t), "serve", "--every=-1", "--addr", address)
	h.await(t, func() bool {
		found := started.FindStringSubmatch(h.output.String())
		if found == nil {
			return false
		}
		h.url = found[1]
		return answers(t.Context(), h.url+"/readyz")
	})
}

// run runs a command of Hone's and returns what it printed.
func (h *hone) run(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), honeBinary(t), args...)
	var complaints bytes.Buffer
	cmd.Env, cmd.Stderr = h.env, &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("hone %s: %v\n%s%s", strings.Join(args, " "), err, out, complaints.String())
	}
	return out
}

func honeBinary(t *testing.T) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatalf("hone can't be built: %v", err)
	}
	return path
}

// post sends JSON and returns the status; into, if not nil, gets the answer.
func (h *hone) post(t *testing.T, path, body string, into any) int {
	t.Helper()
	return h.send(t, http.MethodPost, path, "application/json", body, into)
}

// send sends a request of any kind and returns the status; into, if not nil, gets the answer.
func (h *hone) send(t *testing.T, method, path, contentType, body string, into any) int {
	t.Helper()
	status, answer := h.exchange(t, method, path, contentType, body)
	if into != nil {
		if err := json.Unmarshal(answer, into); err != nil {
			t.Fatalf("%s %s: %d: %v: %s", method, path, status, err, answer)
		}
	}
	return status
}

// exchange sends a request with the key that some Hones want.
func (h *hone) exchange(t *testing.T, method, path, contentType, body string) (status int, answer []byte) {
	t.Helper()
	status, answer, err := do(h.request(t, method, path, contentType, body))
	if err != nil {
		t.Fatal(err)
	}
	return status, answer
}

func (h *hone) request(t *testing.T, method, path, contentType, body string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, h.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Authorization", "Bearer "+serverKey)
	return request
}

// address is where it listens, as Prometheus wants it.
func (h *hone) address() string { return strings.TrimPrefix(h.url, "http://") }

// ask asks a question over HTTP.
func (h *hone) ask(t *testing.T, question string) agent.Answer {
	t.Helper()
	body, err := json.Marshal(map[string]string{"question": question})
	if err != nil {
		t.Fatal(err)
	}
	var answer agent.Answer
	if status := h.post(t, "/v1/ask", string(body), &answer); status != http.StatusOK {
		t.Fatalf("asking %q: %d", question, status)
	}
	return answer
}

// write writes a file into a folder of the test's own and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
