package rollout

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
	"time"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/eval"
)

// histories is how many rollouts each figure is from.
const histories = 1000

// world says how threads fare: the chance, at a moment from 0 to 1 of a
// rollout, that one scores and that it is in trouble.
type world struct {
	score   func(fresh bool, moment float64) float64
	trouble func(fresh bool) float64
	share   float64
	threads int
}

// listed is a store that holds nothing but threads.
type listed struct {
	Store
	threads []Thread
}

func (l listed) Threads(_ context.Context, _ Rollout, q ThreadQuery) ([]Thread, error) {
	from, _ := slices.BinarySearchFunc(l.threads, q.After, func(t Thread, p Position) int {
		return cmp.Or(t.At.Compare(p.At), cmp.Compare(t.Thread, p.Thread))
	})
	for from < len(l.threads) && !q.After.At.IsZero() && l.threads[from].Position == q.After {
		from++
	}
	return l.threads[from:min(len(l.threads), from+q.Limit)], nil
}

func (l listed) UsualSeconds(context.Context, Rollout, int) ([]float64, error) { return nil, nil }

// live plays one rollout and tells how its tests end, and after how many threads
// the old prompt is put back.
func (w world) live(t *testing.T, seed uint64) (byGrades, byTrouble bool, after int) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 7))
	r, _ := Begin(eval.Round{ID: fmt.Sprint("rnd_", seed), Ended: time.Unix(0, 0)}, eval.Promotion{Based: 1, Canary: w.share}, 2)
	var store listed
	scores := map[string]float64{}
	for i := range w.threads {
		thread := Thread{Position: Position{At: time.Unix(int64(i), 0), Thread: fmt.Sprint("thr_", random.Uint64())}, Status: agent.Answered}
		thread.Version = r.Version(thread.Thread)
		fresh := thread.Version == 2
		if random.Float64() < w.score(fresh, float64(i)/float64(w.threads)) {
			scores[thread.Thread] = 1
		}
		if w.trouble != nil {
			thread.Failed = random.Float64() < w.trouble(fresh)
		}
		store.threads = append(store.threads, thread)
	}
	watcher := &Watcher{cfg: Config{Store: store}}
	why, err := watcher.inTrouble(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	var pairs []Pair
	for c, err := range couples(t.Context(), store, r, Position{}, time.Now(), func(Thread) bool { return true }) {
		if err != nil {
			t.Fatal(err)
		}
		pairs = append(pairs, Pair{Difference: scores[c.old.Thread] - scores[c.new.Thread], Through: c.through})
		if len(pairs) == r.Horizon {
			break
		}
	}
	looked := func(n int) bool {
		entry, err := reverse(r, pairs[:n])
		if err != nil {
			t.Fatal(err)
		}
		return convinced(entry)
	}
	if len(pairs) > 0 && looked(len(pairs)) { // then also at the first look after it was
		n := sort.Search(len(pairs), looked)
		return true, why != "", int(pairs[n-1].Through.At.Unix())
	}
	return false, why != "", w.threads
}

// rate plays histories and returns how often the old prompt is put back, with
// the upper end of a 99.9 % interval (Wilson), and the median of after.
func (w world) rate(t *testing.T) (share, low, high float64, after int) {
	t.Helper()
	returned := 0
	var when []int
	for seed := range uint64(histories) {
		byGrades, byTrouble, n := w.live(t, seed)
		if byGrades || byTrouble {
			returned++
			when = append(when, n)
		}
	}
	const n, z = float64(histories), 3.29
	p := float64(returned) / n
	middle := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	if len(when) > 0 {
		slices.Sort(when)
		after = when[len(when)/2]
	}
	return p, middle - half, middle + half, after
}

func always(old, fresh float64) func(bool, float64) float64 {
	return func(isFresh bool, _ float64) float64 {
		if isFresh {
			return fresh
		}
		return old
	}
}

func evenly(p float64) func(bool) float64 { return func(bool) float64 { return p } }

// drifting is a mix of questions that turns from easy to hard, whatever the
// prompt.
func drifting(_ bool, moment float64) float64 { return 0.95 - 0.85*moment }

// A prompt that is not worse is put back in at most Alpha of all rollouts.
func TestFalseReturns(t *testing.T) {
	for name, w := range map[string]world{
		"equal, few good":          {score: always(0.2, 0.2), share: 0.5, threads: 330},
		"equal, with much trouble": {score: always(0.7, 0.7), trouble: evenly(0.3), share: 0.5, threads: 330},
		"better":                   {score: always(0.7, 0.8), trouble: evenly(0.02), share: 0.5, threads: 330},
		"drifting":                 {score: drifting, share: 0.5, threads: 330},
		"drifting, a fifth":        {score: drifting, share: 0.2, threads: 600},
		"a little more trouble": {score: always(0.7, 0.7), share: 0.5, threads: 330, trouble: func(fresh bool) float64 {
			if fresh {
				return 0.2
			}
			return 0.1
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, _, high, _ := w.rate(t)
			t.Logf("put back in %.3f of %d rollouts, 99.9 %% interval up to %.3f", p, histories, high)
			if p > Alpha {
				t.Errorf("put back in %.3f of the rollouts, more than %v", p, Alpha)
			}
		})
	}
}

// A prompt that is worse is put back mostly, the sooner the worse it is.
func TestPower(t *testing.T) {
	for _, tc := range []struct {
		name string
		world
		least float64 // chance to be put back
		most  int     // threads until then, in the median
	}{
		{"30 points worse", world{score: always(0.8, 0.5), share: 0.5, threads: 330}, 0.9, 220},
		{"20 points worse", world{score: always(0.8, 0.6), share: 0.5, threads: 330}, 0.5, 300},
		{"nothing but failures", world{score: always(0.8, 0), share: 0.5, threads: 120, trouble: func(fresh bool) float64 {
			if fresh {
				return 1
			}
			return 0.02
		}}, 0.98, 120},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p, low, _, after := tc.rate(t)
			t.Logf("put back in %.3f of %d rollouts, after %d threads in the median", p, histories, after)
			if low < tc.least || after > tc.most {
				t.Errorf("put back in %.3f of the rollouts (at least %.3f), after %d threads", p, low, after)
			}
		})
	}
}

// Were the k-th threads of both arms compared, a change of the mix would look
// like a difference of the prompts: this test of ours can fail.
func TestNeighboursMatter(t *testing.T) {
	w := world{score: drifting, share: 0.2, threads: 600}
	returned := 0
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 7))
		var old, fresh []float64
		for i := range w.threads {
			score := 0.0
			if random.Float64() < w.score(false, float64(i)/float64(w.threads)) {
				score = 1
			}
			if random.Float64() < w.share {
				fresh = append(fresh, score)
			} else {
				old = append(old, score)
			}
		}
		var pairs []Pair
		for k := range min(len(old), len(fresh), Horizon) {
			pairs = append(pairs, Pair{Difference: old[k] - fresh[k]})
		}
		entry, err := reverse(Rollout{Horizon: Horizon}, pairs)
		if err != nil {
			t.Fatal(err)
		}
		if convinced(entry) {
			returned++
		}
	}
	if returned < 100 {
		t.Errorf("put back in %d of 200 rollouts only", returned)
	}
}
