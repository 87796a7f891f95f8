package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"embed"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/validator"
)

// handler answers a request, or returns the error to answer with.
type handler func(w *response, r *http.Request) error

// access is who may use a route.
type access int

const (
	forClients  access = iota // whoever has the token
	forBrowsers               // everybody who knows our name: the page asks for the token itself
	forProbes                 // everybody: it says nothing
)

// route is one method of one path.
type route struct {
	method, pattern string
	access          access
	gate            *gate // of heavy work; nil for light
	handle          handler
}

func (s *server) routes() []route {
	return []route{
		{http.MethodGet, "/", forBrowsers, nil, s.page},
		{http.MethodGet, "/healthz", forProbes, nil, s.health},
		{http.MethodGet, "/api/openapi.json", forClients, nil, s.openAPI},
		{http.MethodGet, "/api/schemas/{name}", forClients, nil, s.schema},
		{http.MethodGet, "/api/projects", forClients, nil, s.listProjects},
		{http.MethodPost, "/api/projects/{name}/export", forClients, s.exports, s.export},
		{http.MethodPost, "/api/projects/{name}/check", forClients, s.checks, s.checkProject},
		{http.MethodGet, "/api/projects/{name}/sheet", forClients, s.checks, s.sheetOfProject},
		{http.MethodPost, "/api/packages/sheet", forClients, s.checks, s.sheetOfPackage},
		{http.MethodPost, "/api/packages/pictures", forClients, s.checks, s.picturesOfPackage},
		{http.MethodPost, "/api/packages/validate", forClients, s.checks, s.validatePackage},
		{http.MethodPost, "/api/packages/inspect", forClients, s.checks, s.inspectPackage},
		{http.MethodPost, "/api/packages/diff", forClients, s.checks, s.diffPackages},
	}
}

// newMux knows paths only: the mux's own answer to a wrong method would not be
// JSON.
func (s *server) newMux(routes []route) *http.ServeMux {
	endpoints := map[string]endpoint{}
	for _, rt := range routes {
		if endpoints[rt.pattern] == nil {
			endpoints[rt.pattern] = endpoint{}
		}
		endpoints[rt.pattern][rt.method] = rt
		if rt.method == http.MethodGet {
			endpoints[rt.pattern][http.MethodHead] = rt // net/http leaves the body out
		}
	}
	mux := http.NewServeMux()
	for pattern, e := range endpoints {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := s.answer(e, w.(*response), r); err != nil {
				s.fail(w.(*response), r, err)
			}
		})
	}
	return mux
}

// dispatch keeps paths from the mux that it would answer with a redirect.
func (s *server) dispatch(w *response, r *http.Request) {
	if p := r.URL.EscapedPath(); !strings.HasPrefix(p, "/") || path.Clean(p) != p {
		s.fail(w, r, errNotFound())
		return
	}
	s.mux.ServeHTTP(w, r)
}

// endpoint is the routes of one path by method.
type endpoint map[string]route

// answer lets a request through to its handler: who it is for, who it is from,
// what it wants, and whether there is room for it.
func (s *server) answer(e endpoint, w *response, r *http.Request) error {
	access := e.access()
	if access != forProbes {
		if err := s.checkHost(r); err != nil {
			return err
		}
	}
	if _, known := s.static[r.URL.Path]; access == forBrowsers && !known {
		return errNotFound() // whatever the method
	}
	if access == forClients {
		if err := s.authorize(w, r); err != nil {
			return err
		}
		if err := s.checkOrigin(r); err != nil {
			return err
		}
	}
	rt, ok := e[r.Method]
	if !ok {
		w.Header().Set("Allow", strings.Join(slices.Sorted(maps.Keys(e)), ", "))
		return &failure{status: http.StatusMethodNotAllowed, err: errors.New("this method is not allowed here")}
	}
	if access != forClients {
		return rt.handle(w, r)
	}
	if r.URL.RawQuery != "" { // an option that is not read must not be believed to work
		return &failure{status: http.StatusBadRequest, err: errors.New("this path takes no query parameters")}
	}
	leave, err := s.clients.enter(r)
	if err != nil {
		return err
	}
	defer leave()
	if rt.gate != nil {
		leave, err := rt.gate.enter()
		if err != nil {
			return err
		}
		defer leave()
	}
	return rt.handle(w, r)
}

