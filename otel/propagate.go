package otel

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
)

// Transport calls services through base: a span for each request, and the trace
// goes along as Setup read in OTEL_PROPAGATORS.
func Transport(base http.RoundTripper) http.RoundTripper {
	return otelhttp.NewTransport(base, otelhttp.WithPropagators(passing{}))
}

// passing asks for the propagator at each call: the SDK's own would stay with
// the first one that the process had.
type passing struct{}

// Inject implements propagation.TextMapPropagator.
func (passing) Inject(ctx context.Context, to propagation.TextMapCarrier) {
	otel.GetTextMapPropagator().Inject(ctx, to)
}

// Extract implements propagation.TextMapPropagator.
func (passing) Extract(ctx context.Context, from propagation.TextMapCarrier) context.Context {
	return otel.GetTextMapPropagator().Extract(ctx, from)
}

// Fields implements propagation.TextMapPropagator.
func (passing) Fields() []string { return otel.GetTextMapPropagator().Fields() }

// propagator reads OTEL_PROPAGATORS: tracecontext (traceparent and tracestate)
// and baggage, which is the default, or none.
func propagator() (propagation.TextMapPropagator, error) {
	var list []propagation.TextMapPropagator
	for name := range strings.SplitSeq(cmp.Or(os.Getenv("OTEL_PROPAGATORS"), "tracecontext,baggage"), ",") {
		switch name = strings.TrimSpace(name); name {
		case "tracecontext":
			list = append(list, propagation.TraceContext{})
		case "baggage":
			list = append(list, carefulBaggage{})
		case "none", "":
		default:
			return nil, fmt.Errorf("OTEL_PROPAGATORS: %q: %w: say tracecontext, baggage or none, or several with commas", name, ErrSetting)
		}
	}
	return propagation.NewCompositeTextMapPropagator(list...), nil
}

// FromEnvironment continues the trace of the process that started this one, as
// told by TRACEPARENT, TRACESTATE and BAGGAGE.
func FromEnvironment(ctx context.Context) context.Context {
	carrier := propagation.MapCarrier{}
	for _, name := range (passing{}).Fields() {
		carrier[name] = os.Getenv(strings.ToUpper(name))
	}
	return passing{}.Extract(ctx, carrier)
}

// Bounds of baggage. What a caller gives goes on to providers, who are somebody
// else: so it is little, and nothing that looks like a credential.
const (
	maxBaggage = 16 // members
	maxMember  = 64 // bytes of a key and of a value: longer ones are likely tokens
)

var (
	credentialKey   = regexp.MustCompile(`(?i)auth|token|secret|passw|pwd|cookie|session|credential|key|signature|jwt|bearer`)
	credentialValue = regexp.MustCompile(`(?i)^(bearer|basic)\b|^(sk|pk|rk)[-_]|^eyJ|^gh[a-z]_|^github_|^xox|^AKIA|^AIza|^glpat-|-----BEGIN`)
)

// carefulBaggage takes over what is within the bounds, without properties, and
// leaves out the rest. It passes on what it took.
type carefulBaggage struct{ propagation.Baggage }

// Extract implements propagation.TextMapPropagator.
func (c carefulBaggage) Extract(ctx context.Context, from propagation.TextMapCarrier) context.Context {
	var kept []baggage.Member
	for _, m := range baggage.FromContext(c.Baggage.Extract(baggage.ContextWithoutBaggage(ctx), from)).Members() {
		k, v := m.Key(), m.Value()
		if len(k) > maxMember || len(v) > maxMember || credentialKey.MatchString(k) || credentialValue.MatchString(v) {
			continue
		}
		if plain, err := baggage.NewMemberRaw(k, v); err == nil && len(kept) < maxBaggage {
			kept = append(kept, plain)
		}
	}
	b, err := baggage.New(kept...)
	if err != nil || b.Len() == 0 {
		return baggage.ContextWithoutBaggage(ctx)
	}
	return baggage.ContextWithBaggage(ctx, b)
}
