package live

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// serverKey is Hone's, which Prometheus has in a file: /metrics is not for everyone.
const serverKey = "a-key-for-tests-0123456789"

// rules is where the rules of Prometheus are, and its configuration beside it.
var rules = filepath.Join("..", "prometheus", "rules")

// prometheusTool is the path of prometheus or promtool.
func prometheusTool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(cmp.Or(os.Getenv("PROMETHEUS"), "prometheus"))
	if err == nil && name != "prometheus" {
		path, err = exec.LookPath(filepath.Join(filepath.Dir(path), name))
	}
	if err != nil {
		t.Skipf("no PROMETHEUS: %v; install Debian's package prometheus, or name the program by PROMETHEUS", err)
	}
	return path
}

// prometheus scrapes each second, by the configuration that people run but for addresses and
// times.
type prometheus struct {
	*program
	url string
}

// startPrometheus scrapes Hones, as address:port. edit changes the text of the rules.
func startPrometheus(t *testing.T, edit func(string) string, hones ...string) *prometheus {
	t.Helper()
	path := prometheusTool(t, "prometheus")
	dir, listen := t.TempDir(), address(t)
	configure(t, dir, edit, hones)
	p := &prometheus{url: "http://" + listen}
	p.program = start(t, environment(t), path, "--config.file="+filepath.Join(dir, "prometheus.yaml"),
		"--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+listen, "--enable-feature=exemplar-storage", "--log.level=warn")
	p.await(t, func() bool { return answers(t.Context(), p.url+"/-/ready") })
	return p
}

// configure copies the configuration and the rules, with what differs here.
func configure(t *testing.T, dir string, edit func(string) string, hones []string) {
	t.Helper()
	text := read(t, filepath.Join(rules, "..", "prometheus.yaml"))
	for old, instead := range map[string]string{
		"[hone:8484]":               "[" + strings.Join(hones, ", ") + "]",
		"/run/secrets/hone_api_key": write(t, "key", serverKey),
		"scrape_interval: 15s":      "scrape_interval: 1s",
		"evaluation_interval: 15s":  "evaluation_interval: 1s",
	} {
		if strings.Count(text, old) != 1 {
			t.Fatalf("prometheus.yaml doesn't hold %q once", old)
		}
		text = strings.Replace(text, old, instead, 1)
	}
	put(t, filepath.Join(dir, "prometheus.yaml"), text)
	files, err := filepath.Glob(filepath.Join(rules, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no rules: %v", err)
	}
	for _, file := range files {
		put(t, filepath.Join(dir, "rules", filepath.Base(file)), edit(read(t, file)))
	}
}

// eachSecond has all rules evaluated each second, and alerts fire at once.
func eachSecond(text string) string {
	text = regexp.MustCompile(`(?m)^    interval: .*$`).ReplaceAllString(text, "")
	return regexp.MustCompile(`(?m)^        for: .*$`).ReplaceAllString(text, "")
}

// sample is a series' value.
type sample struct {
	Labels map[string]string `json:"metric"`
	Value  [2]any            `json:"value"` // time, number as a string
}

func (s sample) isZero() bool { return s.Value[1] == "0" }
func (s sample) isNaN() bool  { return s.Value[1] == "NaN" }

// query asks Prometheus. What it does not understand fails the test.
func (p *prometheus) query(t *testing.T, promQL string) []sample {
	t.Helper()
	var answer struct {
		Data struct {
			Result json.RawMessage
		}
	}
	getJSON(t, p.url+"/api/v1/query?query="+url.QueryEscape(promQL), &answer)
	var samples []sample
	if err := json.Unmarshal(answer.Data.Result, &samples); err != nil {
		t.Fatalf("%s: %v: %s", promQL, err, answer.Data.Result)
	}
	return samples
}

// scrape waits until every Hone was scraped n more times, and the rules evaluated.
func (p *prometheus) scrape(t *testing.T, n float64) {
	t.Helper()
	scrapes := func() (least float64) {
		for i, s := range p.query(t, `count_over_time(up{job="hone"}[1d])`) {
			if v := number(t, s); i == 0 || v < least {
				least = v
			}
		}
		return least
	}
	enough := scrapes() + n
	p.await(t, func() bool { return scrapes() >= enough })
}

func number(t *testing.T, s sample) float64 {
	t.Helper()
	var v float64
	if err := json.Unmarshal([]byte(s.Value[1].(string)), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// alerting are the labels of an alert that fires.
func (p *prometheus) alerting(t *testing.T, name string) []map[string]string {
	t.Helper()
	var firing []map[string]string
	for _, s := range p.query(t, `ALERTS{alertstate="firing", alertname="`+name+`"}`) {
		firing = append(firing, s.Labels)
	}
	return firing
}

// /metrics is for those who have a key.
func TestPrometheusNeedsAKey(t *testing.T) {
	h := startHone(t, "HONE_API_KEY="+serverKey)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/metrics", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, err := do(request); err != nil || status != http.StatusUnauthorized {
		t.Errorf("without a key: %d, %v", status, err)
	}
	p := startPrometheus(t, eachSecond, h.address())
	p.scrape(t, 2)
	if up := p.query(t, `up{job="hone"}`); len(up) != 1 || up[0].isZero() {
		t.Errorf("with the key: %v", up)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
