// Package housetest holds the rules of the house as tests: which package may import
// which, and that the files for running Hone in containers are sound.
package housetest

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "github.com/honehq/hone"

// layers lists the house from the top down. A package imports from layers below its
// own; what lies inside a package's folder belongs to its layer.
var layers = []string{
	"bench",
	"deploy",
	"cmd",
	"server",
	"slackbot",
	"mcpserver",
	"traces",
	"agents",
	"eval",
	"agent",
	"openresponses",
	"knowledge",
	"prompts",
	"prices",
	"jobs",
	"otel",
	"internal",
}

// programs wire things together, and so may import a store and data: what people run,
// what measures it, and what writes files for operators from the code.
var programs = []string{"cmd", "bench", "deploy"}

// data are folders of files that the program carries: the sample, and the documents
// about Hone itself.
var data = []string{"sample", "docs"}

// strangers don't know each other, wherever they stand.
var strangers = [][2]string{
	{"server", "slackbot"},
	{"agent", "openresponses"},
}

// storeKnows is what a store may import beside its own folder: the packages whose
// storage interfaces it implements, and what lies below them.
var storeKnows = []string{"agents", "eval", "agent", "openresponses", "knowledge", "prompts", "jobs", "otel", "internal"}

// telemetry is set up by package otel alone. Its other packages (attribute, trace, codes)
// may be used anywhere.
var telemetry = []string{"go.opentelemetry.io/otel/sdk", "go.opentelemetry.io/otel/exporters"}

// imported is a package and what its files import. Test files are not among them: tests
// may import what they like.
type imported struct {
	ImportPath string
	Imports    []string
}

// violations returns a sentence for each import that breaks a rule of the house.
func violations(packages []imported) []string {
	var found []string
	for _, p := range packages {
		from, ours := strings.CutPrefix(p.ImportPath, module+"/")
		if !ours {
			found = append(found, fmt.Sprintf("%s is outside the module's folders", p.ImportPath))
			continue
		}
		if !placed(from) {
			found = append(found, fmt.Sprintf("%s has no place in the house: give it one in this test and in docs/design.md", from))
			continue
		}
		for _, path := range p.Imports {
			if why := objection(from, path); why != "" {
				found = append(found, fmt.Sprintf("%s imports %s: %s", from, strings.TrimPrefix(path, module+"/"), why))
			}
		}
	}
	return found
}

// top is the first folder of a path inside the module.
func top(path string) string {
	first, _, _ := strings.Cut(path, "/")
	return first
}

func placed(path string) bool {
	return slices.Contains(layers, top(path)) || slices.Contains(data, top(path)) || top(path) == "store"
}

// objection returns why a package of ours may not import path, or "".
func objection(from, path string) string {
	to, ours := strings.CutPrefix(path, module+"/")
	if !ours {
		return objectionOutside(from, path)
	}
	if top(from) == top(to) && top(from) != "store" {
		return "" // inside one layer
	}
	switch {
	case top(from) == "store":
		return objectionFromStore(from, to)
	case slices.Contains(data, top(from)):
		return top(from) + " is data and imports nothing of the house"
	case top(to) == "store" && !slices.Contains(programs, top(from)):
		return "only programs and tests import a store"
	case strings.HasPrefix(to, "store/storetest"):
		return "the conformance suite is for tests"
	case top(to) == "store":
		return ""
	case slices.Contains(data, top(to)) && !slices.Contains(programs, top(from)):
		return "only programs and tests import data"
	case slices.Contains(data, top(to)):
		return ""
	}
	for _, pair := range strangers {
		if slices.Contains(pair[:], top(from)) && slices.Contains(pair[:], top(to)) {
			return "they don't know each other"
		}
	}
	if slices.Index(layers, top(to)) < slices.Index(layers, top(from)) {
		return "imports point down"
	}
	return ""
}

func objectionFromStore(from, to string) string {
	if top(to) != "store" {
		if slices.Contains(storeKnows, top(to)) {
			return ""
		}
		return "a store knows only what it stores"
	}
	for _, name := range []string{"store/sqlite", "store/postgres", "store/storetest"} {
		if inFolder(to, name) && !inFolder(from, name) {
			return "stores don't know each other, nor their suite"
		}
	}
	return ""
}

func objectionOutside(from, path string) string {
	if top(from) == "otel" {
		return ""
	}
	if path == "go.opentelemetry.io/otel" || slices.ContainsFunc(telemetry, func(t string) bool { return inFolder(path, t) }) {
		return "only otel sets telemetry up"
	}
	return ""
}

