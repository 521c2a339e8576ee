package harvest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/otel"
)

// atOnce bounds how many corrections or questions one call looks at.
const atOnce = 200

// Collect proposes what people said would have been right, and returns how many
// corrections it looked at. The same correction of the same question is proposed
// once, however often it is said.
func (d *Desk) Collect(ctx context.Context) (int, error) {
	corrections, err := d.cfg.Store.Corrections(ctx, d.cfg.Agent, atOnce)
	if err != nil {
		return 0, err
	}
	for i, c := range corrections {
		p, err := d.correction(ctx, c)
		if err == nil {
			err = d.cfg.Store.SettleCorrection(ctx, c.Number, p)
		}
		if err != nil {
			return i, fmt.Errorf("correction of run %s: %w", c.Run, err)
		}
	}
	return len(corrections), nil
}

// correction is the proposal that a correction makes: its statements are the
// facts, and the documents that say so are the case's.
func (d *Desk) correction(ctx context.Context, c Correction) (_ *Proposal, err error) {
	ctx, span := d.startProposal(ctx, c.Run)
	defer func() { otel.End(span, err) }()
	p := Proposal{
		ID: name("fb-", d.cfg.Agent, c.Question, c.Text), Agent: d.cfg.Agent, Kind: FromFeedback, Run: c.Run, CreatedAt: time.Now().UTC(),
		Case: eval.Case{Question: strings.TrimSpace(c.Question), Answer: strings.TrimSpace(c.Text)},
	}
	p.Case.ID = p.ID
	facts, err := d.cut(ctx, c)
	if err != nil {
		return nil, err
	}
	texts := []string{c.Question}
	for _, f := range facts {
		texts = append(texts, f.Text)
	}
	found, err := d.read(ctx, 8, texts...)
	if err != nil {
		return nil, err
	}
	anchor(&p, facts, found)
	if len(p.Case.Nuggets) == 0 {
		p.Note = "The correction states no fact that could be looked for: say which."
	} else if len(p.Case.Docs) == 0 {
		p.Note = "No document says so: the facts are the correction's own words."
	}
	return &p, d.warn(ctx, &p)
}

// warn says in the note of a correction that it can't be accepted, if that is so
// by what the agent has now, and what to do instead.
func (d *Desk) warn(ctx context.Context, p *Proposal) error {
	a, err := d.admission(ctx, eval.Admission{Cases: []eval.Case{p.Case}, Only: eval.Train})
	if err != nil {
		return err
	}
	why, err := eval.Fits(ctx, d.cfg.Store, a)
	if err != nil || why == "" {
		return err
	}
	p.Note = "It can't be accepted: " + why + ", where the question is measured already. Decline it; if an expected answer there is wrong, " +
		"mend the documents, and delete the case with hone eval cases rm once it may be seen."
	return nil
}

// cut cuts a correction into facts: by the model, where there is one, and else
// into its statements.
func (d *Desk) cut(ctx context.Context, c Correction) ([]eval.Nugget, error) {
	if d.cfg.Writer != nil && !d.cfg.Writer.Exact {
		said, err := d.cfg.Writer.write(ctx, task{Task: "cut", Question: c.Question, Correction: c.Text})
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if facts := said.nuggets(); err == nil && len(facts) > 0 && len(facts) <= maxFacts {
			return facts, nil
		}
		// A model that fails is no reason to lose what a person said.
	}
	var out []eval.Nugget
	for _, s := range statements(c.Text) {
		out = append(out, eval.Nugget{Text: s, Vital: true})
	}
	return out, nil
}

// document is a document with its text.
type document struct {
	knowledge.Document
	text string
}

// read returns the documents of the passages that a search finds, best first.
func (d *Desk) read(ctx context.Context, limit int, texts ...string) ([]document, error) {
	found, err := d.search(ctx, limit, texts...)
	if err != nil {
		return nil, err
	}
	var out []document
	seen := map[string]bool{}
	for _, p := range found {
		if seen[p.FileID] {
			continue
		}
		seen[p.FileID] = true
		content, err := d.cfg.Documents.FileContent(ctx, p.FileID)
		if err != nil {
			return nil, fmt.Errorf("text of %s: %w", p.Path, err)
		}
		out = append(out, document{p.Document, string(content)})
	}
	return out, nil
}

// Sample proposes a share of the live questions, chosen by a keyed hash of their
// run and by nothing else: neither by their answer nor by what anybody thought of
// it. It returns how many it proposed.
func (d *Desk) Sample(ctx context.Context) (int, error) {
	if d.cfg.Share == 0 {
		return 0, nil
	}
	questions, err := d.cfg.Store.Questions(ctx, d.cfg.Agent, atOnce)
	if err != nil {
		return 0, err
	}
	var passed []string
	proposed := 0
	for _, q := range questions {
		if key(d.cfg.Agent, "sample", q.Run) >= d.cfg.Share {
			passed = append(passed, q.Run)
			continue
		}
		p, err := d.question(ctx, q)
		if err != nil {
			return proposed, fmt.Errorf("question of run %s: %w", q.Run, err)
		}
		if err := d.cfg.Store.SettleQuestions(ctx, []string{q.Run}, []Proposal{p}); err != nil {
			return proposed, err
		}
		proposed++
	}
	if len(passed) == 0 {
		return proposed, nil
	}
	return proposed, d.cfg.Store.SettleQuestions(ctx, passed, nil)
}

