package main

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/honehq/hone/knowledge"
)

// bar is a progress bar, drawn on a terminal only.
type bar struct{ p *progressbar.ProgressBar }

func newBar(term terminal, quiet, bytes bool) *bar {
	if quiet || !isTerminal(term.err) {
		return &bar{}
	}
	return &bar{p: progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(term.err), progressbar.OptionShowBytes(bytes), progressbar.OptionShowCount(),
		progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))}
}

// documents shows the progress of a sync.
func (b *bar) documents(p knowledge.Progress) {
	b.show(fmt.Sprintf("%d/%d documents", p.Done, p.Total), p.Bytes, p.TotalBytes)
}

// show draws the bar. One that can't be drawn is no reason to stop.
func (b *bar) show(what string, done, total int64) {
	if b.p == nil {
		return
	}
	if total > 0 {
		b.p.ChangeMax64(total)
	}
	b.p.Describe(what)
	_ = b.p.Set64(done)
}

func (b *bar) end() {
	if b.p != nil {
		_ = b.p.Finish()
	}
}
