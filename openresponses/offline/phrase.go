package offline

import "strings"

// phrase is a table row in words: "Column: value" for each cell that says
// something. Tables of two columns are read as names and values.
func phrase(s *segment) string {
	header, cells := cellsOf(s.header), cellsOf(s.text)
	if len(cells) == 2 && hasWord(cells[0]) && hasWord(cells[1]) {
		return cells[0] + ": " + cells[1]
	}
	var out []string
	for i, cell := range cells {
		if !hasWord(cell) {
			continue
		}
		if i < len(header) && hasWord(header[i]) {
			cell = header[i] + ": " + cell
		}
		out = append(out, cell)
	}
	return strings.Join(out, "; ")
}

// cellsOf splits a table row, not at bars that are escaped.
func cellsOf(row string) []string {
	row = strings.ReplaceAll(row, `\|`, "\x00")
	cells := strings.Split(row, "|")
	for i, c := range cells {
		cells[i] = strings.TrimSpace(strings.ReplaceAll(c, "\x00", "|"))
	}
	return cells
}
