//go:build unix

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/anolishq/anolis-handoff/handoff/release"
)

// follower follows hints as a person would: commands are given to a shell as they
// are, and sentences are known by heart.
type follower struct {
	bin func() string // a directory with the program
}

func newFollower(t *testing.T) *follower {
	return &follower{sync.OnceValue(func() string { return filepath.Dir(buildBinary(t)) })}
}

// shell runs a line in the working directory and returns its exit code and output.
func (f *follower) shell(t *testing.T, line string) (int, string) {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", line)
	cmd.Env = append(os.Environ(), "PATH="+f.bin()+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	return exitCode(t, err), string(out)
}

// hintsOf are the hints in an output, without what stands before them.
func hintsOf(text string) (hints []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		for _, mark := range []string{"fix: ", "to go back to the previous one: "} {
			if hint, ok := strings.CutPrefix(line, mark); ok && !slices.Contains(hints, hint) {
				hints = append(hints, hint)
			}
		}
	}
	return hints
}

// isCommand reports whether a hint is for a shell.
func isCommand(hint string) bool {
	word, _, _ := strings.Cut(hint, " ")
	return slices.Contains([]string{"anpkg", "mv", "chmod", "mkdir", "cp"}, word)
}

// hintCase is a command that has hints.
type hintCase struct {
	name    string
	prepare func(t *testing.T) // in an empty directory
	args    string             // of anpkg, for a shell
	code    int
	// hints is how many there are. Each is followed from the start.
	hints int
	// fill stands for placeholders of commands.
	fill map[string]string
	// sentences are hints that are no commands, and what they ask for.
	sentences map[string]func(t *testing.T)
	// wrong is the exit code of commands that show what is wrong.
	wrong int
	// again is what must go well then; empty is args.
	again string
	// then checks what is there at the end. It may be nil.
	then func(t *testing.T, hint string)
}

