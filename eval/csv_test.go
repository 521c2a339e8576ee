package eval_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/eval"
)

func TestLoadCSV(t *testing.T) {
	want := []eval.Case{
		{
			ID: "a", Question: "How long, then?", Answer: "Six \"whole\" minutes;\nno more.", Kind: "runbook", Type: "lookup", Style: "lexical",
			Docs: []string{"x.md", "y;z.md"},
			Nuggets: []eval.Nugget{
				{Text: "six minutes", Vital: true, AnyOf: []string{"6 minutes", "six minutes"}},
				{Text: "no more", Vital: true, AnyOf: []string{"no more"}},
			},
		},
		{ID: "u", Question: "Who?", Type: eval.Unanswerable},
	}
	row := func(separator string) string {
		cells := []string{"a", `"How long, then?"`, "\"Six \"\"whole\"\" minutes;\nno more.\"", "runbook", "lookup", "lexical", `"x.md | y;z.md"`, `"six minutes => 6 minutes => six minutes; no more"`}
		return strings.Join(cells, separator)
	}
	for name, file := range map[string]string{
		"plain":            "id,question,answer,kind,type,style,docs,nuggets\n" + row(",") + "\nu,Who?,,,unanswerable,,,\n",
		"Excel, semicolon": "\ufeffid;question;answer;kind;type;style;docs;nuggets\r\n" + row(";") + "\r\n;;;;;;;\r\nu;Who?;;;unanswerable;;;\r\n",
		"tabs":             "id\tquestion\tanswer\tkind\ttype\tstyle\tdocs\tnuggets\n" + row("\t") + "\nu\tWho?\t\t\tunanswerable\t\t\t",
		"sep=":             "sep=;\r\nid;question;answer;kind;type;style;docs;nuggets\r\n" + row(";") + "\r\nu;Who?;;;unanswerable;;;\r\n",
		"another order":    "Type,ID,question\nunanswerable,u,Who?\n",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := eval.LoadCSV(strings.NewReader(file), "f")
			if err != nil {
				t.Fatal(err)
			}
			expected := want
			if name == "another order" {
				expected = want[1:]
			}
			if diff := cmp.Diff(expected, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	for name, tc := range map[string]struct{ file, want string }{
		"empty":             {"", "f: no cases: a header is wanted"},
		"header only":       {"id,question\n", "f: no cases below the header"},
		"unknown column":    {"id,question,nugget\n", `f:1: there is no column "nugget"; there are: id, question,`},
		"column twice":      {"id,question,ID\n", "f:1: the column id stands there twice"},
		"no question":       {"id,docs\na,x\n", "f:1: the column question is missing"},
		"short row":         {"id,question,docs\na,Q?,x\nb,Q?\n", "f:3: wrong number of fields"},
		"bare quote":        {"id,question,docs\na,Q\"?,x\n", "f:2: bare \" in non-quoted-field"},
		"open quote":        {"id,question,docs\na,\"Q?,x\n", "f:"},
		"after sep":         {"sep=;\nid;question;docs\na;Q?;x\nb;;x\n", "f:4: the question is missing"},
		"after a long cell": {"id,question,docs\na,\"Q\n?\",x\nb,,x\n", "f:4: the question is missing"},
		"same id":           {"id,question,docs\na,Q?,x\na,R?,x\n", `f:3: the id "a" stands in line 2, too`},
		"same question":     {"question,docs\nQ?,x\n q?,x\n", `f:3: the id "csv-`},
		"no gold":           {"id,question,answer\na,Q?,A\n", "f:2: nothing says what a right answer is"},
		"empty words":       {"id,question,nuggets\na,Q?,x => \n", "f:2: nuggets[0].any_of[0] is empty"},
		"UTF-16":            {"\xff\xfei\x00d\x00", "f: it is not UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := eval.LoadCSV(strings.NewReader(tc.file), "f"); err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("error %v, want %s", err, tc.want)
			}
		})
	}
}

func TestLoadChoosesTheFormat(t *testing.T) {
	const line, table = ` {"id":"a","question":"Q?","docs":["x.md"]}`, "id,question,docs\na,Q?,x.md\n"
	for _, tc := range []struct {
		file, name string
		format     eval.Format
		ok         bool
	}{
		{line, "f.jsonl", "", true}, {table, "f.CSV", "", true}, {table, "f.tsv", "", true},
		{line, "-", "", true}, {table, "-", "", true}, {"\ufeff" + table, "-", "", true}, {"\ufeff" + line, "-", "", true},
		{table, "f.jsonl", eval.CSV, true}, {line, "f.csv", eval.JSONL, true},
		{table, "f.jsonl", "", false}, {line, "f.csv", "", false}, {line, "f", "yaml", false},
	} {
		cases, err := eval.Load(strings.NewReader(tc.file), tc.name, tc.format)
		if ok := err == nil && len(cases) == 1 && cases[0].ID == "a"; ok != tc.ok {
			t.Errorf("%q as %s %q: %+v, %v", tc.file, tc.name, tc.format, cases, err)
		}
	}
}

// Whatever a table holds, what is taken is a case, and comes back the same from
// a line of JSON.
func FuzzLoadCSV(f *testing.F) {
	f.Add("id,question,docs\na,Q?,x.md|y.md\n")
	f.Add("\ufeffsep=;\r\nquestion;nuggets\r\n\"Q\r\n?\";a=>b=>c\r\n")
	f.Fuzz(func(t *testing.T, file string) {
		cases, err := eval.LoadCSV(strings.NewReader(file), "f")
		if err != nil {
			return
		}
		for i, c := range eval.Clustered(cases) {
			if c.ID == "" || c.ID != cases[i].ID || c.Cluster == "" {
				t.Fatalf("case %q became %+v", cases[i].ID, c)
			}
		}
	})
}
