package server

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// query reads the parameters of a request, which must be among those known: a
// misspelt filter would show what was to be left out.
func query(r *http.Request, known ...string) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, refuse(invalidRequest, "", "the query can't be read: %s", err)
	}
	for name := range values {
		if !slices.Contains(known, name) {
			return nil, refuse(invalidRequest, name, "there is no parameter %.100q; there are: %s", name, strings.Join(known, ", "))
		}
	}
	return values, nil
}

// Lists have 20 entries unless the caller says how many, at most 200.
const (
	usualList = 20
	maxList   = 200
)

func limitOf(values url.Values) (int, error) {
	s := values.Get("limit")
	if s == "" {
		return usualList, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > maxList {
		return 0, refuse(invalidRequest, "limit", "limit is %.100q; it must be a number from 1 to %d", s, maxList)
	}
	return n, nil
}

func timeOf(values url.Values, name string) (time.Time, error) {
	s := values.Get(name)
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, refuse(invalidRequest, name, "%.100q is not a time such as 2025-01-31T12:00:00Z", s)
	}
	return t, nil
}

// oneOf reads a parameter that may be left out or be one of those allowed.
func oneOf[T ~string](values url.Values, name string, allowed ...T) (T, error) {
	v := T(values.Get(name))
	if v == "" || slices.Contains(allowed, v) {
		return v, nil
	}
	return "", refuse(invalidRequest, name, "%s is %.100q; it must be one of %q", name, v, allowed)
}
