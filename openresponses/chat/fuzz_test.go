package chat_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/honehq/hone/openresponses"
	"github.com/honehq/hone/openresponses/chat"
)

// canned is a transport that always answers the same.
type canned struct {
	status int
	kind   string
	body   string
}

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: c.status, Header: http.Header{"Content-Type": {c.kind}},
		Body: io.NopCloser(strings.NewReader(c.body)), Request: r,
	}, nil
}

// Whatever a provider sends, a turn ends in one Finish or in one error that
// clients may see.
func FuzzProvider(f *testing.F) {
	f.Add(200, "text/event-stream", line(text("Hello"))+line(chunk(`{}`, "stop"))+line(usage)+"data: [DONE]\n\n")
	f.Add(200, "text/event-stream", line(chunk(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}},{"index":-1}]}`, ""))+line(`{"choices":null}`)+line(`[]`))
	f.Add(200, "text/event-stream", "event: error\ndata: {\"error\":{\"message\":7,\"code\":{}}}\n\n")
	f.Add(400, "application/json", `{"error":{"message":null,"code":7}}`)
	f.Add(429, "", `{"error":"x"}`)
	f.Add(99, "text/html", "<")
	f.Fuzz(func(t *testing.T, status int, kind, body string) {
		m, err := chat.New(chat.Config{BaseURL: "http://provider.test/v1", APIKey: key, Retries: -1, Transport: canned{status, kind, body}})
		if err != nil {
			t.Fatal(err)
		}
		ends := 0
		for d, err := range m.Complete(t.Context(), question()) {
			if ends > 0 {
				t.Fatal("something comes after the end")
			}
			if err != nil {
				ends++
				if _, ok := err.(*openresponses.Error); !ok { //nolint:errorlint // the very type
					t.Fatalf("%T: %v", err, err)
				}
			}
			if _, ok := d.(openresponses.Finish); ok {
				ends++
			}
		}
		if ends != 1 {
			t.Fatalf("%d ends", ends)
		}
	})
}
