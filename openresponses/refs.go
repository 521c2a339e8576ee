package openresponses

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// references number the results of a conversation's searches, from 1 and in
// order, so that a model can cite each by its number.
type references struct {
	list []reference
}

type reference struct {
	call   *fileSearchCallItem
	index  int // in call.Results
	result *searchResult
}

// add numbers the results of a search and returns them as a model sees them.
func (r *references) add(call *fileSearchCallItem) FoundPassages {
	found := FoundPassages{Passages: []FoundPassage{}}
	for i := range call.Results {
		result := &call.Results[i]
		r.list = append(r.list, reference{call, i, result})
		found.Passages = append(found.Passages, foundPassage(len(r.list), result))
	}
	return found
}

func (r *references) known(ref int) bool { return ref >= 1 && ref <= len(r.list) }

// annotation cites a known ref.
func (r *references) annotation(ref, index int) annotation {
	cited := r.list[ref-1]
	return annotation{
		Type: "file_citation", Index: index, FileID: cited.result.FileID, Filename: cited.result.Filename,
		HoneResult: resultName(cited.call.ID, cited.index),
	}
}

// find is the ref of what an annotation cites; 0 if it is not known.
func (r *references) find(a annotation) int {
	for i, ref := range r.list {
		if a.HoneResult != "" && a.HoneResult == resultName(ref.call.ID, ref.index) {
			return i + 1
		}
	}
	return 1 + slices.IndexFunc(r.list, func(ref reference) bool {
		return a.HoneResult == "" && ref.result.FileID == a.FileID
	})
}

func resultName(callID string, index int) string { return fmt.Sprintf("%s#%d", callID, index) }

// cite puts the markers back into the text of an earlier answer, so that the
// model sees its citations as it made them.
func (r *references) cite(out *outputText) string {
	if len(out.Annotations) == 0 || len(r.list) == 0 {
		return out.Text
	}
	marks := map[int]string{} // by byte offset
	offsets := runeOffsets(out.Text)
	for _, a := range out.Annotations {
		if ref := r.find(a); ref > 0 && a.Index < len(offsets) {
			marks[offsets[a.Index]] += fmt.Sprintf("【%d】", ref)
		}
	}
	var b strings.Builder
	for i := range len(out.Text) + 1 {
		b.WriteString(marks[i])
		if i < len(out.Text) {
			b.WriteByte(out.Text[i])
		}
	}
	return b.String()
}

// runeOffsets are the byte offsets of the runes of s, and of its end.
func runeOffsets(s string) []int {
	offsets := make([]int, 0, utf8.RuneCountInString(s)+1)
	for i := range s {
		offsets = append(offsets, i)
	}
	return append(offsets, len(s))
}
