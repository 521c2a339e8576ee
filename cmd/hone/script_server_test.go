package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// serverOf is the key of a script's server.
type serverOf struct{}

// backgroundServer is hone serve beside a script.
type backgroundServer struct {
	binary  string
	command *exec.Cmd // nil: it does not run
	said    bytes.Buffer
}

func serverIn(ts *testscript.TestScript) *backgroundServer {
	return ts.Value(serverOf{}).(*backgroundServer)
}

func scriptServe(ts *testscript.TestScript, _ bool, args []string) {
	s := serverIn(ts)
	s.said.Reset()
	c := exec.CommandContext(context.Background(), s.binary, append([]string{"serve", "--addr=127.0.0.1:0"}, args...)...)
	c.Dir, c.Stderr = ts.MkAbs("."), &s.said
	for _, name := range []string{"HOME", "USER", "HONE_API_KEY", "HONE_DATABASE_URL"} {
		c.Env = append(c.Env, name+"="+ts.Getenv(name))
	}
	out, err := c.StdoutPipe()
	ts.Check(err)
	ts.Check(c.Start())
	s.command = c
	ts.Defer(func() {
		if s.command != nil { // the script failed
			_ = s.command.Process.Kill()
			_ = s.command.Wait()
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "Hone is at ")
	if !ok {
		ts.Fatalf("hone serve said %q (%v)", line, err)
	}
	ts.Setenv("HONE", address)
}

func scriptStop(ts *testscript.TestScript, _ bool, _ []string) {
	s := serverIn(ts)
	ts.Check(s.command.Process.Signal(syscall.SIGTERM))
	err := s.command.Wait()
	s.command = nil
	if err != nil || s.said.Len() > 0 {
		ts.Fatalf("hone serve ended so: %v\n%s", err, &s.said)
	}
}

func scriptHTTP(ts *testscript.TestScript, _ bool, args []string) {
	status, method, path := args[0], args[1], args[2]
	r, err := http.NewRequestWithContext(context.Background(), method, ts.Getenv("HONE")+path, strings.NewReader(strings.Join(args[3:], " ")))
	ts.Check(err)
	r.Header.Set("Content-Type", "application/json")
	if key := ts.Getenv("KEY"); key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	ts.Check(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	_, err = ts.Stdout().Write(body)
	ts.Check(err)
	if got, _, _ := strings.Cut(resp.Status, " "); got != status {
		ts.Fatalf("%s %s was answered %s, not %s: %s", method, path, got, status, body)
	}
}

func scriptOccupy(ts *testscript.TestScript, _ bool, _ []string) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	ts.Setenv("TAKEN", l.Addr().String())
}
