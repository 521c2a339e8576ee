package eval

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/honehq/hone/eval/gate"
	"github.com/honehq/hone/eval/stats"
	"github.com/honehq/hone/prompts"
)

// certificateFormat names the structure of certificates. Those of the first
// format had no commitment: their hash is that of the whole.
const (
	certificateFormat      = "hone.certificate/2"
	firstCertificateFormat = "hone.certificate/1"
)

// Certificate is all evidence of a round. Of cases it holds IDs and hashes, no
// text, so that it may stay when documents are deleted.
//
// Its entry is closed until the sealed cases in it have retired. Until then
// people get the certificate with a commitment, the hash of what is closed, in
// its place. The hash of a certificate is taken of that form, so that whoever
// kept one can check later that the entry was not changed after the fact.
type Certificate struct {
	Format     string            `json:"format"`
	Previous   string            `json:"previous,omitempty"` // Hash of the round before's certificate
	Round      string            `json:"round"`
	Agent      string            `json:"agent"`
	Cause      string            `json:"cause"`
	Mode       Mode              `json:"mode"` // as it was acted on
	Started    time.Time         `json:"started_at"`
	Ended      time.Time         `json:"ended_at,omitzero"`
	State      State             `json:"state"`
	Restarts   []string          `json:"restarts,omitempty"` // why the round started over, in words
	Verdict    string            `json:"verdict"`
	Conditions Conditions        `json:"conditions"`
	Rewriter   string            `json:"rewriter"`
	Champion   PromptRecord      `json:"champion"`
	Train      *Report           `json:"train,omitempty"` // the champion's
	Candidates []CandidateRecord `json:"candidates,omitempty"`
	Search     string            `json:"search,omitempty"`    // what came of the search for candidates and why it ended, in words
	Chosen     *PromptRecord     `json:"chosen,omitempty"`    // the best on dev
	Dev        *Comparison       `json:"dev,omitempty"`       // champion and chosen
	Questions  []CaseChange      `json:"questions,omitempty"` // champion and chosen on train and dev
	Ledger     []gate.Charge     `json:"ledger,omitempty"`    // before this round
	Forecast   *gate.Forecast    `json:"forecast,omitempty"`  // told before the entry opened
	Entry      *EntryRecord      `json:"entry,omitempty"`
	Tokens     float64           `json:"tokens"` // of all answers
	Budget     Budget            `json:"budget,omitzero"`
	Spend      Spend             `json:"spend,omitzero"`       // without the entry's
	Commitment string            `json:"commitment,omitempty"` // in place of what is closed: its hash
}

// CaseChange is how a case's score changed from the champion to the candidate,
// each the mean over repeats.
type CaseChange struct {
	ID     string  `json:"id"`
	Split  Split   `json:"split"`
	Before float64 `json:"before"`
	After  float64 `json:"after"`
}

// PromptRecord is a prompt's text with its hash. Version is 0 for a candidate.
type PromptRecord struct {
	ID      string `json:"id"`
	Version int    `json:"version,omitempty"`
	Hash    string `json:"hash"` // SHA-256 of the text
	Text    string `json:"text"`
	// Variables are those declared, see prompts.Prompt.
	Variables []string `json:"variables,omitempty"`
}

// CandidateRecord is what became of a proposal.
type CandidateRecord struct {
	PromptRecord
	Parent    string          `json:"parent,omitempty"` // hash
	Other     string          `json:"other,omitempty"`  // hash, the second parent of a merge
	Kind      string          `json:"kind,omitempty"`   // reflection, merge, ablation; change: of a climb
	Trial     *Trial          `json:"trial,omitempty"`  // before all of train was answered
	Rationale string          `json:"rationale,omitempty"`
	Refused   string          `json:"refused,omitempty"` // why the lint or the rewriter ended it
	Train     *float64        `json:"train,omitempty"`   // mean score
	Dev       *stats.Interval `json:"dev,omitempty"`     // difference from the champion
}

// Trial is how a proposal did on the train cases that it was made from, as mean
// scores; of a merge, Before is the better parent's.
type Trial struct {
	Cases  int     `json:"cases"`
	Before float64 `json:"before"`
	After  float64 `json:"after"`
	Equal  bool    `json:"equal,omitempty"` // doing as well is enough
}

