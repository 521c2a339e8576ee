// Package sqlite keeps everything that Hone stores in one SQLite file.
package sqlite
