// Command asking measures what people notice of a round: how long questions
// take while one runs, against how long they take alone, in turns, in the same
// run. It does so with the offline model, and with a provider that takes half a
// second for each call.
//
//	go run ./bench/asking                 some minutes, on a machine that does nothing else
//	go run ./bench/asking -people 4       four people, each asking one question after another
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"time"
)

func main() {
	var b bench
	flag.StringVar(&b.hone, "hone", "", "the binary to measure; empty: it is built")
	flag.StringVar(&b.database, "db", "", "an empty database for each kind of model, such as postgres://…; empty: SQLite files")
	flag.IntVar(&b.people, "people", 1, "how many people ask at a time")
	flag.DurationVar(&b.pause, "pause", 50*time.Millisecond, "what a person takes between an answer and the next question")
	flag.IntVar(&b.turns, "turns", 8, "how often asking alone and asking in a round take turns")
	flag.DurationVar(&b.turn, "turn", 6*time.Second, "how long a turn is")
	only := flag.String("only", "", "offline or provider; empty: both")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := b.run(ctx, *only, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "asking:", err)
		os.Exit(1)
	}
}

// bench is one run of the program.
type bench struct {
	hone, database string
	people, turns  int
	pause, turn    time.Duration
}

func (b *bench) run(ctx context.Context, only string, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "hone-asking-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if b.hone == "" {
		b.hone = filepath.Join(dir, "hone")
		if text, err := exec.CommandContext(ctx, "go", "build", "-o", b.hone, "./cmd/hone").CombinedOutput(); err != nil { //nolint:gosec // a path of our own
			return fmt.Errorf("build hone: %w: %s", err, text)
		}
	}
	fmt.Fprintf(out, "%d people, %d cores; %d times %s alone and %s while a round runs\n\n", b.people, runtime.NumCPU(), b.turns, b.turn, b.turn)
	fmt.Fprintln(out, "model      questions        p50 alone  in a round  ratio   p95 alone  in a round  ratio   answers of rounds per second")
	if only != "provider" {
		if err := b.measure(ctx, out, "offline", filepath.Join(dir, "offline.db"), nil); err != nil {
			return err
		}
	}
	if only == "offline" {
		return nil
	}
	models := httptest.NewServer(slowModel{})
	defer models.Close()
	return b.measure(ctx, out, "provider", filepath.Join(dir, "provider.db"), []string{
		"HONE_MODEL=slow", "OPENAI_BASE_URL=" + models.URL + "/v1", "OPENAI_API_KEY=none",
	})
}

// measure prints a line of the table.
func (b *bench) measure(ctx context.Context, out io.Writer, name, file string, settings []string) (err error) {
	database := "sqlite:" + file
	if b.database != "" {
		database = b.database
	}
	s, err := startServer(ctx, b.hone, append(settings, "HONE_DATABASE_URL="+database, "HONE_TRACES_DB="+file+"-traces"))
	if err != nil {
		return err
	}
	defer func() {
		if failed := s.stop(); err == nil {
			err = failed
		}
	}()
	if _, err := b.ask(ctx, s, b.turn); err != nil { // to warm up
		return err
	}
	var alone, busy []time.Duration
	for range b.turns {
		quiet, err := b.ask(ctx, s, b.turn)
		if err != nil {
			return err
		}
		inRound, err := b.askInRound(ctx, s)
		if err != nil {
			return err
		}
		alone, busy = append(alone, quiet...), append(busy, inRound...)
	}
	rate := float64(s.answers) / (time.Duration(b.turns) * b.turn).Seconds()
	fmt.Fprintf(out, "%-10s %5d and %5d  %9s  %10s  %5.2f   %9s  %10s  %5.2f   %.1f\n", name, len(alone), len(busy),
		short(quantile(alone, 0.5)), short(quantile(busy, 0.5)), ratio(busy, alone, 0.5),
		short(quantile(alone, 0.95)), short(quantile(busy, 0.95)), ratio(busy, alone, 0.95), rate)
	return nil
}

func short(d time.Duration) string { return d.Round(100 * time.Microsecond).String() }
