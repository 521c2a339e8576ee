package openresponses

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// decodeBody reads a JSON object from a request, at most limit bytes.
func decodeBody(w http.ResponseWriter, r *http.Request, limit int64, v any) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	_, tooLarge := errors.AsType[*http.MaxBytesError](err)
	switch {
	case tooLarge:
		return &Error{Code: TooLarge, Message: fmt.Sprintf("The request's body is larger than %d bytes.", limit)}
	case err != nil:
		return &Error{Code: InvalidJSON, Message: "The request's body could not be read.", Err: err}
	case !utf8.Valid(body):
		return &Error{Code: InvalidJSON, Message: "The request's body is not UTF-8."}
	}
	if err := decode(body, v, ""); err != nil {
		return err
	}
	if holdsNUL(body) {
		return &Error{Code: InvalidValue, Message: "The request holds the character U+0000, which cannot be stored."}
	}
	return nil
}

// holdsNUL tells whether a string in valid JSON holds U+0000, which stands there
// as an escape only.
func holdsNUL(body []byte) bool {
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		if bytes.HasPrefix(body[i:], []byte(`\u0000`)) {
			return true
		}
		i++ // what is escaped begins no escape
	}
	return false
}

// decode reads JSON whose place in the request is path. Unknown fields are
// ignored, as clients send many that we don't need.
func decode(raw json.RawMessage, v any, path string) error {
	err := json.Unmarshal(raw, v)
	if err == nil {
		return nil
	}
	if wrongType, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		param := join(path, wrongType.Field)
		return &Error{Code: InvalidType, Param: param, Message: fmt.Sprintf("Invalid type for '%s': got a JSON %s.", param, wrongType.Value), Err: err}
	}
	return &Error{Code: InvalidJSON, Param: path, Message: "The request's body is not valid JSON: " + err.Error() + ".", Err: err}
}

func join(path, field string) string {
	if path == "" || field == "" {
		return path + field
	}
	return path + "." + field
}

func at(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

func absent(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

func isString(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '"' }

// checkEnum refuses a value that is set and not one of those allowed.
func checkEnum(param, value string, allowed ...string) error {
	if value == "" || slices.Contains(allowed, value) {
		return nil
	}
	return invalid(param, "Invalid value: '%.100s'. Supported values are: '%s'.", value, strings.Join(allowed, "', '"))
}

func checkRange[N int | float64](param string, value *N, low, high N) error {
	if value != nil && !(*value >= low && *value <= high) {
		return invalid(param, "Invalid '%s': %v is not between %v and %v.", param, *value, low, high)
	}
	return nil
}

// checkMetadata holds "metadata" to OpenAI's bounds.
func checkMetadata(m map[string]string) error {
	const param = "metadata"
	if len(m) > 16 {
		return invalid(param, "Invalid '%s': %d keys, more than 16.", param, len(m))
	}
	for k, v := range m {
		if utf8.RuneCountInString(k) > 64 {
			return invalid(param, "Invalid '%s': the key %.64q… has more than 64 characters.", param, k)
		}
		if utf8.RuneCountInString(v) > 512 {
			return invalid(join(param, k), "Invalid '%s': more than 512 characters.", join(param, k))
		}
	}
	return nil
}
