package harvest

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"log/slog"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/otel"
)

// Documents are what cases are about; *knowledge.Base has them.
type Documents interface {
	Documents(ctx context.Context, source string) iter.Seq2[knowledge.Document, error]
	FileContent(ctx context.Context, id string) ([]byte, error)
	Search(ctx context.Context, q knowledge.Query) ([]knowledge.Passage, error)
}

// Config configures a Desk.
type Config struct {
	Store     Store
	Agent     string
	Documents Documents
	// Sources returns the IDs of what the agent searches.
	Sources func(ctx context.Context) ([]string, error)
	Writer  *Writer // nil: no gold is written, and no cases are made of documents
	// Answer and Judge decide whether a made case can be answered from its
	// evidence alone. Answer nil: that is not asked. Judge is deterministic by
	// default.
	Answer Answerer
	Judge  eval.Judge
	// Share is the share of live questions that are proposed, 0 to 1.
	Share float64
	// Seed, if not 0, draws splits in place of the store's secret, see
	// eval.Admission.
	Seed   uint64
	Logger *slog.Logger
}

// Desk is where cases come in: it collects proposals and lets people decide, and
// makes cases of documents. It is safe for concurrent use.
type Desk struct{ cfg Config }

// New checks the configuration and returns a desk.
func New(c Config) (*Desk, error) {
	if c.Store == nil || c.Documents == nil || c.Sources == nil || c.Agent == "" {
		return nil, errors.New("harvest: Store, Agent, Documents and Sources are wanted")
	}
	if c.Share < 0 || c.Share > 1 {
		return nil, fmt.Errorf("the share of live questions is %v; it must be from 0 to 1", c.Share)
	}
	if c.Judge == nil {
		c.Judge = eval.Deterministic{}
	}
	c.Logger = cmp.Or(c.Logger, slog.Default())
	return &Desk{c}, nil
}

// Enter lets cases in, as eval.Enter does, knowing which documents are the same.
func (d *Desk) Enter(ctx context.Context, a eval.Admission) (eval.Admitted, error) {
	a, err := d.admission(ctx, a)
	if err != nil {
		return eval.Admitted{}, err
	}
	return eval.Enter(ctx, d.cfg.Store, a)
}

// admission completes what is known of an admission at this desk.
func (d *Desk) admission(ctx context.Context, a eval.Admission) (eval.Admission, error) {
	a.Agent, a.Seed = d.cfg.Agent, d.cfg.Seed
	var paths []string
	for _, c := range a.Cases {
		paths = append(paths, c.Docs...)
	}
	var err error
	a.Contents, err = d.contents(ctx, paths)
	return a, err
}

// contents are hashes of the texts of documents, by path.
func (d *Desk) contents(ctx context.Context, paths []string) (map[string][]string, error) {
	wanted := map[string]bool{}
	for _, p := range paths {
		wanted[p] = true
	}
	out := map[string][]string{}
	for doc, err := range d.documents(ctx) {
		if err != nil {
			return nil, err
		}
		if !wanted[doc.Path] {
			continue
		}
		content, err := d.cfg.Documents.FileContent(ctx, doc.FileID)
		if err != nil {
			return nil, fmt.Errorf("text of %s: %w", doc.Path, err)
		}
		out[doc.Path] = append(out[doc.Path], hashOf(content))
	}
	return out, nil
}

// documents are all that the agent searches.
func (d *Desk) documents(ctx context.Context) iter.Seq2[knowledge.Document, error] {
	return func(yield func(knowledge.Document, error) bool) {
		sources, err := d.cfg.Sources(ctx)
		if err != nil {
			yield(knowledge.Document{}, fmt.Errorf("sources: %w", err))
			return
		}
		for _, source := range sources {
			for doc, err := range d.cfg.Documents.Documents(ctx, source) {
				if !yield(doc, err) || err != nil {
					return
				}
			}
		}
	}
}

// hashOf is of a text without regard to white space at the ends of lines.
func hashOf(content []byte) string {
	sum := sha256.Sum256([]byte(fold(string(content))))
	return hex.EncodeToString(sum[:16])
}

// search finds passages for a question among all that the agent searches,
// whatever groups may see it: what is proposed is for those who run Hone.
func (d *Desk) search(ctx context.Context, limit int, texts ...string) ([]knowledge.Passage, error) {
	sources, err := d.cfg.Sources(ctx)
	if err != nil || len(sources) == 0 {
		return nil, err
	}
	found, err := d.cfg.Documents.Search(otel.Unrecorded(ctx), knowledge.Query{
		Texts: texts, Sources: sources, Access: knowledge.Access{All: true}, Limit: limit,
	})
	if err != nil {
		return nil, fmt.Errorf("search for a proposed case: %w", err)
	}
	return found, nil
}

// key is a number from 0 up to, but without, 1 that depends on the words alone.
func key(words ...string) float64 {
	mac := hmac.New(sha256.New, []byte("hone harvest"))
	for _, w := range words {
		mac.Write([]byte(w))
		mac.Write([]byte{0})
	}
	return float64(binary.BigEndian.Uint64(mac.Sum(nil))>>11) / (1 << 53)
}

// name makes an ID of words: the same words are proposed once.
func name(prefix string, words ...string) string {
	h := sha256.New()
	for _, w := range words {
		h.Write([]byte(fold(w)))
		h.Write([]byte{0})
	}
	return prefix + hex.EncodeToString(h.Sum(nil)[:8])
}