// EntryRecord is what happened at the gate.
type EntryRecord struct {
	Terms      gate.Terms      `json:"terms"`
	Clusters   []ClusterRecord `json:"clusters"` // in the order they were used
	State      gate.State      `json:"state"`
	Guardrails []gate.Finding  `json:"guardrails,omitempty"`
	Change     *Comparison     `json:"change,omitempty"` // over the clusters used
	Spend      Spend           `json:"spend,omitzero"`
	OutOfFunds bool            `json:"out_of_funds,omitempty"` // the budget ended before the gate had decided
}

// ClusterRecord is one bet. Without a Difference the round ended before it was
// known.
type ClusterRecord struct {
	Cluster    string       `json:"cluster"`
	Cases      []CaseRecord `json:"cases"`
	Difference *float64     `json:"difference,omitempty"`
	E          float64      `json:"e"` // after it
	// Gone says that the cluster's cases were deleted, with their documents,
	// while the round was interrupted: nothing was bet on it.
	Gone bool `json:"gone,omitempty"`
	// Snapshot is that of the documents, where it is not that of the round's
	// conditions: the round was interrupted, and they changed.
	Snapshot string `json:"snapshot,omitempty"`
}

// CaseRecord is one sealed case under both prompts.
type CaseRecord struct {
	ID          string         `json:"id"`
	Question    string         `json:"question"` // SHA-256
	Champion    []AnswerRecord `json:"champion,omitempty"`
	Candidate   []AnswerRecord `json:"candidate,omitempty"`
	JudgeFailed bool           `json:"judge_failed,omitempty"`
}

// AnswerRecord is one answer.
type AnswerRecord struct {
	Answer string  `json:"answer"` // SHA-256
	Score  float64 `json:"score"`
}

// Certificate reads the round's certificate.
func (r Round) certificate() (Certificate, error) {
	var c Certificate
	if len(r.Certificate) == 0 {
		return c, nil
	}
	if err := json.Unmarshal(r.Certificate, &c); err != nil {
		return c, fmt.Errorf("certificate of round %s: %w", r.ID, err)
	}
	return c, nil
}

// encode writes the whole as canonical JSON.
func (c Certificate) encode() (json.RawMessage, error) {
	out, err := canonical(c)
	if err != nil {
		return nil, fmt.Errorf("certificate of round %s: %w", c.Round, err)
	}
	return out, nil
}

// Closed returns the certificate without what concerns sealed cases: the entry,
// and the tokens, which would tell how many cases were used. In their place
// stands the commitment, the SHA-256 of their canonical JSON.
func (c Certificate) Closed() (Certificate, error) {
	if c.Entry == nil || c.Format == firstCertificateFormat {
		return c, nil
	}
	closed, err := canonical(struct {
		Entry  *EntryRecord `json:"entry"`
		Tokens float64      `json:"tokens"`
	}{c.Entry, c.Tokens})
	if err != nil {
		return c, fmt.Errorf("certificate of round %s: %w", c.Round, err)
	}
	c.Entry, c.Tokens, c.Commitment = nil, 0, hash(string(closed))
	return c, nil
}

// Hash is the SHA-256 of the closed form's canonical JSON, in hexadecimal. The
// certificate of the agent's next round names it as Previous.
func (c Certificate) Hash() (string, error) {
	c, err := c.Closed()
	if err != nil {
		return "", err
	}
	plain, err := c.encode()
	return hash(string(plain)), err
}

// canonical writes canonical JSON: no white space, keys sorted, as RFC 8785 has
// it, so that whoever reads and writes it again gets the same hash.
func canonical(v any) (json.RawMessage, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(plain))
	d.UseNumber()
	var tree any // sorted by Marshal
	if err := d.Decode(&tree); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(tree); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

// caseChanges compares two evaluations of the same cases, leaving out those
// that the judge failed to grade.
func caseChanges(split Split, before, after Evaluation) []CaseChange {
	var out []CaseChange
	for i, b := range before.Results {
		x, ok := b.score()
		y, okToo := after.Results[i].score()
		if ok && okToo {
			out = append(out, CaseChange{b.Case.ID, split, x, y})
		}
	}
	return out
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func record(p prompts.Prompt) PromptRecord {
	return PromptRecord{ID: p.ID, Version: p.Version, Hash: hash(p.Text), Text: p.Text, Variables: p.Variables}
}
