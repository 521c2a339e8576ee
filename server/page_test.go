package server_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/honehq/hone/agent"
	"github.com/honehq/hone/server"
)

// opener opens the page of a world in a tab of its own.
type opener func(t *testing.T, w *world) *tab

// chromium starts a browser with a profile of its own.
func chromium(t *testing.T) opener {
	t.Helper()
	path, err := exec.LookPath(cmp.Or(os.Getenv("CHROMIUM"), "chromium"))
	if err != nil {
		t.Skipf("the page is not tested: no CHROMIUM: %v; install Debian's package chromium, or name a Chromium or Chrome by CHROMIUM", err)
	}
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun}
	for _, flag := range []string{"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync", "disable-dev-shm-usage"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	starter, stop := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	browser, cancel := chromedp.NewContext(starter)
	t.Cleanup(func() {
		err := chromedp.Cancel(browser) // waits for the browser's end
		cancel()
		stop()
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	if err := chromedp.Do(browser); err != nil {
		t.Fatal(err)
	}
	return func(t *testing.T, w *world) *tab { return open(browser, t, w) }
}

// tab is an open page.
type tab struct {
	*testing.T
	ctx context.Context //nolint:containedctx // chromedp knows a tab by its context

	mu    sync.Mutex
	wrong []string // scripts that failed
}

// watch notes what the page's policy had to prevent.
const watch = `window.prevented = []; addEventListener("securitypolicyviolation", (e) => prevented.push(e.violatedDirective + " " + e.blockedURI));`

// open opens the page of a world. At the test's end no script may have failed
// and the page's policy must have prevented nothing.
func open(browser context.Context, t *testing.T, w *world) *tab {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(browser)
	p := &tab{T: t, ctx: ctx}
	err := chromedp.Listen(ctx, func(ev any) {
		if thrown, ok := ev.(*runtime.EventExceptionThrown); ok {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.wrong = append(p.wrong, thrown.ExceptionDetails.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	call(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch})
	p.do(chromedp.Navigate(w.url+"/"), chromedp.WaitVisible("#question"))
	t.Cleanup(func() {
		p.check()
		closeTab()
	})
	return p
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.Fatal(err)
	}
}

func call[P, R any](p *tab, command cdp.Command[P, R], params P) {
	p.Helper()
	if _, err := chromedp.Call(p.ctx, command, params); err != nil {
		p.Fatal(err)
	}
}

func run[T any](p *tab, action chromedp.Action[T]) T {
	p.Helper()
	v, err := chromedp.Run(p.ctx, action)
	if err != nil {
		p.Fatal(err)
	}
	return v
}

// ask types a question and the return key.
func (p *tab) ask(question string) {
	p.Helper()
	p.do(chromedp.SendKeys("#question", question+kb.Enter))
}

// value is what a JavaScript expression is worth.
func value[T any](p *tab, expression string) T {
	p.Helper()
	return run(p, chromedp.Evaluate[T](expression))
}

// wait waits until a JavaScript expression is true.
func (p *tab) wait(expression string) {
	p.Helper()
	for !value[bool](p, "Boolean("+expression+")") {
		if p.check(); p.Failed() {
			p.FailNow() // it may never become true
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// check tells of scripts that failed and of what the page's policy prevented.
func (p *tab) check() {
	p.Helper()
	prevented := value[[]string](p, "prevented")
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.wrong) > 0 || len(prevented) > 0 {
		p.Errorf("scripts failed: %q; the policy prevented %q", p.wrong, prevented)
	}
}

// text is what a person reads of an element.
func (p *tab) text(selector string) string {
	p.Helper()
	return value[string](p, fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", selector))
}

// look keeps a picture where HONE_TEST_SCREENSHOTS names a folder.
func (p *tab) look(name string) {
	p.Helper()
	dir := os.Getenv("HONE_TEST_SCREENSHOTS")
	if dir == "" {
		return
	}
	picture := run(p, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o600); err != nil {
		p.Fatal(err)
	}
}

func TestPage(t *testing.T) {
	open := chromium(t)
	for name, test := range map[string]func(*testing.T, opener){
		"asks, streams and cites":      pageAnswers,
		"follows up":                   pageFollowsUp,
		"stores what was wrong":        pageRates,
		"runs nothing of an answer":    pageIsSafe,
		"asks for a key":               pageAsksForKey,
		"stops":                        pageStops,
		"says what failed":             pageSaysWhatFailed,
		"reads events in pieces":       pageReadsPieces,
		"fits narrow and dark":         pageFits,
		"says that it is the offline":  pageSaysOffline,
		"leads to traces":              pageLeadsToTraces,
		"shows hostile traces as text": pageShowsHostileTraces,
	} {
		t.Run(name, func(t *testing.T) { test(t, open) })
	}
}

func pageAnswers(t *testing.T, open opener) {
	read := make(chan struct{})
	script := append(redis[:4:4], func(context.Context) { <-read })
	p := open(t, newWorld(t, append(script, redis[4:]...), nil))
	p.ask("how do I fail over redis?")
	p.wait("document.querySelector('.answer')?.innerText.includes('redis-cli')") // while the run goes on
	if got := p.text("article"); strings.Contains(got, "I'll look") || !strings.Contains(got, "file_search redis <failover> → 1 passage") || !value[bool](p, "$('go').hidden && !$('stop').hidden") {
		t.Errorf("while it runs: %q", got)
	}
	close(read)
	p.wait("document.querySelector('.rate')")
	if got, want := p.text(".answer"), "Promote a replica: redis-cli REPLICAOF NO ONE [1]."; got != want {
		t.Errorf("answer %q", got)
	}
	if got := p.text(".answer code"); got != "redis-cli REPLICAOF NO ONE" {
		t.Errorf("command %q", got)
	}
	cites := p.text(".cites")
	for _, part := range []string{"runbooks/redis.md:8", "Redis failover › Promote a replica", "Run `redis-cli REPLICAOF NO ONE` on the replica."} {
		if !strings.Contains(cites, part) {
			t.Errorf("%q is not in %q", part, cites)
		}
	}
	if got := value[string](p, "document.querySelector('.cites a').href"); got != citation.URL {
		t.Errorf("the citation leads to %q", got)
	}
	p.do(chromedp.Click(".answer a"))
	if got := value[string](p, "document.querySelector(':target').innerText"); !strings.Contains(got, "redis.md") {
		t.Errorf("[1] leads to %q", got)
	}
	if got := value[bool](p, "$('question').value === '' && $('stop').hidden && $('key').hidden"); !got {
		t.Error("it is not ready for the next question")
	}
	p.look("answer")
}

func pageFollowsUp(t *testing.T, open opener) {
	w := newWorld(t, []any{agent.Done{Answer: answer}}, nil)
	p := open(t, w)
	p.ask("one?")
	p.wait("document.querySelectorAll('.rate').length === 1")
	w.agent.runs = nil // the next run would have the same ID
	p.ask("two?")
	p.wait("document.querySelectorAll('.rate').length === 2")
	if got := value[string](p, "thread"); got != "thr_1" {
		t.Errorf("thread %q", got)
	}
	p.do(chromedp.Click("#fresh"))
	if got := value[string](p, "thread"); got != "" || p.text("#thread") != "" {
		t.Errorf("after a new topic: %q %q", got, p.text("#thread"))
	}
}

func pageRates(t *testing.T, open opener) {
	w := newWorld(t, redis, nil)
	p := open(t, w)
	p.ask("how do I fail over redis?")
	p.wait("document.querySelector('.rate')")
	p.do(chromedp.Click(".rate button:last-child"), chromedp.SendKeys(".correction", "It takes 30 s, too."))
	p.look("rating")
	p.do(chromedp.Click(".rate button"))
	p.wait("document.querySelector('.rate').innerText === 'Thank you.'")
	run, err := w.db.Run(t.Context(), "run_1")
	if err != nil || len(run.Feedback) != 1 || run.Feedback[0].Rating != "down" || run.Feedback[0].Correction != "It takes 30 s, too." {
		t.Errorf("stored %+v, %v", run.Feedback, err)
	}
}

func pageIsSafe(t *testing.T, open opener) {
	const hostile = `<img src=x onerror="pwned=1"><script>pwned=1</script><svg onload=pwned=1>**<b>**` + "`<i>`\n```html\n<img src=/ onerror=pwned=1>\n```\n"
	bad := citation
	bad.Path, bad.Section, bad.Quote, bad.URL = hostile, hostile, hostile, "javascript:pwned=1"
	a := answer
	a.Answer, a.Note, a.Model, a.Citations = hostile+"[1]", hostile, hostile, []agent.Citation{bad}
	p := open(t, newWorld(t, []any{
		agent.ToolEvent{Tool: hostile, Arguments: hostile, Done: true, Summary: hostile},
		agent.TextEvent{Text: hostile}, agent.CitationEvent{Citation: bad}, agent.Done{Answer: a},
	}, nil))
	p.ask(`<img src=x onerror="pwned=1">`)
	p.wait("document.querySelector('.rate')")
	for _, part := range []string{"h2", ".tool", ".answer", ".note", ".cites span", "blockquote", ".meta"} {
		if !strings.Contains(p.text(part), `<img src=x onerror="pwned=1">`) {
			t.Errorf("%s shows %q", part, p.text(part))
		}
	}
	if got := value[int](p, "document.querySelectorAll('#thread :is(img, script, svg, b, i)').length"); got != 0 {
		t.Errorf("%d elements came from the answer", got)
	}
	if value[bool](p, "'pwned' in window || [...document.links].some((a) => a.protocol === 'javascript:')") {
		t.Error("the answer ran, or would on a click")
	}
	// The guard behind the guard: not even the page's own script could do it.
	const set = `new Promise((seen) => {
		addEventListener("securitypolicyviolation", () => { prevented = []; seen(document.querySelector("b") === null) }, { once: true });
		try { document.body.innerHTML = "<b>"; seen(false) } catch {}
	})`
	if !run(p, chromedp.Evaluate[bool](set, chromedp.EvalAwaitPromise)) {
		t.Error("scripts may set HTML")
	}
	p.look("hostile")
}

func pageAsksForKey(t *testing.T, open opener) {
	p := open(t, newWorld(t, redis, func(c *server.Config) { c.Keys = []string{"a-key-of-16-chars"} }))
	if value[bool](p, "!$('key').hidden") {
		t.Error("it asks for a key before one is needed")
	}
	p.ask("how do I fail over redis?")
	p.wait("!$('key').hidden && document.querySelector('.note')")
	if got := p.text(".note"); !strings.Contains(got, "API key") {
		t.Errorf("it says %q", got)
	}
	p.look("key")
	p.do(chromedp.SendKeys("#apikey", "a-key-of-16-chars"+kb.Enter))
	p.wait("document.querySelector('.rate')") // the question was asked again
	if value[bool](p, "!$('key').hidden || localStorage.length > 0 || document.cookie !== ''") {
		t.Error("the key is still asked for, or kept for longer than the tab")
	}
}

func pageStops(t *testing.T, open opener) {
	ended := make(chan struct{})
	p := open(t, newWorld(t, []any{agent.TextEvent{Text: "Prom"}, func(ctx context.Context) { <-ctx.Done(); close(ended) }}, nil))
	p.ask("how do I fail over redis?")
	p.wait("document.querySelector('.answer')?.innerText === 'Prom'")
	p.do(chromedp.KeyEvent(kb.Escape))
	<-ended
	p.wait("document.querySelector('.note')?.innerText === 'Stopped.'")
	p.wait("!$('go').hidden")
}

func pageSaysWhatFailed(t *testing.T, open opener) {
	for name, c := range map[string]struct {
		script []any
		want   string
	}{
		"at once":   {[]any{errors.New("disk full")}, "the server failed; its log and the trace say why"},
		"later":     {[]any{agent.TextEvent{Text: "Prom"}, errors.New("disk full")}, "the server failed; its log and the trace say why"},
		"cut short": {[]any{agent.TextEvent{Text: "Prom"}, func(context.Context) { panic(http.ErrAbortHandler) }}, "The answer broke off"},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, newWorld(t, c.script, nil))
			p.ask("how do I fail over redis?")
			p.wait("document.querySelector('.note')")
			if got := p.text(".note"); !strings.HasPrefix(got, c.want) {
				t.Errorf("it says %q", got)
			}
			p.wait("!$('go').hidden")
			if value[string](p, "$('question').value") == "" && name != "later" {
				t.Error("the question must be typed again")
			}
		})
	}
}

// Networks cut where they like, in the middle of an event or of a letter, and
// break off as if it were the end.
func pageReadsPieces(t *testing.T, open opener) {
	p := open(t, newWorld(t, nil, nil))
	p.do(chromedp.Evaluate[chromedp.Void](`fetch = async () => {
		const bytes = new TextEncoder().encode('event: text\ndata: {"text":"Ünder "}\n\nevent: text\ndata: {"text":"30 s: é"}\n\nevent: do');
		return new Response(new ReadableStream({ start(c) { bytes.forEach((_, i) => c.enqueue(bytes.slice(i, i + 1))); c.close(); } }));
	}`))
	p.ask("how long?")
	p.wait("document.querySelector('.note')")
	if got := p.text(".answer") + "|" + p.text(".note"); got != "Ünder 30 s: é|The answer broke off." {
		t.Errorf("it shows %q", got)
	}
}

func pageFits(t *testing.T, open opener) {
	a := answer
	a.Answer = "Promote a replica [1]:\n\n```\n" + strings.Repeat("redis-cli -h redis-replica-1.storage.svc.cluster.local ", 4) + "\n```\n\n1. **Check** that `role:master` is shown.\n2. " + strings.Repeat("verylongword", 20)
	p := open(t, newWorld(t, append(redis[:6:6], agent.Done{Answer: a}), nil))
	p.ask("how do I fail over redis?")
	p.wait("document.querySelector('.rate')")
	p.look("wide")
	p.do(chromedp.EmulateViewport(360, 640))
	dark := &emulation.MediaFeature{Name: "prefers-color-scheme", Value: "dark"}
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{dark}})
	if value[bool](p, "document.documentElement.scrollWidth > innerWidth") {
		t.Error("it scrolls sideways")
	}
	if got := value[string](p, "getComputedStyle(document.body).backgroundColor"); got != "rgb(22, 24, 26)" {
		t.Errorf("in the dark the background is %s", got)
	}
	p.look("narrow")
}

func pageSaysOffline(t *testing.T, open opener) {
	a := answer
	a.Model = "offline"
	p := open(t, newWorld(t, []any{agent.Done{Answer: a}}, nil))
	p.ask("how do I fail over redis?")
	p.wait("document.querySelector('.rate')")
	if got := p.text(".note"); !strings.Contains(got, "no language model") {
		t.Errorf("it says %q", got)
	}
}
