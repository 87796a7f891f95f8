package preflight_test

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/preflight"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// TestPreflightNil takes every set of functions away from a machine that is ready:
// what cannot be looked at is skipped, and never passes.
func TestPreflightNil(t *testing.T) {
	p := openRig(t)
	paths := []string{"command", "config", "file", "behavior", "device"}
	for set := range 1 << 5 {
		target := handofftest.ReadyMachine().Target("/opt/rig")
		want := map[string]bool{} // kinds that are skipped
		if set&1 != 0 {
			target.LookupEnv = nil
			want["secret"] = true
		}
		if set&2 != 0 {
			target.Access = nil
			for _, kind := range paths {
				want[kind] = kind != "file" // which need only be there
			}
		}
		if set&4 != 0 {
			target.Listen = nil
			want["port"] = true
		}
		if set&8 != 0 {
			target.Dir = ""
			for _, kind := range paths[:4] {
				want[kind] = true
			}
		}
		if set&16 != 0 {
			target.Stat = nil
			for _, kind := range paths {
				want[kind] = true
			}
		}
		r := checked(t, p, target)
		for _, c := range r.Checks {
			status := preflight.OK
			if want[c.Kind] {
				status = preflight.Skipped
			}
			if c.Status != status || c.Message == "" {
				t.Errorf("without %05b: %s, want %s", set, line(c), status)
			}
		}
		if r.Ready != (set == 0) {
			t.Errorf("without %05b: ready is %t", set, r.Ready)
		}
	}
}

// TestPreflightDirectory says once that the directory is not there.
func TestPreflightDirectory(t *testing.T) {
	for name, test := range map[string]struct {
		mode fs.FileMode
		err  error
		want string
	}{
		"missing": {0, nil, "failed directory /opt/rig: is not there"},
		"file":    {0o644, nil, "failed directory /opt/rig: is a file, not a directory"},
		"broken":  {0, fs.ErrPermission, "failed directory /opt/rig: cannot be looked at: permission denied"},
	} {
		m := handofftest.ReadyMachine()
		delete(m.Files, "/opt/rig")
		if test.mode != 0 {
			m.Files["/opt/rig"] = test.mode
		}
		m.Broken["/opt/rig"] = test.err
		r := checked(t, openRig(t), m.Target("/opt/rig"))
		if got := line(r.Checks[3]); got != test.want || r.Count(preflight.Failed) != 1 || r.Count(preflight.Skipped) != 4 || r.Ready {
			t.Errorf("%s: %s, want %s; %+v", name, got, test.want, r)
		}
		for _, asked := range m.Asked {
			if strings.HasPrefix(asked, "/opt/rig/") {
				t.Errorf("%s: %s was looked at", name, asked)
			}
		}
	}
}

// TestPreflightRaw has paths put behind the directory as they are: the system
// resolves "..", which knows where a link leads.
func TestPreflightRaw(t *testing.T) {
	m := handofftest.ReadyMachine()
	checked(t, openRig(t, "./bin/heat", "../a//b/../heat"), m.Target("/opt/rig/current"))
	if m.Files["/opt/rig/current"] != 0 || slices.Contains(m.Asked, "/opt/rig/current/../a//b/../heat") {
		t.Error("the directory was not looked for first")
	}
	m.Files["/opt/rig/current"] = fs.ModeDir | 0o755
	checked(t, openRig(t, "./bin/heat", "../a//b/../heat"), m.Target("/opt/rig/current"))
	if !slices.Contains(m.Asked, "/opt/rig/current/../a//b/../heat") {
		t.Errorf("asked for %q", m.Asked)
	}
}

func TestPreflightWindows(t *testing.T) {
	for command, want := range map[string]string{
		`bin\heat.exe`:        `C:\rig/bin\heat.exe`,
		`bin/heat.exe`:        `C:\rig/bin/heat.exe`,
		`C:\heat.exe`:         `C:\heat.exe`,
		`d:/heat.exe`:         `d:/heat.exe`,
		`\heat.exe`:           `\heat.exe`,
		`C:heat.exe`:          `C:\rig/C:heat.exe`,
		`\\server\share\heat`: "",
		`//server/share/heat`: "",
		`/\server\share\heat`: "",
	} {
		m := handofftest.ReadyMachine()
		m.Files[`C:\rig`] = fs.ModeDir | 0o777
		m.Files[want] = 0o666 // nothing there is executable by its mode
		target := m.Target(`C:\rig`)
		target.Windows = true
		r := checked(t, openRig(t, "./bin/heat", command), target)
		at := slices.IndexFunc(r.Checks, func(c preflight.Item) bool { return c.Kind == "command" })
		status := preflight.OK
		if want == "" {
			status = preflight.Skipped
		} else if !slices.Contains(m.Asked, want) {
			t.Errorf("%s: asked for %q, want %s", command, m.Asked, want)
		}
		if r.Checks[at].Status != status || slices.Contains(m.Asked, command) && want == "" {
			t.Errorf("%s: %s, asked for %q", command, line(r.Checks[at]), m.Asked)
		}
	}
}

