package main

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// webFiles is the page. A file below web is served below /.
//
//go:embed web
var webFiles embed.FS

// contentTypes are those of the page's files. The table of package mime would
// depend on the machine.
var contentTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".html":  "text/html; charset=utf-8",
	".ico":   "image/x-icon",
	".js":    "text/javascript; charset=utf-8",
	".json":  "application/json",
	".png":   "image/png",
	".svg":   "image/svg+xml",
	".txt":   "text/plain; charset=utf-8",
	".woff2": "font/woff2",
}

// asset is a file of the page.
type asset struct {
	contentType string
	etag        string
	content     []byte
}

// loadStatic reads the page, by the path at which each file is served.
func loadStatic(files fs.FS) (map[string]asset, error) {
	assets := map[string]asset{}
	web, err := fs.Sub(files, "web")
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(web, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(web, name)
		if err != nil {
			return err
		}
		contentType := contentTypes[path.Ext(name)]
		if contentType == "" {
			return fmt.Errorf("web/%s: no content type is known for it", name)
		}
		at := "/" + name
		if name == "index.html" {
			at = "/"
		}
		assets[at] = asset{contentType, fmt.Sprintf(`"%x"`, sha256.Sum256(content)), content}
		return nil
	})
	return assets, err
}

// page answers with a file of the page, one that is there. The browser keeps it, and asks every
// time whether it is still the current one.
func (s *server) page(w *response, r *http.Request) error {
	a := s.static[r.URL.Path]
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", a.etag)
	// The quoted digest cannot be part of another tag of the list.
	if strings.Contains(r.Header.Get("If-None-Match"), a.etag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return writeBytes(w, http.StatusOK, a.contentType, a.content)
}
