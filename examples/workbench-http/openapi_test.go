package main

import (
	"bufio"
	"bytes"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/validator"
)

// TestOperations compares the routes of the server with those of the API
// description.
func TestOperations(t *testing.T) {
	ts := start(t, nil)
	var routes, documented []string
	for _, rt := range ts.routes() {
		routes = append(routes, rt.method+" "+rt.pattern)
	}
	for _, path := range ts.api.keys("/paths") {
		for _, method := range ts.api.keys("/paths/" + escape(path)) {
			documented = append(documented, strings.ToUpper(method)+" "+path)
		}
	}
	routes = append(routes, "GET /{file}") // of the page, by the route of the page
	slices.Sort(routes)
	slices.Sort(documented)
	if diff := cmp.Diff(routes, documented); diff != "" {
		t.Error(diff)
	}
	types := slices.Sorted(maps.Values(contentTypes))
	if diff := cmp.Diff(types, ts.api.keys("/paths/~1{file}/get/responses/200/content")); diff != "" {
		t.Errorf("content types of the page's files: %s", diff)
	}
}

// TestEveryDocumentedAnswer makes the server give every answer that the API
// description has. That it gives no others, all tests check with each answer.
func TestEveryDocumentedAnswer(t *testing.T) {
	pkg := examplePackage(t, "sim-quickstart")
	twoParts, formType := form(t, part{"old", pkg}, part{"new", pkg})
	type call struct{ method, path, contentType, body string }
	gets := []call{{"GET", "/", "", ""}, {"GET", "/healthz", "", ""}, {"GET", "/api/openapi.json", "", ""}, {"GET", "/api/schemas/report", "", ""}, {"GET", "/api/projects", "", ""}}
	posts := []call{
		{"POST", "/api/projects/sim-quickstart/export", typeJSON, "{}"},
		{"POST", "/api/packages/validate", typeZip, string(pkg)}, {"POST", "/api/packages/inspect", typeZip, string(pkg)},
		{"POST", "/api/packages/diff", formType, string(twoParts)},
	}
	seen := map[string]bool{}
	// with sends calls to a server and takes down what it answers.
	with := func(change func(*config), prepare func(*testServer), calls []call, headers ...string) {
		t.Helper()
		ts := start(t, change)
		if prepare != nil {
			prepare(ts)
		}
		for _, c := range calls {
			ts.do(ts.request(c.method, c.path, strings.NewReader(c.body), append([]string{"Content-Type", c.contentType}, headers...)...))
		}
		maps.Copy(seen, ts.api.seen)
	}
	changed := func(calls []call, f func(*call)) []call {
		calls = slices.Clone(calls)
		for i := range calls {
			f(&calls[i])
		}
		return calls
	}
	assets, err := loadStatic(webFiles)
	if err != nil {
		t.Fatal(err)
	}
	var tags []string
	for path, a := range assets {
		tags = append(tags, a.etag)
		if path != "/" {
			gets = append(gets, call{"GET", path, "", ""})
		}
	}
	all := append(slices.Clone(gets), posts...)

	with(nil, nil, all)
	with(nil, nil, gets, "If-None-Match", strings.Join(tags, ", "))
	with(nil, nil, all, "Host", "evil.example")
	with(nil, nil, posts, "Origin", "https://evil.example")
	with(nil, nil, posts, "Content-Type", "text/plain")
	with(nil, nil, changed(all, func(c *call) { c.path += "?x=1" }))
	with(nil, nil, []call{{"GET", "/nope", "", ""}, {"GET", "/api/schemas/nope", "", ""}, {"POST", "/api/projects/nope/export", "", ""}})
	with(nil, nil, changed(posts, func(c *call) { c.body = strings.Replace(c.body, "PK", "XX", 1) })) // 422
	with(func(c *config) { c.token = testToken }, nil, all)
	with(func(c *config) { c.maxPackage = 100 }, nil, changed(posts, func(c *call) { c.body += strings.Repeat(" ", 80_000) }))
	with(nil, func(ts *testServer) { ts.clients.max = 0 }, all)
	with(func(c *config) { c.workers, c.queueTimeout = 1, time.Millisecond }, func(ts *testServer) {
		ts.exports.workers <- struct{}{}
		ts.checks.workers <- struct{}{}
	}, posts)
	with(nil, func(ts *testServer) {
		ts.projects.Close()
		if err := os.Remove(ts.temp.path); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := os.Mkdir(ts.temp.path, 0o700); err != nil {
				t.Fatal(err)
			}
		})
	}, all)
	with(func(c *config) { c.stallTimeout = 200 * time.Millisecond }, func(ts *testServer) {
		for _, c := range posts {
			ts.check(c.method, c.path, ts.stalled(c.method, c.path, c.contentType))
		}
	}, nil)

	documented := map[string]bool{}
	api := readContract(t)
	for _, path := range api.keys("/paths") {
		for _, method := range api.keys("/paths/" + escape(path)) {
			for _, status := range api.keys("/paths/" + escape(path) + "/" + method + "/responses") {
				documented[strings.ToUpper(method)+" "+path+" "+status] = true
			}
		}
	}
	if diff := cmp.Diff(documented, seen); diff != "" {
		t.Errorf("documented (-), seen (+):\n%s", diff)
	}
}

// TestSchemas wants every schema of the library, sound by its own draft.
func TestSchemas(t *testing.T) {
	ts := start(t, nil)
	for _, name := range validator.SchemaNames() {
		want, err := validator.Schema(name)
		if err != nil {
			t.Fatal(err)
		}
		if a := ts.get("/api/schemas/" + name); a.status != 200 || !bytes.Equal(a.body, want) {
			t.Errorf("%s: %d %.300s", name, a.status, a.body)
		}
		if _, err := ts.api.compiler.Compile("http://localhost/api/schemas/" + name); err != nil {
			t.Error(err)
		}
	}
}

// stalled sends a request whose body does not come.
func (ts *testServer) stalled(method, path, contentType string) answer {
	ts.t.Helper()
	conn := ts.dial()
	defer conn.Close()
	ts.send(conn, method+" "+path+" HTTP/1.1\r\nHost: localhost\r\nContent-Type: "+contentType+"\r\nContent-Length: 10\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		ts.t.Fatal(err)
	}
	defer resp.Body.Close()
	return answer{resp.StatusCode, resp.Header, []byte(readAll(resp.Body))}
}
