package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/handoff/inspect"
	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/validator"
)

// contract is the API description, made to judge answers.
type contract struct {
	doc      map[string]any
	compiler *jsonschema.Compiler

	mu   sync.Mutex
	seen map[string]bool // "METHOD path status" of the answers so far
}

const contractURL = "http://localhost/api/openapi.json"

func readContract(t testing.TB) *contract {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(apiDescription))
	if err != nil {
		t.Fatal(err)
	}
	c := &contract{doc: doc.(map[string]any), compiler: jsonschema.NewCompiler(), seen: map[string]bool{}}
	c.compiler.DefaultDraft(jsonschema.Draft2020)
	if err := c.compiler.AddResource(contractURL, doc); err != nil {
		t.Fatal(err)
	}
	for _, name := range validator.SchemaNames() {
		text, err := validator.Schema(name)
		if err != nil {
			t.Fatal(err)
		}
		schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.compiler.AddResource("http://localhost/api/schemas/"+name, schema); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// at follows a JSON Pointer and the references on its way.
func (c *contract) at(pointer string) (value any, where string) {
	value, where = c.doc, ""
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		object, _ := value.(map[string]any)
		value, where = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)], where+"/"+part
		if object, _ := value.(map[string]any); object != nil {
			if ref, ok := object["$ref"].(string); ok && strings.HasPrefix(ref, "#") {
				value, where = c.at(ref[1:])
			}
		}
	}
	return value, where
}

func escape(key string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(key) }

