package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/validator"
)

// device is what Stat says about a terminal.
type device struct{ mode fs.FileMode }

func (d device) Name() string       { return "tty" }
func (d device) Size() int64        { return 0 }
func (d device) Mode() fs.FileMode  { return d.mode }
func (d device) ModTime() time.Time { return time.Time{} }
func (d device) IsDir() bool        { return false }
func (d device) Sys() any           { return nil }

func TestObeysEscapes(t *testing.T) {
	const terminal = fs.ModeDevice | fs.ModeCharDevice | 0o620
	tests := []struct {
		name string
		mode fs.FileMode
		goos string
		env  map[string]string
		want bool
	}{
		{"terminal", terminal, "linux", nil, true},
		{"terminal with a name", terminal, "darwin", map[string]string{"TERM": "xterm-256color"}, true},
		{"NO_COLOR", terminal, "linux", map[string]string{"NO_COLOR": "1"}, true},
		{"dumb terminal", terminal, "linux", map[string]string{"TERM": "dumb"}, false},
		{"Windows Terminal", terminal, "windows", map[string]string{"WT_SESSION": "x"}, true},
		{"old console", terminal, "windows", nil, false},
		{"file", 0o644, "linux", nil, false},
		{"pipe", fs.ModeNamedPipe | 0o600, "linux", nil, false},
		{"disk", fs.ModeDevice | 0o600, "linux", nil, false},
		{"socket", fs.ModeSocket | 0o600, "linux", nil, false},
	}
	for _, test := range tests {
		if got := obeysEscapes(device{test.mode}, test.goos, func(name string) string { return test.env[name] }); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// TestNoTerminal has what is none on every system.
func TestNoTerminal(t *testing.T) {
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	t.Setenv("WT_SESSION", "x")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, stream := range []any{read, write, file, null, (*os.File)(nil), new(bytes.Buffer)} {
		if isTerminal(stream) || takesEscapes(stream) || takesColor(stream) {
			t.Errorf("%v is taken for a terminal", stream)
		}
	}
}

// TestVerdictColor checks that the decision reaches the text.
func TestVerdictColor(t *testing.T) {
	file := exported(t, "sim-quickstart")
	for _, color := range []bool{false, true} {
		c := &validateVerb{packages: []string{file}, format: "text", queue: newQueue(nil, []string{file})}
		var stdout bytes.Buffer
		p := &verdictPrinter{command: c, std: streams{noInput{}, &stdout, &stdout}, color: color}
		for v := range c.verdicts(t.Context()) {
			p.print(v)
		}
		if code := p.finish(); code != 0 || bytes.Contains(stdout.Bytes(), []byte("\x1b[")) != color {
			t.Errorf("color %v: exit %d, %q", color, code, &stdout)
		}
	}
}

// screen is the last line of a terminal, as far as the program uses one.
type screen struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// last is what the line shows, and whether lines would wrap.
func (s *screen) last() (line string, wraps bool) {
	wraps = true
	text := s.String()
	for text != "" {
		switch {
		case strings.HasPrefix(text, "\x1b[K"): // the cursor is at the end or at the start
			if strings.HasSuffix(line, "\r") {
				line = ""
			}
			text = text[3:]
		case strings.HasPrefix(text, "\x1b[?7l"):
			wraps, text = false, text[5:]
		case strings.HasPrefix(text, "\x1b[?7h"):
			wraps, text = true, text[5:]
		case text[0] == '\n':
			line, text = "", text[1:]
		case strings.HasSuffix(line, "\r"): // it writes at least as much as is there
			line, text = text[:1], text[1:]
		default:
			line, text = line+text[:1], text[1:]
		}
	}
	return strings.TrimSuffix(line, "\r"), wraps
}

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out, err screen
		std := streams{noInput{}, &out, &err}
		p := newProgress(&std, "validate", "one\x1b[2J", false)
		show := func(after time.Duration, want string) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			if got, wraps := err.last(); got != want || !wraps {
				t.Errorf("after %v: %q, want %q; lines wrap: %v", time.Since(p.begun), got, want, wraps)
			}
		}
		show(999*time.Millisecond, "")
		if err.String() != "" {
			t.Errorf("before the time: %q", &err)
		}
		show(time.Millisecond, `anpkg validate: 1 s: one\x1b[2J`)
		show(3*time.Second, `anpkg validate: 4 s: one\x1b[2J`)
		p.set("two\x1b[2J\n")
		show(200*time.Millisecond, `anpkg validate: 4 s: two\x1b[2J\n`)

		fmt.Fprintln(std.err, "a message")
		if !strings.HasSuffix(err.String(), "\r\x1b[Ka message\n") {
			t.Errorf("not erased before a message: %q", &err)
		}
		show(0, "")
		show(200*time.Millisecond, `anpkg validate: 4 s: two\x1b[2J\n`)

		fmt.Fprint(std.err, "half")
		show(time.Second, "half")
		fmt.Fprint(std.err, " and half\n")
		show(time.Second, `anpkg validate: 6 s: two\x1b[2J\n`)

		fmt.Fprint(std.out, "to a file")
		show(0, `anpkg validate: 6 s: two\x1b[2J\n`)

		before := err.String()
		show(500*time.Millisecond, `anpkg validate: 6 s: two\x1b[2J\n`)
		if err.String() != before {
			t.Error("the same line was drawn again")
		}
		p.stop()
		show(10*time.Second, "")
		if out.String() != "to a file" {
			t.Errorf("standard output has %q", &out)
		}
	})
}

