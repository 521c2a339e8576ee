package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/calibrate"
	"github.com/honehq/hone/eval/rollout"
	"github.com/honehq/hone/jobs"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/otel"
)

// gaugesAge is how old what gauges tell may be: whoever reads metrics often must
// not burden the database. gaugesTime is how long reading may take.
const (
	gaugesAge  = 5 * time.Second
	gaugesTime = 5 * time.Second
)

// gauges tell how things stand in the database.
type gauges struct {
	fleet *fleet
	queue *jobs.Queue

	mu   sync.Mutex
	at   time.Time
	last otel.Readings
	told map[string]bool // agents whose counters began
}

// observe lets gauges be read until the house is closed.
func (b *background) observe() error {
	g := &gauges{fleet: b.fleet, queue: b.queue, told: map[string]bool{}}
	stop, err := otel.Observe(g.read)
	if err == nil {
		b.fleet.house.onClose(stop)
	}
	return err
}

// read reads anew what is too old.
func (g *gauges) read(ctx context.Context) (otel.Readings, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Since(g.at) < gaugesAge {
		return g.last, nil
	}
	ctx, cancel := context.WithTimeout(ctx, gaugesTime)
	defer cancel()
	var r otel.Readings
	err := errors.Join(g.sources(ctx, &r), g.agents(ctx, &r), g.waiting(ctx, &r))
	g.last, g.at = r, time.Now()
	return r, err
}

func (g *gauges) sources(ctx context.Context, r *otel.Readings) error {
	list, err := g.fleet.house.base.Sources(ctx)
	if err != nil {
		return err
	}
	for _, s := range list {
		synced := s.SyncedAt
		if synced.IsZero() {
			synced = s.CreatedAt
		}
		folder := s.Kind == knowledge.KindFolder
		r.Sources = append(r.Sources, otel.SourceReading{Name: s.Name, Documents: s.Documents, Chunks: s.Chunks, Folder: folder, Synced: synced})
		if folder {
			otel.Expect(ctx, otel.Expected{Sources: []string{s.Name}})
		}
	}
	return nil
}

func (g *gauges) agents(ctx context.Context, r *otel.Readings) error {
	units, err := g.fleet.units(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, u := range units {
		name := u.settings.Agent
		if !g.told[name] {
			g.told[name] = true
			otel.Expect(ctx, otel.Expected{Agents: []otel.ExpectedAgent{u.expected()}})
		}
		reading, err := u.reading(ctx)
		r.Agents = append(r.Agents, reading)
		errs = append(errs, err, u.tellJudge(ctx), u.tellTrial(ctx))
	}
	return errors.Join(errs...)
}

// reading is how the agent stands.
func (u *unit) reading(ctx context.Context) (otel.AgentReading, error) {
	r := otel.AgentReading{Name: u.settings.Agent, ErrorBudget: -1, RoundBudget: 1}
	prompt, err := u.prompts.InUse(ctx, u.promptID)
	if err != nil {
		return r, err
	}
	r.Prompt = prompt.Version
	entries, err := u.store.Entries(ctx, r.Name)
	if err != nil {
		return r, err
	}
	if r.ErrorBudget, err = eval.ErrorBudgetLeft(entries); err != nil {
		return r, err
	}
	rounds, err := u.store.Rounds(ctx, r.Name, 1)
	if err != nil || len(rounds) == 0 {
		return r, err
	}
	r.RoundBudget, err = rounds[0].BudgetLeft()
	return r, err
}

// tellJudge tells how the agent's judge stands by what was last found.
func (u *unit) tellJudge(ctx context.Context) error {
	judge, err := u.judge()
	if err != nil {
		return err
	}
	report, err := calibrate.Show(ctx, u.store, u.settings.Agent, judge.Describe())
	if err != nil {
		return err
	}
	drift, name := 0.0, calibrate.KeyOf(report.Judge)
	if report.Judge.Exact {
		name = report.Judge.Name
	}
	if c := report.Calibration; c != nil && c.Drift != nil && c.Drift.Checks > 0 {
		drift = float64(c.Drift.Flipped) / float64(c.Drift.Checks)
	}
	otel.RecordJudge(ctx, u.settings.Agent, name, drift, report.Auto)
	return nil
}

// tellTrial tells the evidence against a prompt that is on trial; 0 where none is.
func (u *unit) tellTrial(ctx context.Context) error {
	newest, err := u.store.Rollouts(ctx, u.settings.Agent, 1)
	if err != nil {
		return err
	}
	e := 0.0
	if len(newest) > 0 && newest[0].State == rollout.Running {
		pairs, err := u.store.Pairs(ctx, newest[0].ID)
		if err != nil {
			return err
		}
		if e = 1; len(pairs) > 0 {
			e = pairs[len(pairs)-1].E
		}
	}
	otel.RecordRollout(ctx, u.settings.Agent, e)
	return nil
}

func (g *gauges) waiting(ctx context.Context, r *otel.Readings) (err error) {
	if r.Waiting, err = g.fleet.house.store.Waiting(ctx); err != nil {
		return err
	}
	r.Waiting["rounds"], err = g.queue.Waiting(ctx)
	return err
}

// expected is what the agent will be measured by.
func (u *unit) expected() otel.ExpectedAgent {
	provider := func(model, baseURL string) string {
		if model == offlineModel {
			return offlineProvider
		}
		return providerName(baseURL)
	}
	s := u.settings
	e := otel.ExpectedAgent{Name: s.Agent, Model: s.Model, Provider: provider(s.Model, s.BaseURL), Tools: []string{"file_search", "unknown"}}
	for _, t := range u.agent.Tools() {
		e.Tools = append(e.Tools, t.Name)
	}
	add := func(role, model string, at host) {
		if at.url == "" {
			at.url = s.BaseURL
		}
		_, priced := u.prices.Of(model)
		e.Models = append(e.Models, otel.ExpectedModel{Role: role, Model: model, Provider: provider(model, at.url), Priced: priced})
	}
	add("agent", s.Model, host{})
	add("judge", s.judge(), s.judgeProvider())
	add("rewriter", s.rewriter(), s.rewriteProvider())
	return e
}
