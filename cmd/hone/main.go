// Hone answers engineers' questions from their own documents, with citations,
// and improves its own prompt on evidence. See hone --help.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit statuses.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// commands is the command line; each command has a file of its own.
type commands struct {
	settings `embed:"" group:"Flags of all commands:"`

	Demo     demoCmd     `cmd:"" help:"Show everything once on bundled sample documents, then serve them."`
	Serve    serveCmd    `cmd:"" help:"Serve the HTTP API and the web page; run scheduled improvement rounds."`
	Ask      askCmd      `cmd:"" help:"Answer a question from the documents, with citations."`
	Ingest   ingestCmd   `cmd:"" help:"Keep a source in step with a folder of documents."`
	Search   searchCmd   `cmd:"" help:"Show the passages that a query finds."`
	Sources  sourcesCmd  `cmd:"" help:"List or delete sources."`
	Agents   agentsCmd   `cmd:"" help:"List, check and change the agents."`
	Eval     evalCmd     `cmd:"" help:"Evaluate, manage cases, look back at rounds."`
	Improve  improveCmd  `cmd:"" help:"Run one improvement round now."`
	Prompts  promptsCmd  `cmd:"" help:"Look at prompts, and put versions in use."`
	Rollouts rolloutsCmd `cmd:"" help:"Look at trials of promoted prompts, and end them."`
	Traces   tracesCmd   `cmd:"" help:"Look at runs as waterfalls of spans."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

// terminal is where a command reads and writes.
type terminal struct {
	in       io.Reader
	out, err io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], terminal{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(status)
}

// run is main without the process: it parses the arguments, runs the command
// and returns the exit status.
func run(ctx context.Context, args []string, term terminal) (status int) {
	var c commands
	exited := false
	parser, err := newParser(&c, term, func(code int) { exited, status = true, code })
	if err != nil {
		fmt.Fprintln(term.err, "hone:", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if exited { // --help
		return status
	}
	if err != nil {
		fmt.Fprintf(term.err, "hone: %v\nTry: hone --help\n", err)
		return exitUsage
	}
	c.MustExist = readsOnly(k.Command())
	k.BindTo(ctx, (*context.Context)(nil))
	if err := k.Run(&c.settings, term); err != nil {
		return report(term, err)
	}
	return exitDone
}

// newParser reads a command line into c. It calls exit once it has printed help.
func newParser(c *commands, term terminal, exit func(status int)) (*kong.Kong, error) {
	return kong.New(c,
		kong.Name("hone"),
		kong.Description("Answers from your own design documents, postmortems and runbooks, with citations.\n"+
			"Every flag can be set by its environment variable."),
		kong.Writers(term.out, term.err),
		kong.Exit(exit),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.DefaultEnvars("HONE"),
	)
}

// usageError is a command that was given something that cannot be meant.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// missing says what is not there and where to look, if that is what err says;
// other errors pass.
func missing(err error, what, id, look string) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return fmt.Errorf("there is no %s %q: see %s", what, id, look)
}

func report(term terminal, err error) int {
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(term.err, "hone: interrupted")
		return exitFailed
	}
	fmt.Fprintln(term.err, "hone:", err)
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	return exitFailed
}

type versionCmd struct{}

func (versionCmd) Run(s *settings, term terminal) error {
	if s.JSON {
		return printJSON(term.out, struct {
			Version string `json:"version"`
		}{version()})
	}
	fmt.Fprintln(term.out, "hone", version())
	return nil
}

// version is the module's version as the go command recorded it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
