package openresponses

import (
	"errors"
	"io/fs"
	"net/http"
	"strconv"

	"github.com/honehq/hone/prompts"
)

// promptObject is a prompt version as Llama Stack's clients see it.
type promptObject struct {
	PromptID  string   `json:"prompt_id"`
	Prompt    string   `json:"prompt"`
	Version   int      `json:"version"`
	Variables []string `json:"variables"`
	IsDefault bool     `json:"is_default"`
}

func newPromptObject(p prompts.Prompt) promptObject {
	return promptObject{PromptID: p.ID, Prompt: p.Text, Version: p.Version, Variables: append([]string{}, p.Variables...), IsDefault: p.InUse}
}

type promptList struct {
	Data []promptObject `json:"data"`
}

func newPromptList(list []prompts.Prompt) promptList {
	l := promptList{Data: []promptObject{}}
	for _, p := range list {
		l.Data = append(l.Data, newPromptObject(p))
	}
	return l
}

// promptBody is the body of a write. Reason is ours: it goes into the log.
type promptBody struct {
	Prompt       string   `json:"prompt"`
	Variables    []string `json:"variables"`
	Version      *int     `json:"version"`
	SetAsDefault *bool    `json:"set_as_default"`
	Reason       string   `json:"reason"`
}

const promptAuthor = "api"

// draft declares exactly the variables that the client declares.
func (b promptBody) draft() prompts.Draft {
	return prompts.Draft{Text: b.Prompt, Variables: append([]string{}, b.Variables...), Author: promptAuthor, Reason: b.Reason}
}

// promptError names a missing prompt.
func promptError(err error, promptID string) error {
	if errors.Is(err, prompts.ErrInvalid) || errors.Is(err, prompts.ErrStale) {
		return err
	}
	return notFound(err, "prompt_id", "prompt or version", promptID)
}

// listPrompts answers GET /v1/prompts: the version in use of each.
func (e *Engine) listPrompts(w http.ResponseWriter, r *http.Request) error {
	list, err := e.prompts.List(r.Context())
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, newPromptList(list))
}

// createPrompt answers POST /v1/prompts.
func (e *Engine) createPrompt(w http.ResponseWriter, r *http.Request) error {
	var body promptBody
	if err := decodeBody(w, r, e.limits.body, &body); err != nil {
		return err
	}
	if body.Prompt == "" {
		return missing("prompt")
	}
	p, err := e.prompts.Create(r.Context(), body.draft())
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, newPromptObject(p))
}

// getPrompt answers GET /v1/prompts/{prompt}.
func (e *Engine) getPrompt(w http.ResponseWriter, r *http.Request) error {
	version := 0
	if s := r.URL.Query().Get("version"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return invalid("version", "Invalid 'version': %.40q is no version number.", s)
		}
		version = n
	}
	p, err := e.prompts.Get(r.Context(), r.PathValue("prompt"), version)
	if err != nil {
		return promptError(err, r.PathValue("prompt"))
	}
	return reply(w, http.StatusOK, newPromptObject(p))
}

// updatePrompt answers PUT /v1/prompts/{prompt} with the next version.
func (e *Engine) updatePrompt(w http.ResponseWriter, r *http.Request) error {
	promptID := r.PathValue("prompt")
	var body promptBody
	if err := decodeBody(w, r, e.limits.body, &body); err != nil {
		return err
	}
	switch {
	case body.Prompt == "":
		return missing("prompt")
	case body.Version == nil:
		return missing("version")
	case *body.Version < 1:
		return invalid("version", "Invalid 'version': versions count from 1.")
	}
	if body.Variables == nil {
		base, err := e.prompts.Get(r.Context(), promptID, 0)
		if err != nil {
			return promptError(err, promptID)
		}
		body.Variables = base.Variables
	}
	p, err := e.prompts.Update(r.Context(), promptID, body.draft(), *body.Version, deref(body.SetAsDefault, true))
	if err != nil {
		return promptError(err, promptID)
	}
	return reply(w, http.StatusOK, newPromptObject(p))
}

// deletePrompt answers DELETE /v1/prompts/{prompt}.
func (e *Engine) deletePrompt(w http.ResponseWriter, r *http.Request) error {
	if err := e.prompts.Delete(r.Context(), r.PathValue("prompt")); err != nil {
		return promptError(err, r.PathValue("prompt"))
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// listVersions answers GET /v1/prompts/{prompt}/versions.
func (e *Engine) listVersions(w http.ResponseWriter, r *http.Request) error {
	list, err := e.prompts.Versions(r.Context(), r.PathValue("prompt"))
	if err == nil && len(list) == 0 {
		err = fs.ErrNotExist
	}
	if err != nil {
		return promptError(err, r.PathValue("prompt"))
	}
	return reply(w, http.StatusOK, newPromptList(list))
}

// setDefaultVersion answers PUT /v1/prompts/{prompt}/set-default-version.
func (e *Engine) setDefaultVersion(w http.ResponseWriter, r *http.Request) error {
	var body promptBody
	if err := decodeBody(w, r, e.limits.body, &body); err != nil {
		return err
	}
	if body.Version == nil {
		return missing("version")
	}
	p, err := e.prompts.Use(r.Context(), r.PathValue("prompt"), *body.Version, 0, promptAuthor, body.Reason)
	if err != nil {
		return promptError(err, r.PathValue("prompt"))
	}
	return reply(w, http.StatusOK, newPromptObject(p))
}
