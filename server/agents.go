package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"

	"github.com/honehq/hone/agents"
)

// Fleet are the agents of a process as they change.
type Fleet interface {
	// Asker returns an agent by name. An unknown one is an error that wraps
	// fs.ErrNotExist and names those that there are.
	Asker(ctx context.Context, name string) (Asker, error)
	// Set returns the set in force.
	Set(ctx context.Context) (agents.Set, error)
	// Replace, Put and Delete change it, as agents.Registry does; what they
	// return is in force.
	Replace(ctx context.Context, d agents.Draft, based int, author string) (agents.Set, error)
	Put(ctx context.Context, name string, d agents.Draft, author string) (agents.Set, error)
	Delete(ctx context.Context, name, author string) (agents.Set, error)
}

// byAPI is who changed agents over the API.
const byAPI = "api"

// agentsJSON is a set as the API shows it.
type agentsJSON struct {
	Version int            `json:"version"` // to be sent with a change of the whole set
	From    agents.Origin  `json:"from"`
	Default string         `json:"default"`
	Data    []agents.Agent `json:"data"`
}

// agentJSON is an agent of a set.
type agentJSON struct {
	Version int          `json:"version"`
	Agent   agents.Agent `json:"agent"`
}

func (s *Server) listAgents(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	set, err := s.fleet.Set(r.Context())
	if err != nil {
		return err
	}
	return s.writeAgents(w, set)
}

func (s *Server) writeAgents(w http.ResponseWriter, set agents.Set) error {
	return writeJSON(w, http.StatusOK, agentsJSON{set.Version, set.From, s.cfg.Agents[0].Name(), set.Agents})
}

func (s *Server) oneAgent(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	set, err := s.fleet.Set(r.Context())
	if err != nil {
		return err
	}
	return writeAgent(w, set, r.PathValue("name"))
}

func writeAgent(w http.ResponseWriter, set agents.Set, name string) error {
	a, ok := set.Named(name)
	if !ok {
		return agentError(agents.Missing(name, set))
	}
	return writeJSON(w, http.StatusOK, agentJSON{set.Version, a})
}

// putAgents replaces the whole set, if nobody else changed it since the version
// that the body names.
func (s *Server) putAgents(w http.ResponseWriter, r *http.Request) error {
	d, err := draft(w, r, agents.Parse)
	if err != nil {
		return err
	}
	if d.Based == nil {
		return refuse(invalidRequest, "version", `"version" is missing: send the one that GET /v1/agents gives`)
	}
	set, err := s.fleet.Replace(r.Context(), d, *d.Based, byAPI)
	if err != nil {
		return agentError(err)
	}
	return s.writeAgents(w, set)
}

func (s *Server) putAgent(w http.ResponseWriter, r *http.Request) error {
	d, err := draft(w, r, agents.ParseAgent)
	if err != nil {
		return err
	}
	set, err := s.fleet.Put(r.Context(), r.PathValue("name"), d, byAPI)
	if err != nil {
		return agentError(err)
	}
	return writeAgent(w, set, r.PathValue("name"))
}

func (s *Server) deleteAgent(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	set, err := s.fleet.Delete(r.Context(), r.PathValue("name"), byAPI)
	if err != nil {
		return agentError(err)
	}
	return s.writeAgents(w, set)
}

// draft reads a body that says which agents there are to be.
func draft(w http.ResponseWriter, r *http.Request, parse func([]byte) agents.Draft) (agents.Draft, error) {
	if _, err := query(r); err != nil {
		return agents.Draft{}, err
	}
	var body json.RawMessage // with JSON, not YAML, in it
	if err := decode(w, r, &body); err != nil {
		return agents.Draft{}, err
	}
	return parse(body), nil
}

// agentError says what of a change the caller can mend.
func agentError(err error) error {
	var problems agents.Problems
	switch {
	case errors.As(err, &problems):
		return refuse(invalidRequest, "agents", "%s", problems.Error())
	case errors.Is(err, agents.ErrFixed), errors.Is(err, agents.ErrStale):
		return refuse(conflict, "", "%s", err)
	case errors.Is(err, fs.ErrNotExist):
		return refuse(notFound, "agent", "%s", err)
	}
	return err
}

// fixed are agents that don't change.
type fixed []Asker

// Asker implements Fleet.
func (f fixed) Asker(ctx context.Context, name string) (Asker, error) {
	for _, a := range f {
		if a.Name() == name {
			return a, nil
		}
	}
	set, _ := f.Set(ctx) // which never fails
	return nil, agents.Missing(name, set)
}

// Set implements Fleet.
func (f fixed) Set(context.Context) (agents.Set, error) {
	set := agents.Set{From: agents.FromSettings}
	for _, a := range f {
		set.Agents = append(set.Agents, agents.Agent{Name: a.Name()})
	}
	return set, nil
}

var errNoSet = fmt.Errorf("%w: this server's settings", agents.ErrFixed)

// Replace implements Fleet.
func (fixed) Replace(context.Context, agents.Draft, int, string) (agents.Set, error) {
	return agents.Set{}, errNoSet
}

// Put implements Fleet.
func (fixed) Put(context.Context, string, agents.Draft, string) (agents.Set, error) {
	return agents.Set{}, errNoSet
}

// Delete implements Fleet.
func (fixed) Delete(context.Context, string, string) (agents.Set, error) {
	return agents.Set{}, errNoSet
}
