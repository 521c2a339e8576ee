package openresponses_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/honehq/hone/knowledge"
)

// Files of one name become documents of their own, also when they are attached
// at once; one file attached twice is one document.
func TestFilesOfOneNameAtOnce(t *testing.T) {
	w := newWorld(t)
	path := "/v1/vector_stores/" + w.source.ID + "/files"
	var ids []string
	for i := range 6 {
		f := knowledge.File{ID: fmt.Sprint("file-same", i), Name: "same.md"}
		if err := w.db.PutFile(t.Context(), f, fmt.Appendf(nil, "# Same\n\nZebra number %d.\n", i)); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, f.ID, f.ID)
	}
	var attach sync.WaitGroup
	for _, id := range ids {
		attach.Go(func() {
			if status, _, body := w.send(t, "POST", path, fmt.Sprintf(`{"file_id":%q}`, id)); status != 200 {
				t.Error(status, body)
			}
		})
	}
	attach.Wait()
	var list struct{ Data []struct{ ID string } }
	_, _, body := w.send(t, "GET", path+"?limit=100", "")
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, f := range list.Data {
		seen[f.ID]++
	}
	for _, id := range ids {
		if seen[id] != 1 {
			t.Errorf("%s: %d documents", id, seen[id])
		}
	}
	if _, _, body := w.send(t, "POST", "/v1/vector_stores/"+w.source.ID+"/search", `{"query":"zebra number"}`); strings.Count(body, "Zebra") != 6 {
		t.Errorf("found %s", body)
	}
}
