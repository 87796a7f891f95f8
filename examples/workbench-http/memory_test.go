package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
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

// badPackage is a package with as many problems as a report lists, whose names
// make the report large: a small upload has a large answer.
func badPackage(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	folder := strings.Repeat(strings.Repeat("\u2028", 66)+"/", 4) // each is written as six bytes
	for i := range 1500 {
		h := &zip.FileHeader{Name: fmt.Sprintf("%s%04d.yaml", folder, i), Method: zip.Deflate}
		h.SetMode(0o644) // made on Unix, or the names would be refused
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, "a: 1\na: 2\ntoken: secret\npassword: secret\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestMemoryOfSlowClients shows that answers wait for their clients on the disk.
func TestMemoryOfSlowClients(t *testing.T) {
	ts := start(t, nil)
	pkg := badPackage(t)
	const clients = 4
	for _, path := range []string{"/api/packages/validate", "/api/packages/inspect"} {
		size := len(ts.upload(path, pkg).body)
		before := heap()
		for range clients {
			conn := ts.dial()
			defer conn.Close()
			if err := conn.SetReadBuffer(4096); err != nil {
				t.Fatal(err)
			}
			ts.send(conn, fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/zip\r\nContent-Length: %d\r\n\r\n%s", path, len(pkg), pkg))
			if _, err := io.ReadFull(conn, make([]byte, 1000)); err != nil { // the answer has begun
				t.Fatal(err)
			}
		}
		if grown := heap() - before; grown > int64(clients*size/4) {
			t.Errorf("%s: %d answers of %d bytes hold %d bytes", path, clients, size, grown)
		}
	}
}
