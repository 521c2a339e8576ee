// Package postgres keeps everything that Hone stores in a Postgres database
// with pgvector.
package postgres
