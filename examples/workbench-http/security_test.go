package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestToken(t *testing.T) {
	ts := start(t, func(c *config) { c.token = testToken })
	for _, authorization := range []string{
		"", "Bearer", "Bearer ", "Bearer " + testToken[1:], "Bearer " + testToken + "x", "Bearer  " + testToken,
		"Basic " + testToken, testToken, "Bearer " + strings.ToUpper(testToken),
	} {
		var headers []string
		if authorization != "" {
			headers = []string{"Authorization", authorization}
		}
		for _, a := range []answer{
			ts.get("/api/projects", headers...), ts.get("/api/openapi.json", headers...), ts.get("/api/schemas/report", headers...),
			ts.export("sim-quickstart", "", headers...), ts.upload("/api/packages/validate", []byte("x"), headers...),
			ts.do(ts.request("DELETE", "/api/projects", nil, headers...)),
		} {
			wantError(t, a, http.StatusUnauthorized, "bearer token")
			challenge := `Bearer realm="workbench-http"`
			if authorization != "" {
				challenge += `, error="invalid_token"`
			}
			if got := a.header.Get("WWW-Authenticate"); got != challenge {
				t.Errorf("challenge %q", got)
			}
		}
	}
	twice := ts.request("GET", "/api/projects", nil)
	twice.Header["Authorization"] = []string{"Bearer " + testToken, "Bearer " + testToken}
	wantError(t, ts.do(twice), http.StatusUnauthorized, "bearer token")

	for _, scheme := range []string{"Bearer ", "bearer ", "BEARER "} {
		if a := ts.get("/api/projects", "Authorization", scheme+testToken); a.status != 200 {
			t.Errorf("%s: %d", scheme, a.status)
		}
	}
	if a := ts.export("sim-quickstart", "", "Authorization", "Bearer "+testToken); a.status != 200 {
		t.Errorf("export: %d", a.status)
	}
	for _, open := range []string{"/", "/healthz"} { // the page must load before it can ask for the token
		if a := ts.get(open); a.status != 200 {
			t.Errorf("%s: %d", open, a.status)
		}
	}
}

func TestReadToken(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		writeFile(t, path, text)
		return path
	}
	for _, test := range []struct{ file, variable, token, err string }{
		{"", "", "", ""},
		{"", testToken, testToken, ""},
		{file("good", testToken+"\n"), "", testToken, ""},
		{file("windows", testToken+"\r\n"), "", testToken, ""},
		{file("base64", strings.Repeat("ab+/", 16)+"=="), "", strings.Repeat("ab+/", 16) + "==", ""},
		{file("both", testToken), testToken, "", "use one of them"},
		{filepath.Join(dir, "missing"), "", "", "-token-file: "},
		{file("empty", ""), "", "", "at least 32"},
		{file("lines", testToken+"\n"+testToken), "", "", "on one line"},
		{file("huge", strings.Repeat("a", 5000)), "", "", "up to 1024"},
		{"", testToken[:31], "", tokenVariable + ": the token must have at least 32"},
		{"", testToken + " ", "", "on one line"},
		{"", testToken + "é", "", "on one line"},
	} {
		token, err := readToken(test.file, test.variable)
		if token != test.token || test.err == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s and %q: %q, %v", filepath.Base(test.file), test.variable, token, err)
		}
		if err != nil && strings.Contains(err.Error(), testToken[:31]) {
			t.Errorf("the token is in the error: %v", err)
		}
	}
}

// TestExposure shows that an address that others can reach needs a token.
func TestExposure(t *testing.T) {
	for address, exposed := range map[string]bool{
		"127.0.0.1": false, "127.8.9.1": false, "::1": false,
		"0.0.0.0": true, "::": true, "192.168.1.2": true, "2001:db8::1": true,
	} {
		addr := &net.TCPAddr{IP: net.ParseIP(address), Port: 8077}
		if err := checkExposure(config{}, addr); err != nil != exposed {
			t.Errorf("%s: %v", address, err)
		}
		if err := checkExposure(config{token: testToken}, addr); err != nil {
			t.Errorf("%s with a token: %v", address, err)
		}
	}
	if err := checkExposure(config{}, &net.UnixAddr{Name: "socket"}); err == nil {
		t.Error("what is no address is no loopback")
	}
}

