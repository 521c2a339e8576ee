package main

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/honehq/hone/eval/stats"
)

// share is how many of so many histories.
type share struct{ hits, of int }

func (s share) value() float64 { return float64(s.hits) / float64(s.of) }

// limits are the 95 % limits of Clopper and Pearson.
func (s share) limits() (low, high float64) {
	low, high, err := stats.ClopperPearson(s.hits, s.of, 0.95)
	if err != nil {
		return 0, 1
	}
	return low, high
}

func (s share) String() string {
	if s.of == 0 {
		return "not offered"
	}
	low, high := s.limits()
	return fmt.Sprintf("%.3f (%.3f–%.3f)", s.value(), low, high)
}

// each plays n histories on all cores. Each has random numbers of its own, which
// depend on the name and the history's number alone, so that the results are the
// same however the work is spread.
func each[T any](b bench, name string, n int, play func(r *rand.Rand) T) []T {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	seed, out := h.Sum64(), make([]T, n)
	var next atomic.Int64
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for b.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				out[i] = play(rand.New(rand.NewPCG(seed, uint64(i)))) //nolint:gosec // simulations are to be repeated
			}
		})
	}
	group.Wait()
	return out
}

// how often play is true in n histories.
func (b bench) often(name string, n int, play func(r *rand.Rand) bool) share {
	s := share{of: n}
	for _, hit := range each(b, name, n, play) {
		if hit {
			s.hits++
		}
	}
	return s
}

// must stands where an error would be a mistake in this program.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