// access applies to all methods of the path: a wrong method does not get around
// the token.
func (e endpoint) access() access {
	for _, rt := range e {
		return rt.access
	}
	return forClients
}

// checkOrigin refuses what another site makes a browser send (CSRF). Reading the
// answers is not allowed to other sites anyway: there are no CORS headers.
func (s *server) checkOrigin(r *http.Request) error {
	if err := s.origin.Check(r); err != nil {
		return &failure{status: http.StatusForbidden, err: errors.New("the request comes from a page of another site")}
	}
	return nil
}

func errNotFound() error {
	return &failure{status: http.StatusNotFound, err: errors.New("there is nothing at this path")}
}

// health says that the server answers.
func (s *server) health(w *response, r *http.Request) error {
	return writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// apiDescription is written by hand; the tests hold every answer against it.
//
//go:embed openapi.json
var apiDescription []byte

// openAPI answers with the description of this API.
func (s *server) openAPI(w *response, r *http.Request) error {
	return writeBytes(w, http.StatusOK, typeJSON, apiDescription)
}

// schema answers with a JSON Schema of the library.
func (s *server) schema(w *response, r *http.Request) error {
	names := validator.SchemaNames()
	name := r.PathValue("name")
	if !slices.Contains(names, name) {
		return &failure{status: http.StatusNotFound, err: fmt.Errorf("there is no such schema; there are %s", strings.Join(names, ", "))}
	}
	text, err := validator.Schema(name)
	if err != nil {
		return err
	}
	return writeBytes(w, http.StatusOK, "application/schema+json", text)
}

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

const (
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	digits  = "0123456789"
)

// isProjectName reports whether a project may be called so. There is no dot and no
// separator, so that no name leads anywhere else.
func isProjectName(name string) bool {
	return name != "" && len(name) <= 64 && strings.Trim(name, letters+digits+"_-") == ""
}

// projectInfo is a project at a glance: nothing in it was read.
type projectInfo struct {
	Name       string `json:"name"`
	Layout     string `json:"layout"` // canonical, system or none
	Exportable bool   `json:"exportable"`
	// Profiles are the runtime profiles; none where they cannot be told.
	Profiles []string `json:"profiles,omitempty"`
}

// listProjects answers with the project folders, sorted by name. A folder whose
// name no project can have is left out.
func (s *server) listProjects(w *response, r *http.Request) error {
	entries, err := fs.ReadDir(s.projects.FS(), ".")
	if err != nil {
		return err
	}
	list := []projectInfo{}
	for _, e := range entries {
		if !isProjectName(e.Name()) {
			continue
		}
		// Not e.IsDir: a link to a project beside it is one, too.
		if info, err := s.projects.Stat(e.Name()); err == nil && info.IsDir() {
			layout := s.layout(e.Name())
			list = append(list, projectInfo{e.Name(), layout, layout != "none", s.profiles(r.Context(), e.Name(), layout)})
		}
	}
	slices.SortFunc(list, func(a, b projectInfo) int { return cmp.Compare(a.Name, b.Name) })
	return writeJSON(w, http.StatusOK, map[string]any{"projects": list})
}

// profiles are the runtime profiles of a project with a machine profile, as many as a
// person chooses from.
func (s *server) profiles(ctx context.Context, name, layout string) []string {
	const most = 32
	if layout != "canonical" {
		return nil
	}
	project, err := s.openProject(name)
	if err != nil {
		return nil
	}
	defer project.Close()
	names, err := exporter.Profiles(ctx, project.FS(), exporter.Options{Name: name, Policy: s.validation.Policy})
	if err != nil || len(names) > most {
		return nil // an export says why
	}
	return names
}

// layout tells from its files what a folder could be.
func (s *server) layout(name string) string {
	for _, l := range []struct{ file, layout string }{{"machine-profile.yaml", "canonical"}, {"system.json", "system"}} {
		if info, err := s.projects.Stat(name + "/" + l.file); err == nil && info.Mode().IsRegular() {
			return l.layout
		}
	}
	return "none"
}

// checkName refuses a name that no project can have.
func checkName(name string) error {
	if isProjectName(name) {
		return nil
	}
	return &failure{status: http.StatusBadRequest, problems: []problem{},
		err: errors.New("not a project name: want 1 to 64 letters, digits, - and _")}
}

// openProject opens the folder of a project, whose name was checked. Nothing
// outside of it can be reached through the result.
func (s *server) openProject(name string) (*os.Root, error) {
	// The slash lets only a folder be opened: a pipe would wait for a writer.
	root, err := s.projects.OpenRoot(name + "/")
	switch {
	case err == nil:
		return root, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, &failure{status: http.StatusNotFound, err: fmt.Errorf("there is no project %s", name)}
	}
	return nil, &failure{status: http.StatusBadRequest, problems: []problem{},
		err: fmt.Errorf("%s is not a project folder: it is a file, cannot be read, or is a link that leaves the projects", name)}
}

const (
	typeJSON = "application/json"
	typeHTML = "text/html; charset=utf-8"
)

// rawJSON is a value that the library has already written.
type rawJSON = json.RawMessage

func encodeJSON(value any) ([]byte, error) {
	var b bytes.Buffer
	err := handoff.WriteJSON(&b, value)
	return b.Bytes(), err
}

// writeJSON answers with a JSON value.
func writeJSON(w http.ResponseWriter, status int, value any) error {
	body, err := encodeJSON(value)
	if err != nil {
		return err
	}
	return writeBytes(w, status, typeJSON, body)
}

// writeBytes answers with a body that is complete already.
func writeBytes(w http.ResponseWriter, status int, contentType string, body []byte) error {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, err := w.Write(body)
	return err
}

// sendFile answers with what is in a file.
func sendFile(w http.ResponseWriter, status int, contentType string, body *tempFile) error {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.FormatInt(body.size, 10))
	w.WriteHeader(status)
	_, err := io.Copy(w, body.reader())
	return err
}

