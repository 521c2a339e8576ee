package otel

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Baggage is passed on within bounds, and without what looks like a credential.
func TestBaggage(t *testing.T) {
	many := make([]string, 40)
	for i := range many {
		many[i] = fmt.Sprintf("k%02d=v", i)
	}
	for _, tc := range []struct{ in, want string }{
		{"tenant=acme,region=eu", "region=eu,tenant=acme"},
		{"tenant=acme;ttl=3", "tenant=acme"},
		{"user.name=J%C3%BCrgen", "user.name=J%C3%BCrgen"},
		{"tenant=acme,session_token=abc", "tenant=acme"},
		{"Authorization=abc,api-key=1,apikey=2,cookie=3,PASSWORD=4,x-signature=5", ""},
		{"note=Bearer%20abc,note2=sk-abc,note3=eyJhbGciOi,note4=ghp_abc,note5=AKIA1,note6=xoxb-1", ""},
		{"note=" + strings.Repeat("x", 65), ""},
		{"note=" + strings.Repeat("x", 64), "note=" + strings.Repeat("x", 64)},
		{strings.Join(many, ","), "16"},
		{"not baggage at all", ""},
		{"", ""},
	} {
		ctx := carefulBaggage{}.Extract(t.Context(), propagation.MapCarrier{"baggage": tc.in})
		out := propagation.MapCarrier{}
		carefulBaggage{}.Inject(ctx, out)
		got := out["baggage"]
		if tc.want == "16" {
			got = fmt.Sprint(baggage.FromContext(ctx).Len())
		}
		want, err := baggage.Parse(tc.want)
		parsed, bad := baggage.Parse(got)
		if same := err == nil && bad == nil && parsed.Len() == want.Len() && func() bool {
			for _, m := range want.Members() {
				if parsed.Member(m.Key()).Value() != m.Value() {
					return false
				}
			}
			return true
		}(); !same && got != tc.want {
			t.Errorf("%s: %q, want %q", tc.in, got, tc.want)
		}
	}
}

// OTEL_PROPAGATORS says what is taken over and passed on.
func TestPropagators(t *testing.T) {
	in := propagation.MapCarrier{
		"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", "tracestate": "vendor=1", "baggage": "tenant=acme",
	}
	for setting, want := range map[string]string{
		"":                      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00 vendor=1 tenant=acme",
		"tracecontext":          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00 vendor=1 ",
		"baggage, tracecontext": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00 vendor=1 tenant=acme",
		"baggage":               "  tenant=acme",
		"none":                  "  ",
	} {
		t.Setenv("OTEL_PROPAGATORS", setting)
		p, err := propagator()
		if err != nil {
			t.Fatal(err)
		}
		out := propagation.MapCarrier{}
		p.Inject(p.Extract(t.Context(), in), out)
		if got := out["traceparent"] + " " + out["tracestate"] + " " + out["baggage"]; got != want {
			t.Errorf("%q: %q, want %q", setting, got, want)
		}
	}
	t.Setenv("OTEL_PROPAGATORS", "b3")
	if _, err := propagator(); !errors.Is(err, ErrSetting) {
		t.Errorf("b3: %v", err)
	}
}

// A cause survives being kept as text.
func TestCause(t *testing.T) {
	const text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	c := ParseCause(text)
	if !c.IsValid() || c.Text() != text {
		t.Errorf("%+v is kept as %q", c, c.Text())
	}
	if got := CauseOf(trace.ContextWithSpanContext(t.Context(), c.SpanContext)); got.Text() != text {
		t.Errorf("the context's cause is %q", got.Text())
	}
	if got := CauseOf(Unrecorded(trace.ContextWithSpanContext(t.Context(), c.SpanContext))); got.IsValid() {
		t.Error("what is closed to telemetry is a cause")
	}
	for _, text := range []string{"", "00-1-2-3", "secret"} {
		if c := ParseCause(text); c.IsValid() || c.Text() != "" {
			t.Errorf("%q is a cause", text)
		}
	}
}

// FuzzBaggage: whatever comes in, what goes out is within the bounds.
func FuzzBaggage(f *testing.F) {
	f.Add("tenant=acme,session_token=abc;p=1")
	f.Fuzz(func(t *testing.T, in string) {
		b := baggage.FromContext(carefulBaggage{}.Extract(t.Context(), propagation.MapCarrier{"baggage": in}))
		if b.Len() > maxBaggage {
			t.Errorf("%d members", b.Len())
		}
		for _, m := range b.Members() {
			if len(m.Key()) > maxMember || len(m.Value()) > maxMember || credentialKey.MatchString(m.Key()) || len(m.Properties()) > 0 {
				t.Errorf("%q is passed on", m)
			}
		}
	})
}
