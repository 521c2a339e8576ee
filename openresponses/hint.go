package openresponses

import (
	_ "embed"
	"strconv"
	"strings"
)

// HintPrefix begins the system message that tells a model how to cite. It comes
// last of the system messages and is no part of the prompt: a completer that
// reads its prompt for guidelines leaves it out.
const HintPrefix = "[file_search, version "

// hintVersion grows with each change of hint.md.
const hintVersion = 1

//go:embed hint.md
var hintText string

func hint() Message {
	text := strings.ReplaceAll(hintText, "{{.Version}}", strconv.Itoa(hintVersion))
	return Message{Role: System, Text: strings.TrimSpace(text)}
}

// fileSearchFunction is file_search as models see it.
var fileSearchFunction = FunctionTool{
	Name:        FileSearchName,
	Description: "Searches the documents and returns the passages that fit best. Several wordings of one question, or several terms for one thing, find more than one query does.",
	Parameters: []byte(`{
		"type": "object",
		"properties": {
			"queries": {
				"type": "array",
				"items": {"type": "string"},
				"description": "What to look for: one to five short queries, in words that the documents may use."
			}
		},
		"required": ["queries"],
		"additionalProperties": false
	}`),
}
