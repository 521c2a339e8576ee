package main

import (
	"os"
	"path/filepath"
)

// scratchDB points the settings at a database, and one of traces beside it, in a
// folder that remove deletes.
func scratchDB(s *settings) (dir string, remove func(), err error) {
	dir, err = os.MkdirTemp("", "hone-*")
	if err != nil {
		return "", nil, err
	}
	s.DB, s.SpansDB = "sqlite:"+filepath.Join(dir, "hone.db"), ""
	return dir, func() { _ = os.RemoveAll(dir) }, nil // what stays lies in the folder for temporary files
}
