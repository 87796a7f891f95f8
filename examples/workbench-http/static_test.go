package main

import (
	"bytes"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
)

// TestPage gets every file of the page, twice.
func TestPage(t *testing.T) {
	ts := start(t, nil)
	err := fs.WalkDir(webFiles, "web", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		want, err := fs.ReadFile(webFiles, name)
		if err != nil {
			return err
		}
		path := strings.TrimPrefix(name, "web")
		if path == "/index.html" {
			path = "/"
		}
		a := ts.get(path)
		if a.status != 200 || !bytes.Equal(a.body, want) {
			t.Errorf("%s: %d with %d bytes", path, a.status, len(a.body))
		}
		etag := a.header.Get("ETag")
		for match, status := range map[string]int{etag: 304, `"x", W/` + etag: 304, `"x"`: 200, strings.Trim(etag, `"`): 200} {
			if a := ts.get(path, "If-None-Match", match); a.status != status || a.header.Get("ETag") != etag {
				t.Errorf("%s with %s: %d", path, match, a.status)
			}
		}
		if a := ts.do(ts.request("HEAD", path, nil)); a.status != 200 || len(a.body) > 0 || a.header.Get("ETag") != etag {
			t.Errorf("HEAD %s: %d", path, a.status)
		}
		// The page must work without what its own security policy forbids.
		for _, inline := range []string{"<script>", "<style", "style=\"", "onclick=", "http://", "https://"} {
			if strings.HasSuffix(name, ".html") && bytes.Contains(want, []byte(inline)) {
				t.Errorf("%s has %s", name, inline)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if a := ts.get("/"); !bytes.HasPrefix(a.body, []byte("<!doctype html>")) || a.status != http.StatusOK {
		t.Errorf("%d %.40q", a.status, a.body)
	}
}

func TestLoadStatic(t *testing.T) {
	file := &fstest.MapFile{Data: []byte("x")}
	assets, err := loadStatic(fstest.MapFS{"web/index.html": file, "web/a.js": file, "web/b/c.css": file, "web/b/index.html": file})
	if err != nil {
		t.Fatal(err)
	}
	for path, contentType := range map[string]string{
		"/": "text/html; charset=utf-8", "/a.js": "text/javascript; charset=utf-8", "/b/c.css": "text/css; charset=utf-8", "/b/index.html": "text/html; charset=utf-8",
	} {
		if assets[path].contentType != contentType {
			t.Errorf("%s: %q", path, assets[path].contentType)
		}
	}
	if _, err := loadStatic(fstest.MapFS{"web/a.exe": file}); err == nil || !strings.Contains(err.Error(), "web/a.exe") {
		t.Errorf("an unknown type: %v", err)
	}
	if _, err := loadStatic(fstest.MapFS{}); err == nil {
		t.Error("no page at all")
	}
}
