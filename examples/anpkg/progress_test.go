package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

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
