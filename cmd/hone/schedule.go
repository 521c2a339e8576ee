package main

import (
	"cmp"

	"github.com/honehq/hone/agents"
	"github.com/honehq/hone/eval"
)

// schedule says when improvement rounds are due.
type schedule struct {
	Mode  string `enum:"auto,approve,off" default:"auto" help:"What happens when a prompt passes the gate: it is put in use (auto), a person decides (approve), no rounds run by themselves (off)."`
	Every int    `default:"50" help:"A round is due after so many questions; -1: never."`
	Cron  string `help:"A round is due at these times, in UTC unless CRON_TZ=ZONE stands before them, such as '0 4 * * 1' for Mondays at 4." placeholder:"SPEC"`
	harvesting
}

// check refuses numbers that would be taken for something else.
func (s schedule) check() error {
	if s.Every != agents.Never && s.Every < 1 {
		return usagef("--every=%d: it is a number of questions, or %d for never", s.Every, agents.Never)
	}
	if s.Replenish < 0 {
		return usagef("--replenish=%d: it is a number of clusters, or 0 for never", s.Replenish)
	}
	return nil
}

// with is the schedule as an agent has it.
func (s schedule) with(a agents.Agent) schedule {
	s.Mode = cmp.Or(string(a.Mode), s.Mode)
	s.Every = cmp.Or(a.Every, s.Every)
	s.Cron = cmp.Or(a.Cron, s.Cron)
	if s.Cron == agents.NoCron {
		s.Cron = ""
	}
	return s
}

// scheduler begins rounds when they are due; in mode off none are.
func (u *unit) scheduler(s schedule, queue eval.Queue) (*eval.Scheduler, error) {
	improver, err := u.improver(eval.Mode(s.Mode))
	if err != nil {
		return nil, err
	}
	scheduler, err := eval.NewScheduler(eval.SchedulerConfig{
		Improver: improver, Queue: queue, Agent: u.settings.Agent, PromptID: u.promptID, Every: s.Every, Cron: s.Cron, Logger: u.log,
	})
	if err != nil {
		return nil, usageError{err}
	}
	return scheduler, nil
}
