// Package sample holds the knowledge base of an invented company, Shopwave,
// that Hone carries in its binary: documents to ingest, a few local files that
// are left out of the index, golden cases over the documents, and the
// questions that the demo asks. It stores nothing.
package sample

import (
	"embed"
	"io/fs"
)

//go:embed docs local
var files embed.FS

//go:embed cases.jsonl
var cases []byte

// Docs returns the documents to ingest: Markdown with YAML front matter, below
// the folders design, handbook, postmortems and runbooks.
func Docs() fs.FS { return folder("docs") }

// Local returns the documents that play an engineer's local files. None of
// them is among Docs, and nothing in Docs answers what they answer.
func Local() fs.FS { return folder("local") }

// Cases returns the golden cases, one JSON object a line; their paths are
// relative to Docs. The caller owns the bytes.
func Cases() []byte { return append([]byte(nil), cases...) }

func folder(dir string) fs.FS {
	// Sub fails only for a malformed path, and both paths are constants.
	sub, _ := fs.Sub(files, dir)
	return sub
}
