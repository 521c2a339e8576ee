// Command improve measures whether Hone's rounds improve prompts, and nothing
// else: on real questions that no round has seen, and on scripted agents of
// which the true worth of each prompt is known.
//
//	go run ./bench/improve               everything; about ten minutes
//	go run ./bench/improve -only climb   one part: kept, climb, noise, table
//
// With HONE_SHARED set to a folder that holds corpus and qa/dev.jsonl, these
// are used beside the bundled sample.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
)

func main() {
	only := flag.String("only", "", "a part: kept, climb, noise or table")
	quick := flag.Bool("quick", false, "a tenth of the lives")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, *only, *quick)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "improve:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, only string, quick bool) error {
	names := []string{"kept", "climb", "noise", "table"}
	if only != "" && !slices.Contains(names, only) {
		return fmt.Errorf("there is no part %q: it is %s", only, strings.Join(names, ", "))
	}
	b := bench{out, 1}
	if quick {
		b.share = 0.1
	}
	for i, part := range []func(context.Context) error{b.kept, b.climb, b.noise, b.table} {
		if only == "" || only == names[i] {
			if err := part(ctx); err != nil {
				return fmt.Errorf("%s: %w", names[i], err)
			}
		}
	}
	return nil
}

// bench is where figures go, and how much is measured.
type bench struct {
	out   io.Writer
	share float64
}

// lives is how many lives of n are lived: at least one.
func (b bench) lives(n int) int { return max(1, int(float64(n)*b.share)) }

func (b bench) say(format string, args ...any) { fmt.Fprintf(b.out, format+"\n", args...) }
