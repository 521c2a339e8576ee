// Package server is the way in over HTTP: the ask API, runs, sources, rounds,
// health, metrics and a web page; it mounts the OpenAI-compatible API.
package server