// question is the proposal that a live question makes, with gold from the
// documents where the model finds some.
func (d *Desk) question(ctx context.Context, q Question) (_ Proposal, err error) {
	ctx, span := d.startProposal(ctx, q.Run)
	defer func() { otel.End(span, err) }()
	p := Proposal{
		ID: name("lq-", d.cfg.Agent, q.Run), Agent: d.cfg.Agent, Kind: FromQuestion, Run: q.Run, CreatedAt: time.Now().UTC(),
		Case: eval.Case{Question: strings.TrimSpace(q.Text)},
	}
	p.Case.ID = p.ID
	if d.cfg.Writer == nil {
		p.Note = "Say what a right answer states, or that the documents don't answer."
		return p, nil
	}
	found, err := d.search(ctx, 8, q.Text)
	if err != nil {
		return p, err
	}
	t := task{Task: "answer", Question: q.Text}
	for _, f := range found {
		t.Passages = append(t.Passages, passage{f.Path, f.Title, strings.Join(f.Section, " › "), f.Text})
	}
	said, err := d.cfg.Writer.write(ctx, t)
	switch {
	case ctx.Err() != nil:
		return p, context.Cause(ctx)
	case err != nil:
		p.Note = "The model that writes gold failed: say what a right answer states, or that the documents don't answer."
	case !said.Answerable:
		p.Case.Type = eval.Unanswerable
		p.Note = "The model found no answer in the documents: confirm that there is none, or say what it is."
	default:
		d.gold(&p, said, found)
	}
	return p, nil
}

// gold puts what the model answered into a proposal, as far as the documents say
// so.
func (d *Desk) gold(p *Proposal, said draft, found []knowledge.Passage) {
	p.Case.Answer = strings.TrimSpace(said.Answer)
	var evidence []string
	for _, e := range said.Evidence {
		for _, f := range found {
			if e.Document != f.Path {
				continue
			}
			if quote := find(f.Text, e.Quote); quote != "" {
				evidence = append(evidence, quote)
				p.Case.Evidence = append(p.Case.Evidence, eval.Evidence{Doc: f.Path, Quote: quote})
				p.Case.Docs, p.Files = addNew(p.Case.Docs, f.Path), addNew(p.Files, f.FileID)
				break
			}
		}
	}
	for _, n := range said.nuggets() {
		if n.In(strings.Join(evidence, "\n")) {
			p.Case.Nuggets = append(p.Case.Nuggets, n)
		}
	}
	p.Note = "A model wrote the answer from the documents: see whether it is right and complete."
	if d.cfg.Writer.Exact {
		p.Note = "No model is set: the offline stand-in quoted what seems to answer. See whether it is right and complete."
	}
	if len(p.Case.Nuggets) == 0 {
		p.Note = "What the model answered does not stand in the documents: say what a right answer states."
	}
}

// Proposed returns what waits for a person, oldest first.
func (d *Desk) Proposed(ctx context.Context) ([]Proposal, error) {
	if _, err := d.Collect(ctx); err != nil {
		return nil, err
	}
	return d.cfg.Store.Proposals(ctx, d.cfg.Agent)
}

// Proposal returns one that waits.
func (d *Desk) Proposal(ctx context.Context, id string) (Proposal, error) {
	return d.cfg.Store.Proposal(ctx, d.cfg.Agent, id)
}

// ErrUnfit says that a case as proposed, or as edited, can't be graded.
var ErrUnfit = errors.New("the case can't be graded as it is")

// Accept lets a proposed case in, as edited if edited is not nil; its ID stays.
// What came of a correction goes to train, what was sampled where its documents
// belong. An error wraps fs.ErrNotExist if the proposal is not open, ErrUnfit if
// the case lacks something, and eval.ErrLeftOut if it would connect splits; the
// proposal then stays open.
func (d *Desk) Accept(ctx context.Context, id string, edited *eval.Case) (eval.Admitted, error) {
	p, err := d.cfg.Store.Proposal(ctx, d.cfg.Agent, id)
	if err != nil {
		return eval.Admitted{}, err
	}
	a := eval.Admission{From: string(p.Kind) + " " + p.Run, Cases: []eval.Case{p.Case}, Proposal: id, Files: p.Files}
	if edited != nil {
		a.Cases[0] = *edited
		a.Cases[0].ID = p.Case.ID
	}
	if err := a.Cases[0].Check(); err != nil {
		return eval.Admitted{}, fmt.Errorf("case %s: %w: %w", id, ErrUnfit, err)
	}
	if p.Kind == FromFeedback {
		a.Only = eval.Train
	}
	return d.Enter(ctx, a)
}

// Decline closes a proposal; nothing enters, and it is not proposed again. An
// error wraps fs.ErrNotExist if it is not open.
func (d *Desk) Decline(ctx context.Context, id string) error {
	return d.cfg.Store.DeclineProposal(ctx, d.cfg.Agent, id)
}

func addNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
