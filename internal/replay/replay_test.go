package replay

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const warning = "[WARN] this is a stand-in\n"
const valid = "Config valid: bench, 0 provider(s), port 8080"

func TestOutcome(t *testing.T) {
	tests := []struct {
		name    string
		actions []string
		want    Run
	}{
		{"accept", nil,
			Run{Outcome: Accepted, Message: valid, Stdout: valid + "\n", Stderr: warning}},
		{"refuse", []string{"refuse Duplicate provider ID: 'sim0'"},
			Run{Outcome: Refused, ExitCode: 1, Message: "ERROR: Duplicate provider ID: 'sim0'",
				Stderr: warning + "ERROR: Duplicate provider ID: 'sim0'\n"}},
		{"first error", []string{`stderr "ERROR: one\n"`, "refuse two"},
			Run{Outcome: Refused, ExitCode: 1, Message: "ERROR: one", Stderr: warning + "ERROR: one\nERROR: two\n"}},
		{"exit 3", []string{"exit 3"},
			Run{Outcome: Odd, ExitCode: 3, Stderr: warning, Err: "the runtime ended with exit code 3, which has no meaning here"}},
		{"exit 0 without the line", []string{`stdout "all good\n not Config valid: x\n"`, "exit 0"},
			Run{Outcome: Odd, Stdout: "all good\n not Config valid: x\n", Stderr: warning,
				Err: `the runtime ended with exit code 0 but without a line "Config valid: ..."`}},
		{"line on the wrong output", []string{`stderr "Config valid: x\n"`, "exit 0"},
			Run{Outcome: Odd, Stderr: warning + "Config valid: x\n",
				Err: `the runtime ended with exit code 0 but without a line "Config valid: ..."`}},
		{"exit 1 without the line", []string{"exit 1"},
			Run{Outcome: Odd, ExitCode: 1, Stderr: warning,
				Err: `the runtime ended with exit code 1 but without a line "ERROR: ..."`}},
		{"exit 1 with the wrong line", []string{`stdout "Config valid: x\n"`, "exit 1"},
			Run{Outcome: Odd, ExitCode: 1, Stdout: "Config valid: x\n", Stderr: warning,
				Err: `the runtime ended with exit code 1 but without a line "ERROR: ..."`}},
		{"no input", []string{"stdin"},
			Run{Outcome: Accepted, Message: valid, Stdout: "stdin: 0\n" + valid + "\n", Stderr: warning}},
		{"its own directory", []string{"where"},
			Run{Outcome: Accepted, Message: valid, Stderr: warning,
				Stdout: "<package>\n" + filepath.Join("<temp>", "x") + "\n<temp>\n" + valid + "\n"}},
		{"terminal escapes", []string{`stdout "\x1b[31mred\a\r\n\tbad \xff utf-8 \u202e\u0085\n"`},
			Run{Outcome: Accepted, Message: valid, Stderr: warning,
				Stdout: `\x1b[31mred\x07` + "\n\tbad \uFFFD utf-8 " + `\u202e\x85` + "\n" + valid + "\n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Config = config
			if diff := cmp.Diff(tt.want, one(t, options(t), tt.actions...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestManyConfigs(t *testing.T) {
	pkg := packageOf("refuse no")
	pkg["runtime/anolis-runtime.mock.yaml"] = &fstest.MapFile{Data: []byte("# standin: accept\n")}
	configs := []string{"runtime/anolis-runtime.mock.yaml", config, "runtime/missing.yaml",
		"../outside.yaml", "/etc/passwd", "runtime\\x.yaml", "c:/x.yaml", "", ".", "a\x00b",
		"runtime/anolis-runtime.mock.yaml"}
	runs, err := Check(t.Context(), pkg, configs, options(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, r := range runs {
		if r.Config != configs[i] {
			t.Errorf("run %d is of %q, want %q", i, r.Config, configs[i])
		}
		got = append(got, string(r.Outcome)+" "+r.Message+r.Err)
	}
	outside := "not-run the config is not a path in the package"
	want := []string{"accepted " + valid, "refused ERROR: no", "refused ERROR: Config file not found: runtime/missing.yaml",
		outside, outside, outside, outside, outside, outside, outside, "accepted " + valid}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNoConfigs(t *testing.T) {
	runs, err := Check(t.Context(), nil, nil, Options{TempDir: filepath.Join(t.TempDir(), "missing")})
	if len(runs) != 0 || err != nil {
		t.Errorf("got %v and error %v, want nothing", runs, err)
	}
}

// The second run sees what the first one saw, although the first one changed all
// it could.
func TestCleanDirectoryEachTime(t *testing.T) {
	runs, err := Check(t.Context(), packageOf("list", "spoil"), []string{config, config}, options(t))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(runs[0], runs[1]); diff != "" {
		t.Error(diff)
	}
	var names []string
	for line := range strings.Lines(runs[0].Stdout) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		names = append(names, name)
	}
	want := []string{".", "machine-profile.yaml", "providers", "providers/sim0.yaml", "runtime", config,
		"runtime/behaviors", "runtime/behaviors/é.xml", "Config"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

func TestTimeout(t *testing.T) {
	for _, actions := range [][]string{{"hang"}, {"ignore", "hang"}, {"flood 1000000"}} {
		t.Run(actions[0], func(t *testing.T) {
			opts := options(t)
			opts.Timeout = 300 * time.Millisecond
			// What it wrote depends on how far it came.
			got := one(t, opts, actions...)
			want := Run{Config: config, Outcome: TimedOut, ExitCode: -1, Err: "the runtime gave no answer within 300ms"}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Run{}, "Stdout", "Stderr", "Truncated")); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("each config has its own", func(t *testing.T) {
		opts := options(t)
		opts.Timeout = 200 * time.Millisecond
		runs, err := Check(t.Context(), packageOf("hang"), []string{config, config}, opts)
		if err != nil || len(runs) != 2 || runs[0].Outcome != TimedOut || runs[1].Outcome != TimedOut {
			t.Errorf("got %+v and error %v, want two timeouts", runs, err)
		}
	})
	t.Run("before the start", func(t *testing.T) {
		opts := options(t)
		opts.Timeout = 1
		if got := one(t, opts); got.Outcome != TimedOut || got.ExitCode != -1 {
			t.Errorf("got %+v, want a timeout", got)
		}
	})
}

func TestCannotStart(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return name
	}
	tests := []struct{ name, binary, want string }{
		{"none", "", "no runtime was named"},
		{"missing", filepath.Join(dir, "missing"), "the runtime does not exist"},
		{"below a file", filepath.Join(write("file.exe", "", 0o755), "x"), "the runtime "},
		{"directory", dir, "the runtime is a directory"},
		{"in the package only", config, "the runtime does not exist"},
		{"in PATH only", "go", "the runtime does not exist"},
		{"no program", write("text.exe", "\x00\x01\x02 no program", 0o755), "the runtime does not start: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			opts := options(t)
			opts.Binary = tt.binary
			got := one(t, opts)
			if !strings.HasPrefix(got.Err, tt.want) || strings.Contains(got.Err, opts.TempDir) {
				t.Errorf("reason %q, want %q", got.Err, tt.want)
			}
			got.Err = ""
			if diff := cmp.Diff(Run{Config: config, Outcome: NotRun, ExitCode: -1}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRelativeBinary(t *testing.T) {
	opts := options(t)
	t.Chdir(filepath.Dir(standin))
	for _, name := range []string{filepath.Base(standin), "." + string(filepath.Separator) + filepath.Base(standin)} {
		opts.Binary = name
		if got := one(t, opts); got.Outcome != Accepted {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestRelativeTempDir(t *testing.T) {
	opts := options(t)
	t.Chdir(filepath.Dir(opts.TempDir))
	opts.TempDir = filepath.Base(opts.TempDir)
	if got := one(t, opts, "where"); got.Outcome != Accepted || !strings.HasPrefix(got.Stdout, "<package>\n") {
		t.Errorf("got %+v", got)
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("INFLUXDB_TOKEN", "planted")
	t.Setenv("ANOLIS_SECRET", "planted")
	opts := options(t)
	opts.Env = []string{"LD_LIBRARY_PATH=/opt/anolis/lib", "LANG=C.UTF-8"}
	got := one(t, opts, "env", `stdout "--\n"`)
	text, _, _ := strings.Cut(got.Stdout, "--\n")
	lines := strings.Split(strings.TrimSpace(text), "\n")
	slices.Sort(lines)
	want := []string{"HOME=<temp>", "LANG=C.UTF-8", "LC_ALL=C", "LD_LIBRARY_PATH=/opt/anolis/lib",
		"PATH=/usr/local/bin:/usr/bin:/bin", "TMPDIR=<temp>", "TZ=UTC"}
	if runtime.GOOS == "windows" {
		want = []string{"LANG=C.UTF-8", "LC_ALL=C", "LD_LIBRARY_PATH=/opt/anolis/lib",
			"SYSTEMROOT=" + os.Getenv("SYSTEMROOT"), "TEMP=<temp>", "TMP=<temp>", "TZ=UTC", "USERPROFILE=<temp>"}
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

func TestCanceled(t *testing.T) {
	t.Run("before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		runs, err := Check(ctx, packageOf(), []string{config}, options(t))
		wantCanceled(t, runs, err, 0)
	})
	t.Run("during the second run", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		l, conns := meet(t)
		opts := options(t)
		go func() {
			if conn := <-conns; conn != nil {
				cancel()
				conn.Close()
			}
		}()
		pkg := packageOf()
		pkg["runtime/b.yaml"] = &fstest.MapFile{Data: []byte("# standin: ignore\n# standin: await " + l.Addr().String() + "\n# standin: hang\n")}
		runs, err := Check(ctx, pkg, []string{config, "runtime/b.yaml", config}, opts)
		wantCanceled(t, runs, err, 1)
	})
	t.Run("by its deadline", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		runs, err := Check(ctx, packageOf("hang"), []string{config}, options(t))
		if !errors.Is(err, context.DeadlineExceeded) || len(runs) != 0 {
			t.Errorf("got %v and error %v, want the error of the context", runs, err)
		}
	})
}

func TestManyAtOnce(t *testing.T) {
	opts := options(t)
	results := make(chan []Run)
	for range 8 {
		go func() {
			runs, _ := Check(context.Background(), packageOf("list", "spoil"), []string{config}, opts)
			results <- runs
		}()
	}
	first := <-results
	for range 7 {
		if other := <-results; len(first) != 1 || !reflect.DeepEqual(first, other) {
			t.Error(cmp.Diff(first, other))
		}
	}
}
