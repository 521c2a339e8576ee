package harvest

import (
	"context"
	"errors"
	"time"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/internal/id"
)

// Keeping says what Keep does.
type Keeping struct {
	// Sealed is below how many open sealed clusters cases are made of the
	// documents; 0: never. Those cases enter without a person.
	Sealed int
	Every  time.Duration // 0: a minute
}

// Bounds of what Keep makes at a time. One process makes cases for an agent, and
// loses its turn if it does not come back.
const (
	keptCases   = 20
	keptTurn    = 10 * time.Minute
	keptPatient = time.Hour // after no document was left that a case could be made of
)

// Keep collects corrections and samples questions until ctx ends, and makes cases
// of documents while too few clusters are sealed: after promotions, which retire
// them, and as documents come. What fails is logged and tried again. It returns
// nil.
func (d *Desk) Keep(ctx context.Context, k Keeping) error {
	if k.Every == 0 {
		k.Every = time.Minute
	}
	owner := id.New("own_")
	ticker := time.NewTicker(k.Every)
	defer ticker.Stop()
	var quiet time.Time // no documents are looked at until then
	for {
		_, err := d.Collect(ctx)
		_, failed := d.Sample(ctx)
		err = errors.Join(err, failed)
		if k.Sealed > 0 && !time.Now().Before(quiet) {
			made, failed := d.replenish(ctx, owner, k.Sealed)
			err = errors.Join(err, failed)
			if made != nil && made.Left == 0 {
				quiet = time.Now().Add(keptPatient)
			}
			if made != nil && made.Cases > 0 {
				d.cfg.Logger.InfoContext(ctx, "cases were made of documents", "agent", d.cfg.Agent, "cases", made.Cases, "documents", made.Documents)
			}
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			d.cfg.Logger.WarnContext(ctx, "cases could not be collected; tried again soon", "agent", d.cfg.Agent, "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// replenish makes cases if too few clusters are sealed and nobody else does; nil
// if it did nothing.
func (d *Desk) replenish(ctx context.Context, owner string, wanted int) (*Made, error) {
	if d.cfg.Writer == nil {
		return nil, nil
	}
	sealed, err := d.sealed(ctx)
	if err != nil || sealed >= wanted {
		return nil, err
	}
	mine, err := d.cfg.Store.TakeHarvest(ctx, d.cfg.Agent, owner, keptTurn)
	if err != nil || !mine {
		return nil, err
	}
	working, cancel := context.WithTimeout(ctx, keptTurn*9/10)
	defer cancel()
	made, err := d.Make(working, Order{Cases: min(keptCases, 2*(wanted-sealed))})
	return &made, errors.Join(err, d.cfg.Store.EndHarvest(context.WithoutCancel(ctx), d.cfg.Agent, owner))
}

// sealed counts the clusters that are sealed and not retired.
func (d *Desk) sealed(ctx context.Context) (int, error) {
	cases, err := d.cfg.Store.Cases(ctx, eval.CaseFilter{Agent: d.cfg.Agent, Split: eval.Sealed})
	clusters := map[string]bool{}
	for _, c := range cases {
		clusters[c.Cluster] = true
	}
	return len(clusters), err
}
