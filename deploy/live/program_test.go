package live

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// program is a process that a test has started. What it prints is shown if the test fails.
type program struct {
	name    string
	process *exec.Cmd
	output  *output
	ended   chan struct{} // closed when the process has ended, with err
	err     error
	stop    sync.Once
}

// start starts a program, which is asked to end at the test's end at the latest.
func start(t *testing.T, env []string, path string, args ...string) *program {
	t.Helper()
	p := &program{name: path, process: exec.Command(path, args...), output: &output{}, ended: make(chan struct{})}
	p.process.Env = env
	p.process.Stdout, p.process.Stderr = p.output, p.output
	if err := p.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		p.err = p.process.Wait()
	}()
	t.Cleanup(func() {
		p.end(t)
		if t.Failed() {
			t.Logf("%s said:\n%s", p.name, p.output)
		}
	})
	return p
}

// end asks the process to end, and waits until it has done all that it wanted to before.
func (p *program) end(t *testing.T) {
	t.Helper()
	p.stop.Do(func() {
		_ = p.process.Process.Signal(os.Interrupt) // it may have ended by itself, which Wait tells
		<-p.ended
		if p.err != nil {
			t.Errorf("%s: %v", p.name, p.err)
		}
	})
}

// await asks until done says so. A process that ends meanwhile fails the test.
func (p *program) await(t *testing.T, done func() bool) {
	t.Helper()
	for !done() {
		select {
		case <-p.ended:
			t.Fatalf("%s ended before it was ready: %v\n%s", p.name, p.err, p.output)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// output is what a process prints. It may be read while the process runs.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// address is a port on loopback that nobody listens on.
func address(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// environment is this process' without what would steer Hone or telemetry, and with more.
func environment(t *testing.T, more ...string) []string {
	t.Helper()
	home := t.TempDir()
	env := []string{"HOME=" + home, "XDG_DATA_HOME=" + home}
	for _, setting := range os.Environ() {
		name, _, _ := strings.Cut(setting, "=")
		if name == "HOME" || strings.HasPrefix(name, "XDG_") || strings.HasPrefix(name, "HONE_") || strings.HasPrefix(name, "OPENAI_") ||
			strings.HasPrefix(name, "OTEL_") || strings.HasPrefix(name, "TELEMETRY_") {
			continue
		}
		env = append(env, setting)
	}
	return append(env, more...)
}

// client keeps no connections, so that none outlives its test.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// answers tells whether a GET is answered with 200.
func answers(ctx context.Context, url string) bool {
	status, _, err := get(ctx, url)
	return err == nil && status == http.StatusOK
}

func get(ctx context.Context, url string) (status int, body []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, nil, err
	}
	return do(request)
}

func do(request *http.Request) (status int, body []byte, err error) {
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(response.Body)
	return response.StatusCode, body, err
}

// getJSON reads what a GET is answered with. Anything but 200 fails the test.
func getJSON(t *testing.T, url string, into any) {
	t.Helper()
	status, body, err := get(t.Context(), url)
	if err != nil || status != http.StatusOK {
		t.Fatalf("GET %s: %d, %v: %s", url, status, err, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatalf("GET %s: %v: %s", url, err, body)
	}
}
