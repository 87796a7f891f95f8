package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"runtime"
	"testing"
)

// validations is how many packages TestValidateThousands validates; the figures of
// docs/performance.md are for 10,000.
var validations = flag.Int("validations", 1000, "packages that TestValidateThousands validates")

// TestValidateThousands checks that reports come in the order of the packages and that
// nothing is kept of those that were printed.
func TestValidateThousands(t *testing.T) {
	n := *validations
	if testing.Short() {
		n = min(n, 100)
	}
	files := manyPackages(t, 20)
	args := []string{"validate", "--format=json"}
	for i := range n {
		args = append(args, files[i*7%len(files)])
	}
	noGoroutineLeft(t)
	w := &reportReader{t: t, want: args[2:], from: n / 3, to: n - n/10}
	var stderr bytes.Buffer
	if code := run(context.Background(), args, streams{noInput{}, w, &stderr}); code != exitFailed || stderr.Len() > 0 {
		t.Fatalf("exit %d, stderr %q", code, stderr.String())
	}
	if w.seen != n {
		t.Errorf("%d reports of %d packages", w.seen, n)
	}
	if grown := int64(w.last) - int64(w.first); grown > 8<<20 {
		t.Errorf("the heap grew by %d bytes from report %d to report %d", grown, w.from, w.to)
	}
}

// reportReader takes reports, one a line, and looks at the heap at two of them.
type reportReader struct {
	t           *testing.T
	want        []string // the packages
	from, to    int
	line        []byte
	seen        int
	first, last uint64 // bytes in the heap
}

func (r *reportReader) Write(p []byte) (int, error) {
	r.line = append(r.line, p...)
	for {
		line, rest, ended := bytes.Cut(r.line, []byte("\n"))
		if !ended {
			return len(p), nil
		}
		var report struct{ Package string }
		if err := json.Unmarshal(line, &report); err != nil {
			return 0, err
		}
		if report.Package != r.want[r.seen] {
			return 0, fmt.Errorf("report %d is about %s, not %s", r.seen, report.Package, r.want[r.seen])
		}
		switch r.seen++; r.seen {
		case r.from:
			r.first = heapInUse()
		case r.to:
			r.last = heapInUse()
		}
		r.line = append([]byte(nil), rest...)
	}
}

func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
