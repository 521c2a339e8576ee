package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/otel"
)

// pageLeadsToTraces goes from an answer to its trace, to the list, and compares.
func pageLeadsToTraces(t *testing.T, open opener) {
	a := answer
	a.ID, a.TraceID = "run_3", tracedID
	p := open(t, newWorld(t, []any{agent.Done{Answer: a}}, keepTraces(t, nil)))
	p.ask("how do I fail over redis?")
	p.wait("document.querySelector('.rate')")
	p.follow("document.querySelector('.meta a').href", ".fall")
	for _, part := range []string{"Trace " + tracedID, "1 failed", "How do I <b>fail over</b>?", "v3", "file_search", "└─ chat scripted-1", "failed: it broke"} {
		if !strings.Contains(p.text("main"), part) {
			t.Errorf("the trace lacks %q:\n%s", part, p.text("main"))
		}
	}
	if got := value[int](p, "document.querySelectorAll('.fall svg rect').length"); got != 4 {
		t.Errorf("%d bars", got)
	}
	bar := "document.querySelectorAll('.fall rect')[3].getBoundingClientRect()"
	if got := value[float64](p, "(("+bar+").left - document.querySelectorAll('.fall svg')[3].getBoundingClientRect().left) / document.querySelector('.fall svg').getBoundingClientRect().width"); got < 0.35 || got > 0.45 {
		t.Errorf("the model's call begins at %.2f of the time, not at 0.4", got)
	}
	if got := value[string](p, "getComputedStyle(document.querySelector('.failed rect')).fill"); got == value[string](p, "getComputedStyle(document.querySelector('.tool rect')).fill") {
		t.Errorf("what failed has the colour of the others, %s", got)
	}
	p.look("trace")
	p.do(chromedp.Click(".fall .tool summary"))
	if got := p.text(".fall .tool"); !strings.Contains(got, "hone.search.scores") {
		t.Errorf("a step that was opened says %q", got)
	}
	p.do(chromedp.SendKeys("input[name=with]", "run_2"))
	p.follow(submitted, "pre")
	if got := p.text("main"); !strings.Contains(got, "- execute_tool file_search") || !strings.Contains(got, "not found") {
		t.Errorf("compared: %s", got)
	}
	p.look("compare")
	p.follow("document.querySelector('main a').href", "form")
	p.do(chromedp.SendKeys("input[name=slower]", "60ms"))
	p.follow(submitted, "table")
	if got := value[int](p, "document.querySelectorAll('tr').length"); got != 2 {
		t.Errorf("%d lines", got-1)
	}
	if got := p.text("table"); !strings.Contains(got, "POST /v1/ask") || value[string](p, "document.querySelector('input[name=slower]').value") != "60ms" {
		t.Errorf("the filtered list: %s", got)
	}
	p.do(chromedp.EmulateViewport(360, 640))
	if value[bool](p, "document.documentElement.scrollWidth > innerWidth") {
		t.Error("the list scrolls sideways")
	}
	p.look("traces")
}

// submitted is where the page's form leads, as it is filled in.
const submitted = "((form) => form.action + '?' + new URLSearchParams(new FormData(form)))(document.querySelector('form'))"

// follow goes where a JavaScript expression says, and waits for an element there.
func (p *tab) follow(address, element string) {
	p.Helper()
	p.check()
	p.do(chromedp.Navigate(value[string](p, address)))
	p.wait(fmt.Sprintf("document.querySelector(%q)", element))
}

// pageShowsHostileTraces: whatever spans and documents say stays text.
func pageShowsHostileTraces(t *testing.T, open opener) {
	const hostile = `</style><img src=x onerror="pwned=1"><script>pwned=1</script><svg onload=pwned=1>`
	w := newWorld(t, redis, keepTraces(t, func(spans []otel.Span) {
		for i := range spans {
			spans[i].Name += hostile
			spans[i].Message, spans[i].Scope, spans[i].Kind = hostile, hostile, hostile
			if spans[i].Attributes == nil {
				spans[i].Attributes = map[string]any{}
			}
			spans[i].Attributes[hostile] = hostile
			spans[i].Attributes["gen_ai.request.model"], spans[i].Attributes["gen_ai.tool.name"] = hostile, hostile
			spans[i].Attributes["hone.prompt.id"], spans[i].Attributes["gen_ai.agent.name"] = hostile, hostile
			spans[i].Events = []otel.SpanEvent{{Name: hostile, At: spans[i].Start, Attributes: map[string]any{hostile: hostile}}}
			spans[i].Links = []otel.SpanLink{{TraceID: "javascript:pwned=1"}}
		}
	}))
	p := open(t, w)
	for _, path := range []string{"/traces", "/traces/" + tracedID, "/traces/run_1/compare?with=run_2"} {
		p.do(chromedp.Navigate(w.url + path))
		p.wait("document.querySelector('main')")
		if value[bool](p, "'pwned' in window || document.querySelector('img, script, svg[onload]') !== null || [...document.links].some((a) => a.protocol === 'javascript:')") {
			t.Errorf("%s runs what a span says", path)
		}
		if !strings.Contains(value[string](p, "document.querySelector('main').textContent"), hostile) {
			t.Errorf("%s does not show it as text", path)
		}
	}
}
