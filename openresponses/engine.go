package openresponses

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/honehq/hone/knowledge"
	"github.com/honehq/hone/prompts"
)

// Config configures an Engine.
type Config struct {
	Knowledge *knowledge.Base  // nil: no file_search, files and vector stores
	Prompts   *prompts.Library // nil: no prompts
	Store     Store            // nil: responses and conversations are not kept
	Models    []Model          // at least one, listed in this order

	// Access says what a request may see; nil means everything. Who may not see
	// everything may search and ask, but not manage files and vector stores.
	Access func(*http.Request) knowledge.Access
	Logger *slog.Logger // nil: slog.Default()

	MaxBody      int64 // bytes of a request in JSON; 0 means 16 MiB
	MaxFile      int64 // bytes of an uploaded file; 0 means 64 MiB
	MaxToolCalls int   // searches of one response, whatever the request says; 0 means 16
	MaxText      int   // bytes of text and arguments that a response takes from models; 0 means 2 MiB
}

// Model is a model that requests may name.
type Model struct {
	// Name as requests give it. "*" stands for any name that no other Model has;
	// it is passed on to the Completer and not listed.
	Name      string
	Completer Completer
	Provider  string // gen_ai.provider.name in spans; empty means "openai"
}

// Engine serves the API. Safe for concurrent use.
type Engine struct {
	knowledge *knowledge.Base
	prompts   *prompts.Library
	store     Store
	models    []Model
	access    func(*http.Request) knowledge.Access
	logger    *slog.Logger
	limits    limits
	mux       *http.ServeMux
	attaching attaching
}

type limits struct {
	body, file      int64
	toolCalls, text int
}

// New returns an engine.
func New(c Config) (*Engine, error) {
	if len(c.Models) == 0 {
		return nil, errors.New("openresponses: no models")
	}
	for _, m := range c.Models {
		if m.Name == "" || m.Completer == nil || strings.ContainsAny(m.Name, "\x00\n") {
			return nil, fmt.Errorf("openresponses: model %q: a name and a completer are needed", m.Name)
		}
	}
	e := &Engine{
		knowledge: c.Knowledge, prompts: c.Prompts, store: c.Store, models: c.Models,
		access: c.Access, logger: c.Logger,
		limits: limits{
			body: positive(c.MaxBody, 16<<20), file: positive(c.MaxFile, 64<<20),
			toolCalls: positive(c.MaxToolCalls, 16), text: positive(c.MaxText, 2<<20),
		},
	}
	if e.access == nil {
		e.access = func(*http.Request) knowledge.Access { return knowledge.Access{All: true} }
	}
	if e.logger == nil {
		e.logger = slog.Default()
	}
	e.mux = e.routes()
	return e, nil
}

func positive[N int | int64](n, def N) N {
	if n > 0 {
		return n
	}
	return def
}

// model finds the model of a name.
func (e *Engine) model(name string) (Model, error) {
	var rest *Model
	for i, m := range e.models {
		if m.Name == name {
			return m, nil
		}
		if m.Name == "*" {
			rest = &e.models[i]
		}
	}
	if rest != nil {
		return *rest, nil
	}
	return Model{}, &Error{Code: ModelNotFound, Param: "model", Message: fmt.Sprintf("The model '%.100s' does not exist here.", name)}
}