// TestProgressBoth has both outputs on one terminal.
func TestProgressBoth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var terminal screen
		std := streams{noInput{}, &terminal, &terminal}
		p := newProgress(&std, "export", "x", true)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		fmt.Fprint(std.out, "a.anp")
		if line, _ := terminal.last(); line != "a.anp" {
			t.Errorf("the line is %q", line)
		}
		fmt.Fprint(std.out, "kg\n")
		p.stop()
		if got := strings.Count(terminal.String(), "\r\x1b[K"); got != 1 {
			t.Errorf("erased %d times: %q", got, &terminal)
		}
	})
}

// TestNoProgress has nothing shown when the work is quick or nobody watches.
func TestNoProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out, err screen
		std := streams{noInput{}, &out, &err}
		p := newProgress(&std, "export", "x", true)
		time.Sleep(900 * time.Millisecond)
		p.stop()
		before := std
		p = startProgress(&std, "export", "x") // a buffer is no terminal
		if p != nil || std != before {
			t.Error("progress without a terminal")
		}
		p.set("y")
		time.Sleep(2 * time.Second)
		p.stop()
		if out.String()+err.String() != "" {
			t.Errorf("stdout %q, stderr %q", &out, &err)
		}
	})
}

// TestProgressKeepsStream has the streams beside a line of progress be what they
// were, so that colors stay.
func TestProgressKeepsStream(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	want, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	std := streams{noInput{}, file, file}
	p := newProgress(&std, "unpack", "x", true)
	defer p.stop()
	for _, stream := range []any{std.out, std.err} {
		if got := statOf(stream); got == nil || !os.SameFile(got, want) {
			t.Errorf("%T is taken for another file: %v", stream, got)
		}
	}
}

// temporaryFolder gives the test a folder for temporary files, in which nothing
// may be left at the end.
func temporaryFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	t.Cleanup(func() { checkEmpty(t, dir) })
	return dir
}

func checkEmpty(t *testing.T, dir string) {
	t.Helper()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left over: %v, %v", entries, err)
	}
}

// TestSpoolNowhere has no folder for temporary files.
func TestSpoolNowhere(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	t.Setenv("TMPDIR", missing)
	t.Setenv("TMP", missing)
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"validate", "-"}, streams{strings.NewReader("PK"), &stdout, &stderr})
	if code != 2 || !strings.HasPrefix(stderr.String(), "anpkg validate: standard input: cannot be stored: ") || !strings.Contains(stderr.String(), "missing") {
		t.Errorf("exit %d, stderr %q", code, &stderr)
	}
}

// TestOpenPackage opens a package in each of its forms.
func TestOpenPackage(t *testing.T) {
	file := exported(t, "mixer-system")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "unpacked")
	unpack(t, file, folder)
	temporaryFolder(t)
	for arg, name := range map[string]string{file: file, folder: folder, "-": "standard input"} {
		p, done, err := openPackage(t.Context(), streams{in: bytes.NewReader(data)}, arg, handoff.OpenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		profile, err := p.FS().Open("machine-profile.yaml")
		if err != nil || p.Report().Package != name || nameOf(arg) != name {
			t.Errorf("%s: report on %s, %v", arg, p.Report().Package, err)
		} else if _, err := io.Copy(io.Discard, profile); err != nil {
			t.Errorf("%s: %v", arg, err)
		}
		done()
	}
}

// TestOpenPackageFails tells what is wrong in the words of validate.
func TestOpenPackageFails(t *testing.T) {
	folder := t.TempDir()
	missing := filepath.Join(folder, "missing\x1b")
	temporaryFolder(t)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		ctx      context.Context
		arg, in  string
		want     []string // in the output, in this order
		severity bool     // an invalid package
	}{
		{t.Context(), missing, "", []string{"anpkg diff: " + printable(missing) + ": "}, false},
		{t.Context(), folder, "", []string{folder + ": INVALID: ", "[missing-file]", "anpkg diff: " + folder + ": is not valid"}, true},
		{t.Context(), "-", "text", []string{"standard input: INVALID: 1 error", "[zip-no-end-record]", "anpkg diff: standard input: is not valid"}, true},
		{t.Context(), "-", "", []string{"anpkg diff: standard input: is empty"}, false},
		{canceled, "-", "PK", []string{"anpkg diff: interrupted\n"}, false},
	} {
		_, _, err := openPackage(test.ctx, streams{in: strings.NewReader(test.in)}, test.arg, handoff.OpenOptions{})
		var invalid *handoff.InvalidError
		if errors.As(err, &invalid) != test.severity {
			t.Errorf("%s: %v", test.arg, err)
		}
		var stderr bytes.Buffer
		tellError(streams{err: &stderr}, "diff", nameOf(test.arg), err)
		rest := stderr.String()
		for _, want := range test.want {
			_, after, ok := strings.Cut(rest, want)
			if !ok {
				t.Errorf("%s: no %q in %q", test.arg, want, &stderr)
			}
			rest = after
		}
		if strings.Contains(stderr.String(), "\x1b") {
			t.Errorf("%s: %q", test.arg, &stderr)
		}
	}
}

