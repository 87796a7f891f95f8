//go:build unix

package validator_test

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/anolishq/anolis-handoff/validator"
)

// standin builds the stand-in for a machine runtime of internal/replay, which
// does what comments in a config say.
func standin(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "standin")
	build := exec.Command("go", "build", "-o", binary, "../internal/replay/testdata/standin")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

func TestReplay(t *testing.T) {
	binary := standin(t)
	plain := filepath.Join(t.TempDir(), "plain.txt")
	if err := os.WriteFile(plain, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	const accepted = "manual accepted, telemetry accepted, automation accepted, full accepted"
	const broken = "manual accepted, telemetry %, automation accepted, full accepted"
	problem := func(code, reason string) string {
		return "error " + code + ` runtime/anolis-runtime.telemetry.yaml:0:0  runtime profile "telemetry": ` + reason + "\n"
	}
	notRun := func(why string) string {
		return `error replay-failed runtime/anolis-runtime.automation.yaml:0:0  runtime profile "automation": the runtime ` + why + "\n"
	}
	token := "gh" + "p_" + noise(36, 5)
	seen := map[validator.Code]bool{}
	for _, tt := range []struct {
		name    string
		actions string // of the telemetry config
		binary  string
		timeout time.Duration
		want    string // outcomes
		verdict string
		stdout  string // of the telemetry config
	}{
		{name: "accepted", want: accepted, stdout: "Config valid: bench, 0 provider(s), port 8080\n"},
		{
			name: "refused", actions: "refuse Invalid polling.interval_ms", want: strings.Replace(broken, "%", "refused", 1),
			verdict: problem("replay-refused", "ERROR: Invalid polling.interval_ms"),
		},
		{
			name: "hangs", actions: "hang", timeout: time.Second, want: strings.Replace(broken, "%", "timeout", 1),
			verdict: problem("replay-timeout", "the runtime gave no answer within 1s"),
		},
		{
			name: "crashes", actions: "kill", want: strings.Replace(broken, "%", "crashed", 1),
			verdict: problem("replay-crashed", "the runtime was ended by SIGKILL"),
		},
		{
			name: "odd exit code", actions: "exit 3", want: strings.Replace(broken, "%", "odd", 1),
			verdict: problem("replay-failed", "the runtime ended with exit code 3, which has no meaning here"),
		},
		{
			name: "secret in its output", actions: `stdout "fine\ntoken is ` + escaped(token) + `\n"`, want: accepted,
			stdout: "fine\n*** (a line that may hold a secret)\nConfig valid: bench, 0 provider(s), port 8080\n",
		},
		{
			name: "secret in its answer", actions: `stderr "ERROR: bad token ` + escaped(token) + `\n"` + "\n# standin: exit 1", want: strings.Replace(broken, "%", "refused", 1),
			verdict: problem("replay-refused", "the runtime refuses it"),
		},
		{name: "missing", binary: filepath.Join(t.TempDir(), "nothing"), verdict: notRun("does not exist"), want: "manual not-run, telemetry not-run, automation not-run, full not-run"},
		{name: "not executable", binary: plain, verdict: notRun("is not executable"), want: "manual not-run, telemetry not-run, automation not-run, full not-run"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := sound(t)
			if tt.actions != "" {
				c.add("runtime/anolis-runtime.telemetry.yaml", "# standin: "+tt.actions+"\n")
				c.sum()
			}
			dir := t.TempDir()
			opts := validator.Options{Runtime: validator.Runtime{Binary: binary, Timeout: time.Minute, TempDir: dir}}
			opts.Runtime.Binary = cmp.Or(tt.binary, opts.Runtime.Binary)
			opts.Runtime.Timeout = cmp.Or(tt.timeout, opts.Runtime.Timeout)
			report := ofArchive(t, c.archive(t), opts)
			if !strings.HasPrefix(verdict(report), tt.verdict) || report.Valid != (tt.verdict == "") {
				t.Errorf("valid %v, verdict %s, want %s", report.Valid, verdict(report), tt.verdict)
			}
			if tt.stdout != "" && report.Replay[1].Stdout != tt.stdout {
				t.Errorf("output is %q, want %q", report.Replay[1].Stdout, tt.stdout)
			}
			if strings.Contains(outputs(t, report), token[:8]) {
				t.Error("the secret shows")
			}
			var outcomes []string
			for _, r := range report.Replay {
				outcomes = append(outcomes, r.Profile+" "+r.Outcome)
				config := strings.Replace("runtime/anolis-runtime."+r.Profile+".yaml", ".manual", "", 1)
				code := map[string]int{"accepted": 0, "refused": 1, "odd": 3}
				if want, ends := code[r.Outcome]; r.Config != config || ends && r.ExitCode != want || !ends && r.ExitCode != -1 {
					t.Errorf("%s: config %s, exit code %d", r.Profile, r.Config, r.ExitCode)
				}
			}
			if got := strings.Join(outcomes, ", "); got != tt.want {
				t.Errorf("outcomes are %q, want %q", got, tt.want)
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
			for _, code := range codesOf(report) {
				seen[code] = true
			}
		})
	}
	for _, info := range validator.Codes() {
		if info.Check == "replay" && !seen[info.Code] {
			t.Errorf("no test makes a problem %s", info.Code)
		}
	}
}

// escaped hides a text from the search of the package, not from the stand-in.
func escaped(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, `\x%02x`, c)
	}
	return b.String()
}

