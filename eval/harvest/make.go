package harvest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/knowledge/chunk"
	"github.com/honehq/hone/otel"
)

// Order asks for cases made of documents.
type Order struct {
	Source string // the ID of one; empty: all that the agent searches
	Cases  int    // how many are wanted
	Calls  int    // of the model that writes, at most; 0: four per case wanted
	// Progress is told how many documents were read of how many, and how many
	// cases have entered. It may be nil.
	Progress func(done, total, made int)
}

// Made says what became of an order. It tells nothing about sealed cases but
// how many clusters there are.
type Made struct {
	Documents int                `json:"documents"` // read
	Left      int                `json:"left"`      // without cases, not read yet
	Cases     int                `json:"cases"`     // that entered
	Calls     int                `json:"calls"`     // of the model
	Clusters  map[eval.Split]int `json:"clusters"`  // new ones
	Refused   map[string]int     `json:"refused"`   // drafts that became no case, by the reason
	Stopped   string             `json:"stopped,omitempty"`
}

// patience is at how many documents in a row a model may fail.
const patience = 5

// chunksPerDocument bounds how many pieces of one document are tried.
const chunksPerDocument = 3

// Waiting counts the documents of which no cases were made and about which
// nobody wrote any.
func (d *Desk) Waiting(ctx context.Context, source string) (int, error) {
	waiting, err := d.waiting(ctx, source)
	return len(waiting), err
}

// Make makes cases of documents that have none yet, one of each, in an order
// that is spread over them by a hash. They enter without a person having seen
// them, so the checks are strict: see check. Their splits are drawn as everyone's
// are; nobody is shown the sealed ones. A document is read once, whatever came of
// it, and again when its text has changed. What has entered stays when the rest
// fails: a document at which a model fails is left for another time, and several
// in a row end the work.
func (d *Desk) Make(ctx context.Context, o Order) (made Made, err error) {
	made = Made{Clusters: map[eval.Split]int{}, Refused: map[string]int{}}
	if d.cfg.Writer == nil {
		return made, errors.New("no model is set that could write cases")
	}
	ctx = otel.Unrecorded(ctx) // what is made may be sealed
	waiting, err := d.waiting(ctx, o.Source)
	if err != nil {
		return made, err
	}
	calls := cmp.Or(o.Calls, 4*o.Cases)
	failed := 0 // documents in a row
	made.Left = len(waiting)
	for i, doc := range waiting {
		if made.Cases >= o.Cases || made.Calls >= calls {
			break
		}
		err = d.harvest(ctx, doc, &made, calls)
		if eval.IsBudget(err) {
			made.Stopped, err = "the budget is used up", nil
			break
		}
		if err != nil {
			err = fmt.Errorf("make a case of a document: %w", err)
			if failed++; failed == patience || ctx.Err() != nil {
				return made, err
			}
			continue
		}
		failed = 0
		made.Documents++
		made.Left--
		if o.Progress != nil {
			o.Progress(i+1, len(waiting), made.Cases)
		}
	}
	if made.Documents > 0 {
		err = nil // those that failed are among Left
	}
	return made, err
}

// waiting are the documents without cases, of each text one, in the order in
// which they are read.
func (d *Desk) waiting(ctx context.Context, source string) ([]document, error) {
	cases, err := d.cfg.Store.Cases(ctx, eval.CaseFilter{Agent: d.cfg.Agent, Retired: true})
	if err != nil {
		return nil, err
	}
	covered := map[string]bool{}
	for _, c := range cases {
		for _, path := range c.Docs {
			covered[path] = true
		}
	}
	read, err := d.cfg.Store.HarvestedTexts(ctx, d.cfg.Agent)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, h := range read {
		seen[h] = true
	}
	var out []document
	for doc, err := range d.documents(ctx) {
		if err != nil {
			return nil, err
		}
		if source != "" && doc.Source != source || covered[doc.Path] {
			continue
		}
		content, err := d.cfg.Documents.FileContent(ctx, doc.FileID)
		if errors.Is(err, fs.ErrNotExist) { // deleted just now
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("text of %s: %w", doc.Path, err)
		}
		if h := hashOf(content); !seen[h] {
			seen[h] = true
			out = append(out, document{doc, string(content)})
		}
	}
	slices.SortFunc(out, func(x, y document) int {
		return cmp.Or(cmp.Compare(key("document", x.Path), key("document", y.Path)), strings.Compare(x.FileID, y.FileID))
	})
	return out, nil
}

