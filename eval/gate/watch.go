package gate

import (
	"fmt"
	"math"
	"slices"
)

// Result is what a guardrail found.
type Result string

// The results. A promotion wants Held.
const (
	Held    Result = "held"    // with 95 % confidence not worse than the margin
	Unclear Result = "unclear" // the clusters seen fit either way
	Broken  Result = "broken"  // with 95 % confidence worse than the margin
)

// Watch tests a guardrail along an entry, cluster by cluster, by the same bets
// as the entry itself: E bets that the candidate is less than the margin worse,
// and holds once it reached 1/GuardError; a bet on the contrary finds it
// broken. By Ville's inequality either errs with probability at most GuardError
// however many clusters there are and however often one looks, so that an entry
// may go on until its guardrails are settled. A bootstrap or a t-test errs up to
// six times as often with some tens of clusters, where losses are rare and
// great.
//
// It is not safe for concurrent use.
type Watch struct {
	rail          Guardrail
	clusters      int
	margin        float64
	low, high     float64 // range of what a cluster can be worse
	held, broken  wealth
	heldE, breakE float64 // the highest so far
	seen          []*float64
	before, after sum // for people
}

// sum is a mean in the making.
type sum struct{ value, count float64 }

func (s *sum) add(v float64) {
	if !math.IsNaN(v) {
		s.value, s.count = s.value+v, s.count+1
	}
}

func (s *sum) mean() float64 { return s.value / max(s.count, 1) }

// Watch opens the test for an entry of so many clusters.
func (g Guardrail) Watch(clusters int) (*Watch, error) {
	if err := g.check(); err != nil {
		return nil, fmt.Errorf("guardrail %s: %w", g.Name, err)
	}
	if clusters < 1 {
		return nil, fmt.Errorf("guardrail %s: %d clusters: at least one is needed", g.Name, clusters)
	}
	w := &Watch{rail: g, clusters: clusters, margin: g.allowed(clusters), low: -1, high: 1, held: newWealth(), broken: newWealth(), heldE: 1, breakE: 1}
	if g.Relative {
		w.low, w.high = (1-cutoff)*w.margin, (1+cutoff)*w.margin
	}
	return w, nil
}

// Observe takes the next cluster's cases. A cluster in which no case has values
// tells nothing. It refuses values out of range and more clusters than the
// watch was opened for, and then leaves it as it was.
func (w *Watch) Observe(pairs []Pair) (Finding, error) {
	worse, ok, err := w.rail.worse(pairs, w.low, w.high)
	if err != nil {
		return Finding{}, fmt.Errorf("guardrail %s, cluster %d: %w", w.rail.Name, len(w.seen)+1, err)
	}
	var told *float64
	if ok {
		told = &worse
	}
	if err := w.take(told); err != nil {
		return Finding{}, err
	}
	for _, p := range pairs {
		w.before.add(p.Champion)
		w.after.add(p.Candidate)
	}
	return w.Finding(), nil
}

// take settles the bets on how much worse a cluster is; nil is no bet.
func (w *Watch) take(worse *float64) error {
	if len(w.seen) >= w.clusters {
		return fmt.Errorf("guardrail %s, cluster %d: it was opened for %d", w.rail.Name, len(w.seen)+1, w.clusters)
	}
	spare := 0.0
	if worse != nil {
		if !(*worse >= w.low && *worse <= w.high) {
			return fmt.Errorf("guardrail %s, cluster %d: %v is out of range", w.rail.Name, len(w.seen)+1, *worse)
		}
		spare = w.margin - *worse
	}
	// Scaled so that the worst that can happen to either bet is -1.
	up, down := spare/(w.high-w.margin), -spare/(w.margin-w.low)
	w.held.take(max(up, -1), w.held.bet(GuardError, w.clusters))
	w.broken.take(max(down, -1), w.broken.bet(GuardError, w.clusters))
	w.heldE, w.breakE = max(w.heldE, w.held.e()), max(w.breakE, w.broken.e())
	w.seen = append(w.seen, worse)
	return nil
}

func (w *Watch) result() Result {
	switch {
	case w.heldE >= 1/GuardError:
		return Held
	case w.breakE >= 1/GuardError:
		return Broken
	default:
		return Unclear
	}
}

