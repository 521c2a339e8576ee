// Package docs holds those documents of Hone that the program itself carries: the
// runbooks that its alerts link to. The demo ingests them, so that Hone answers
// questions about itself.
package docs

import (
	"embed"
	"io/fs"
)

//go:embed runbooks
var files embed.FS

// Runbooks returns one Markdown document for each alert of
// deploy/prometheus/rules, named as the alert's label "runbook" says.
func Runbooks() fs.FS {
	// Sub fails only for a malformed path, and this one is constant.
	sub, _ := fs.Sub(files, "runbooks")
	return sub
}
