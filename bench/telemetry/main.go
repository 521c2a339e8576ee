// Command telemetry measures what telemetry costs: how many questions a second
// hone serve answers with the offline model over HTTP when its traces go
// nowhere, to an embedded database, and to a collector over OTLP, against none at
// all. Each way has a server of its own; these are asked in turns, in an order
// drawn anew each time, so that what else the machine does strikes all alike.
//
//	go run ./bench/telemetry              some minutes, on a machine that does nothing else
//	go run ./bench/telemetry -rounds 100  narrower intervals
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
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
	flag.IntVar(&b.people, "people", 4, "how many people ask at a time, each one question after another")
	flag.IntVar(&b.rounds, "rounds", 40, "how often each way has its turn")
	flag.DurationVar(&b.turn, "turn", time.Second, "how long a turn is")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := b.run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "telemetry:", err)
		os.Exit(1)
	}
}

// bench is one run of the program.
type bench struct {
	hone           string
	people, rounds int
	turn           time.Duration
}

// way is a setting of telemetry. The first one is what the others are compared
// with.
type way struct {
	name, what string
	settings   []string
}

func ways(collector string) []way {
	endpoint := "OTEL_EXPORTER_OTLP_ENDPOINT=" + collector
	return []way{
		{"disabled", "OTEL_SDK_DISABLED=true", []string{"OTEL_SDK_DISABLED=true"}},
		{"none", "OTEL_TRACES_EXPORTER=none", []string{"OTEL_TRACES_EXPORTER=none"}},
		{"otlp", "OTEL_TRACES_EXPORTER=otlp", []string{"OTEL_TRACES_EXPORTER=otlp", endpoint}},
		{"otlp, all signals", "… OTEL_METRICS_EXPORTER=otlp OTEL_LOGS_EXPORTER=otlp", []string{"OTEL_TRACES_EXPORTER=otlp",
			"OTEL_METRICS_EXPORTER=otlp", "OTEL_LOGS_EXPORTER=otlp", endpoint}},
		{"sqlite", "OTEL_TRACES_EXPORTER=sqlite", []string{"OTEL_TRACES_EXPORTER=sqlite"}},
	}
}

func (b *bench) run(ctx context.Context, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "hone-telemetry-*")
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
	var coll collector
	address := coll.start()
	defer coll.stop()

	var servers []*server
	defer func() {
		for _, s := range servers {
			err = errors.Join(err, s.stop())
		}
	}()
	ways := ways(address)
	for i, w := range ways {
		s, err := startServer(ctx, b.hone, filepath.Join(dir, fmt.Sprint(i, ".db")), w.settings)
		if err != nil {
			return err
		}
		servers = append(servers, s)
	}
	measured, err := b.measure(ctx, servers)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d people, %d cores; %d turns of %s for each way, in random order\n", b.people, runtime.NumCPU(), b.rounds, b.turn)
	fmt.Fprintf(out, "The collector was sent %d exports, %d MB.\n\n", coll.exports.Load(), coll.bytes.Load()/1_000_000)
	fmt.Fprintln(out, "traces             answers/s  throughput, 95 % interval  processor/answer, 95 % interval     spans lost  settings")
	for i, w := range ways {
		lost, err := servers[i].lost(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%-18s %9.1f  %s  %9s  %s  %10d  %s\n", w.name, middle(measured[i].rates),
			ratio(measured[i].rates, measured[0].rates), fmt.Sprintf("%.2f ms", 1000*middle(measured[i].costs)),
			ratio(measured[i].costs, measured[0].costs), lost, w.what)
	}
	return nil
}

// measurements of a server, one of each round.
type measurements struct {
	rates []float64 // answers per second
	costs []float64 // seconds of processor time per answer
}

func (b *bench) measure(ctx context.Context, servers []*server) ([]measurements, error) {
	all := make([]measurements, len(servers))
	for round := range b.rounds + 1 {
		for _, i := range rand.Perm(len(servers)) { //nolint:gosec // an order, no secret
			rate, cost, err := b.ask(ctx, servers[i])
			if err != nil {
				return nil, err
			}
			if round > 0 { // the first one warms up
				all[i].rates, all[i].costs = append(all[i].rates, rate), append(all[i].costs, cost)
			}
		}
	}
	return all, nil
}
