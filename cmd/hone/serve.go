package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/honehq/hone/internal/courtesy"
	"github.com/honehq/hone/server"
	"github.com/honehq/hone/traces"
)

type serveCmd struct {
	listening
	schedule
}

// listening is where to listen, and to whom.
type listening struct {
	Addr       string   `env:"HONE_ADDR" default:"127.0.0.1:8484" help:"Address to listen on. Beyond loopback only with an API key."`
	ServerKeys []string `name:"server-key" env:"HONE_API_KEY" hidden:"" help:"API keys of which a request must bear one; set the variable rather than the flag."`
}

func (c serveCmd) Run(ctx context.Context, s *settings, term terminal) (err error) {
	if err := cmp.Or(c.listening.check(), c.schedule.check()); err != nil {
		return err
	}
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	return a.serve(ctx, term, c)
}

// check refuses to show the documents to a network without a key.
func (l listening) check() error {
	host, _, err := net.SplitHostPort(l.Addr)
	if err != nil {
		return usagef("address %q: say HOST:PORT, such as 127.0.0.1:8484", l.Addr)
	}
	for _, k := range l.ServerKeys {
		if len(k) < 16 {
			return usagef("HONE_API_KEY holds a key of %d characters; at least 16 are needed. Make one: openssl rand -hex 24", len(k))
		}
	}
	if len(l.ServerKeys) == 0 && !server.IsLoopback(host) {
		return usagef("%s can be reached from other machines, and no API key is set: set HONE_API_KEY, or listen on 127.0.0.1", l.Addr)
	}
	return nil
}

// serve listens until ctx ends, then lets requests that run finish.
func (a *app) serve(ctx context.Context, term terminal, c serveCmd) error {
	if err := a.fleet.checkWorld(ctx); err != nil {
		return err
	}
	a.door = courtesy.New(quiet, patience)
	background, err := a.fleet.background(ctx, c.schedule)
	if err != nil {
		return err
	}
	if err := background.observe(); err != nil {
		return err
	}
	handler, err := server.New(server.Config{
		Agents: []server.Asker{a.agent}, Fleet: a.fleet, Runs: a.store, Sources: a.base, Eval: a.store, Harvest: a.fleet, Rounds: background, Judges: a.fleet, OpenAI: fromClients(a.api),
		Keys: c.ServerKeys, Metrics: a.telemetry.metrics, Logger: a.log, Traces: a.telemetry.traces(),
		Accounts: traces.Book{Runs: a.store, Responses: a.store, Prices: a.prices}, Version: version(),
		Ready: func(ctx context.Context) error { _, err := a.store.Sources(ctx); return err },
	})
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("can't listen on %s: %w (another address: --addr)", c.Addr, err)
	}
	httpServer := &http.Server{
		Handler:           counting(a.door, handler),
		ReadHeaderTimeout: 10 * time.Second, // answers stream for as long as they take
		IdleTimeout:       2 * time.Minute,
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	fmt.Fprintf(term.out, "Hone is at http://%s\n", listener.Addr())
	if a.settings.Model == offlineModel && a.settings.Backend == "embedded" {
		fmt.Fprintln(term.out, "No model is configured: the offline stand-in quotes the documents. Set HONE_MODEL, OPENAI_BASE_URL and OPENAI_API_KEY for a real one.")
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := httpServer.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
		defer cancel()
		if err := httpServer.Shutdown(last); err != nil {
			return errors.Join(fmt.Errorf("requests were cut off: %w", err), httpServer.Close())
		}
		return nil
	})
	group.Go(func() error { return background.run(ctx) })
	return group.Wait()
}