func (c *contract) keys(pointer string) []string {
	value, _ := c.at(pointer)
	object, _ := value.(map[string]any)
	var keys []string
	for key := range object {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// pathOf is the documented path that a path is one of, or "".
func (c *contract) pathOf(path string) string {
	best := ""
	for _, template := range c.keys("/paths") {
		want, got := strings.Split(template, "/"), strings.Split(path, "/")
		if len(want) != len(got) {
			continue
		}
		matches := true
		for i := range want {
			if strings.HasPrefix(want[i], "{") {
				matches = matches && got[i] != ""
			} else {
				matches = matches && want[i] == got[i]
			}
		}
		if matches && (best == "" || strings.Count(template, "{") < strings.Count(best, "{")) {
			best = template
		}
	}
	return best
}

// check holds an answer against the description: status, headers, content type
// and body.
func (c *contract) check(t testing.TB, method, path string, a answer) {
	t.Helper()
	template, documented := c.pathOf(path), strings.ToLower(method)
	if method == http.MethodHead {
		documented = "get"
	}
	what := fmt.Sprintf("%s %s: %d", method, path, a.status)
	var response string
	if value, _ := c.at("/paths/" + escape(template) + "/" + documented); value != nil {
		response = fmt.Sprintf("/paths/%s/%s/responses/%d", escape(template), documented, a.status)
	} else { // of no operation
		response = "/components/responses/" + map[int]string{
			http.StatusUnauthorized: "Unauthorized", http.StatusForbidden: "Forbidden", http.StatusNotFound: "NotFound",
			http.StatusMethodNotAllowed: "MethodNotAllowed", http.StatusMisdirectedRequest: "Misdirected",
		}[a.status]
	}
	if value, _ := c.at(response); value == nil {
		t.Errorf("%s is not documented", what)
		return
	}
	c.mu.Lock()
	c.seen[fmt.Sprintf("%s %s %d", strings.ToUpper(documented), template, a.status)] = true
	c.mu.Unlock()
	c.checkHeaders(t, what, response, a.header)
	c.checkBody(t, what, response, method, a)
}

// checkHeaders wants every header of the answer documented, and every required
// one to be there.
func (c *contract) checkHeaders(t testing.TB, what, response string, header http.Header) {
	t.Helper()
	names := c.keys(response + "/headers")
	for _, name := range names {
		values := header.Values(name)
		at := response + "/headers/" + name
		value, _ := c.at(at)
		if required := value.(map[string]any)["required"] == true; len(values) > 1 || required && len(values) == 0 {
			t.Errorf("%s: header %s is there %d times", what, name, len(values))
		}
		for _, v := range values {
			c.validate(t, what+": header "+name, at+"/schema", v)
		}
	}
	for name := range header {
		isName := func(other string) bool { return strings.EqualFold(name, other) }
		general := name == "Date" || name == "Connection" || name == "Content-Type" || slices.ContainsFunc(securityHeaders[:], func(h struct{ name, value string }) bool { return isName(h.name) })
		if !general && !slices.ContainsFunc(names, isName) {
			t.Errorf("%s: header %s is not documented", what, name)
		}
	}
}

func (c *contract) checkBody(t testing.TB, what, response, method string, a answer) {
	t.Helper()
	types := c.keys(response + "/content")
	contentType := a.header.Get("Content-Type")
	if len(types) == 0 && contentType == "" && len(a.body) == 0 {
		return
	}
	if !slices.Contains(types, contentType) {
		t.Errorf("%s: content type %q is not documented", what, contentType)
		return
	}
	if method == http.MethodHead {
		return
	}
	schema := response + "/content/" + escape(contentType) + "/schema"
	value, _ := c.at(schema)
	switch {
	case value == nil: // bytes
	case strings.Contains(contentType, "json"):
		body, err := jsonschema.UnmarshalJSON(bytes.NewReader(a.body))
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		c.validate(t, what, schema, body)
	default:
		c.validate(t, what, schema, string(a.body))
	}
}

func (c *contract) validate(t testing.TB, what, pointer string, value any) {
	t.Helper()
	_, where := c.at(pointer)
	c.mu.Lock()
	schema, err := c.compiler.Compile(contractURL + "#" + where)
	c.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

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
		{"POST", "/api/projects/sim-quickstart/export", typeJSON, "{}"}, {"POST", "/api/projects/sim-quickstart/check", typeJSON, "{}"},
		{"POST", "/api/packages/validate", typeZip, string(pkg)}, {"POST", "/api/packages/inspect", typeZip, string(pkg)},
		{"POST", "/api/packages/sheet", typeZip, string(pkg)}, {"POST", "/api/packages/pictures", typeZip, string(pkg)},
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
	work := call{"GET", "/api/projects/sim-quickstart/sheet", "", ""}
	all := append(append(slices.Clone(gets), posts...), work)

	with(nil, nil, all)
	with(nil, nil, gets, "If-None-Match", strings.Join(tags, ", "))
	with(nil, nil, all, "Host", "evil.example")
	with(nil, nil, posts, "Origin", "https://evil.example")
	with(nil, nil, posts, "Content-Type", "text/plain")
	with(nil, nil, changed(all, func(c *call) { c.path += "?x=1" }))
	with(nil, nil, []call{{"GET", "/nope", "", ""}, {"GET", "/api/schemas/nope", "", ""}, {"POST", "/api/projects/nope/export", "", ""}, {"POST", "/api/projects/nope/check", "", ""}, {"GET", "/api/projects/nope/sheet", "", ""}})
	with(nil, nil, changed(posts, func(c *call) { c.body = strings.Replace(c.body, "PK", "XX", 1) })) // 422
	with(func(c *config) { c.token = testToken }, nil, all)
	with(func(c *config) { c.maxPackage = 100 }, nil, changed(posts, func(c *call) { c.body += strings.Repeat(" ", 80_000) }))
	with(nil, func(ts *testServer) { ts.clients.max = 0 }, all)
	with(func(c *config) { c.workers, c.queueTimeout = 1, time.Millisecond }, func(ts *testServer) {
		ts.exports.workers <- struct{}{}
		ts.checks.workers <- struct{}{}
	}, append(slices.Clone(posts), work))
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

// TestResultSchemas compares the schemas of what the library writes with its
// types: a field that is new there must not be missing here.
func TestResultSchemas(t *testing.T) {
	api := readContract(t)
	compareType(t, api, reflect.TypeFor[inspect.Report](), map[reflect.Type]bool{})
	compareType(t, api, reflect.TypeFor[diff.Report](), map[reflect.Type]bool{})
}

// schemaName returns the name of a type's schema, which is unique in the document
// where those of types are in their packages.
func schemaName(t reflect.Type) string {
	other := map[reflect.Type]string{
		reflect.TypeFor[inspect.Report]():   "Summary",
		reflect.TypeFor[inspect.Archive]():  "ArchiveFacts",
		reflect.TypeFor[inspect.Profile]():  "RuntimeProfile",
		reflect.TypeFor[inspect.HTTP]():     "HTTPAccess",
		reflect.TypeFor[inspect.Process]():  "ProviderProcess",
		reflect.TypeFor[inspect.Restart]():  "RestartPolicy",
		reflect.TypeFor[inspect.Provider](): "ProviderConfig",
		reflect.TypeFor[diff.Report]():      "Comparison",
		reflect.TypeFor[diff.Side]():        "ComparedPackage",
		reflect.TypeFor[diff.Place]():       "ChangePlace",
	}
	if name, ok := other[t]; ok {
		return name
	}
	return t.Name()
}

func compareType(t *testing.T, api *contract, typ reflect.Type, seen map[reflect.Type]bool) {
	t.Helper()
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || seen[typ] {
		return
	}
	seen[typ] = true
	want, got := map[string]string{}, map[string]string{}
	for field := range typ.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		want[name] = shapeOfType(field.Type)
		if options == "" {
			want[name] += ", required"
		}
		compareType(t, api, field.Type, seen)
	}
	at := "/components/schemas/" + schemaName(typ)
	schema, _ := api.at(at)
	properties, _ := api.at(at + "/properties")
	object, _ := properties.(map[string]any)
	for name, property := range object {
		got[name] = shapeOfSchema(property)
	}
	required, _ := schema.(map[string]any)["required"].([]any)
	for _, name := range required {
		got[fmt.Sprint(name)] += ", required"
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: type (-), schema (+):\n%s", schemaName(typ), d)
	}
}

func shapeOfType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return shapeOfType(t.Elem())
	case reflect.Slice:
		return "[]" + shapeOfType(t.Elem())
	case reflect.Struct:
		return schemaName(t)
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int64:
		return "integer"
	}
	return t.Kind().String()
}