func TestHost(t *testing.T) {
	ts := start(t, func(c *config) {
		c.hosts = []string{"rig.example", "192.168.7.7"}
		c.listen = "127.0.0.1:8077"
	})
	for _, good := range []string{
		"localhost", "LocalHost:1", "localhost.", "127.0.0.1", "127.0.0.1:8077", "127.1.2.3", "[::1]", "[::1]:99",
		"rig.example", "RIG.example.:443", "192.168.7.7", "192.168.7.7:8077",
	} {
		if a := ts.get("/api/projects", "Host", good); a.status != 200 {
			t.Errorf("%s: %d", good, a.status)
		}
	}
	for _, bad := range []string{
		"evil.example", "localhost.evil.example", "rig.example.evil", "xrig.example", "127.0.0.1.nip.io", "10.0.0.1", "[::2]",
		"192.168.7.70", "0.0.0.0", "rig.example:80:80",
	} {
		for _, a := range []answer{
			ts.get("/", "Host", bad), ts.get("/api/projects", "Host", bad), ts.export("sim-quickstart", "", "Host", bad),
			ts.upload("/api/packages/validate", nil, "Host", bad), ts.get("/nowhere", "Host", bad),
			ts.get("/api/openapi.json", "Host", bad), ts.get("/api/schemas/report", "Host", bad),
		} {
			wantError(t, a, http.StatusMisdirectedRequest, "Host header")
		}
		if a := ts.get("/healthz", "Host", bad); a.status != 200 {
			t.Errorf("a probe as %s: %d", bad, a.status)
		}
	}
}

// TestOrigin shows that another site cannot make a browser do work here (CSRF).
func TestOrigin(t *testing.T) {
	ts := start(t, nil)
	for _, bad := range [][]string{
		{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Origin", "http://127.0.0.1:1"},
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"},
		{"Sec-Fetch-Site", "cross-site", "Origin", ts.url},
	} {
		wantError(t, ts.export("sim-quickstart", "", bad...), http.StatusForbidden, "another site")
		wantError(t, ts.upload("/api/packages/validate", nil, bad...), http.StatusForbidden, "another site")
	}
	for _, good := range [][]string{{"Origin", ts.url}, {"Sec-Fetch-Site", "same-origin", "Origin", ts.url}, {"Sec-Fetch-Site", "none"}} {
		if a := ts.export("sim-quickstart", "", good...); a.status != 200 {
			t.Errorf("%q: %d %s", good, a.status, a.body)
		}
	}
	preflight := ts.do(ts.request("OPTIONS", "/api/projects", nil, "Origin", "https://evil.example", "Access-Control-Request-Method", "GET"))
	wantError(t, preflight, http.StatusMethodNotAllowed, "not allowed")
}

func TestMethods(t *testing.T) {
	ts := start(t, nil)
	for path, allow := range map[string]string{
		"/": "GET, HEAD", "/healthz": "GET, HEAD", "/api/projects": "GET, HEAD", "/api/openapi.json": "GET, HEAD",
		"/api/schemas/report": "GET, HEAD", "/api/projects/sim-quickstart/export": "POST", "/api/packages/validate": "POST",
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"} {
			allowed := strings.Contains(", "+allow+",", ", "+method+",")
			a := ts.do(ts.request(method, path, nil))
			switch {
			case allowed && a.status == http.StatusMethodNotAllowed:
				t.Errorf("%s %s is refused", method, path)
			case !allowed && (a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != allow):
				t.Errorf("%s %s: %d, allowed is %q", method, path, a.status, a.header.Get("Allow"))
			}
		}
	}
	if log := ts.logs.String(); strings.Contains(log, "BREW") {
		t.Error("the log has what the client made up")
	}
}

// TestPaths shows that no path is answered with a redirect or a text of the mux.
func TestPaths(t *testing.T) {
	ts := start(t, nil)
	for _, path := range []string{
		"/nowhere", "/api", "/api/", "/api/nowhere", "/api/projects/", "//api/projects", "/api/../api/projects", "/api/./projects",
		"/index.html", "/web/index.html", "/../main.go", "/%2e%2e/main.go", "/api/projects/x/export/", "/api/schemas/", "/api/schemas/a/b",
	} {
		for _, method := range []string{"GET", "POST"} {
			if a := ts.do(ts.request(method, path, nil)); a.status != 404 {
				t.Errorf("%s %s: %d %s", method, path, a.status, a.header.Get("Location"))
			}
		}
	}
	for _, line := range []string{"OPTIONS * HTTP/1.1", "CONNECT localhost:80 HTTP/1.1", "GET * HTTP/1.1"} {
		if got := ts.raw(line + "\r\nHost: localhost\r\nConnection: close\r\n\r\n"); !regexp.MustCompile(`^HTTP/1.1 40[04] `).MatchString(got) {
			t.Errorf("%s: %.100q", line, got)
		}
	}
}