// decodeReport reads the output of --format json as a strict client would.
func decodeReport(t *testing.T, stdout string) (report, map[string]any) {
	t.Helper()
	if strings.Count(stdout, "\n") != 1 || !strings.HasSuffix(stdout, "\n") {
		t.Errorf("not one line: %q", stdout)
	}
	d := json.NewDecoder(strings.NewReader(stdout))
	d.DisallowUnknownFields()
	var r report
	if err := d.Decode(&r); err != nil {
		t.Fatalf("%v in %s", err, stdout)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Errorf("more than one value: %v", err)
	}
	var raw map[string]any
	if err := json.Unmarshal([]byte(stdout), &raw); err != nil {
		t.Fatal(err)
	}
	if r.Version != 1 {
		t.Errorf("version %d", r.Version)
	}
	for _, list := range []string{"problems", "notes"} {
		if _, ok := raw[list].([]any); !ok {
			t.Errorf("%s is %v, not a list", list, raw[list])
		}
	}
	return r, raw
}

func TestJSONSuccess(t *testing.T) {
	out := filepath.Join(t.TempDir(), "bench <&>.anpkg")
	code, stdout, stderr := anpkg("export", "--format", "json", "../projects/bioreactor-bench", out)
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, stderr %q", code, stderr)
	}
	r, raw := decodeReport(t, stdout)
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	if r.Package != out || r.Size != int64(len(data)) || r.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("report %+v of %d bytes with digest %x", r, len(data), sum)
	}
	if _, has := raw["error"]; has || len(r.Problems) != 0 || len(r.Notes) == 0 {
		t.Errorf("report %s", stdout)
	}
	for _, n := range r.Notes {
		if n.Code == "" || n.File == "" || n.Line == 0 || n.Column == 0 || n.Message == "" {
			t.Errorf("note %+v", n)
		}
	}
	if !bytes.Contains([]byte(stdout), []byte("bench <&>.anpkg")) {
		t.Error("the path is escaped for HTML")
	}
}

func TestJSONFailure(t *testing.T) {
	dir := t.TempDir()
	profile := "schema_version: 1\nmachine_id: rig\nruntime_profiles:\n  manual: ../up.yaml\n  manual: b.yaml\n"
	if err := os.WriteFile(filepath.Join(dir, "machine-profile.yaml"), []byte(profile), 0o666); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "x.anpkg")
	missing := filepath.Join(dir, "missing")
	for _, test := range []struct {
		project string
		problem *validator.Problem
	}{
		{dir, &validator.Problem{Code: "duplicate-key", File: "machine-profile.yaml", Pointer: "/runtime_profiles/manual", Line: 5, Column: 3}},
		{missing, nil},
	} {
		code, stdout, stderr := anpkg("export", "--format", "json", test.project, out)
		if code != 1 || stderr != "" {
			t.Errorf("exit %d, stderr %q", code, stderr)
		}
		r, raw := decodeReport(t, stdout)
		for _, absent := range []string{"package", "size", "sha256"} {
			if value, has := raw[absent]; has {
				t.Errorf("%s is %v", absent, value)
			}
		}
		if r.Error == "" || len(r.Notes) != 0 {
			t.Errorf("report %s", stdout)
		}
		if test.problem == nil {
			if len(r.Problems) != 0 {
				t.Errorf("problems %+v", r.Problems)
			}
			continue
		}
		found := false
		for _, p := range r.Problems {
			if p.Message == "" {
				t.Errorf("no message in %+v", p)
			}
			p.Severity, p.Hint, p.Message = "", "", ""
			found = found || p == *test.problem
		}
		if !found {
			t.Errorf("no %+v in %s", *test.problem, stdout)
		}
	}
}

// TestVersion has the module, the Go release and the newest runtime that is known.
func TestVersion(t *testing.T) {
	for _, args := range [][]string{{"version"}, {"--version"}, {"version", "--format", "json"}} {
		code, stdout, stderr := anpkg(args...)
		if code != 0 || stderr != "" || !strings.Contains(stdout, runtime.Version()) || !strings.Contains(stdout, validator.NewestRuntime) {
			t.Errorf("%q: exit %d, %q, %q", args, code, stdout, stderr)
		}
	}
}
