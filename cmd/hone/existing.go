package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// readers are commands that find nothing in a new database.
var readers = []string{
	"search", "sources ls", "eval verify", "eval label", "eval rounds", "eval cases ls", "eval cases proposed",
	"rollouts", "prompts ls", "prompts show", "prompts diff", "agents ls", "agents show",
}

// readsOnly tells whether a command, as the parser names it, is a reader.
func readsOnly(command string) bool {
	for _, r := range readers {
		if command == r || strings.HasPrefix(command, r+" ") {
			return true
		}
	}
	return false
}

// checkExists refuses to make a new database for a command that would find
// nothing in it, where its file was named: the name is a slip.
func (s settings) checkExists(path string) error {
	if s.DB == "" || !s.MustExist {
		return nil
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return usageError{fmt.Errorf("there is no database %s: name another one with --db, or make this one with hone ingest DIR --db %s", path, s.DB)}
	}
	return nil
}
