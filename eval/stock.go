package eval

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Stock is the rewriter that needs no model: it adds guidelines of a list to the
// prompt, or takes them out again, one at a time. What a failure says is not
// read, so nothing in it can reach a prompt.
type Stock struct{}

var _ Rewriter = Stock{}

//go:embed templates/stock.txt
var stockText string

const stockVersion = "hone.stock/1"

// stockOf are the guidelines, one a line.
func stockOf() []string { return strings.Split(strings.TrimSpace(stockText), "\n") }

// Name implements Rewriter.
func (Stock) Name() string { return "stock " + stockVersion }

// Plan implements planner.
func (Stock) Plan() Plan { return Plan{Climb: true} }

// Rewrite implements Rewriter. The seed chooses among the changes that were not
// tried.
func (Stock) Rewrite(_ context.Context, q RewriteRequest) (Rewrite, error) {
	var moves []Rewrite
	for _, g := range stockOf() {
		move := Rewrite{q.Prompt.Text + "\n- " + g, "Added: " + g}
		if without, ok := withoutLine(q.Prompt.Text, "- "+g); ok {
			move = Rewrite{without, "Taken out: " + g}
		}
		long := q.MaxLength > 0 && utf8.RuneCountInString(move.Prompt) > q.MaxLength
		if !long && strings.TrimSpace(move.Prompt) != "" && !slices.Contains(q.Tried, move.Prompt) {
			moves = append(moves, move)
		}
	}
	if len(moves) == 0 {
		return Rewrite{}, fmt.Errorf("stock: %w", ErrExhausted)
	}
	return moves[q.Seed%uint64(len(moves))], nil
}

// withoutLine takes a line out of a text; ok is false if it is not in it.
func withoutLine(text, line string) (string, bool) {
	lines := strings.Split(text, "\n")
	i := slices.Index(lines, line)
	if i < 0 {
		return text, false
	}
	return strings.Join(slices.Delete(lines, i, i+1), "\n"), true
}
