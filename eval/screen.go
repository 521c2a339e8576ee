package eval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/honehq/hone/eval/gate"
	"github.com/honehq/hone/eval/stats"
	"github.com/honehq/hone/prompts"
)

// finalist is a candidate that was screened on dev.
type finalist struct {
	member
	dev         Evaluation
	change      Comparison
	differences []float64 // by cluster
}

// gain is the mean difference on dev, each cluster weighing the same.
func (f finalist) gain() float64 { return mean(f.differences) }

// changed is the share of the clusters that differ.
func (f finalist) changed() float64 {
	n := 0
	for _, d := range f.differences {
		n += int(yes(d != 0))
	}
	return ratio(float64(n), float64(len(f.differences)))
}

// screen evaluates the best candidates on dev and returns the one that gained
// most, nil if none gained; of equal ones the shorter. It ends early, poor, where
// the budget does not cover the next.
func (w *work) screen(ctx context.Context, p pool, dev Evaluation) (best *finalist, poor bool, err error) {
	for _, m := range p.ranked() {
		f := finalist{member: m}
		if poor = !w.funds.affords(len(w.dev) * w.cfg.Repeats); !poor {
			f.dev, err = w.evaluate(ctx, StageScreen, m.prompt, w.dev)
		}
		if poor = poor || errors.Is(err, errBudget); poor {
			w.tell(StageScreen, "Of the budget %s are left, which the gate needs: no further candidate was screened.", w.funds.left())
			break
		}
		if err != nil {
			return nil, false, err
		}
		if f.change, err = Compare(dev, f.dev); err != nil {
			return nil, false, err
		}
		f.differences = differences(dev, f.dev)
		w.note(m.prompt, f.change)
		if f.gain() > 0 && (best == nil || f.gain() > best.gain() || f.gain() == best.gain() && f.length() < best.length()) {
			best = &f
		}
	}
	if best != nil {
		ch := best.change.ByCluster
		w.tell(StageScreen, "The best candidate scores %.2f on dev, %.2f before: %s, each cluster of cases weighing the same.", ch.After, ch.Before, points(ch.Difference))
	}
	return best, poor, nil
}

// ranked returns the candidates that did better on train than the champion, the
// best first, of equal ones the shorter; no more than are screened.
func (p pool) ranked() []member {
	candidates := slices.DeleteFunc(slices.Clone(p[1:]), func(m member) bool { return m.mean <= p[0].mean })
	slices.SortStableFunc(candidates, func(x, y member) int {
		return cmp.Or(cmp.Compare(y.mean, x.mean), cmp.Compare(x.length(), y.length()))
	})
	return candidates[:min(screened, len(candidates))]
}

// note puts the difference on dev into the candidate's record.
func (w *work) note(p prompts.Prompt, c Comparison) {
	for i := range w.cert.Candidates {
		if w.cert.Candidates[i].Hash == hash(p.Text) && w.cert.Candidates[i].Refused == "" {
			w.cert.Candidates[i].Dev = &c.ByCluster.Difference
		}
	}
}

// differences are the mean differences of the scores by cluster, over the
// cases that were graded in both.
func differences(before, after Evaluation) []float64 {
	var d clusterSums
	for i, b := range before.Results {
		x, ok := b.score()
		y, okToo := after.Results[i].score()
		if ok && okToo {
			d.add(b.Case.Cluster, y-x)
		}
	}
	return d.means()
}

// clusterSums adds values up by cluster, in the order in which clusters come.
type clusterSums struct {
	order  []string
	sum, n map[string]float64
}

func (c *clusterSums) add(cluster string, value float64) {
	if c.n == nil {
		c.sum, c.n = map[string]float64{}, map[string]float64{}
	}
	if c.n[cluster] == 0 {
		c.order = append(c.order, cluster)
	}
	c.sum[cluster] += value
	c.n[cluster]++
}

// means returns the mean of each cluster.
func (c *clusterSums) means() []float64 {
	var out []float64
	for _, name := range c.order {
		out = append(out, c.sum[name]/c.n[name])
	}
	return out
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return ratio(sum, float64(len(values)))
}

// points says a difference of scores in words.
func points(d stats.Interval) string {
	if d.Low == d.High && d.Clusters < 2 {
		return fmt.Sprintf("%+.1f points", 100*d.Estimate)
	}
	return fmt.Sprintf("%+.1f points, 95 %% interval %+.1f to %+.1f", 100*d.Estimate, 100*d.Low, 100*d.High)
}

// foresee tells the power of the entry and returns the chance to find the gain
// seen on dev.
func (w *work) foresee(terms gate.Terms, best finalist) (float64, error) {
	simulation := gate.Simulation{Seed: w.q.Seed}
	effect := func(gain float64) (gate.Effect, error) {
		if e, err := gate.Empirical(best.differences, gain); err == nil {
			return e, nil
		}
		return gate.ThreePoint(gain, max(gain, best.changed()))
	}
	forecast, err := gate.Foresee(terms, effect, simulation)
	if err != nil {
		return 0, err
	}
	w.cert.Forecast = &forecast
	w.tell(StagePower, "%s", forecast.String())
	seen, err := effect(min(best.gain(), 0.99))
	if err != nil {
		return 0, err
	}
	estimate, err := gate.Power(terms, seen, simulation)
	return estimate.Probability, err
}
