// Package textindex is an inverted index over the chunks of documents, ranked
// by BM25 on two levels: how well a chunk matches, and how well its document
// does. It stores nothing itself: a Segment is an immutable run of bytes that
// a store keeps, and an Index is a set of segments, less their deleted
// documents, that answers searches. Results depend on the live documents only,
// never on how they are spread over segments or on what was deleted before.
package textindex

// Document is what a segment is built from.
type Document struct {
	// Key names the document; it orders hits of equal score and must be
	// unique among the live documents of an index.
	Key    string
	Chunks []Chunk
}

// Chunk is the searchable text of one chunk. Path and Title are the
// document's, and expected to be the same in each of its chunks.
type Chunk struct {
	Path, Title, Headings, Body string
}

// How much one occurrence of a term counts in each field. A path's words name
// the system, the team and the kind of document, which questions do too: they
// count so much that a document about a system isn't outranked by one that
// merely repeats its name.
const (
	bodyWeight    = 1
	headingWeight = 1
	titleWeight   = 2
	pathWeight    = 4
	docPathWeight = 8 // on the level of documents, where the path counts once
)
