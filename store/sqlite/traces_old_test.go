package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/honehq/hone/otel"
)

// oldTraces makes a file as the Hone of the first schema left it.
func oldTraces(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "old.db")
	p, err := connect(path, patience)
	noError(t, err)
	defer p.Close()
	provider, err := traceSchema.provider(p.writer)
	noError(t, err)
	_, err = provider.UpTo(t.Context(), 1)
	noError(t, err)
	_, err = p.writer.ExecContext(t.Context(), `
		INSERT INTO spans VALUES
			('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '0000000000000001', '00000000000000ff', 'POST /v1/ask', 'server', 1000000000, 3000000000, '', '', '{"http.response.status_code":200}', '[]', '[]'),
			('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '0000000000000002', '0000000000000001', 'invoke_agent default', 'internal', 1500000000, 2500000000, 'error', 'it broke',
				'{"hone.run.id":"run_1","hone.status":"degraded","gen_ai.agent.name":"default","gen_ai.conversation.id":"thr_1","hone.origin":"http",
				"hone.prompt.id":"pmpt_1","hone.prompt.version":3,"gen_ai.request.model":"gpt-5","gen_ai.usage.input_tokens":10,"gen_ai.usage.output_tokens":2}',
				'[{"name":"fallback","at":1600000000,"attributes":{"n":1}}]', '["cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"]'),
			('bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', '0000000000000001', '', 'hone ingest', 'internal', 5000000000, 6000000000, '', '', '{}', '[]', '[]');
		INSERT INTO traces VALUES
			('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'POST /v1/ask', 1000000000, 3000000000, 2, 1, 'degraded', '', 900),
			('bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', 'hone ingest', 5000000000, 6000000000, 1, 0, '', '', 300)`)
	noError(t, err)
	return path
}

func TestOldTraces(t *testing.T) {
	path := oldTraces(t)
	db, err := OpenTraces(t.Context(), path)
	noError(t, err)
	defer db.Close()

	got, err := db.Traces(t.Context(), otel.TraceFilter{Status: "degraded", Agent: "default", Thread: "thr_1", Origin: "http", PromptVersion: 3, Errors: true})
	noError(t, err)
	if len(got) != 1 || got[0].Name != "POST /v1/ask" || !got[0].Ended || got[0].First.ID != "run_1" || got[0].First.InputTokens != 10 {
		t.Errorf("%+v", got)
	}
	all, err := db.Traces(t.Context(), otel.TraceFilter{})
	noError(t, err)
	equal(t, len(all), 2)
	spans, err := db.Trace(t.Context(), "run_1")
	noError(t, err)
	equal(t, len(spans), 2)
	equal(t, spans[0].Remote, true)
	equal(t, spans[1].Remote, false)
	equal(t, spans[1].Events[0].Attributes, map[string]any{"n": int64(1)})
	equal(t, spans[1].Links, []otel.SpanLink{{TraceID: "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd", Attributes: map[string]any{}}})

	// It goes on as a new one does: parts of an old trace may still come.
	late := spans[1]
	late.SpanID, late.Attributes = "0000000000000003", map[string]any{"hone.run.id": "run_2"}
	noError(t, db.PutSpans(t.Context(), []otel.Span{late}))
	again, err := db.Trace(t.Context(), "run_2")
	noError(t, err)
	equal(t, len(again), 3)
	fresh := filepath.Join(t.TempDir(), "fresh.db")
	other, err := OpenTraces(t.Context(), fresh)
	noError(t, err)
	defer other.Close()
	equal(t, describe(t, path), describe(t, fresh))
}
