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
	"ask", "search", "traces", "sources ls", "eval run", "eval verify", "eval label", "eval rounds", "eval cases ls", "eval cases proposed",
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

// checkDatabase refuses to make a new database for a command that would find
// nothing in it, where its file was named: the name is a slip.
func (s settings) checkDatabase() error {
	driver, path, err := s.database()
	if err != nil || driver != "sqlite" || s.DB == "" || !s.MustExist || !absent(path) {
		return err
	}
	return usageError{fmt.Errorf("there is no database %s: name another one with --db, or make this one with hone ingest DIR --db %s", path, s.DB)}
}

// checkTraces refuses the same for a file of traces. One that was not named may
// be missing beside a database: nothing was traced yet.
func (s settings) checkTraces() error {
	path, err := s.tracesPath()
	switch {
	case err != nil || !s.MustExist || !absent(path):
		return err
	case s.SpansDB != "":
		return usageError{fmt.Errorf("there is no file of traces %s: name another one with --traces-db; commands that answer make it", path)}
	}
	return s.checkDatabase()
}

func absent(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}
