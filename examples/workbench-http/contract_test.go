package main

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

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