func shapeOfSchema(schema any) string {
	object, _ := schema.(map[string]any)
	if ref, ok := object["$ref"].(string); ok {
		return path.Base(ref)
	}
	if object["type"] == "array" {
		return "[]" + shapeOfSchema(object["items"])
	}
	return fmt.Sprint(object["type"])
}

// TestConformance exports every recorded project over HTTP and as anpkg does:
// the same bytes, or the same problems.
func TestConformance(t *testing.T) {
	projects := ownProjects(t)
	ts := start(t, func(c *config) { c.projects = projects })
	count := map[string]int{}
	for i, c := range conformance.ExportCases(t) {
		name := c.Name
		if !isProjectName(name) {
			count["renamed"]++
			wantError(t, ts.export(url.PathEscape(name), ""), 400, "not a project name")
			name = fmt.Sprintf("case-%d", i)
		}
		dir := filepath.Join(projects, name)
		if err := os.CopyFS(dir, c.Files.FS()); err != nil {
			t.Fatal(err)
		}
		got := ts.export(name, "")
		want, err := exportFile(t, dir, exporter.Options{})
		var problems validator.ProblemList
		var invalid *handoff.InvalidError
		switch {
		case err == nil:
			count["exported"]++
			wantPackage(t, got, name, want)
			sum := sha256.Sum256(got.body)
			if name == c.Name && hex.EncodeToString(sum[:]) != c.Expect.SHA256 {
				t.Errorf("case %d: digest %x, recorded is %s", i, sum, c.Expect.SHA256)
			}
		case errors.As(err, &invalid):
			count["invalid"]++
			wantProblems(t, i, wantError(t, got, 400, firstReason(invalid.Report.Problems)), projectProblems(invalid.Report.Problems))
		case errors.As(err, &problems):
			count["problems"]++
			wantProblems(t, i, wantError(t, got, 400, firstReason(problems)), projectProblems(problems))
		default:
			t.Errorf("case %d: %v", i, err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	t.Log(count)
}

func wantProblems(t *testing.T, i int, got errorBody, want []problem) {
	t.Helper()
	if fmt.Sprint(got.Problems) != fmt.Sprint(want) || len(want) == 0 {
		t.Errorf("case %d: problems\n%v\nwant\n%v", i, got.Problems, want)
	}
}