func (f *follower) follow(t *testing.T, c hintCase) {
	begin := func(t *testing.T) []string {
		t.Helper()
		t.Chdir(t.TempDir())
		c.prepare(t)
		code, out := f.shell(t, "anpkg "+c.args)
		hints := hintsOf(out)
		if code != c.code || len(hints) != c.hints {
			t.Fatalf("anpkg %s: exit %d, want %d; %d hints, want %d:\n%s", c.args, code, c.code, len(hints), c.hints, out)
		}
		return hints
	}
	for i := range c.hints {
		hints := begin(t)
		hint := hints[i]
		line := hint
		for placeholder, path := range c.fill {
			line = strings.ReplaceAll(line, " "+placeholder+" ", " "+path+" ")
		}
		again := c.again
		if again == "" {
			again = c.args
		}
		do := c.sentences[hint]
		switch {
		case isCommand(hint):
			if code, out := f.shell(t, line); code != c.wrong {
				t.Errorf("%s: exit %d\n%s", line, code, out)
			}
		case do == nil:
			t.Errorf("nobody knows how to follow: %s", hint)
			continue
		default:
			do(t)
		}
		if code, out := f.shell(t, "anpkg "+again); code != 0 {
			t.Errorf("after %s: anpkg %s: exit %d\n%s", hint, again, code, out)
		}
		if c.then != nil {
			c.then(t, hint)
		}
	}
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func mustRun(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errs := anpkg(args...)
	if code != 0 {
		t.Fatalf("anpkg %q: exit %d, %s", args, code, errs)
	}
	return out
}

func replaceIn(t *testing.T, file, old, new string) {
	t.Helper()
	text, err := os.ReadFile(file)
	must(t, err)
	if strings.Count(string(text), old) != 1 {
		t.Fatalf("%q is not once in %s", old, file)
	}
	must(t, os.WriteFile(file, []byte(strings.Replace(string(text), old, new, 1)), 0o644))
}

// TestHintsAreFollowed follows every hint of drift, unpack, rollback and status to the
// letter, and the commands of preflight, and tries again.
func TestHintsAreFollowed(t *testing.T) {
	projects, err := filepath.Abs("../projects")
	must(t, err)
	f := newFollower(t)
	f.bin() // before the working directory changes
	const config = "runtime/anolis-runtime.yaml"
	// Two packages, of which the newer is current in a folder with two words.
	packages := func(t *testing.T) {
		t.Helper()
		must(t, os.CopyFS("sim", os.DirFS(projects+"/sim-quickstart")), os.CopyFS("mixer", os.DirFS(projects+"/mixer-system")))
		mustRun(t, "export", "sim")
		mustRun(t, "export", "mixer")
	}
	installed := func(t *testing.T) {
		t.Helper()
		packages(t)
		mustRun(t, "unpack", "mixer.anpkg", "my rig")
		mustRun(t, "unpack", "sim.anpkg", "my rig")
	}
	edited := func(release string) func(t *testing.T) {
		return func(t *testing.T) {
			t.Helper()
			installed(t)
			must(t, os.WriteFile(filepath.Join("my rig", release, "notes"), []byte("x"), 0o644), os.Remove(filepath.Join("my rig", release, "meta/provenance.json")))
		}
	}
	ready := func(t *testing.T) {
		t.Helper()
		must(t, os.CopyFS("sim", os.DirFS(projects+"/sim-quickstart")))
		mustRun(t, "export", "sim")
	}
	program := func(t *testing.T, release string) {
		t.Helper()
		must(t, os.Mkdir(release+"/bin", 0o755), os.WriteFile(release+"/bin/anolis-provider-sim", nil, 0o755))
	}
	kept := func(t *testing.T, hint string) {
		t.Helper()
		if names, _ := filepath.Glob("my rig/releases/*.edited-1/notes"); strings.HasPrefix(hint, "anpkg unpack") && len(names) != 1 {
			t.Errorf("after %s the edits are in %q", hint, names)
		}
	}
	const bring = "Bring what should stay into the project, and export and unpack a new package."
	bringInto := func(dir ...string) map[string]func(t *testing.T) {
		return map[string]func(t *testing.T){bring: func(t *testing.T) {
			replaceIn(t, "sim/config/anolis-runtime.manual.yaml", "interval_ms: 250", "interval_ms: 100")
			mustRun(t, "export", "sim")
			mustRun(t, append([]string{"unpack", "sim.anpkg"}, dir...)...)
		}}
	}
	secret := func(old, new string) func(t *testing.T) {
		return func(t *testing.T) {
			installed(t)
			replaceIn(t, "my rig/current/"+config, old, new)
		}
	}
	// allowed is edited, of a package that is valid only by a policy.
	allowed := func(t *testing.T) {
		packages(t)
		replaceIn(t, "sim/config/provider-sim.yaml", "devices:\n", "site_token: kW7xQ2pLm9vRt4Yz\ndevices:\n")
		must(t, os.WriteFile("my policy.yaml", []byte("allow:\n- {key: site_token, reason: a test}\n"), 0o644))
		mustRun(t, "export", "--policy", "my policy.yaml", "sim")
		mustRun(t, "unpack", "--policy", "my policy.yaml", "sim.anpkg", "my rig")
		must(t, os.WriteFile("my rig/current/notes", nil, 0o644), os.Remove("my rig/current/meta/provenance.json"))
	}
	takeOut := func(old, new string) func(t *testing.T) {
		return func(t *testing.T) { replaceIn(t, "my rig/current/"+config, new, old) }
	}
	const (
		telemetry = "telemetry:\n"
		token     = "telemetry:\n  influxdb:\n    token: typed-in-at-night-7\n"
		http      = "http:\n"
		auth      = "http:\n  auth:\n    token: typed-in-at-night-7\n"
		takeItOut = "*** stands for a secret, which does not belong in a file. Take it out and supply it when the runtime starts, in "
	)
	for _, c := range []hintCase{
		{name: "drift, edited", prepare: edited("current"), args: "drift sim.anpkg 'my rig'", code: 1, hints: 2, sentences: bringInto("my rig"), then: kept},
		{name: "drift, edited, by its link", prepare: edited("current"), args: "drift sim.anpkg 'my rig/current'", code: 1, hints: 2, sentences: bringInto("my rig"), then: kept},
		{name: "drift, from standard input", prepare: edited("current"), args: "drift - 'my rig' < sim.anpkg", code: 1, hints: 2,
			fill: map[string]string{"PACKAGE": "sim.anpkg"}, sentences: bringInto("my rig"), then: kept},
		{name: "drift, edited, and not current", prepare: edited("previous"), args: "drift mixer.anpkg 'my rig/previous'", code: 1, hints: 2,
			sentences: map[string]func(t *testing.T){bring: func(t *testing.T) { mustRun(t, "unpack", "mixer.anpkg", "my rig") }}, again: "drift mixer.anpkg 'my rig'", then: kept},
		{name: "drift, plain", prepare: func(t *testing.T) {
			packages(t)
			mustRun(t, "unpack", "--plain", "sim.anpkg", "plain")
			must(t, os.Remove("plain/"+config))
		}, args: "drift sim.anpkg plain", code: 1, hints: 2, sentences: map[string]func(t *testing.T){bring: func(t *testing.T) {
			must(t, os.RemoveAll("plain"))
			mustRun(t, "unpack", "--plain", "sim.anpkg", "plain")
		}}},
		{name: "drift, by a policy", prepare: allowed, args: "drift --policy 'my policy.yaml' sim.anpkg 'my rig'", code: 1, hints: 2,
			sentences: map[string]func(t *testing.T){bring: func(t *testing.T) {
				mustRun(t, "unpack", "--policy", "my policy.yaml", "sim.anpkg", "my rig") // nothing should stay
			}}, then: kept},
		{name: "drift, another release", prepare: installed, args: "drift mixer.anpkg 'my rig'", code: 1, hints: 1},
		{name: "drift, more files", prepare: func(t *testing.T) {
			installed(t)
			must(t, os.WriteFile("my rig/current/notes", nil, 0o644))
		}, args: "drift sim.anpkg 'my rig'", code: 1, hints: 1, sentences: map[string]func(t *testing.T){
			"Keep files of the site outside of the release: an update leaves them behind.": func(t *testing.T) { must(t, os.Rename("my rig/current/notes", "notes")) },
		}},
		{name: "drift, another folder", prepare: func(t *testing.T) { installed(t); must(t, os.Mkdir("empty", 0o755)) }, args: "drift sim.anpkg empty", code: 1, hints: 1,
			sentences: map[string]func(t *testing.T){"No file is as in the package. Name the folder that it was unpacked to.": func(*testing.T) {}}, again: "drift sim.anpkg 'my rig'"},
		{name: "drift, a token", prepare: secret(telemetry, token), args: "drift sim.anpkg 'my rig'", code: 1, hints: 3,
			sentences: map[string]func(t *testing.T){takeItOut + "INFLUXDB_TOKEN.": takeOut(telemetry, token), bring: bringInto("my rig")[bring]}},
		{name: "drift, a token of the API", prepare: secret(http, auth), args: "drift sim.anpkg 'my rig'", code: 1, hints: 3,
			sentences: map[string]func(t *testing.T){takeItOut + "ANOLIS_API_TOKEN.": takeOut(http, auth), bring: bringInto("my rig")[bring]}},

		{name: "unpack, current is a file", prepare: func(t *testing.T) {
			packages(t)
			must(t, os.Mkdir("my rig", 0o755), os.WriteFile("my rig/current", nil, 0o644))
		}, args: "unpack sim.anpkg 'my rig'", code: 1, hints: 1},
		{name: "unpack, releases is a file", prepare: func(t *testing.T) {
			packages(t)
			must(t, os.Mkdir("rig", 0o755), os.WriteFile("rig/releases", nil, 0o644))
		}, args: "unpack sim.anpkg rig", code: 1, hints: 1},
		{name: "unpack, the release is a link", prepare: func(t *testing.T) {
			installed(t)
			name, err := os.Readlink("my rig/previous")
			must(t, err, os.RemoveAll("my rig/"+name), os.Symlink("..", "my rig/"+name))
		}, args: "unpack mixer.anpkg 'my rig'", code: 1, hints: 1},
		{name: "unpack, plain and not empty", prepare: func(t *testing.T) {
			packages(t)
			must(t, os.MkdirAll("-rig/x", 0o755))
		}, args: "unpack --plain sim.anpkg ./-rig", code: 1, hints: 1},
		{name: "unpack, the way back", prepare: installed, args: "unpack sim.anpkg 'my rig'", code: 0, hints: 1, again: "drift mixer.anpkg 'my rig'"},

		{name: "rollback, edited", prepare: edited("previous"), args: "rollback 'my rig'", code: 1, hints: 2, fill: map[string]string{"PACKAGE": "mixer.anpkg"},
			again: "rollback 'my rig'", then: kept},
		{name: "rollback, edited, by its digest", prepare: func(t *testing.T) {
			edited("previous")(t)
			must(t, os.Remove("my rig/previous"))
		}, args: "rollback --to ff0f79c9 'my rig'", code: 1, hints: 2, fill: map[string]string{"PACKAGE": "mixer.anpkg"}, again: "rollback 'my rig'", then: kept},
		{name: "preflight, not executable", prepare: func(t *testing.T) {
			installed(t)
			target, err := os.Readlink("my rig/current")
			must(t, err, os.CopyFS("my rig/"+target+"/bin", os.DirFS("sim/config")), os.Rename("my rig/"+target+"/bin/provider-sim.yaml", "my rig/"+target+"/bin/anolis-provider-sim"))
		}, args: "preflight 'my rig'", code: 1, hints: 1},
		{name: "preflight, no folder", prepare: ready, args: "preflight sim.anpkg", code: 1, hints: 1, sentences: map[string]func(t *testing.T){
			"unpack it, and say where with --dir": func(t *testing.T) { mustRun(t, "unpack", "sim.anpkg", "rig"); program(t, "rig/current") },
		}, again: "preflight --dir rig sim.anpkg"},
		{name: "preflight, the folder is not there", prepare: ready, args: "preflight --dir rig sim.anpkg", code: 1, hints: 1, sentences: map[string]func(t *testing.T){
			"unpack the package there": func(t *testing.T) { mustRun(t, "unpack", "sim.anpkg", "rig"); program(t, "rig/current") },
		}},
		{name: "preflight, no program", prepare: func(t *testing.T) { ready(t); mustRun(t, "unpack", "sim.anpkg", "rig") }, args: "preflight rig", code: 1, hints: 1, sentences: map[string]func(t *testing.T){
			"install the program there, or correct its path in the project and export again": func(t *testing.T) { program(t, "rig/current") },
		}},
		{name: "preflight, does not start", prepare: func(t *testing.T) {
			must(t, os.CopyFS("sim", os.DirFS(projects+"/sim-quickstart")))
			replaceIn(t, "sim/config/anolis-runtime.manual.yaml", `"--config", config/provider-sim.yaml]`, `"--config", config/provider-sim.yaml, "--check-config"]`)
			mustRun(t, "export", "sim")
			mustRun(t, "unpack", "sim.anpkg", "rig")
			program(t, "rig/current")
		}, args: "preflight rig", code: 1, hints: 1, again: "preflight --help", wrong: 1},
		{name: "preflight, the runtime is another", prepare: func(t *testing.T) {
			ready(t)
			mustRun(t, "unpack", "sim.anpkg", "rig")
			program(t, "rig/current")
		}, args: "preflight --runtime none rig", code: 1, hints: 1, sentences: map[string]func(t *testing.T){
			"name the program of the runtime that the service starts": func(t *testing.T) {
				must(t, os.WriteFile("runtime", []byte("#!/bin/sh\necho 0.1.40\n"), 0o755))
			},
		}, again: "preflight --runtime runtime rig"},
		{name: "preflight, everybody may read the secrets", prepare: func(t *testing.T) {
			must(t, os.CopyFS("sim", os.DirFS(projects+"/sim-quickstart")))
			replaceIn(t, "sim/config/anolis-runtime.manual.yaml", "telemetry:\n  enabled: false", "telemetry:\n  enabled: true\n  influxdb: {url: \"http://localhost:8086\", org: lab, bucket: rig}")
			mustRun(t, "export", "sim")
			mustRun(t, "unpack", "sim.anpkg", "rig")
			program(t, "rig/current")
			must(t, os.WriteFile("my rig.env", []byte("INFLUXDB_TOKEN=kW7xQ2pLm9vRt4Yz\n"), 0o644))
		}, args: "preflight --env-file 'my rig.env' rig", code: 0, hints: 1, then: func(t *testing.T, _ string) {
			if out := mustRun(t, "preflight", "--env-file", "my rig.env", "rig"); strings.Contains(out, "fix: ") {
				t.Error(out)
			}
		}},
		{name: "preflight, edited", prepare: func(t *testing.T) {
			installed(t)
			replaceIn(t, "my rig/current/"+config, "interval_ms: 250", "interval_ms: yes")
			must(t, os.Mkdir("my rig/current/bin", 0o755), os.WriteFile("my rig/current/bin/anolis-provider-sim", nil, 0o755))
		}, args: "preflight 'my rig'", code: 1, hints: 1, again: "preflight --help", wrong: 1},
		{name: "rollback, nothing to go to", prepare: func(t *testing.T) { packages(t); mustRun(t, "unpack", "sim.anpkg", "rig") },
			args: "rollback rig", code: 1, hints: 1, again: "status rig"},
	} {
		t.Run(c.name, func(t *testing.T) { f.follow(t, c) })
	}

	t.Run("unpack, no exchange", func(t *testing.T) {
		t.Chdir(t.TempDir())
		edited("current")(t)
		target, err := os.Readlink("my rig/current")
		must(t, err)
		hints := releaseHints("unpack", "my rig", "", &release.ChangedError{Path: "my rig/" + target, Differences: []string{"x"}})
		if len(hints) != 1 {
			t.Fatal(hints)
		}
		if code, out := f.shell(t, hints[0]); code != 0 {
			t.Errorf("%s: %s", hints[0], out)
		}
		mustRun(t, "unpack", "sim.anpkg", "my rig")
		mustRun(t, "drift", "sim.anpkg", "my rig")
		if _, err := os.Stat("my rig/" + target + ".mine/notes"); err != nil {
			t.Error(err)
		}
	})
	t.Run("drift, unreadable", func(t *testing.T) {
		if os.Geteuid() != 0 {
			t.Skip("only root can be somebody else, too")
		}
		dir := t.TempDir()
		t.Chdir(dir)
		installed(t)
		must(t, os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(filepath.Dir(f.bin()), 0o755), os.Chmod("my rig/current/"+config, 0o600))
		drift := exec.Command(filepath.Join(f.bin(), "anpkg"), "drift", "sim.anpkg", "my rig")
		drift.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, err := drift.CombinedOutput()
		if code := exitCode(t, err); code != 2 || !slices.Equal(hintsOf(string(out)), []string{"Compare as a user who may read all of the release."}) {
			t.Errorf("exit %d: %s", code, out)
		}
		mustRun(t, "drift", "sim.anpkg", "my rig") // as root
	})
	t.Run("status, edited", func(t *testing.T) {
		t.Chdir(t.TempDir())
		installed(t)
		replaceIn(t, "my rig/current/"+config, "interval_ms: 250", "interval_ms: 100")
		code, out, _ := anpkg("status", "my rig")
		_, rest, found := strings.Cut(out, "with its package, ")
		line, _, _ := strings.Cut(rest, " shows what was changed")
		if code != 1 || !found {
			t.Fatalf("exit %d: %s", code, out)
		}
		if code, out := f.shell(t, strings.Replace(line, "PACKAGE", "sim.anpkg", 1)); code != 1 || !strings.Contains(out, "polling.interval_ms: 250 -> 100") {
			t.Errorf("%s: exit %d, %s", line, code, out)
		}
	})
}
