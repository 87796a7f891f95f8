package main

import (
	"runtime"
	"testing"
)

// heap is what is in use after all garbage is gone.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what the first one has put into pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestMemory shows that requests leave no memory in use: 100 uploads of 1 MiB
// are far above what is allowed here for all together.
func TestMemory(t *testing.T) {
	ts := start(t, nil)
	pkg := make([]byte, 1<<20)
	send := func(n int) {
		for range n {
			if a := ts.upload("/api/packages/validate", pkg); a.status != 200 {
				t.Fatalf("%d %s", a.status, a.body)
			}
			if a := ts.export("bioreactor-bench", ""); a.status != 200 {
				t.Fatalf("%d %s", a.status, a.body)
			}
		}
	}
	send(10) // fill caches and pools
	before := heap()
	send(100)
	if grown := heap() - before; grown > 8<<20 {
		t.Errorf("%d bytes more are in use than before", grown)
	}
}
