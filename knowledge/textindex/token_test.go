package textindex

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestTerms(t *testing.T) {
	for _, test := range []struct {
		text string
		want string // separated by spaces
	}{
		{"Restarting the Pods", "restart pod"},
		{"what is it?", ""},
		{"the team's don't GitLab’s we'll", "team gitlab git lab"},
		{"kube-apiserver", "kube-apiserver kube apiserv"},
		{"max_map_count", "max_map_count max map count"},
		{"NodeOutOfServiceVolumeDetach", "nodeoutofservicevolumedetach node out servic volum detach"},
		{"HTTPServer podIPs VMs", "httpserver http server podip pod ip vm"},
		{"1.26.6 v1.26.6 2024-03-05 10:20", "1.26.6 1.26.6 2024-03-05 10:20 10 20"},
		{"10.0.0.1:8080", "10.0.0.1:8080 10.0.0.1 8080"},
		{"ERR_CONN-42.", "err_conn-42 err conn 42"},
		{"runbooks/redis/README.md", "runbooks/redis/readme.md runbook redi readme.md readm md"},
		{"a: b, (c) --flag=x", "b c flag x"},
		{"CRÈME brûlée Über", "creme brule uber"},
		{"Straße Привет", "straße привет"},
		{"日本 server", "日 本 server"},
		{"indices ran throws thrown", "index run throw throw"},
		{"ﬁle １２", "file 12"},
		{"\xff\xfe\x00 ok", "ok"},
		{strings.Repeat("x", 65), ""},
		{"-_./:'@", ""},
		{"sigs.k8s.io", "sigs.k8s.io sig k8s io"},
	} {
		if diff := cmp.Diff(strings.Fields(test.want), append([]string{}, Terms(test.text)...)); diff != "" {
			t.Errorf("%q (want -, got +)\n%s", test.text, diff)
		}
	}
}

// The time grows with the text, whatever is in it.
func FuzzTerms(f *testing.F) {
	for _, seed := range []string{"HTTPServer's /etc/x-y_z.conf:80 v1.2.3", "É’s ’’ 日本-x", "a'b'c", "\xf0\x28"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, term := range Terms(text) {
			if term == "" || len(term) > maxTerm || utf8.ValidString(text) && !utf8.ValidString(term) {
				t.Fatalf("%q has the term %q", text, term)
			}
		}
	})
}

// Synonyms must be words that the analyzer keeps, or they never match.
func TestSynonymsAreTerms(t *testing.T) {
	for line := range strings.Lines(related) {
		for word := range strings.FieldsSeq(line) {
			if len(Terms(word)) != 1 {
				t.Errorf("%q is %v to the analyzer, not one term", word, Terms(word))
			}
		}
	}
	for term, others := range synonyms() {
		if slices.Contains(others, term) {
			t.Errorf("%q is its own synonym", term)
		}
		for _, other := range others {
			if !slices.Contains(synonyms()[other], term) {
				t.Errorf("%q leads to %q but not back", term, other)
			}
		}
	}
}

func TestSynonymsFindWhatWordsDont(t *testing.T) {
	docs := []Document{
		{Key: "drain", Chunks: []Chunk{{Title: "Nodes", Body: "Drain the node before the reboot."}}},
		{Key: "cert", Chunks: []Chunk{{Title: "Certificates", Body: "Renew what has expired."}}},
	}
	x := index(t, Part{Segment: build(t, docs)})
	for query, want := range map[string]string{
		"machine restarts":        "drain",
		"TLS is about to lapse":   "cert",
		"the node, not a machine": "drain",
	} {
		if got := searchFor(t, x, query, Options{}); len(got) == 0 || got[0].Key != want {
			t.Errorf("%q found %v, want %s", query, got, want)
		}
	}
}
