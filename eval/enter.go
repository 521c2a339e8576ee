package eval

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Shares of the clusters that become train and dev; the rest is sealed.
//
// The gate needs far more clusters than the other two: with half of the budget
// at hand it takes about 60 to find a gain of 20 points and 120 for one of 10,
// whereas dev merely ranks a few candidates, and a rewriter reads some failures
// at a time. So with a hundred clusters every one that train and dev can spare
// goes to the gate.
const (
	trainShare = 0.25
	devShare   = 0.2
)

// Admission is a set of cases that enter an agent's collection.
type Admission struct {
	Agent string
	From  string // "file sample", "feedback run_…"
	Cases []Case
	// Seed, if not 0, draws splits and order in place of the store's secret, so
	// that whoever knows it can foresee them: for what is to come out alike
	// whenever it is run. The same seed gives the same document the same split in
	// an empty collection. The highest bit counts for nothing but that it is a
	// seed.
	Seed uint64
	// Only, if not empty, is the split of all these cases: cases from
	// corrections go to Train, since they over-represent the failures of the
	// prompt in use.
	Only Split
	// Contents are hashes of documents' texts, by path: documents of one text
	// are one document, wherever they lie. Paths that are not in it are known
	// by their path alone.
	Contents map[string][]string
	// Files are IDs of the files that these cases quote: when one of them is
	// deleted, the cases' text goes, too. Cases that people wrote have none.
	Files []string
	// Proposal, if not empty, is what these cases were proposed as. It is closed
	// with their entry; one that is not open any more is an error wrapping
	// fs.ErrNotExist. Cases that can't be taken leave it open.
	Proposal string
}

// Entrance lets cases in.
type Entrance interface {
	// EnterCases calls place with what the agent has, and stores what it
	// returns, in one transaction during which nobody else, in no process,
	// enters cases of this agent. Cases whose ID the agent has and ties that
	// are kept stay as they are. It may call place several times. It returns
	// how many cases are new, or the error of place, having changed nothing.
	EnterCases(ctx context.Context, a Admission, place func(Known) ([]StoredCase, []Tie, error)) (int, error)
}

// Known is what an agent has when cases enter.
type Known struct {
	Cases []StoredCase // retired ones, too
	Ties  []Tie
	// Secret draws splits and order. It is made once for the agent, by
	// NewSecret, and told to nobody.
	Secret []byte
}

// NewSecret makes a Known.Secret.
func NewSecret() []byte {
	secret := make([]byte, sha256.Size)
	_, _ = rand.Read(secret) // which never fails
	return secret
}

// ErrLeftOut says that a proposed case can't be taken.
var ErrLeftOut = errors.New("the case can't be taken")

// Admitted says what became of an Admission.
type Admitted struct {
	Added    int           `json:"added"`
	Known    int           `json:"known"`    // cases whose ID the agent has already: they stay as they are
	Clusters map[Split]int `json:"clusters"` // new clusters
	LeftOut  []LeftOut     `json:"left_out,omitempty"`
}

// LeftOut is a case that was not taken, and why.
type LeftOut struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// Enter gives cases their cluster, split and order, for good, and stores them.
//
// Cases that share a gold document or a question are in one cluster, also by
// way of other cases; one without documents is a cluster of its own. Documents
// of the same text are one document, and questions in almost the same words one
// question. A new cluster's split is drawn by a hash keyed with a secret of the
// store, so that nobody who names documents can foresee it. A case about a known
// cluster joins it and its split, but for a retired one: what people have seen
// can no longer be sealed, so the case goes to train. A case that would join
// clusters of different splits, or two sealed ones, is left out: wherever it
// went, train would tell about sealed documents, or the gate would count one
// piece of evidence twice. What was decided holds for cases that are deleted and
// come back.
//
// It is safe for concurrent use, over all processes on one store.
func Enter(ctx context.Context, store Entrance, a Admission) (Admitted, error) {
	for _, c := range a.Cases {
		if err := c.check(); err != nil {
			return Admitted{}, fmt.Errorf("enter case %q: %w", c.ID, err)
		}
	}
	var out Admitted
	added, err := store.EnterCases(ctx, a, func(known Known) ([]StoredCase, []Tie, error) {
		fresh, homes, left := a.place(known)
		if a.Proposal != "" && len(left) > 0 {
			return nil, nil, fmt.Errorf("case %s: %s: %w", left[0].ID, left[0].Reason, ErrLeftOut)
		}
		now := time.Now().UTC()
		for i := range fresh {
			fresh[i].AddedAt = now
		}
		out = Admitted{LeftOut: left, Clusters: newClusters(known.Cases, fresh)}
		return fresh, homes.decided(), nil
	})
	if err != nil {
		return Admitted{}, fmt.Errorf("enter cases of agent %s: %w", a.Agent, err)
	}
	out.Added, out.Known = added, len(a.Cases)-added-len(out.LeftOut)
	return out, nil
}

