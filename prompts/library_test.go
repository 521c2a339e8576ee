package prompts_test

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/honehq/hone/prompts"
	"github.com/honehq/hone/store/sqlite"
)

func newLibrary(t *testing.T) *prompts.Library {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "hone.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return prompts.New(db)
}

func create(t *testing.T, l *prompts.Library, text string) prompts.Prompt {
	t.Helper()
	p, err := l.Create(t.Context(), prompts.Draft{Text: text, Author: "operator", Reason: "first"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func update(t *testing.T, l *prompts.Library, id, text string, based int, use bool) prompts.Prompt {
	t.Helper()
	p, err := l.Update(t.Context(), id, prompts.Draft{Text: text, Author: "round rnd_1", Reason: "better"}, based, use)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func inUse(t *testing.T, l *prompts.Library, id string) prompts.Prompt {
	t.Helper()
	p, err := l.InUse(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestLife(t *testing.T) {
	l, ctx := newLibrary(t), t.Context()
	p := create(t, l, "Answer from the documents.")
	if p.Version != 1 || !p.InUse || !strings.HasPrefix(p.ID, "pmpt_") || len(p.ID) != 53 {
		t.Errorf("created %+v", p)
	}
	if got := update(t, l, p.ID, "Two.", 1, true); got.Version != 2 || !got.InUse {
		t.Errorf("updated %+v", got)
	}
	if got := update(t, l, p.ID, "Three.", 2, false); got.Version != 3 || got.InUse {
		t.Errorf("kept for later %+v", got)
	}
	if got := inUse(t, l, p.ID); got.Text != "Two." {
		t.Errorf("in use %+v", got)
	}
	if got, err := l.Use(ctx, p.ID, 1, 2, "operator", "two was worse"); err != nil || got.Text != "Answer from the documents." {
		t.Errorf("rolled back %+v, %v", got, err)
	}
	versions, err := l.Versions(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	shown := ""
	for _, v := range versions {
		shown += v.Text
		if v.InUse {
			shown += "*"
		}
	}
	if shown != "Answer from the documents.*Two.Three." {
		t.Errorf("versions %s", shown)
	}
	log, err := l.Log(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := []prompts.Change{
		{Action: prompts.Activated, Version: 1, Author: "operator", Reason: "first"},
		{Action: prompts.Activated, Version: 2, Previous: 1, Author: "round rnd_1", Reason: "better"},
		{Action: prompts.Created, Version: 3, Previous: 2, Author: "round rnd_1", Reason: "better"},
		{Action: prompts.Activated, Version: 1, Previous: 2, Author: "operator", Reason: "two was worse"},
	}
	if diff := cmp.Diff(want, log, cmpopts.IgnoreFields(prompts.Change{}, "At")); diff != "" {
		t.Error(diff)
	}
	if err := l.Delete(ctx, p.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := l.InUse(ctx, p.ID); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("deleted: %v", err)
	}
}

// A rewrite may follow a roll-back, from the version in use and from the latest.
func TestRewriteAfterRollBack(t *testing.T) {
	l := newLibrary(t)
	p := create(t, l, "One.")
	update(t, l, p.ID, "Two.", 1, true)
	update(t, l, p.ID, "Three.", 2, true)
	if _, err := l.Use(t.Context(), p.ID, 1, 0, "operator", "back"); err != nil {
		t.Fatal(err)
	}
	if got := update(t, l, p.ID, "Four.", 1, true); got.Version != 4 {
		t.Errorf("from the one in use: %+v", got)
	}
	if _, err := l.Use(t.Context(), p.ID, 2, 0, "operator", "back"); err != nil {
		t.Fatal(err)
	}
	if got := update(t, l, p.ID, "Five.", 4, true); got.Version != 5 {
		t.Errorf("from the latest: %+v", got)
	}
}

func TestStale(t *testing.T) {
	l, ctx := newLibrary(t), t.Context()
	p := create(t, l, "One.")
	update(t, l, p.ID, "Two.", 1, true)
	if _, err := l.Update(ctx, p.ID, prompts.Draft{Text: "Late."}, 1, true); !errors.Is(err, prompts.ErrStale) {
		t.Errorf("update from an old version: %v", err)
	}
	if _, err := l.Use(ctx, p.ID, 1, 1, "operator", ""); !errors.Is(err, prompts.ErrStale) {
		t.Errorf("use after another change: %v", err)
	}
}

// Of many who change the same version, one wins.
func TestCompareAndSwap(t *testing.T) {
	l := newLibrary(t)
	p := create(t, l, "One.")
	var wait sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wait.Go(func() {
			_, errs[i] = l.Update(context.WithoutCancel(t.Context()), p.ID, prompts.Draft{Text: "Two."}, 1, true)
		})
	}
	wait.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, prompts.ErrStale):
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d updates won", won)
	}
}

func TestMissing(t *testing.T) {
	l, ctx := newLibrary(t), t.Context()
	p := create(t, l, "One.")
	none := "pmpt_" + strings.Repeat("0", 48)
	for name, call := range map[string]func() error{
		"in use":       func() error { _, err := l.InUse(ctx, none); return err },
		"get":          func() error { _, err := l.Get(ctx, p.ID, 7); return err },
		"update":       func() error { _, err := l.Update(ctx, none, prompts.Draft{Text: "x"}, 1, true); return err },
		"use":          func() error { _, err := l.Use(ctx, p.ID, 7, 0, "", ""); return err },
		"delete":       func() error { return l.Delete(ctx, none) },
		"based on one": func() error { _, err := l.Update(ctx, p.ID, prompts.Draft{Text: "x"}, 9, true); return err },
	} {
		if err := call(); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestInvalid(t *testing.T) {
	l, ctx := newLibrary(t), t.Context()
	p := create(t, l, "One.")
	drafts := map[string]prompts.Draft{
		"empty":          {Text: " \n"},
		"too long":       {Text: strings.Repeat("x", prompts.MaxText+1)},
		"not UTF-8":      {Text: "a\xff"},
		"NUL":            {Text: "a\x00"},
		"undeclared":     {Text: "Hi {{ name }}", Variables: []string{}},
		"one undeclared": {Text: "Hi {{ name }} {{team}}", Variables: []string{"name"}},
		"a bad name":     {Text: "Hi", Variables: []string{"a b"}},
		"a long name":    {Text: "Hi", Variables: []string{strings.Repeat("a", 65)}},
		"many names":     {Text: "Hi", Variables: strings.Split("a"+manyNames(), ",")},
		"a long reason":  {Text: "Hi", Reason: strings.Repeat("x", 5000)},
		"a broken who":   {Text: "Hi", Author: "a\xff"},
	}
	for name, d := range drafts {
		if _, err := l.Create(ctx, d); !errors.Is(err, prompts.ErrInvalid) {
			t.Errorf("create, %s: %v", name, err)
		}
		if _, err := l.Update(ctx, p.ID, d, 1, true); !errors.Is(err, prompts.ErrInvalid) {
			t.Errorf("update, %s: %v", name, err)
		}
	}
	if _, err := l.Create(ctx, prompts.Draft{ID: "pmpt_x", Text: "Hi"}); !errors.Is(err, prompts.ErrInvalid) {
		t.Errorf("a bad ID: %v", err)
	}
	if _, err := l.Update(ctx, p.ID, prompts.Draft{Text: "Hi"}, 0, true); !errors.Is(err, prompts.ErrInvalid) {
		t.Errorf("based on nothing: %v", err)
	}
	if _, err := l.Versions(ctx, ""); !errors.Is(err, prompts.ErrInvalid) {
		t.Errorf("versions of nothing: %v", err)
	}
}

func manyNames() string {
	var b strings.Builder
	for i := range 65 {
		b.WriteString(",v" + strings.Repeat("x", i))
	}
	return b.String()
}

func TestVariables(t *testing.T) {
	for text, want := range map[string][]string{
		"none":                                   nil,
		"{{ name }} and {{team}} and {{ name }}": {"name", "team"},
		"{{ .Values.image }} {{- if x }} {{ 1a }}": nil,
		`{"a":{"b":1}} {{}} {{ }} { x } {{a b}}`:   nil,
		"{{\tname }}":                              {"name"},
		"{{{ name }}}":                             {"name"},
	} {
		if diff := cmp.Diff(want, prompts.Variables(text)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// A rewrite that quotes a template is taken, and its braces stay.
func TestRewriteWithBraces(t *testing.T) {
	l := newLibrary(t)
	p := create(t, l, "You help {{ team }}.")
	text := "You help {{ team }}. Quote {{x}}, {{ .Values.y }} and {\"z\": {}} as they are."
	got := update(t, l, p.ID, text, 1, true)
	if diff := cmp.Diff([]string{"team"}, got.Variables); diff != "" {
		t.Error(diff)
	}
	rendered, err := prompts.Render(inUse(t, l, p.ID), map[string]string{"team": "storage {{x}}"})
	if want := strings.Replace(text, "{{ team }}", "storage {{x}}", 1); err != nil || rendered != want {
		t.Errorf("got %q, %v", rendered, err)
	}
}

func TestRender(t *testing.T) {
	p := prompts.Prompt{ID: "pmpt_1", Version: 2, Text: "{{ a }}-{{b}}-{{ a }}", Variables: []string{"a", "b", "c"}}
	tests := []struct {
		values map[string]string
		want   string
		err    string
	}{
		{map[string]string{"a": "1", "b": "{{ a }}"}, "1-{{ a }}-1", ""},
		{map[string]string{"a": "$1", "b": ""}, "$1--$1", ""},
		{map[string]string{"a": "1", "b": "2", "c": "3"}, "1-2-1", ""},
		{map[string]string{"a": "1"}, "", "no value for the variable {{ b }}"},
		{map[string]string{"a": "1", "b": "2", "d": "3"}, "", `no variable "d"`},
		{nil, "", "no value"},
	}
	for _, test := range tests {
		got, err := prompts.Render(p, test.values)
		if got != test.want || (err != nil) != (test.err != "") || err != nil && (!errors.Is(err, prompts.ErrInvalid) || !strings.Contains(err.Error(), test.err)) {
			t.Errorf("%v: got %q, %v", test.values, got, err)
		}
	}
}

func FuzzRender(f *testing.F) {
	f.Add("Hi {{ name }}, {{x}} { {{ }}", "{{ name }}")
	f.Fuzz(func(t *testing.T, text, value string) {
		names := prompts.Variables(text)
		values := map[string]string{}
		for _, n := range names {
			values[n] = value
		}
		got, err := prompts.Render(prompts.Prompt{Text: text, Variables: names}, values)
		if err != nil {
			t.Fatal(err)
		}
		if len(names) == 0 && got != text {
			t.Errorf("%q became %q", text, got)
		}
		if _, err := prompts.Render(prompts.Prompt{Text: text, Variables: names}, nil); (err == nil) != (len(names) == 0) {
			t.Errorf("without values: %v", err)
		}
	})
}
