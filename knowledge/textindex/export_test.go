package textindex

// Without returns the index with one part of its ranking switched off.
func (x *Index) Without(part string) *Index {
	plain := *x
	switch part {
	case "":
	case "document":
		plain.ranking.docWeight = 0
	case "synonyms":
		plain.ranking.synonymWeight = 0
	case "flat-idf":
		plain.ranking.idfPower = 1
	case "all":
		plain.ranking = ranking{idfPower: 1}
	default:
		panic("no such part of the ranking: " + part)
	}
	return &plain
}