// TestReplayWithout checks when there is no replay, and why.
func TestReplayWithout(t *testing.T) {
	asked := filepath.Join(t.TempDir(), "asked")
	binary := filepath.Join(t.TempDir(), "runtime.sh")
	if err := os.WriteFile(binary, []byte("#!/bin/sh\n: > '"+asked+"'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	lenient := []byte("{}")
	for name, tt := range map[string]struct {
		edit func(content)
		opts validator.Options
		want string
	}{
		"errors":     {func(c content) { c.replace(runtimeYAML, "level: info", "level: loud") }, validator.Options{}, "the package has 1 error; it is not unpacked"},
		"no profile": {func(c content) { c.replace(profileYAML, "runtime_profiles:", "profiles:") }, validator.Options{Schemas: validator.Schemas{MachineProfile: lenient}}, "machine-profile.yaml has no runtime_profiles"},
	} {
		c := sound(t)
		tt.edit(c)
		c.sum()
		tt.opts.Runtime.Binary = binary
		report := ofFS(t, c.fs(), tt.opts)
		last := report.Skipped[len(report.Skipped)-1]
		if len(report.Replay) > 0 || last != (validator.Skipped{Check: "replay", Reason: tt.want}) {
			t.Errorf("%s: %+v", name, last)
		}
		if _, err := os.Stat(asked); err == nil {
			t.Errorf("%s: the runtime was run", name)
		}
	}
}

// TestReplayThatCannotBePrepared is an error, not a verdict.
func TestReplayThatCannotBePrepared(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c := sound(t)
	report, err := validator.FS(t.Context(), c.fs(), validator.Options{Runtime: validator.Runtime{Binary: standin(t), TempDir: file}})
	if report != nil || err == nil {
		t.Errorf("report %v, error %v", report, err)
	}
}

// TestReplayMasksEverySecret has more of them than a report would list.
func TestReplayMasksEverySecret(t *testing.T) {
	key := "-----BEGIN RSA PRIVATE" + " KEY-----\n" + noise(64, 6) + "\n" + noise(64, 7) + "\n-----END RSA PRIVATE" + " KEY-----\n"
	text := strings.Repeat("password = hunter2-"+noise(12, 8)+"\n", 300) + key + "done\n"
	c := sound(t)
	c.add(runtimeYAML, "# standin: stderr \""+escaped(text)+"\"\n")
	c.sum()
	report := ofFS(t, c.fs(), validator.Options{Runtime: validator.Runtime{Binary: standin(t), TempDir: t.TempDir()}})
	if !report.Valid {
		t.Fatal(report.Err())
	}
	want := "[WARN] this is a stand-in\n" + strings.Repeat("*** (a line that may hold a secret)\n", 304) + "done\n"
	if got := report.Replay[0].Stderr; got != want {
		t.Errorf("output is %q", got)
	}
}

// TestReplayGivesPlaceholders: the runtime gets a placeholder for every secret slot,
// or it would refuse a sound package, and nothing else of the caller's environment.
func TestReplayGivesPlaceholders(t *testing.T) {
	dir := t.TempDir()
	binary := filepath.Join(dir, "runtime")
	script := "#!/bin/sh\nfor name in INFLUXDB_TOKEN ANOLIS_API_TOKEN HANDOFF_TEST; do\n" +
		"eval value=\\${$name-unset}; echo \"saw $name as $value\" >>'" + dir + "/seen'\ndone\necho 'Config valid: x, 1 provider(s), port 1'\n"
	if err := os.WriteFile(binary, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HANDOFF_TEST", "leaks")
	t.Setenv("INFLUXDB_TOKEN", "the-real-one")
	c := sound(t)
	c.replace(profileYAML, "version: 0.2.6", "version: 0.1.40")
	c.replace(runtimeYAML, "bind: 127.0.0.1", "bind: 127.0.0.1\n  auth_enabled: true")
	c.sum()
	report := ofFS(t, c.fs(), validator.Options{Runtime: validator.Runtime{Binary: binary}})
	if !report.Valid || len(report.Replay) != 4 {
		t.Fatalf("valid is %v with %d runs: %v", report.Valid, len(report.Replay), report.Err())
	}
	data, err := os.ReadFile(filepath.Join(dir, "seen"))
	if err != nil {
		t.Fatal(err)
	}
	seen := string(data)
	for _, want := range []string{"INFLUXDB_TOKEN as placeholder", "ANOLIS_API_TOKEN as placeholder", "HANDOFF_TEST as unset"} {
		if strings.Count(seen, "saw "+want) != 4 {
			t.Errorf("not in every run: %s\n%s", want, seen)
		}
	}
}
