package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/honehq/hone/eval"
)

// set is a set of documents with questions about them.
type set struct{ name, documents, cases string }

// sets are the bundled sample and, where it can be had, the larger one.
func sets() []set {
	out := []set{{"sample", "sample/docs", "sample/cases.jsonl"}}
	if shared := os.Getenv("HONE_SHARED"); shared != "" {
		out = append(out, set{"shared", filepath.Join(shared, "corpus"), filepath.Join(shared, "qa", "dev.jsonl")})
	}
	return out
}

// keptShare is the share of the clusters that no round sees.
const keptShare = 0.25

// kept improves a real agent, on the offline model, from its first prompt on,
// and compares the prompt that it ends with on questions that no round has seen.
func (b bench) kept(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "hone-improve-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	hone := command{binary: filepath.Join(dir, "hone"), env: append(os.Environ(), "HOME="+dir, "HONE_DATABASE_URL=sqlite:"+filepath.Join(dir, "hone.db"))}
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", hone.binary, "./cmd/hone").CombinedOutput(); err != nil { //nolint:gosec // our own
		return fmt.Errorf("build hone: %w: %s", err, out)
	}
	var seen, unseen []eval.Case
	for _, s := range sets() {
		if _, err := hone.run(ctx, "ingest", s.documents, "--source", s.name); err != nil {
			return err
		}
		cases, err := load(s.cases)
		if err != nil {
			return err
		}
		for i := range cases {
			cases[i].ID = s.name + " " + cases[i].ID // each set counts from 1
		}
		for _, c := range eval.Clustered(cases) {
			if uniform(c.Cluster) < keptShare {
				unseen = append(unseen, c.Case)
			} else {
				seen = append(seen, c.Case)
			}
		}
	}
	for name, cases := range map[string][]eval.Case{"seen.jsonl": seen, "unseen.jsonl": unseen} {
		if err := save(filepath.Join(dir, name), cases); err != nil {
			return err
		}
	}
	b.say("\nkept: the offline model, %d cases for rounds, %d kept out of all splits", len(seen), len(unseen))
	if _, err := hone.run(ctx, "eval", "cases", "add", filepath.Join(dir, "seen.jsonl")); err != nil {
		return err
	}
	for seed := range 3 {
		out, err := hone.run(ctx, "improve", "--seed", fmt.Sprint(seed+1), "--json")
		if err != nil {
			return err
		}
		var r eval.Round
		if err := json.Unmarshal(out, &r); err != nil {
			return err
		}
		b.say("  round %d, %s: %s", seed+1, r.State, r.Verdict)
	}
	return b.compare(ctx, hone, filepath.Join(dir, "unseen.jsonl"))
}

// compare says what the prompt in use changes on unseen cases.
func (b bench) compare(ctx context.Context, hone command, cases string) error {
	out, err := hone.run(ctx, "eval", "run", "--cases", cases, "--against", "1", "--json")
	if err != nil {
		return err
	}
	var c eval.Comparison
	if err := json.Unmarshal(out, &c); err != nil {
		return err
	}
	b.say("  unseen: %d cases in %d clusters, prompt v%d and v%d", c.Cases, c.Clusters, c.Before.Version, c.After.Version)
	line := func(what string, ch eval.Change) {
		b.say("    %-32s %.3f → %.3f, %+.3f (%+.3f to %+.3f)", what, ch.Before, ch.After, ch.Difference.Estimate, ch.Difference.Low, ch.Difference.High)
	}
	line("score, each cluster as any other", c.ByCluster)
	for _, m := range []eval.Metric{eval.MetricScore, eval.VitalRecall, eval.RefusalRight} {
		if ch, ok := c.Change(m); ok {
			line(string(m)+", each case as any other", ch)
		}
	}
	return nil
}

// command is a hone with a database of its own.
type command struct {
	binary string
	env    []string
}

func (c command) run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, c.binary, args...) //nolint:gosec // our own
	cmd.Env = c.env
	out, err := cmd.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("hone %s: %w: %s", args[0], err, failed.Stderr)
	}
	return out, err
}

func load(path string) ([]eval.Case, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return eval.LoadCases(f, path)
}

func save(path string, cases []eval.Case) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	e := json.NewEncoder(f)
	for _, c := range cases {
		if err := e.Encode(c); err != nil {
			return err
		}
	}
	return nil
}
