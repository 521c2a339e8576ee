package knowledge

import (
	"context"
	"fmt"
	"slices"

	"github.com/openai/openai-go/v3"

	"github.com/honehq/hone/otel"
)

// embedBatch bounds how many texts one request holds.
const embedBatch = 96

// NewEmbedder returns an Embedder over an OpenAI-compatible embeddings API.
// The client retries by itself.
func NewEmbedder(client openai.Client, model string) Embedder {
	return &openAIEmbedder{client: client, model: model}
}

type openAIEmbedder struct {
	client openai.Client
	model  string
}

func (e *openAIEmbedder) Model() string { return e.model }

func (e *openAIEmbedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	vectors := make([][]float32, 0, len(texts))
	for batch := range slices.Chunk(texts, embedBatch) {
		some, err := e.embed(ctx, batch)
		if err != nil {
			return nil, fmt.Errorf("embed with %s: %w", e.model, err)
		}
		vectors = append(vectors, some...)
		if n, first := len(some[len(some)-1]), len(vectors[0]); n != first {
			return nil, fmt.Errorf("embed with %s: vectors of %d and of %d numbers", e.model, first, n)
		}
	}
	return vectors, nil
}

// embed embeds one batch. Answers may come in any order; each carries its
// text's index.
func (e *openAIEmbedder) embed(ctx context.Context, texts []string) (_ [][]float32, err error) {
	ctx, span := otel.Embed.Start(ctx, otel.Operation.String("embeddings"), otel.Provider.String("openai"),
		otel.RequestModel.String(e.model), otel.TextCount.Int(len(texts)))
	defer func() { endSpan(span, err) }()
	answer, err := e.client.Embeddings.New(ctx, openai.EmbeddingNewParams{
		Model:          e.model,
		Input:          openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: texts},
		EncodingFormat: openai.EmbeddingNewParamsEncodingFormatFloat,
	})
	if err != nil {
		return nil, err
	}
	vectors := make([][]float32, len(texts))
	for _, d := range answer.Data {
		if d.Index < 0 || int(d.Index) >= len(texts) || vectors[d.Index] != nil {
			return nil, fmt.Errorf("an answer for text %d of %d that was not asked for", d.Index, len(texts))
		}
		vectors[d.Index] = narrow(d.Embedding)
	}
	for i, v := range vectors {
		if len(v) == 0 || len(v) != len(vectors[0]) {
			return nil, fmt.Errorf("text %d of %d got a vector of %d numbers", i, len(texts), len(v))
		}
	}
	span.SetAttributes(otel.ResponseModel.String(answer.Model), otel.Dimensions.Int(len(vectors[0])),
		otel.InputTokens.Int64(answer.Usage.PromptTokens))
	return vectors, nil
}

func narrow(wide []float64) []float32 {
	v := make([]float32, len(wide))
	for i, x := range wide {
		v[i] = float32(x)
	}
	return v
}