// inFolder reports whether path is folder or lies inside it.
func inFolder(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

func TestImports(t *testing.T) {
	packages := list(t)
	if len(packages) < len(layers)/2 {
		t.Fatalf("found only %d packages", len(packages))
	}
	for _, v := range violations(packages) {
		t.Error(v)
	}
}

// list reads the imports of every package of the module, whatever platform its files are
// for. It reads them itself, rather than ask the go command, so that go test sees which
// files the result hangs on and doesn't answer from its cache when one has changed.
func list(t *testing.T) []imported {
	t.Helper()
	byFolder := map[string]*imported{}
	err := filepath.WalkDir(root(), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path != root() && (d.Name() == "testdata" || strings.ContainsAny(d.Name()[:1], "._")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		folder, err := filepath.Rel(root(), filepath.Dir(path))
		if err != nil {
			return err
		}
		p := byFolder[folder]
		if p == nil {
			p = &imported{ImportPath: module + "/" + filepath.ToSlash(folder)}
			byFolder[folder] = p
		}
		return p.addFile(path)
	})
	if err != nil {
		t.Fatal(err)
	}
	var packages []imported
	for _, folder := range slices.Sorted(maps.Keys(byFolder)) {
		packages = append(packages, *byFolder[folder])
	}
	return packages
}

// addFile adds the imports of a Go file that are not there yet.
func (p *imported) addFile(path string) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		return err
	}
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if !slices.Contains(p.Imports, name) {
			p.Imports = append(p.Imports, name)
		}
	}
	return nil
}

// root is the module's folder, seen from this package's.
func root() string { return filepath.Join("..", "..") }

func TestViolations(t *testing.T) {
	const otel = "go.opentelemetry.io/otel"
	for _, tc := range []struct {
		from, to string
		want     string // "" where the import is allowed
	}{
		{"cmd/hone", "store/sqlite", ""},
		{"cmd/hone", "sample", ""},
		{"cmd/hone", "docs", ""},
		{"deploy/dashboards", "otel", ""},
		{"cmd/hone", "server", ""},
		{"server", "eval", ""},
		{"eval", "agent", ""},
		{"eval", "openresponses/offline", ""},
		{"eval/gate", "eval/stats", ""},
		{"eval/gate", "eval", ""},
		{"knowledge", "knowledge/textindex", ""},
		{"agent", "knowledge", ""},
		{"prompts", "internal/id", ""},
		{"internal/testrun", "internal/id", ""},
		{"store/sqlite", "eval", ""},
		{"store/sqlite", "knowledge/textindex", ""},
		{"store/sqlite", "store/rows", ""},
		{"store/sqlite", "jobs", ""},
		{"store/storetest", "agent", ""},

		{"prompts", "knowledge", "imports point down"},
		{"knowledge/textindex", "openresponses", "imports point down"},
		{"internal/id", "otel", "imports point down"},
		{"otel", "server", "imports point down"},
		{"server", "cmd/hone", "imports point down"},
		{"bench/gate", "eval/gate", ""},
		{"bench/asking", "store/sqlite", ""},
		{"bench/improve", "sample", ""},
		{"cmd/hone", "bench/gate", "imports point down"},
		{"agent", "eval/gate", "imports point down"},
		{"agent", "openresponses", "they don't know each other"},
		{"openresponses/offline", "agent", "they don't know each other"},
		{"server", "slackbot", "they don't know each other"},
		{"slackbot", "server", "they don't know each other"},
		{"server", "store/sqlite", "only programs and tests import a store"},
		{"eval", "store/postgres", "only programs and tests import a store"},
		{"internal/id", "store/sqlite", "only programs and tests import a store"},
		{"cmd/hone", "store/storetest", "the conformance suite is for tests"},
		{"store/sqlite", "server", "a store knows only what it stores"},
		{"store/postgres", "mcpserver", "a store knows only what it stores"},
		{"store/sqlite", "sample", "a store knows only what it stores"},
		{"store/sqlite", "cmd/hone", "a store knows only what it stores"},
		{"store/sqlite", "store/postgres", "stores don't know each other, nor their suite"},
		{"store/rows", "store/storetest", "stores don't know each other, nor their suite"},
		{"eval", "sample", "only programs and tests import data"},
		{"server", "docs", "only programs and tests import data"},
		{"docs", "otel", "docs is data and imports nothing of the house"},
		{"sample", "eval", "sample is data and imports nothing of the house"},

		{"otel", otel, ""},
		{"otel/spanstore", otel + "/sdk/trace", ""},
		{"agent", otel + "/attribute", ""},
		{"agent", otel + "/trace", ""},
		{"agent", otel, "only otel sets telemetry up"},
		{"cmd/hone", otel + "/sdk", "only otel sets telemetry up"},
		{"store/sqlite", otel + "/sdk/trace", "only otel sets telemetry up"},
		{"server", otel + "/exporters/otlp/otlptrace", "only otel sets telemetry up"},
	} {
		t.Run(tc.from+" imports "+tc.to, func(t *testing.T) {
			path := tc.to
			if !strings.HasPrefix(path, otel) || path == "otel" {
				path = module + "/" + path
			}
			graph := []imported{
				{ImportPath: module + "/internal/id", Imports: []string{"crypto/rand"}},
				{ImportPath: module + "/" + tc.from, Imports: []string{"fmt", path}},
			}
			var want []string
			if tc.want != "" {
				want = []string{tc.from + " imports " + tc.to + ": " + tc.want}
			}
			if diff := cmp.Diff(want, violations(graph)); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPackagesWithoutAPlace(t *testing.T) {
	got := violations([]imported{{ImportPath: module + "/util"}, {ImportPath: module}, {ImportPath: "example.test/other"}})
	want := []string{
		"util has no place in the house: give it one in this test and in docs/design.md",
		module + " is outside the module's folders",
		"example.test/other is outside the module's folders",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
}