// TestPanic shows that a bug ends one request, quietly, and nothing else.
func TestPanic(t *testing.T) {
	ts := start(t, nil,
		route{http.MethodGet, "/api/bug", forClients, nil, func(*response, *http.Request) error { panic("secret in " + testToken) }},
		route{http.MethodGet, "/api/late-bug", forClients, nil, func(w *response, r *http.Request) error {
			w.Header().Set("Content-Length", "100000")
			w.Write(make([]byte, 50000))
			panic(fmt.Errorf("secret in %s", testToken))
		}},
		route{http.MethodGet, "/api/late-error", forClients, nil, func(w *response, r *http.Request) error {
			w.Write(make([]byte, 50000)) // chunked
			return os.ErrInvalid
		}})
	got := ts.raw("GET /api/bug HTTP/1.1\r\nHost: localhost\r\n\r\n") // the server closes
	head, body, _ := strings.Cut(got, "\r\n\r\n")
	id := regexp.MustCompile(`X-Request-Id: (\w+)`).FindStringSubmatch(head)
	if !strings.HasPrefix(head, "HTTP/1.1 500 ") || len(id) == 0 || body != `{"error":"internal error; the log has it under the request id `+id[1]+"\"}\n" {
		t.Errorf("answer %q", got)
	}
	for _, path := range []string{"/api/late-bug", "/api/late-error"} {
		resp, err := ts.client.Do(ts.request("GET", path, nil))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: the body ended with %v, as if it were whole", path, err)
		}
		resp.Body.Close()
	}
	if a := ts.get("/healthz"); a.status != 200 {
		t.Errorf("afterwards: %d", a.status)
	}
	log := ts.logs.requests(t)[0]
	if log["panic"] != "string" || log["level"] != "ERROR" || log["id"] != id[1] || !strings.Contains(fmt.Sprint(log["stack"]), "TestPanic") {
		t.Errorf("log %v", log)
	}
	if aborted := ts.logs.requests(t)[1]; aborted["aborted"] != true || aborted["panic"] != "*errors.errorString" {
		t.Errorf("log %v", aborted)
	}
}

func TestAccessLog(t *testing.T) {
	ts := start(t, nil)
	a := ts.get("/api/schemas/report", "X-Request-Id", "forged-id", "X-Forwarded-For", "6.6.6.6")
	ts.get("/some%0apath-that-a-client-made-up")
	logs := ts.logs.requests(t)
	if len(logs) != 2 {
		t.Fatalf("log %v", logs)
	}
	first := logs[0]
	if first["id"] != a.header.Get("X-Request-Id") || len(first["id"].(string)) != 26 || first["method"] != "GET" ||
		first["route"] != "/api/schemas/{name}" || first["status"] != 200.0 || first["bytes"] != float64(len(a.body)) ||
		first["remote"] != "127.0.0.1" || first["duration_ms"] == nil {
		t.Errorf("log %v", first)
	}
	if logs[1]["route"] != "/" || logs[1]["status"] != 404.0 || logs[1]["id"] == first["id"] {
		t.Errorf("log %v", logs[1])
	}
	for _, made := range []string{"made-up", "forged", "6.6.6.6"} {
		if strings.Contains(ts.logs.String(), made) {
			t.Errorf("%s is in the log", made)
		}
	}
}

// TestInternalError shows what an error of the disk looks like from outside.
func TestInternalError(t *testing.T) {
	ts := start(t, nil)
	if err := os.Remove(ts.temp.path); err != nil {
		t.Fatal(err)
	}
	for _, a := range []answer{ts.export("sim-quickstart", ""), ts.upload("/api/packages/validate", []byte("x"))} {
		body := wantError(t, a, 500, "internal error")
		if !strings.HasSuffix(body.Error, a.header.Get("X-Request-Id")) {
			t.Errorf("%s", a.body)
		}
	}
	if log := ts.logs.requests(t)[0]; log["cause"] != "no such file or directory" && log["cause"] != "The system cannot find the path specified." {
		t.Errorf("log %v", log)
	}
	if err := os.Mkdir(ts.temp.path, 0o700); err != nil {
		t.Fatal(err)
	}
}

func TestHealthAndDocuments(t *testing.T) {
	ts := start(t, nil)
	if a := ts.get("/healthz"); string(a.body) != "{\"status\":\"ok\"}\n" {
		t.Errorf("%s", a.body)
	}
	if a := ts.get("/api/openapi.json"); !json.Valid(a.body) {
		t.Error("no JSON")
	}
	wantError(t, ts.get("/api/schemas/nope"), 404, "there are machine-profile,")
	wantError(t, ts.get("/api/schemas/%2e%2e"), 404, "no such schema")
	wantError(t, ts.get("/api/projects?x"), 400, "no query")
	wantError(t, ts.get("/api/openapi.json?x=1"), 400, "no query")
	wantError(t, ts.get("/api/schemas/report?x=1"), 400, "no query")
}
