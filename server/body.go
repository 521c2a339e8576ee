package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A body may have maxBody bytes. Of a larger one, some more is read: a client
// that is cut off while it sends doesn't read why.
const (
	maxBody   = 1 << 20
	maxRefuse = 16 << 20
)

// decode reads a request's body, which must be one JSON object with no other
// fields than those of into.
func decode(w http.ResponseWriter, r *http.Request, into any) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var overlong *http.MaxBytesError
	switch {
	case errors.As(err, &overlong):
		_, _ = io.CopyN(io.Discard, r.Body, maxRefuse)
		return refuse(tooLarge, "", "the body has more than %d bytes", maxBody)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse(stalled, "", "the body did not arrive")
	case err != nil:
		return refuse(invalidRequest, "", "the body broke off")
	case len(bytes.TrimSpace(body)) == 0:
		return refuse(invalidRequest, "", "the body is empty: send a JSON object")
	case !utf8.Valid(body):
		return refuse(invalidRequest, "", "the body is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return wrongJSON(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return refuse(invalidRequest, "", "something stands behind the JSON object")
	}
	return nil
}

// wrongJSON says what is wrong with a body, and in which field.
func wrongJSON(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if wrong.Field == "" {
			return refuse(invalidRequest, "", "the body must be a JSON object, not %s", wrong.Value)
		}
		return refuse(invalidRequest, wrong.Field, "%q must be %s, not %s", wrong.Field, expected(wrong.Type), wrong.Value)
	}
	if quoted, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		if name, err := strconv.Unquote(quoted); err == nil {
			return refuse(invalidRequest, name, "there is no field %.100q", name)
		}
	}
	return refuse(invalidRequest, "", "the body is not valid JSON: %s", err)
}

func expected(t reflect.Type) string {
	if t.Kind() == reflect.Bool {
		return "true or false"
	}
	return "a " + t.Kind().String()
}

// maxText bounds what a person writes, in bytes.
const maxText = 32 << 10

func checkText(param, text string) error {
	if len(text) > maxText {
		return refuse(invalidRequest, param, "%q has %d bytes; at most %d are taken", param, len(text), maxText)
	}
	return nil
}