// TestPreflightPackage repeats the verdict on the package, in which files that are
// only there do not count.
func TestPreflightPackage(t *testing.T) {
	files := packageFiles(t, openRig(t))
	file := &fstest.MapFile{Data: []byte("x"), Mode: 0o755}
	for _, test := range []struct {
		name string
		edit func(fstest.MapFS)
		want string
	}{
		{"as it was", func(fstest.MapFS) {}, "ok package : is valid"},
		{"a program", func(f fstest.MapFS) { f["bin/heat"] = file }, "ok package : is valid; its directory has 1 more file"},
		{"programs", func(f fstest.MapFS) { f["bin/a"], f["bin/b"] = file, file }, "ok package : is valid; its directory has 2 more files"},
		{"changed", func(f fstest.MapFS) { f["providers/heater.yaml"] = file }, "failed package : is not valid: "},
		{"a program and changed", func(f fstest.MapFS) { f["bin/a"], f["runtime/behaviors/a.xml"] = file, file }, "failed package : is not valid: "},
		{"nothing to run", func(f fstest.MapFS) {
			f["machine-profile.yaml"] = &fstest.MapFile{Data: []byte("runtime_profiles: {}\n")}
		}, "failed package : is not valid: "},
		{"no list", func(f fstest.MapFS) { delete(f, "meta/checksums.sha256") }, "failed package : is not valid: "},
	} {
		edited := maps.Clone(files)
		test.edit(edited)
		p, err := handoff.OpenFS(t.Context(), edited, handoff.OpenOptions{AllowInvalid: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := line(checked(t, p, handofftest.ReadyMachine().Target("/opt/rig")).Checks[0]); got != test.want && !(strings.HasSuffix(test.want, ": ") && strings.HasPrefix(got, test.want)) {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		r, err := preflight.Check(t.Context(), p, handofftest.ReadyMachine().Target("/opt/rig"), preflight.Options{Flags: "--policy 'a b.yaml'"})
		if err != nil {
			t.Fatal(err)
		}
		if c := r.Checks[0]; c.Status == preflight.Failed && !strings.HasPrefix(c.Hint, "anpkg validate PACKAGE --policy 'a b.yaml'  # ") {
			t.Errorf("%s: the hint has not the flags: %s", test.name, c.Hint)
		}
	}
}

func packageFiles(t *testing.T, p *handoff.Package) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(p.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(p.FS(), name)
		files[name] = &fstest.MapFile{Data: data, Mode: 0o644}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestPreflightHidden has a package with secrets where paths should be. They are
// not shown, though they are looked for as they are.
func TestPreflightHidden(t *testing.T) {
	const token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"
	files := packageFiles(t, openRig(t))
	for _, f := range files {
		f.Data = []byte(strings.NewReplacer("./bin/heat", "/bin/"+token, "--limits=../shared", "--password=/x-"+token, "port: /dev/ttyS9", "port: /dev/"+token).
			Replace(string(f.Data)))
	}
	p, err := handoff.OpenFS(t.Context(), files, handoff.OpenOptions{AllowInvalid: true})
	if err != nil {
		t.Fatal(err)
	}
	m := handofftest.ReadyMachine()
	r := checked(t, p, m.Target("/opt/rig"))
	text, data := outputs(t, r)
	if strings.Contains(text+data, token) || !strings.Contains(text, "command   *** for heater: is not there") {
		t.Error("the token is shown, or nothing in its place")
	}
	if !slices.Contains(m.Asked, "/bin/"+token) || !slices.Contains(m.Asked, "/dev/"+token) || r.Checks[0].Status != preflight.Failed {
		t.Error("it was not looked for")
	}
}

// TestPreflightAdd has callers add what only they know.
func TestPreflightAdd(t *testing.T) {
	for status, want := range map[preflight.Status]bool{
		preflight.OK: true, preflight.Warning: true, preflight.Skipped: false, preflight.Failed: false, "new": false,
	} {
		r := checked(t, openRig(t), handofftest.ReadyMachine().Target("/opt/rig"))
		n := len(r.Checks)
		r.Add(preflight.Item{Kind: "own", Status: status})
		if r.Ready != want || len(r.Checks) != n+1 {
			t.Errorf("%s: %+v", status, r)
		}
		r.Add(preflight.Item{Kind: "own", Status: preflight.OK})
		if r.Ready != want {
			t.Errorf("%s, then ok: %+v", status, r)
		}
	}
}

// TestPreflightPlaceholders are values that somebody meant to replace, and values
// that nobody did.
func TestPreflightPlaceholders(t *testing.T) {
	p := openRig(t)
	status := func(value string) preflight.Status {
		m := handofftest.ReadyMachine()
		m.Env["INFLUXDB_TOKEN"] = value
		for _, c := range checked(t, p, m.Target("/opt/rig")).Checks {
			if c.Kind == "secret" {
				return c.Status
			}
		}
		return ""
	}
	got := map[string]preflight.Status{}
	want := map[string]preflight.Status{}
	for i, value := range []string{
		"replace-at-deploy", "REPLACE_ME", "changeme", "change-me", "ChangeIt", "<token>", "<your token here>", "your-token", "YOUR_INFLUXDB_TOKEN",
		"${INFLUXDB_TOKEN}", "{{ token }}", "$(cat token)", "xxxx", "****", "todo", "TBD", "placeholder", "none", "secret", " changeme ",
	} {
		got[fmt.Sprint(i)], want[fmt.Sprint(i)] = status(value), preflight.Warning
	}
	for i, value := range []string{
		"kW7xQ2pLm9vRt4Yz", "x", "p4ss-w0rd", "testbench-7Gk2", strings.Repeat("changeme", 10), "Zm9vYmFy==", "-_-",
	} {
		got[fmt.Sprint("real ", i)], want[fmt.Sprint("real ", i)] = status(value), preflight.OK
	}
	want["real 1"] = preflight.Warning // a single x
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
