package rollout_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/honehq/hone/eval"
	"github.com/honehq/hone/eval/rollout"
)

var notice = rollout.Notice{ID: "rol_1/returned", Kind: rollout.NoticeReturned, Agent: "default", Text: "Put back.", At: time.Unix(1, 0).UTC()}

func TestWebhook(t *testing.T) {
	for _, tc := range []struct {
		status  int
		told    bool
		refused bool
	}{
		{200, true, false}, {204, true, false}, {302, false, true}, {400, false, true}, {401, false, true}, {404, false, true},
		{408, false, false}, {425, false, false}, {429, false, false}, {500, false, false}, {503, false, false},
	} {
		t.Run(fmt.Sprint(tc.status), func(t *testing.T) {
			asked := 0
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked++
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(tc.status)
			}))
			defer web.Close()
			err := must(rollout.NewWebhook(web.URL+"/token-xyz"))(t).Notify(t.Context(), notice)
			if (err == nil) != tc.told || errors.Is(err, rollout.ErrRefused) != tc.refused || asked != 1 {
				t.Errorf("%v after %d requests", err, asked)
			}
			if err != nil && strings.Contains(err.Error(), "token-xyz") {
				t.Errorf("the error tells the URL: %v", err)
			}
		})
	}
	web := httptest.NewServer(http.NotFoundHandler())
	web.Close()
	if err := must(rollout.NewWebhook(web.URL+"/token-xyz"))(t).Notify(t.Context(), notice); err == nil || errors.Is(err, rollout.ErrRefused) || strings.Contains(err.Error(), "token-xyz") {
		t.Errorf("nobody is there: %v", err)
	}
}

func TestWebhookURL(t *testing.T) {
	for _, bad := range []string{"", "hooks.example/token-xyz", "ftp://hooks.example/token-xyz", "file:///token-xyz", "https://", "http://a b/token-xyz", "javascript:token-xyz"} {
		if _, err := rollout.NewWebhook(bad); err == nil || strings.Contains(err.Error(), "token-xyz") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// A notice that is refused is given up at once, one that fails after some tries;
// neither holds up the other ways out.
func TestGivenUp(t *testing.T) {
	for name, status := range map[string]int{"refused": http.StatusForbidden, "failing": http.StatusBadGateway} {
		t.Run(name, func(t *testing.T) {
			w := newTown(t)
			ended := time.Now().UTC().Truncate(time.Microsecond)
			noError(t, w.db.PutRound(t.Context(), eval.Round{
				ID: "rnd_1", Agent: "default", State: eval.Failed, Verdict: "The round failed: no provider.", Started: ended, Ended: ended,
			}))
			asked := 0
			web := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
				asked++
				rw.WriteHeader(status)
			}))
			defer web.Close()
			w.ways = append(w.ways, must(rollout.NewWebhook(web.URL+"/token-xyz"))(t))
			watcher := w.watcher()
			for range 20 {
				noError(t, watcher.Look(t.Context()))
				time.Sleep(time.Microsecond)
			}
			if want := map[string]int{"refused": 1, "failing": 12}[name]; asked != want {
				t.Errorf("asked %d times, not %d", asked, want)
			}
			if n := strings.Count(w.log.String(), `"msg":"Agent default: round rnd_1 failed. The round failed: no provider."`); n != 1 {
				t.Errorf("told %d times in the log: %s", n, w.log)
			}
			if !strings.Contains(w.log.String(), "is given up") || strings.Contains(w.log.String(), "token-xyz") {
				t.Errorf("the log: %s", w.log)
			}
		})
	}
}

func TestNew(t *testing.T) {
	w := newTown(t)
	good := rollout.Config{Store: w.db, Rounds: w.db, Judge: w.judge, Agent: "default"}
	for name, spoil := range map[string]func(*rollout.Config){
		"no store":        func(c *rollout.Config) { c.Store = nil },
		"no rounds":       func(c *rollout.Config) { c.Rounds = nil },
		"no judge":        func(c *rollout.Config) { c.Judge = nil },
		"no agent":        func(c *rollout.Config) { c.Agent = "" },
		"a sample of 2":   func(c *rollout.Config) { c.Sample = 2 },
		"a way out twice": func(c *rollout.Config) { c.Ways = []rollout.Notifier{rollout.Metric{}, rollout.Metric{}} },
	} {
		c := good
		spoil(&c)
		if _, err := rollout.New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
