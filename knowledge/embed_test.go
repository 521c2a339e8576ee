package knowledge_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/honehq/hone/knowledge"
)

// embeddingsServer is a strict stand-in for an embeddings API. Text "n" gets
// the vector [n, 1].
type embeddingsServer struct {
	t       *testing.T
	sizes   []int
	fail    int // how many requests to answer 429 first
	distort func(data []embeddingItem) []embeddingItem
}

type embeddingItem struct {
	Object    string    `json:"object"`
	Index     int       `json:"index"`
	Embedding []float64 `json:"embedding"`
}

func (s *embeddingsServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.fail > 0 {
		s.fail--
		w.Header().Set("Retry-After-Ms", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	}
	var body struct {
		Model    string   `json:"model"`
		Input    []string `json:"input"`
		Encoding string   `json:"encoding_format"`
	}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&body); err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/embeddings" ||
		r.Header.Get("Authorization") != "Bearer key" || body.Model != "small" || body.Encoding != "float" ||
		len(body.Input) == 0 || len(body.Input) > 96 {
		s.t.Errorf("request %s %s %+v: %v", r.Method, r.URL, body, err)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.sizes = append(s.sizes, len(body.Input))
	var data []embeddingItem
	for i, text := range slices.Backward(body.Input) { // any order is allowed
		var n float64
		fmt.Sscan(text, &n)
		data = append(data, embeddingItem{"embedding", i, []float64{n, 1}})
	}
	if s.distort != nil {
		data = s.distort(data)
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{
		"object": "list", "model": body.Model, "data": data, "usage": map[string]int{"prompt_tokens": 1, "total_tokens": 1},
	})
}

func (s *embeddingsServer) embedder(t *testing.T) knowledge.Embedder {
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	client := openai.NewClient(option.WithBaseURL(server.URL+"/v1/"), option.WithAPIKey("key"), option.WithHTTPClient(server.Client()))
	return knowledge.NewEmbedder(client, "small")
}

func TestEmbedder(t *testing.T) {
	s := &embeddingsServer{t: t, fail: 1}
	e := s.embedder(t)
	var texts []string
	for i := range 200 {
		texts = append(texts, fmt.Sprint(i))
	}
	vectors, err := e.Embed(t.Context(), texts)
	if err != nil || len(vectors) != 200 || e.Model() != "small" {
		t.Fatalf("%d vectors, %v", len(vectors), err)
	}
	for i, v := range vectors {
		if len(v) != 2 || v[0] != float32(i) {
			t.Fatalf("vector %d is %v", i, v)
		}
	}
	if fmt.Sprint(s.sizes) != "[96 96 8]" {
		t.Errorf("batches %v", s.sizes)
	}
	if vectors, err := e.Embed(t.Context(), nil); err != nil || len(vectors) != 0 {
		t.Errorf("nothing to embed: %v, %v", vectors, err)
	}
}

func TestEmbedderRefusesWrongAnswers(t *testing.T) {
	for _, test := range []struct {
		name    string
		distort func([]embeddingItem) []embeddingItem
		want    string
	}{
		{"one missing", func(d []embeddingItem) []embeddingItem { return d[1:] }, "vector of 0 numbers"},
		{"none", func([]embeddingItem) []embeddingItem { return nil }, "vector of 0 numbers"},
		{"one twice", func(d []embeddingItem) []embeddingItem { d[0].Index = 0; return d }, "not asked for"},
		{"out of range", func(d []embeddingItem) []embeddingItem { d[0].Index = 99; return d }, "not asked for"},
		{"negative", func(d []embeddingItem) []embeddingItem { d[0].Index = -1; return d }, "not asked for"},
		{"another length", func(d []embeddingItem) []embeddingItem { d[0].Embedding = []float64{1}; return d }, "vector of 1 numbers"},
		{"empty", func(d []embeddingItem) []embeddingItem { d[0].Embedding = nil; return d }, "vector of 0 numbers"},
	} {
		e := (&embeddingsServer{t: t, distort: test.distort}).embedder(t)
		if v, err := e.Embed(t.Context(), []string{"1", "2", "3"}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, %v", test.name, v, err)
		}
	}
	// Two batches of different length.
	n := 0
	e := (&embeddingsServer{t: t, distort: func(d []embeddingItem) []embeddingItem {
		if n++; n == 2 {
			for i := range d {
				d[i].Embedding = []float64{1, 2, 3}
			}
		}
		return d
	}}).embedder(t)
	if _, err := e.Embed(t.Context(), make([]string, 97)); err == nil || !strings.Contains(err.Error(), "vectors of 2 and of 3") {
		t.Errorf("two lengths: %v", err)
	}
}
