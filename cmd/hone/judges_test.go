package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/honehq/hone/eval"
)

// The judge is looked at once a day, a failure is no reason to stop looking, and
// a judge that is not trusted any more is warned of.
func TestTheJudgeIsLookedAtDaily(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		began := time.Now()
		var at []time.Duration
		days := []struct {
			info eval.JudgeInfo
			err  error
		}{
			{info: eval.JudgeInfo{Calibrated: true}},
			{err: errors.New("the provider is down")},
			{info: eval.JudgeInfo{Untrusted: "it was never calibrated"}},
			{info: eval.JudgeInfo{Calibrated: true, Untrusted: "the judge has drifted"}},
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(len(days))*lookEvery+time.Hour)
		defer cancel()
		lookDaily(ctx, slog.New(slog.NewTextHandler(&log, nil)), func(context.Context) (eval.JudgeInfo, error) {
			at = append(at, time.Since(began))
			day := days[len(at)-1]
			return day.info, day.err
		})
		if len(at) != len(days) || at[0] != 24*time.Hour || at[3] != 96*time.Hour {
			t.Errorf("looked after %v", at)
		}
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		if len(lines) != 2 || !strings.Contains(lines[0], "the provider is down") || !strings.Contains(lines[1], "the judge has drifted") {
			t.Errorf("warned of:\n%s", log.String())
		}
	})
}
