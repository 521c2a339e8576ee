package knowledge_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/honehq/hone/knowledge"
)

func TestFilterMatch(t *testing.T) {
	a := knowledge.Attributes{"team": "sre", "n": 3., "draft": false, "date": "2025-02-03"}
	for _, test := range []struct {
		filter string
		want   bool
	}{
		{`{"type":"eq","key":"team","value":"sre"}`, true},
		{`{"type":"eq","key":"team","value":"SRE"}`, false},
		{`{"type":"eq","key":"n","value":3}`, true},
		{`{"type":"eq","key":"n","value":"3"}`, false},
		{`{"type":"eq","key":"draft","value":false}`, true},
		{`{"type":"eq","key":"none","value":false}`, false},
		{`{"type":"ne","key":"team","value":"web"}`, true},
		{`{"type":"ne","key":"team","value":"sre"}`, false},
		{`{"type":"ne","key":"none","value":"sre"}`, true},
		{`{"type":"ne","key":"n","value":"3"}`, true},
		{`{"type":"gt","key":"n","value":2.5}`, true},
		{`{"type":"gt","key":"n","value":3}`, false},
		{`{"type":"gte","key":"n","value":3}`, true},
		{`{"type":"lt","key":"n","value":10}`, true},
		{`{"type":"lte","key":"n","value":2}`, false},
		{`{"type":"lt","key":"n","value":"4"}`, false},
		{`{"type":"gte","key":"n","value":"2"}`, false},
		{`{"type":"gt","key":"none","value":0}`, false},
		{`{"type":"lte","key":"none","value":0}`, false},
		{`{"type":"gte","key":"date","value":"2025-02"}`, true},
		{`{"type":"lt","key":"date","value":"2025-02-03"}`, false},
		{`{"type":"lt","key":"date","value":"2025-03"}`, true},
		{`{"type":"in","key":"team","value":["web","sre"]}`, true},
		{`{"type":"in","key":"n","value":[1,3]}`, true},
		{`{"type":"in","key":"team","value":[]}`, false},
		{`{"type":"in","key":"none","value":["sre"]}`, false},
		{`{"type":"nin","key":"team","value":["web"]}`, true},
		{`{"type":"nin","key":"team","value":["sre"]}`, false},
		{`{"type":"nin","key":"none","value":["sre"]}`, true},
		{`{"type":"and","filters":[{"type":"eq","key":"team","value":"sre"},{"type":"gt","key":"n","value":1}]}`, true},
		{`{"type":"and","filters":[{"type":"eq","key":"team","value":"sre"},{"type":"gt","key":"n","value":5}]}`, false},
		{`{"type":"or","filters":[{"type":"eq","key":"team","value":"web"},{"type":"and","filters":[{"type":"gt","key":"n","value":1}]}]}`, true},
		{`{"type":"or","filters":[{"type":"eq","key":"team","value":"web"}]}`, false},
	} {
		var f knowledge.Filter
		if err := json.Unmarshal([]byte(test.filter), &f); err != nil {
			t.Errorf("%s: %v", test.filter, err)
		} else if f.Match(a) != test.want {
			t.Errorf("%s: matches: %v", test.filter, !test.want)
		}
	}
	if !(*knowledge.Filter)(nil).Match(a) {
		t.Error("no filter admits nothing")
	}
}

func TestFilterErrors(t *testing.T) {
	deep := strings.Repeat(`{"type":"and","filters":[`, 17) + strings.Repeat(`]}`, 17)
	wide := `{"type":"or","filters":[` + strings.Repeat(`{"type":"eq","key":"a","value":1},`, 256) + `{"type":"eq","key":"a","value":1}]}`
	for _, test := range []struct{ filter, want string }{
		{`{}`, "filter.type: is missing"},
		{`[]`, "filter: must be an object"},
		{`"eq"`, "filter: must be an object"},
		{`{"type":"like","key":"a","value":"b"}`, `filter.type: "like" is none of`},
		{`{"type":7}`, "filter.type: cannot be a JSON number"},
		{`{"type":"eq","value":"b"}`, "filter.key: is missing"},
		{`{"type":"eq","key":"a"}`, "filter.value: is missing"},
		{`{"type":"eq","key":"a","value":null}`, "filter.value: is missing"},
		{`{"type":"eq","key":"a","value":{}}`, "filter.value: must be a string, a number"},
		{`{"type":"eq","key":"a","value":["b"]}`, `filter.value: cannot be a list for "eq"`},
		{`{"type":"in","key":"a","value":"b"}`, `filter.value: must be a list for "in"`},
		{`{"type":"in","key":"a","value":["b",["c"]]}`, "filter.value[1]: must be a string"},
		{`{"type":"gt","key":"a","value":true}`, `filter.value: cannot be true or false for "gt"`},
		{`{"type":"eq","key":"a","value":1,"filters":[{"type":"eq","key":"a","value":1}]}`, "filter.filters: belongs to and, or only"},
		{`{"type":"and"}`, "filter.filters: is missing or empty"},
		{`{"type":"or","filters":[]}`, "filter.filters: is missing or empty"},
		{`{"type":"and","key":"a","filters":[{"type":"eq","key":"a","value":1}]}`, `filter.key: does not belong to "and"`},
		{`{"type":"and","filters":[{"type":"eq","key":"a","value":1},{"type":"or","filters":[{"type":"eq","key":"a"}]}]}`,
			"filter.filters[1].filters[0].value: is missing"},
		{`{"type":"and","filters":[{"type":"eq","key":"a","value":1},5]}`, "filter.filters[1]: must be an object"},
		{deep, "nested deeper than 16"},
		{wide, "more than 256 conditions"},
	} {
		var f knowledge.Filter
		err := json.Unmarshal([]byte(test.filter), &f)
		if !errors.Is(err, knowledge.ErrInvalid) || !strings.HasPrefix(err.Error(), test.want) && !strings.Contains(err.Error(), ": "+test.want) {
			t.Errorf("%.80s: error %v, want %s", test.filter, err, test.want)
		}
		if diff := cmp.Diff(knowledge.Filter{}, f); diff != "" {
			t.Errorf("%.80s: a broken filter left something:\n%s", test.filter, diff)
		}
	}
	if err := (&knowledge.Filter{Type: knowledge.Eq, Key: "a", Value: 3}).Validate(); !errors.Is(err, knowledge.ErrInvalid) {
		t.Errorf("an int, which never equals a float64: %v", err)
	}
}

// A filter that is read can be matched, and written and read again.
func FuzzFilter(f *testing.F) {
	f.Add(`{"type":"eq","key":"team","value":"sre"}`)
	f.Add(`{"type":"in","key":"n","value":[1,"a",true]}`)
	f.Add(`{"type":"or","filters":[{"type":"lt","key":"n","value":1e300},{"type":"and","filters":[{"type":"nin","key":"x","value":[]}]}]}`)
	f.Add(`{"type":"and","filters":[null]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var one, two knowledge.Filter
		if err := one.UnmarshalJSON([]byte(text)); err != nil {
			if !errors.Is(err, knowledge.ErrInvalid) {
				t.Errorf("error %v", err)
			}
			return
		}
		written, err := json.Marshal(one)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(written, &two); err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		for _, a := range []knowledge.Attributes{nil, {"team": "sre", "n": 3., "x": true}} {
			if one.Match(a) != two.Match(a) {
				t.Errorf("%s matches %v differently", written, a)
			}
		}
	})
}
