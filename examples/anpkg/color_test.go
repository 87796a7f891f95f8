package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
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
