package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// settings are the flags that every command shares.
type settings struct {
	DB      string            `name:"db" env:"HONE_DATABASE_URL" placeholder:"URL" help:"Database: sqlite:PATH or postgres://…. Default: a SQLite file in the user's data folder."`
	SpansDB string            `name:"traces-db" env:"HONE_TRACES_DB" placeholder:"PATH" help:"SQLite file of traces. Default: beside the database (hone-traces.db)."`
	JSON    bool              `name:"json" env:"HONE_JSON" help:"Print JSON for machines; one document, or one a line for streams."`
	Local   map[string]string `name:"local" env:"HONE_LOCAL" placeholder:"NAME=DIR" help:"Folders that the agent's local-file tools may read."`
	Log     string            `name:"log" env:"HONE_LOG" enum:"debug,info,warn,error" default:"warn" help:"Log level."`
	Agent   string            `name:"agent" env:"HONE_AGENT" default:"default" help:"Name of the agent; of several, the one that is meant where none is named."`
	Agents  string            `name:"agents-file" env:"HONE_AGENTS" type:"path" placeholder:"FILE" help:"File that says which agents there are (YAML or JSON). Default: the set in the database, else one agent."`
	Backend string            `name:"backend" env:"HONE_BACKEND" enum:"embedded,remote" default:"embedded" help:"Where the agent's Responses API is: our own engine (embedded), or at OPENAI_BASE_URL (remote)."`

	VectorStores []string      `name:"vector-store" env:"HONE_VECTOR_STORES" placeholder:"ID" help:"Vector stores that a remote backend searches."`
	Model        string        `name:"model" env:"HONE_MODEL" default:"offline" help:"Model of the agent; offline needs no provider."`
	JudgeModel   string        `name:"judge-model" env:"HONE_JUDGE_MODEL" help:"Model that grades; default offline."`
	RewriteModel string        `name:"rewrite-model" env:"HONE_REWRITE_MODEL" help:"Model that rewrites prompts; default the judge's."`
	EmbedModel   string        `name:"embed-model" env:"HONE_EMBED_MODEL" help:"Embedding model; default none: text search only."`
	Canary       float64       `name:"canary" env:"HONE_CANARY" default:"0.5" help:"Share of threads that get a new prompt while it is on trial after its promotion; 1: all get it at once."`
	LiveSample   float64       `name:"live-sample" env:"HONE_LIVE_SAMPLE" default:"1" help:"Share of threads whose answers are graded in the background while a prompt is on trial."`
	TurnTTL      time.Duration `name:"turn-ttl" env:"HONE_TURN_TTL" hidden:"" help:"How long after a process was killed another one may go on with its round."`
	SplitSeed    uint64        `name:"split-seed" env:"HONE_SPLIT_SEED" hidden:"" help:"Draws splits of cases in place of the database's secret: for demos and tests that are to come out alike."`
	MustExist    bool          `kong:"-"` // the database; see readsOnly
	Webhook      string        `name:"webhook" env:"HONE_WEBHOOK_URL" hidden:"" help:"URL that gets news of rounds and trials as JSON; set the variable rather than the flag."`
	BaseURL      string        `name:"base-url" env:"OPENAI_BASE_URL" default:"https://api.openai.com/v1" help:"Provider's base URL, OpenAI-compatible."`
	APIKey       string        `name:"api-key" env:"OPENAI_API_KEY" hidden:"" help:"Provider's API key; set the variable rather than the flag."`

	rewriting `embed:""`
	elsewhere `embed:""`
	observing `embed:""`
}

const offlineModel = "offline"

func (s settings) judge() string {
	if s.JudgeModel == "" {
		return offlineModel
	}
	return s.JudgeModel
}

func (s settings) rewriter() string {
	if s.RewriteModel == "" {
		return s.judge()
	}
	return s.RewriteModel
}

// dataDir is the user's data folder for Hone, after the XDG base directory
// specification where the system follows it.
func dataDir() (string, error) {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "hone"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil || home == "" {
		return "", fmt.Errorf("no home folder for the database (set HONE_DATABASE_URL): %w", err)
	}
	return filepath.Join(home, ".local", "share", "hone"), nil
}

// database returns what to open: a driver, "sqlite" or "postgres", and its path
// or URL.
func (s settings) database() (driver, location string, err error) {
	switch {
	case s.DB == "":
		dir, err := dataDir()
		return "sqlite", filepath.Join(dir, "hone.db"), err
	case strings.HasPrefix(s.DB, "postgres://"), strings.HasPrefix(s.DB, "postgresql://"):
		return "postgres", s.DB, nil
	case strings.HasPrefix(s.DB, "sqlite:"):
		path := strings.TrimPrefix(strings.TrimPrefix(s.DB, "sqlite:"), "//")
		if path == "" {
			return "", "", usagef("database %q names no file: say sqlite:PATH", s.DB)
		}
		return "sqlite", path, nil
	}
	return "", "", usagef("database %q: say sqlite:PATH or postgres://…", redactURL(s.DB))
}

// redactURL keeps what may be a password out of a message.
func redactURL(s string) string {
	scheme, _, ok := strings.Cut(s, ":")
	if !ok {
		return s
	}
	return scheme + ":…"
}
