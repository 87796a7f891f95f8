package zipfile

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzOpen checks what must hold for any bytes: reading is bounded, what is
// accepted is what archive/zip sees, and what is canonical is what is written.
func FuzzOpen(f *testing.F) {
	for _, data := range canonicals(f) {
		f.Add(data)
	}
	f.Add(crafted{entries: []part64{{name: "a", content: pattern(300), deflate: true}, {name: "d/"}}}.bytes())
	for _, h := range hostiles() {
		if len(h.data) < 1000 {
			f.Add(h.data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		counter := &countingAt{data: data}
		// Small limits keep each run fast.
		r, faults, err := Open(t.Context(), counter, int64(len(data)), Limits{File: 1 << 20, Total: 4 << 20})
		if err != nil {
			t.Fatal(err)
		}
		if counter.read > bound(len(data)) {
			t.Fatalf("read %d bytes of %d", counter.read, len(data))
		}
		if r == nil {
			if len(faults) == 0 {
				t.Fatal("neither a reader nor a fault")
			}
			return
		}
		files := contents(t, r.Set().FS())
		canonical, _ := r.Canonical()
		if len(faults) > 0 {
			if canonical {
				t.Fatal("canonical with faults")
			}
			return
		}
		if diff := cmp.Diff(standard(t, data), files); diff != "" {
			t.Fatalf("files (-archive/zip +got):\n%s", diff)
		}
		if same := bytes.Equal(write(t, r.Set()), data); same != canonical {
			t.Fatalf("Canonical = %v, and written again the bytes are the same: %v", canonical, same)
		}
	})
}