// newClusters counts the clusters that no known case is in.
func newClusters(known, fresh []StoredCase) map[Split]int {
	out, counted := map[Split]int{}, map[string]bool{}
	for _, c := range known {
		counted[c.Cluster] = true
	}
	for _, c := range fresh {
		if !counted[c.Cluster] {
			counted[c.Cluster] = true
			out[c.Split]++
		}
	}
	return out
}

// Clustered gives cases that are only evaluated, never stored, their clusters.
func Clustered(cases []Case) []StoredCase {
	placed, _, _ := Admission{Cases: cases, Only: Dev}.place(Known{})
	byID := map[string]StoredCase{}
	for _, c := range placed {
		byID[c.ID] = c
	}
	out := make([]StoredCase, 0, len(cases))
	for _, c := range cases {
		out = append(out, byID[c.ID])
	}
	return out
}

// place finds a home for each case that is not known.
func (a Admission) place(known Known) (placed []StoredCase, homes *homes, left []LeftOut) {
	homes = newHomes(known.Cases, known.Ties, a.Contents)
	ids := map[string]bool{}
	for _, c := range known.Cases {
		ids[c.ID] = true
	}
	var fresh []Case
	for _, c := range a.Cases {
		if !ids[c.ID] {
			ids[c.ID] = true
			fresh = append(fresh, c)
		}
	}
	// Cases about many documents come last: where they would join two
	// clusters, it is they who are left out.
	order := slices.Clone(fresh)
	slices.SortFunc(order, func(x, y Case) int {
		return cmp.Or(cmp.Compare(len(x.Docs), len(y.Docs)), cmp.Compare(x.ID, y.ID))
	})
	refused := map[string]bool{}
	for _, c := range order {
		if !homes.join(c, a.Only) {
			refused[c.ID] = true
			why := "its documents belong to cases of different splits"
			if a.Only != "" {
				why = fmt.Sprintf("it may only go to %s, and cases about its documents or its question are in another split", a.Only)
			}
			left = append(left, LeftOut{c.ID, why})
		}
	}
	lot := a.lot(known.Secret)
	for _, c := range fresh {
		if refused[c.ID] {
			continue
		}
		h := homes.of(c, lot)
		placed = append(placed, StoredCase{Case: c, Agent: a.Agent, From: a.From, Cluster: h.cluster, Split: h.split, Order: h.order})
	}
	return placed, homes, left
}

// lot draws what is decided about new clusters.
type lot struct {
	key   []byte
	agent string
	only  Split
}

func (a Admission) lot(secret []byte) lot {
	if a.Seed != 0 {
		secret = binary.BigEndian.AppendUint64(nil, a.Seed<<1>>1)
	}
	return lot{secret, a.Agent, a.Only}
}

// draw returns a number that depends on the key and the words alone.
func (l lot) draw(purpose, identity string) uint64 {
	mac := hmac.New(sha256.New, l.key)
	for _, s := range []string{l.agent, purpose, identity} {
		mac.Write([]byte(s))
		mac.Write([]byte{0})
	}
	return binary.BigEndian.Uint64(mac.Sum(nil))
}

// open makes a new cluster for a component whose smallest tie is identity.
func (l lot) open(identity string) home {
	var name [8]byte
	binary.BigEndian.PutUint64(name[:], l.draw("cluster", identity))
	h := home{cluster: "cl_" + hex.EncodeToString(name[:]), order: int64(l.draw("order", identity) >> 1), split: l.only}
	if h.split != "" {
		return h
	}
	switch u := float64(l.draw("split", identity)>>11) / (1 << 53); {
	case u < trainShare:
		h.split = Train
	case u < trainShare+devShare:
		h.split = Dev
	default:
		h.split = Sealed
	}
	return h
}