// harvest tries pieces of a document until one makes a case.
func (d *Desk) harvest(ctx context.Context, doc document, made *Made, calls int) error {
	cut, err := chunk.Split([]byte(doc.text), chunk.Options{Name: doc.Path})
	if err != nil {
		return err
	}
	for _, piece := range d.pieces(doc, cut.Chunks) {
		if made.Calls >= calls {
			return nil
		}
		made.Calls++
		why, err := d.makeCase(ctx, doc, piece, made)
		if err != nil {
			return err
		}
		if why == "" {
			break
		}
		made.Refused[string(why)]++
	}
	return d.cfg.Store.AddHarvestedText(ctx, d.cfg.Agent, hashOf([]byte(doc.text)))
}

// pieces are the chunks to try: those that say enough, in an order that a hash
// decides.
func (d *Desk) pieces(doc document, chunks []chunk.Chunk) []chunk.Chunk {
	enough := slices.DeleteFunc(slices.Clone(chunks), func(c chunk.Chunk) bool { return len(wordsOf(c.Text)) < 15 })
	slices.SortStableFunc(enough, func(x, y chunk.Chunk) int {
		return cmp.Compare(key("chunk", doc.Path, fmt.Sprint(x.FirstLine)), key("chunk", doc.Path, fmt.Sprint(y.FirstLine)))
	})
	return enough[:min(len(enough), chunksPerDocument)]
}

// makeCase has a case written, checks it and lets it in.
func (d *Desk) makeCase(ctx context.Context, doc document, piece chunk.Chunk, made *Made) (refusal, error) {
	said, err := d.cfg.Writer.write(ctx, task{
		Task: "ask", Document: doc.Path, Title: doc.Title, Section: strings.Join(piece.Section, " › "), Text: piece.Text,
	})
	if err != nil {
		return "", err
	}
	c, why := said.check(doc.Path, doc.text, piece.Text)
	if why != "" {
		return why, nil
	}
	c.ID = name("doc-", d.cfg.Agent, doc.Path, c.Question)
	c.Kind = kindOf(doc.Document)
	if why, err := d.sound(ctx, doc, piece, c); err != nil || why != "" {
		return why, err
	}
	admitted, err := d.Enter(ctx, eval.Admission{From: "document " + doc.Path, Cases: []eval.Case{c}, Files: []string{doc.FileID}})
	if err != nil {
		return "", err
	}
	if len(admitted.LeftOut) > 0 {
		return leftOut, nil
	}
	made.Cases += admitted.Added
	for split, n := range admitted.Clusters {
		made.Clusters[split] += n
	}
	return "", nil
}

// sound checks what takes more than the draft: that no known case asks the same,
// that the evidence suffices, and that the document can be found.
func (d *Desk) sound(ctx context.Context, doc document, piece chunk.Chunk, c eval.Case) (refusal, error) {
	cases, err := d.cfg.Store.Cases(ctx, eval.CaseFilter{Agent: d.cfg.Agent, Retired: true})
	if err != nil {
		return "", err
	}
	for _, known := range cases {
		if eval.Alike(known.Question, c.Question) {
			return nearDuplicate, nil
		}
	}
	ok, err := d.suffices(ctx, c, headings(doc, piece))
	if err != nil {
		return "", err
	}
	if !ok {
		return notEnough, nil
	}
	found, err := d.search(ctx, foundWithin, c.Question)
	if err != nil {
		return "", err
	}
	if !slices.ContainsFunc(found, func(p knowledge.Passage) bool { return p.FileID == doc.FileID }) {
		return notFound, nil
	}
	return "", nil
}

// headings are those that a piece of a document stands under.
func headings(doc document, piece chunk.Chunk) string {
	out := "# " + doc.Title + "\n\n"
	if n := len(piece.Section); n > 0 && piece.Section[n-1] != doc.Title {
		out += "## " + piece.Section[n-1] + "\n\n"
	}
	return out
}

// foundWithin is among how many passages the document must be. A question for
// which search finds other documents only is asked too loosely to have one
// answer.
const foundWithin = 20

// kindOf is the kind of document: runbook, postmortem, handbook, design.
func kindOf(doc knowledge.Document) string {
	kind, _ := doc.Attributes["kind"].(string)
	return kind
}