// chunk is how many bytes must move within the stall timeout.
const chunk = 64 << 10

// response is the ResponseWriter of every handler. It remembers what the access
// log wants to know, and gives each chunk of the answer its own deadline: a
// large download may take long, one that stands still may not.
type response struct {
	http.ResponseWriter
	conn  *http.ResponseController
	stall time.Duration
	id    string      // of the request
	body  *movingBody // of the request; nil when there is none

	status int // 0 until the header is written
	bytes  int64
	attrs  []slog.Attr
}

// note adds something to the access log.
func (w *response) note(key string, value any) {
	w.attrs = append(w.attrs, slog.Any(key, value))
}

// Unwrap is for http.ResponseController.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	if w.body != nil && !w.body.ended {
		// net/http would first wait for the rest of the body.
		w.Header().Set("Connection", "close")
	}
	w.moveDeadline()
	w.ResponseWriter.WriteHeader(status)
}

func (w *response) Write(p []byte) (n int, err error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	for err == nil && n < len(p) {
		w.moveDeadline()
		var written int
		written, err = w.ResponseWriter.Write(p[n:min(n+chunk, len(p))])
		n += written
		w.bytes += int64(written)
	}
	return n, err
}

// moveDeadline is of no use on a connection without deadlines, and so is its
// error: a connection that is gone fails in the write itself.
func (w *response) moveDeadline() { w.conn.SetWriteDeadline(time.Now().Add(w.stall)) }

// movingBody is a request body with a deadline for each chunk of it.
type movingBody struct {
	io.ReadCloser
	conn  *http.ResponseController
	stall time.Duration
	left  int  // bytes until the deadline moves
	ended bool // whether all was read
}

// watchBody replaces the deadline that net/http has set for the whole request.
func watchBody(w *response, r *http.Request) {
	if r.Body == http.NoBody {
		// net/http reads on to see whether the client leaves. A deadline there
		// would end the request while it is worked on.
		w.conn.SetReadDeadline(time.Time{})
		return
	}
	w.body = &movingBody{ReadCloser: r.Body, conn: w.conn, stall: w.stall}
	w.body.moveDeadline()
	r.Body = w.body
}

func (b *movingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= n; err == io.EOF {
		b.ended = true
		b.conn.SetReadDeadline(time.Time{})
	} else if b.left <= 0 {
		b.moveDeadline()
	}
	return n, err
}

func (b *movingBody) moveDeadline() {
	b.left = chunk
	b.conn.SetReadDeadline(time.Now().Add(b.stall))
}
