package knowledge_test

import (
	"context"
	"hash/fnv"
	"strings"
)

// fakeEmbedder counts words into 16 numbers: texts that share words are near.
type fakeEmbedder struct {
	name string
	err  error
}

func (e fakeEmbedder) Model() string { return e.name }

func (e fakeEmbedder) Embed(_ context.Context, texts []string) ([][]float32, error) {
	if e.err != nil {
		return nil, e.err
	}
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		v := make([]float32, 16)
		for word := range strings.FieldsSeq(strings.ToLower(text)) {
			h := fnv.New32a()
			h.Write([]byte(strings.Trim(word, ".,#")))
			v[h.Sum32()%16]++
		}
		v[0] += 0.01
		vectors[i] = v
	}
	return vectors, nil
}
