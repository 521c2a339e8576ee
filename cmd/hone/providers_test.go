package main

import "testing"

// What rounds are measured with includes who serves the model, and no secret.
func TestProviderOfTheAgentsModel(t *testing.T) {
	at := func(backend, model, url string) string {
		return settings{Backend: backend, Model: model, BaseURL: url, APIKey: "sk-secret"}.provider()
	}
	for _, c := range []struct{ backend, model, url, want string }{
		{"embedded", offlineModel, "https://api.example/v1", "offline"},
		{"embedded", "m", "https://api.example/v1/", "embedded api.example/v1"},
		{"embedded", "m", "https://other.example/v1", "embedded other.example/v1"},
		{"remote", "m", "https://ada:secret@api.example:8443/openai/m?api-key=secret", "remote api.example:8443/openai/m"},
		{"remote", offlineModel, "https://api.example/v1", "remote api.example/v1"},
	} {
		if got := at(c.backend, c.model, c.url); got != c.want {
			t.Errorf("%s %s at %s: %q, want %q", c.backend, c.model, c.url, got, c.want)
		}
	}
}
