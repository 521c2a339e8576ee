package main

import (
	"context"
	"io"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/harvest"
)

// onApp opens the app for what a command does and prints what comes of it: as
// JSON where that is asked for, else in lines.
func onApp[T any](ctx context.Context, s *settings, term terminal, do func(*app) (T, error), lines func(io.Writer, T) error) (err error) {
	a, err := openApp(ctx, *s, term)
	if err != nil {
		return err
	}
	defer a.closeInto(&err)
	v, err := do(a)
	if err != nil {
		return err
	}
	if s.JSON {
		return printJSON(term.out, v)
	}
	return lines(term.out, v)
}

// onDesk is onApp for what a command does at the desk of proposed cases.
func onDesk[T any](ctx context.Context, s *settings, term terminal, do func(*harvest.Desk) (T, error), lines func(io.Writer, T) error) error {
	return onApp(ctx, s, term, func(a *app) (T, error) {
		desk, err := a.desk(0)
		if err != nil {
			var none T
			return none, err
		}
		return do(desk)
	}, lines)
}

// onRounds is onApp for what a command does to rounds.
func onRounds[T any](ctx context.Context, s *settings, term terminal, do func(*app, *eval.Improver) (T, error), lines func(io.Writer, T) error) error {
	return onApp(ctx, s, term, func(a *app) (T, error) {
		improver, err := a.improver(eval.Approve)
		if err != nil {
			var none T
			return none, err
		}
		return do(a, improver)
	}, lines)
}
