package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a test waits for what must happen. Nothing is measured
// with it.
const patience = 30 * time.Second

const testToken = "correct-horse-battery-staple-0123456789"

// testServer is the server of main on a real listener. When the test ends, it
// is shut down and must have left nothing behind.
type testServer struct {
	*server
	t      testing.TB
	url    string
	addr   string
	client *http.Client
	logs   *logBuffer
	stop   func() error // once; what serve returned
	api    *contract

	secrets []string // more texts that no answer may have
}

// start runs a server over the example projects, unless change says otherwise.
func start(t testing.TB, change func(*config), extra ...route) *testServer {
	t.Helper()
	before := resources()
	cfg := defaultConfig()
	cfg.projects = filepath.Join("..", "projects")
	cfg.tempDir = t.TempDir()
	cfg.maxPerClient = 1000
	if change != nil {
		change(&cfg)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	logs := &logBuffer{}
	s, err := newServer(cfg, slog.New(slog.NewJSONHandler(logs, nil)))
	if err != nil {
		t.Fatal(err)
	}
	s.mux = s.newMux(append(s.routes(), extra...))
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.serve(ctx, ln) }()
	transport := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 250}
	ts := &testServer{
		server: s, t: t, url: "http://" + ln.Addr().String(), addr: ln.Addr().String(),
		client: &http.Client{Transport: transport, Timeout: patience}, logs: logs,
		stop: sync.OnceValue(func() error { cancel(); return <-served }),
		api:  readContract(t),
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := ts.stop(); err != nil {
			t.Errorf("serve: %v", err)
		}
		wantNoEntries(t, s.temp.path)
		s.close()
		wantNoEntries(t, cfg.tempDir)
		wantSettled(t, before)
		ts.wantCleanLog()
	})
	return ts
}

func wantNoEntries(t testing.TB, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Error(err)
	}
	for _, e := range entries {
		t.Errorf("%s was left behind", e.Name())
	}
}

// resources counts what a server must give back: goroutines and, where the
// system tells, open files.
func resources() [2]int {
	files, _ := os.ReadDir("/proc/self/fd")
	return [2]int{runtime.NumGoroutine(), len(files)}
}

// wantSettled waits until no more is in use than before.
func wantSettled(t testing.TB, before [2]int) {
	t.Helper()
	var now [2]int
	for range 3000 {
		if now = resources(); now[0] <= before[0] && now[1] <= before[1] {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	stacks := make([]byte, 1<<20)
	t.Errorf("goroutines and files: %v before, %v now\n%s", before, now, stacks[:runtime.Stack(stacks, true)])
}

// logBuffer is a log that many goroutines write.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// requests are the lines of the access log.
func (l *logBuffer) requests(t testing.TB) (list []map[string]any) {
	t.Helper()
	for line := range strings.Lines(l.String()) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Errorf("log line %q: %v", line, err)
		}
		if entry["msg"] == "request" {
			list = append(list, entry)
		}
	}
	return list
}

// forbidden are texts that neither an answer nor the log may have: paths of
// this machine and the token.
func (ts *testServer) forbidden() []string {
	list := append([]string{ts.temp.path, ts.projectsPath(), testToken}, ts.secrets...)
	if dir, err := os.Getwd(); err == nil {
		list = append(list, dir)
	}
	return list
}

func (ts *testServer) wantCleanLog() {
	ts.t.Helper()
	ts.logs.requests(ts.t) // each line is JSON
	for _, text := range ts.forbidden() {
		if strings.Contains(ts.logs.String(), text) {
			ts.t.Errorf("the log has a path or secret in it:\n%s", ts.logs)
		}
	}
}

// answer is a response that was read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request and holds the answer against the API description.
func (ts *testServer) do(r *http.Request) answer {
	ts.t.Helper()
	resp, err := ts.client.Do(r)
	if err != nil { // not Fatal, for the tests with many goroutines
		ts.t.Errorf("%s %s: %v", r.Method, r.URL, err)
		return answer{}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		ts.t.Errorf("%s %s: %v", r.Method, r.URL, err)
	}
	a := answer{resp.StatusCode, resp.Header, body}
	ts.check(r.Method, r.URL.EscapedPath(), a)
	return a
}

// check is what must hold for every answer.
func (ts *testServer) check(method, path string, a answer) {
	ts.t.Helper()
	ts.api.check(ts.t, method, path, a)
	for _, want := range securityHeaders {
		got := a.header.Get(want.name)
		if want.name == "Content-Security-Policy" && a.status == http.StatusOK && strings.HasSuffix(path, "/sheet") {
			continue // a document with a policy of its own: TestSheet
		}
		if got != want.value {
			ts.t.Errorf("%s %s: %s is %q", method, path, want.name, got)
		}
	}
	for name := range a.header {
		if strings.HasPrefix(name, "Access-Control-") {
			ts.t.Errorf("%s %s: has %s", method, path, name)
		}
	}
	for _, text := range ts.forbidden() {
		if bytes.Contains(a.body, []byte(text)) {
			ts.t.Errorf("%s %s: the answer has a path or secret in it: %s", method, path, a.body)
		}
	}
}

// request makes a request with headers in pairs of name and value.
func (ts *testServer) request(method, path string, body io.Reader, headers ...string) *http.Request {
	ts.t.Helper()
	r, err := http.NewRequestWithContext(ts.t.Context(), method, ts.url+path, body)
	if err != nil {
		ts.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func (ts *testServer) get(path string, headers ...string) answer {
	ts.t.Helper()
	return ts.do(ts.request("GET", path, nil, headers...))
}

// export asks for a package; empty options are no body.
func (ts *testServer) export(name, options string, headers ...string) answer {
	ts.t.Helper()
	var body io.Reader
	if options != "" {
		body = strings.NewReader(options)
		headers = append(headers, "Content-Type", typeJSON)
	}
	return ts.do(ts.request("POST", "/api/projects/"+name+"/export", body, headers...))
}

// upload sends a package.
func (ts *testServer) upload(path string, pkg []byte, headers ...string) answer {
	ts.t.Helper()
	return ts.do(ts.request("POST", path, bytes.NewReader(pkg), append([]string{"Content-Type", typeZip}, headers...)...))
}

// wantError checks an answer that is a failure.
func wantError(t testing.TB, a answer, status int, text string) errorBody {
	t.Helper()
	var body errorBody
	if err := json.Unmarshal(a.body, &body); err != nil {
		t.Errorf("status %d: %v in %.300q", a.status, err, a.body)
	}
	if a.status != status || !strings.Contains(body.Error, text) {
		t.Errorf("got %d %.300q, want %d with %q", a.status, a.body, status, text)
	}
	return body
}

// eventually waits for something that must become true.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if condition() {
			return
		}
	}
	t.Fatalf("did not happen: %s", what)
}

func writeFile(t testing.TB, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// ownProjects is a projects folder that a test may change, with a copy of some
// example projects in it.
func ownProjects(t testing.TB, names ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "projects")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join("..", "projects", name))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// bigProject is a project whose package is larger than what the buffers of a
// connection take.
func bigProject(t testing.TB) (projects string) {
	t.Helper()
	projects = ownProjects(t, "mixer-system")
	line := "  <!-- " + strings.Repeat("stir well, then wait. ", 8) + "-->\n"
	writeFile(t, filepath.Join(projects, "mixer-system/behaviors/batch_mix.xml"),
		"<root BTCPP_format=\"4\">\n  <BehaviorTree ID=\"Main\"><AlwaysSuccess/></BehaviorTree>\n"+
			strings.Repeat(line, 24<<20/len(line))+"</root>\n")
	return projects
}
