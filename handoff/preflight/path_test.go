package preflight_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/handoff/preflight"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// TestTriedPath says where a relative command was looked for: from where the working
// directory really is.
func TestTriedPath(t *testing.T) {
	for _, test := range []struct{ dir, real, command, want string }{
		{"/opt/rig", "", "./bin/heat", "/opt/rig/bin/heat"},
		{"/opt/rig", "", "heat", "/opt/rig/heat"},
		{"/opt/rig", "", "/usr/bin/heat", ""},
		{"/opt/rig/current", "/opt/rig/releases/0a", "../x/heat", "/opt/rig/releases/x/heat"},
		{"/opt/rig/current", "/opt/rig/releases/0a", "../../../bin/heat", "/opt/bin/heat"},
		{"rig/current", "rig/releases/0a", "../../.././bin/heat", "bin/heat"},
		{"rig/current", "rig/releases/0a", "../../../../bin/heat", "../bin/heat"},
		{"/opt/rig/current", "/opt/rig/releases/0a", "bin/../heat", "/opt/rig/releases/0a/bin/../heat"}, // bin can be a link
		{"/opt/rig/current", "", "././/heat", "/opt/rig/current/heat"},
		{"/", "", "../heat", "/../heat"},
		{"", "", "./bin/heat", ""},
	} {
		target := handofftest.ReadyMachine().Target(test.dir)
		if test.real != "" {
			target.Real = func(dir string) (string, error) {
				if dir != test.dir {
					t.Errorf("asked about %s", dir)
				}
				return test.real, nil
			}
		} else {
			target.Real = func(string) (string, error) { return "", errors.New("nobody knows") }
		}
		for _, c := range checked(t, openRig(t, "./bin/heat", test.command), target).Checks {
			if c.Kind == "command" && c.Path != test.want {
				t.Errorf("%s in %s: tried %q, want %q", test.command, test.dir, c.Path, test.want)
			}
		}
	}
	target := handofftest.ReadyMachine().Target("/opt/rig")
	target.Windows = true
	for _, c := range checked(t, openRig(t, "./bin/heat", `..\heat.exe`), target).Checks {
		if c.Kind == "command" && c.Path != `/opt/rig\..\heat.exe` {
			t.Errorf("on Windows: %q", c.Path)
		}
	}
}

// TestTriedPathHidden shows no path that holds a secret, not even in a command.
func TestTriedPathHidden(t *testing.T) {
	const secret = "ghp_abcdefghijklmnopqrstuvwxyz0123456789"
	files := handofftest.RigFiles()
	p := handofftest.OpenVariants(t, files, "rig")
	m := handofftest.ReadyMachine()
	m.Files["/opt/"+secret+"/./bin/heat"] = 0o644
	m.Files["/opt/"+secret] = m.Files["/opt/rig"]
	for _, c := range checked(t, p, m.Target("/opt/"+secret)).Checks {
		if strings.Contains(c.Hint, secret) {
			t.Errorf("%+v", c)
		}
	}
}

// TestInstalledRuntime compares the installed runtime with the pin.
func TestInstalledRuntime(t *testing.T) {
	pinned := []string{"compatibility:\n", "components: {runtime: {repo: a/b, version: \"0.1.40\"}, providers: {heat: {repo: a/c, version: \"1.0.0\"}}}\ncompatibility:\n"}
	branch := []string{"compatibility:\n", "components: {runtime: {repo: a/b, version: main}, providers: {heat: {repo: a/c, version: \"1.0.0\"}}}\ncompatibility:\n"}
	for _, test := range []struct {
		edits        []string
		output       string
		err          error
		want, hinted string
	}{
		{pinned, "anolis-runtime 0.1.40", nil, "ok runtime rt: is version 0.1.40, as pinned", ""},
		{pinned, "v0.1.40 (abc1234)", nil, "ok runtime rt: is version v0.1.40, as pinned", ""},
		{pinned, "anolis-runtime version 0.1.38\nbuilt with 1.2.3", nil, "failed runtime rt: is version 0.1.38, and the package pins 0.1.40", "install runtime 0.1.40"},
		{pinned, "0.2.0", nil, "failed runtime rt: is version 0.2.0, and the package pins 0.1.40", "pin the installed one"},
		{pinned, "0.1.40-rc.1", nil, "failed runtime rt: is version 0.1.40-rc.1, and the package pins 0.1.40", ""},
		{pinned, "dev build", nil, "skipped runtime rt: its --version has no version in it", "by hand whether it is 0.1.40"},
		{pinned, "", errors.New("the runtime does not exist"), "failed runtime rt: does not say its version: the runtime does not exist", "name the program"},
		{nil, "0.1.40", nil, "ok runtime rt: is version 0.1.40; the package pins none", ""},
		{branch, "0.1.40", nil, "warning runtime rt: is version 0.1.40; the package pins main, which is not a version", "pin a version"},
	} {
		target := handofftest.ReadyMachine().Target("/opt/rig")
		target.Runtime = "rt"
		target.RuntimeVersion = func(context.Context) (string, error) { return test.output, test.err }
		var got []string
		for _, c := range checked(t, openRig(t, test.edits...), target).Checks {
			if c.Kind == "runtime" {
				got = append(got, line(c))
				if !strings.Contains(c.Hint, test.hinted) || (test.hinted == "") != (c.Hint == "") && c.Status == preflight.OK {
					t.Errorf("%s: hint %q", line(c), c.Hint)
				}
			}
		}
		if len(got) != 1 || got[0] != test.want {
			t.Errorf("got %q, want %s", got, test.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	target := handofftest.ReadyMachine().Target("/opt/rig")
	target.RuntimeVersion = func(context.Context) (string, error) { cancel(); return "", context.Canceled }
	if _, err := preflight.Check(ctx, openRig(t), target, preflight.Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
