package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"testing"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/validator"
)

// The benchmarks compare a request over the loopback with the same work in this
// process.

const benchProject = "bioreactor-bench"

func BenchmarkExportHTTP(b *testing.B) {
	ts := start(b, func(c *config) { c.queueTimeout = patience })
	benchPost(b, ts, "/api/projects/"+benchProject+"/export", nil)
}

func BenchmarkExportInProcess(b *testing.B) {
	project := os.DirFS("../projects/" + benchProject)
	opts := handoff.ExportOptions{Options: exporter.Options{Name: benchProject}}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := handoff.Export(b.Context(), io.Discard, project, opts); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkValidateHTTP(b *testing.B) {
	ts := start(b, func(c *config) { c.queueTimeout = patience })
	benchPost(b, ts, "/api/packages/validate", benchPackage(b))
}

func BenchmarkValidateInProcess(b *testing.B) {
	pkg := benchPackage(b)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			report, err := handoff.Validate(b.Context(), bytes.NewReader(pkg), int64(len(pkg)), validator.Options{})
			if err != nil || !report.Valid {
				b.Error(err)
			}
		}
	})
}

func benchPackage(b *testing.B) []byte {
	b.Helper()
	var pkg bytes.Buffer
	opts := handoff.ExportOptions{Options: exporter.Options{Name: benchProject}}
	if _, err := handoff.Export(b.Context(), &pkg, os.DirFS("../projects/"+benchProject), opts); err != nil {
		b.Fatal(err)
	}
	return pkg.Bytes()
}

func benchPost(b *testing.B, ts *testServer, path string, body []byte) {
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			resp, err := ts.client.Post(ts.url+path, typeZip, bytes.NewReader(body))
			if err != nil {
				b.Error(err)
				return
			}
			if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
				b.Error(resp.Status, err)
			}
			resp.Body.Close()
		}
	})
}