// Futile reports whether the guardrail is broken or has almost no chance left
// to hold; see Entry.Futile.
func (w *Watch) Futile() bool {
	return w.result() == Broken || w.result() != Held && w.held.futile(GuardError, w.clusters)
}

// Finding is a guardrail's result with its figures. Worse and Allowed are
// differences of shares, or logarithms of ratios if Relative.
type Finding struct {
	Guardrail string  `json:"guardrail"`
	Relative  bool    `json:"relative,omitempty"`
	Champion  float64 `json:"champion"`          // mean over cases, in the metric's unit
	Candidate float64 `json:"candidate"`         // likewise
	Worse     float64 `json:"worse"`             // mean over clusters; below 0, better
	Allowed   float64 `json:"allowed"`           // the margin that so many clusters can tell
	E         float64 `json:"e,omitempty"`       // the highest evidence that it held; 1/GuardError is wanted
	Broken    float64 `json:"against,omitempty"` // the highest evidence that it broke
	Clusters  int     `json:"clusters"`          // seen
	Of        int     `json:"of,omitempty"`      // that it was opened for
	Result    Result  `json:"result"`
	// Differences are how much worse each cluster was, in order; null where no
	// case told anything.
	Differences []*float64 `json:"differences,omitempty"`
	// Bound is in older certificates, where the test was a bootstrap.
	Bound *float64 `json:"bound,omitempty"`
}

// Finding returns what was found so far.
func (w *Watch) Finding() Finding {
	f := Finding{
		Guardrail: w.rail.Name, Relative: w.rail.Relative, Champion: w.before.mean(), Candidate: w.after.mean(),
		Allowed: w.margin, E: w.heldE, Broken: w.breakE, Clusters: len(w.seen), Of: w.clusters, Result: w.result(),
		Differences: slices.Clone(w.seen),
	}
	var worse sum
	for _, d := range w.seen {
		if d != nil {
			worse.add(*d)
		}
	}
	f.Worse = worse.mean()
	return f
}

// Check tells whether the evidence and the result follow from the differences
// and the margin. A finding without differences is of an older certificate and
// cannot be checked.
func (f Finding) Check() error {
	if f.Differences == nil {
		return nil
	}
	g := Guardrail{Name: f.Guardrail, Relative: f.Relative, Margin: f.Allowed}
	if g.Relative {
		g.Margin = math.Expm1(f.Allowed)
	}
	w, err := g.Watch(f.Of)
	if err != nil {
		return err
	}
	for _, d := range f.Differences {
		if err := w.take(d); err != nil {
			return err
		}
	}
	again := w.Finding()
	if !about(again.E, f.E) || !about(again.Allowed, f.Allowed) || again.Result != f.Result {
		return fmt.Errorf("guardrail %s: its differences give an e-value of %.4g, %s, not %.4g, %s", f.Guardrail, again.E, again.Result, f.E, f.Result)
	}
	return nil
}

func about(x, y float64) bool { return math.Abs(x-y) <= 1e-9*max(1, math.Abs(x), math.Abs(y)) }

// String says the finding in words. Allowed is a limit that was set before, not
// what was measured.
func (f Finding) String() string {
	figures := fmt.Sprintf("%s %s before, %s after", f.Guardrail, figure(f.Champion), figure(f.Candidate))
	loss, limit := "loss", fmt.Sprintf("%.3g points", 100*f.Allowed)
	if f.Relative {
		loss, limit = "increase", fmt.Sprintf("%.3g %%", 100*math.Expm1(f.Allowed))
	}
	switch f.Result {
	case Held:
		return fmt.Sprintf("%s: held, any %s is within the %s allowed (95 %% confidence)", figures, loss, limit)
	case Broken:
		return fmt.Sprintf("%s: broken, the %s is beyond the %s allowed (95 %% confidence)", figures, loss, limit)
	default:
		return fmt.Sprintf("%s: unclear, %d clusters cannot tell whether any %s is within the %s allowed", figures, f.Clusters, loss, limit)
	}
}

// figure writes thousands of tokens as people do.
func figure(v float64) string {
	if v >= 1000 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}
