package storetest

import (
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/honehq/hone/prompts"
)

func prompt(id, text string) prompts.Prompt {
	return prompts.Prompt{ID: id, Text: text, Variables: []string{"name", "team"}, CreatedAt: at(1), Author: "operator", Reason: "because"}
}

// version is prompt as stored.
func version(p prompts.Prompt, n int, inUse bool) prompts.Prompt {
	p.Version, p.InUse = n, inUse
	return p
}

func testPrompts(t *testing.T, s Store) {
	ctx := t.Context()
	same(t, must(s.PromptVersions(ctx, ""))(t), nil)
	one, two, three := prompt("pmpt_b", "Answer {{ name }}."), prompt("pmpt_b", "two"), prompt("pmpt_b", "three")
	two.Variables, two.CreatedAt, two.Author, two.Reason = nil, at(2), "api", "shorter"
	three.CreatedAt = at(3)
	other := prompt("pmpt_a", "other")

	ok(t, s.CreatePrompt(ctx, one))
	ok(t, s.CreatePrompt(ctx, other))
	fails(t, s.CreatePrompt(ctx, one), fs.ErrExist, "pmpt_b")
	same(t, must(s.Prompt(ctx, "pmpt_b", 0))(t), version(one, 1, true))

	same(t, must(s.AddPromptVersion(ctx, two, 1, false))(t), version(two, 2, false))
	same(t, must(s.Prompt(ctx, "pmpt_b", 0))(t), version(one, 1, true))
	same(t, must(s.AddPromptVersion(ctx, three, 2, true))(t), version(three, 3, true)) // based on the latest
	same(t, must(s.Prompt(ctx, "pmpt_b", 0))(t), version(three, 3, true))
	same(t, must(s.Prompt(ctx, "pmpt_b", 1))(t), version(one, 1, false))

	same(t, must(s.PromptVersions(ctx, "pmpt_b"))(t), []prompts.Prompt{version(one, 1, false), version(two, 2, false), version(three, 3, true)})
	same(t, must(s.PromptVersions(ctx, ""))(t), []prompts.Prompt{version(three, 3, true), version(other, 1, true)})
	same(t, must(s.PromptLog(ctx, "pmpt_b"))(t), []prompts.Change{
		{At: at(1), Action: prompts.Activated, Version: 1, Previous: 0, Author: "operator", Reason: "because"},
		{At: at(2), Action: prompts.Created, Version: 2, Previous: 1, Author: "api", Reason: "shorter"},
		{At: at(3), Action: prompts.Activated, Version: 3, Previous: 1, Author: "operator", Reason: "because"},
	})

	ok(t, s.DeletePrompt(ctx, "pmpt_b"))
	fails(t, s.DeletePrompt(ctx, "pmpt_b"), fs.ErrNotExist, "pmpt_b")
	same(t, must(s.PromptVersions(ctx, ""))(t), []prompts.Prompt{version(other, 1, true)})
	ok(t, s.CreatePrompt(ctx, one)) // nothing of it was left
}

func testPromptsStale(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreatePrompt(ctx, prompt("pmpt_1", "1")))
	for _, text := range []string{"2", "3"} {
		_, err := s.AddPromptVersion(ctx, prompt("pmpt_1", text), 1, false)
		ok(t, err)
	}
	_, err := s.AddPromptVersion(ctx, prompt("pmpt_1", "4"), 2, true) // neither in use nor the latest
	fails(t, err, prompts.ErrStale, "pmpt_1")
	_, err = s.AddPromptVersion(ctx, prompt("pmpt_1", "4"), 9, true)
	fails(t, err, prompts.ErrStale, "pmpt_1")
	same(t, len(must(s.PromptLog(ctx, "pmpt_1"))(t)), 3)

	// After a roll-back both the version in use and the latest will do.
	_, err = s.AddPromptVersion(ctx, prompt("pmpt_1", "4"), 1, false)
	ok(t, err)
	_, err = s.AddPromptVersion(ctx, prompt("pmpt_1", "5"), 4, false)
	ok(t, err)
}

func testPromptsUse(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreatePrompt(ctx, prompt("pmpt_1", "1")))
	_, err := s.AddPromptVersion(ctx, prompt("pmpt_1", "2"), 1, true)
	ok(t, err)

	same(t, must(s.UsePrompt(ctx, "pmpt_1", 1, 2, "operator", "roll back"))(t), version(prompt("pmpt_1", "1"), 1, true))
	_, err = s.UsePrompt(ctx, "pmpt_1", 2, 2, "operator", "twice")
	fails(t, err, prompts.ErrStale, "pmpt_1@2")
	same(t, must(s.UsePrompt(ctx, "pmpt_1", 2, 0, "api", "whatever was"))(t).Version, 2)
	_, err = s.UsePrompt(ctx, "pmpt_1", 3, 0, "api", "missing")
	fails(t, err, fs.ErrNotExist, "pmpt_1@3")
	same(t, must(s.Prompt(ctx, "pmpt_1", 0))(t).Version, 2)

	log := must(s.PromptLog(ctx, "pmpt_1"))(t)
	want := []prompts.Change{
		{Action: prompts.Activated, Version: 1, Previous: 2, Author: "operator", Reason: "roll back"},
		{Action: prompts.Activated, Version: 2, Previous: 1, Author: "api", Reason: "whatever was"},
	}
	if diff := cmp.Diff(want, log[2:], cmpopts.IgnoreFields(prompts.Change{}, "At")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if log[3].At.IsZero() || log[3].At.Before(log[2].At) {
		t.Errorf("times %v and %v", log[2].At, log[3].At)
	}
}

func testPromptsMissing(t *testing.T, s Store) {
	ctx := t.Context()
	ok(t, s.CreatePrompt(ctx, prompt("pmpt_1", "1")))
	_, err := s.Prompt(ctx, "pmpt_9", 0)
	fails(t, err, fs.ErrNotExist, "pmpt_9")
	_, err = s.Prompt(ctx, "pmpt_1", 2)
	fails(t, err, fs.ErrNotExist, "pmpt_1@2")
	_, err = s.PromptVersions(ctx, "pmpt_9")
	fails(t, err, fs.ErrNotExist, "pmpt_9")
	_, err = s.PromptLog(ctx, "pmpt_9")
	fails(t, err, fs.ErrNotExist, "pmpt_9")
	_, err = s.AddPromptVersion(ctx, prompt("pmpt_9", "1"), 1, true)
	fails(t, err, fs.ErrNotExist, "pmpt_9")
	_, err = s.UsePrompt(ctx, "pmpt_9", 1, 0, "a", "b")
	fails(t, err, fs.ErrNotExist, "pmpt_9")
}
