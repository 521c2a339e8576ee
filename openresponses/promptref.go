package openresponses

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/honehq/hone/prompts"
)

// promptRef refers to a prompt of the library. Version is a number, which
// clients write as a string; empty means the version in use.
type promptRef struct {
	ID        string                     `json:"id"`
	Version   json.RawMessage            `json:"version"`
	Variables map[string]json.RawMessage `json:"variables"`

	version int
	values  map[string]string
}

// promptEcho is the reference in a response, with the version that was used.
type promptEcho struct {
	ID        string            `json:"id"`
	Version   string            `json:"version"`
	Variables map[string]string `json:"variables"`
}

func (p *promptRef) check() error {
	if p == nil {
		return nil
	}
	if p.ID == "" {
		return missing("prompt.id")
	}
	if !absent(p.Version) {
		text := string(p.Version)
		if isString(p.Version) {
			if err := decode(p.Version, &text, "prompt.version"); err != nil {
				return err
			}
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return invalid("prompt.version", "Invalid 'prompt.version': %.40q is no version number.", text)
		}
		p.version = n
	}
	p.values = map[string]string{}
	for name, raw := range p.Variables {
		v, err := decodeVariable(raw, "prompt.variables."+name)
		if err != nil {
			return err
		}
		p.values[name] = v
	}
	return nil
}

// decodeVariable reads a string or an input_text.
func decodeVariable(raw json.RawMessage, path string) (string, error) {
	var s string
	if isString(raw) {
		err := decode(raw, &s, path)
		return s, err
	}
	p, err := decodePart(raw, path)
	if err != nil {
		return "", err
	}
	return p.text(), nil
}

// render finds the prompt and puts the variables in.
func (p *promptRef) render(ctx context.Context, library *prompts.Library) (string, *promptEcho, error) {
	if library == nil {
		return "", nil, &Error{Code: NotFound, Param: "prompt.id", Message: "This server keeps no prompts."}
	}
	found, err := library.Get(ctx, p.ID, p.version)
	if errors.Is(err, fs.ErrNotExist) {
		which := "prompt"
		if p.version > 0 {
			which = fmt.Sprintf("version %d of a prompt", p.version)
		}
		return "", nil, notFound(err, "prompt.id", which, p.ID)
	}
	if err != nil {
		return "", nil, err
	}
	text, err := prompts.Render(found, p.values)
	if err != nil {
		return "", nil, &Error{Code: InvalidValue, Param: "prompt.variables", Message: err.Error(), Err: err}
	}
	return text, &promptEcho{ID: found.ID, Version: strconv.Itoa(found.Version), Variables: p.values}, nil
}
