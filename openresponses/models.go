package openresponses

import (
	"net/http"
)

// modelObject is a model as clients see it.
type modelObject struct {
	ID      string `json:"id"`
	Object  string `json:"object"` // "model"
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

func (m Model) object() modelObject {
	return modelObject{ID: m.Name, Object: "model", OwnedBy: or(m.Provider, "openai")}
}

// listModels answers GET /v1/models.
func (e *Engine) listModels(w http.ResponseWriter, _ *http.Request) error {
	list := struct {
		Object string        `json:"object"`
		Data   []modelObject `json:"data"`
	}{"list", []modelObject{}}
	for _, m := range e.models {
		if m.Name != "*" {
			list.Data = append(list.Data, m.object())
		}
	}
	return reply(w, http.StatusOK, list)
}

// getModel answers GET /v1/models/{model}. Names may hold slashes.
func (e *Engine) getModel(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("model")
	m, err := e.model(name)
	if err != nil {
		return err
	}
	m.Name = name
	return reply(w, http.StatusOK, m.object())
}
