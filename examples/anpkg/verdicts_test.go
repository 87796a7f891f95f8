package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// manyPackages are n files: most are valid, every seventh is no archive.
func manyPackages(t *testing.T, n int) []string {
	t.Helper()
	good, err := os.ReadFile(exported(t, "mixer-system"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var list []string
	for i := range n {
		data := good
		if i%7 == 3 {
			data = []byte("no archive")
		}
		name := filepath.Join(dir, fmt.Sprintf("%d.anpkg", i))
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
		list = append(list, name)
	}
	return list
}

// hangingPackage is valid, but the stand-in for the runtime gives no answer to
// it.
func hangingPackage(t *testing.T) string {
	t.Helper()
	project := copyProject(t, "sim-quickstart")
	config := filepath.Join(project, "config/anolis-runtime.manual.yaml")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), "name: training-rig", `name: "a\n# standin: hang\nb"`, 1)
	if err := os.WriteFile(config, []byte(changed), 0o666); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "hanging.anpkg")
	if code, _, stderr := anpkg("export", project, out); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	return out
}

// noGoroutineLeft checks at the end of the test that as many run as now.
func noGoroutineLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for range 500 { // one that has done its work is counted until it is gone
			if runtime.NumGoroutine() <= before {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Errorf("%d goroutines, there were %d", runtime.NumGoroutine(), before)
	})
}

// TestValidateMany checks that the order is that of the arguments, every time.
func TestValidateMany(t *testing.T) {
	list := manyPackages(t, 200)
	noGoroutineLeft(t)
	var first string
	for range 3 {
		code, stdout, stderr := anpkg(append([]string{"validate"}, list...)...)
		if code != 1 || stderr != "" {
			t.Fatalf("exit %d, stderr %q", code, stderr)
		}
		texts := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n\n")
		if len(texts) != len(list)+1 || texts[len(list)] != "200 packages: 171 valid, 29 INVALID" {
			t.Fatalf("%d texts, the last is %q", len(texts), texts[len(texts)-1])
		}
		for i, path := range list {
			want := ": valid (canonical)\n"
			if i%7 == 3 {
				want = ": INVALID: 1 error (not canonical)\n"
			}
			if !strings.HasPrefix(texts[i], path+want) {
				t.Errorf("text %d: %s", i, texts[i])
			}
		}
		if first == "" {
			first = stdout
		} else if stdout != first {
			t.Error("another run has another output")
		}
	}
}

// TestValidateBrokenStdout must not go on with work that nobody gets to see: the
// second package would take for ever.
func TestValidateBrokenStdout(t *testing.T) {
	good, hanging := exported(t, "sim-quickstart"), hangingPackage(t)
	standin := build(t, "standin", standinSource)
	noGoroutineLeft(t)
	for _, format := range []string{"text", "json"} {
		var stderr bytes.Buffer
		args := []string{"validate", "--format", format, "--runtime-bin", standin, "--runtime-timeout", "10h", good, hanging}
		for range 200 { // more than are begun ahead
			args = append(args, good)
		}
		code := run(t.Context(), args, streams{noInput{}, brokenPipe{}, &stderr})
		if want := "anpkg validate: standard output: broken\\x1b pipe\n"; code != 2 || stderr.String() != want {
			t.Errorf("%s: exit %d, stderr %q, want %q", format, code, stderr.String(), want)
		}
	}
	// SARIF is one document: it is written when all is known.
	var stderr bytes.Buffer
	code := run(t.Context(), []string{"validate", "--format", "sarif", good, good}, streams{noInput{}, brokenPipe{}, &stderr})
	if want := "anpkg validate: standard output: broken\\x1b pipe\n"; code != 2 || stderr.String() != want {
		t.Errorf("sarif: exit %d, stderr %q, want %q", code, stderr.String(), want)
	}
}

// brokenLater fails after a number of writes.
type brokenLater struct{ left int }

func (w *brokenLater) Write(p []byte) (int, error) {
	if w.left--; w.left < 0 {
		return 0, errors.New("full")
	}
	return len(p), nil
}

// TestValidateBrokenAnywhere has each write to standard output fail.
func TestValidateBrokenAnywhere(t *testing.T) {
	all := packages(t)
	for _, format := range []string{"text", "json", "sarif"} {
		args := []string{"validate", "--strict", "--format", format, all[0], all[1], all[2]}
		for n := 0; ; n++ {
			var stderr bytes.Buffer
			w := &brokenLater{n}
			code := run(t.Context(), args, streams{noInput{}, w, &stderr})
			if w.left >= 0 { // no write failed
				if code != 1 || stderr.Len() > 0 || n == 0 {
					t.Errorf("%s, %d writes: exit %d, stderr %q", format, n, code, &stderr)
				}
				break
			}
			if code != 2 || stderr.String() != "anpkg validate: standard output: full\n" {
				t.Errorf("%s, broken after %d writes: exit %d, stderr %q", format, n, code, &stderr)
			}
		}
	}
}

// cancelingWriter interrupts at its first text.
type cancelingWriter struct {
	bytes.Buffer
	cancel context.CancelFunc
}

func (w *cancelingWriter) Write(p []byte) (int, error) {
	w.cancel()
	return w.Buffer.Write(p)
}

// TestValidateInterrupted interrupts while a runtime has the second package.
func TestValidateInterrupted(t *testing.T) {
	good, hanging := exported(t, "sim-quickstart"), hangingPackage(t)
	standin := build(t, "standin", standinSource)
	noGoroutineLeft(t)
	for _, format := range []string{"text", "json"} {
		ctx, cancel := context.WithCancel(t.Context())
		stdout, stderr := &cancelingWriter{cancel: cancel}, new(bytes.Buffer)
		code := run(ctx, []string{"validate", "--format", format, "--runtime-bin", standin, "--runtime-timeout", "10h", good, hanging}, streams{noInput{}, stdout, stderr})
		if code != 2 || stderr.String() != "anpkg validate: interrupted; 1 package not validated\n" {
			t.Errorf("%s: exit %d, stderr %q", format, code, stderr)
		}
		if text := stdout.String(); strings.Count(text, good) != 1 || strings.Contains(text, hanging) {
			t.Errorf("%s: stdout %q", format, text)
		}
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	list := manyPackages(t, 100)
	for _, format := range []string{"text", "json", "sarif"} {
		var stdout, stderr bytes.Buffer
		code := run(ctx, append([]string{"validate", "--format", format}, list...), streams{noInput{}, &stdout, &stderr})
		if code != 2 || stderr.String() != "anpkg validate: interrupted; 100 packages not validated\n" || stdout.Len() > 0 {
			t.Errorf("%s: exit %d, stderr %q, stdout %q", format, code, &stderr, &stdout)
		}
	}
}

// TestValidateTimeout has a runtime that gives no answer.
func TestValidateTimeout(t *testing.T) {
	code, stdout, stderr := anpkg("validate", "--runtime-bin", build(t, "standin", standinSource), "--runtime-timeout", "100ms", hangingPackage(t))
	if code != 1 || stderr != "" || !strings.Contains(stdout, "no answer within 100ms [replay-timeout]\n") {
		t.Errorf("exit %d, stderr %q, stdout %q", code, stderr, stdout)
	}
}
