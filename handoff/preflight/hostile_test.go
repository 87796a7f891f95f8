package preflight_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/preflight"
	"github.com/anolishq/anolis-handoff/internal/conformance"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// outputs are all that a person or a program sees of a readiness.
func outputs(t testing.TB, r *preflight.Report) (text, data string) {
	t.Helper()
	var a, b, c bytes.Buffer
	if err := errors.Join(r.WriteText(&a, false), r.WriteText(&c, true), r.WriteJSON(&b)); err != nil {
		t.Fatal(err)
	}
	return a.String() + c.String(), b.String()
}

// wantSafe checks that nothing in the outputs acts on a terminal, or breaks the
// form of one.
func wantSafe(t testing.TB, r *preflight.Report) {
	t.Helper()
	text, data := outputs(t, r)
	plain := strings.NewReplacer("\x1b[1m", "", "\x1b[1;31m", "", "\x1b[1;32m", "", "\x1b[1;33m", "", "\x1b[0m", "").Replace(text)
	for _, out := range []string{plain, data} {
		if !utf8.ValidString(out) || strings.ContainsFunc(out, func(r rune) bool { return r != '\n' && !unicode.IsGraphic(r) }) {
			t.Errorf("unsafe: %q", out)
		}
	}
	var decoded preflight.Report
	if err := json.Unmarshal([]byte(data), &decoded); err != nil || strings.Count(data, "\n") != 1 || strings.Contains(data, "null") {
		t.Errorf("%v: %s", err, data)
	}
	for _, c := range r.Checks {
		if !slices.Contains([]preflight.Status{preflight.OK, preflight.Failed, preflight.Skipped, preflight.Warning}, c.Status) || c.Message == "" || c.Kind == "" {
			t.Errorf("check %+v", c)
		}
	}
}

// hostileCommands are commands that would do harm if they were more than named.
var hostileCommands = []string{
	"/dev/zero", "/proc/self/mem", "/", ".", "..", "../../../../../../etc/shadow", "-rf", "$(reboot)", "; reboot", "`reboot`",
	"a\x1b[2Jb", "a\nb\nready: 9 ok", "\u202etxt.exe", "\u2028", "a\tb", "NUL", "con", "~/x", "*", "%n%s", strings.Repeat("a/", 3000) + "b",
	strings.Repeat("ü", 5000),
}

// TestPreflightHostileNames has names that must reach the target as they are, and
// people in a form that does no harm.
func TestPreflightHostileNames(t *testing.T) {
	for _, name := range hostileCommands {
		quoted, err := json.Marshal(name) // which YAML reads, too
		if err != nil {
			t.Fatal(err)
		}
		p := openRig(t, "./bin/heat", string(quoted), "port: /dev/ttyS9", "port: "+string(quoted), "historian.local:8086", "h/"+strings.Trim(string(quoted), `"`))
		m := handofftest.ReadyMachine()
		r := checked(t, p, m.Target("/opt/rig"))
		wantSafe(t, r)
		want := name
		if !strings.HasPrefix(name, "/") {
			want = "/opt/rig/" + name
		}
		if !slices.Contains(m.Asked, want) {
			t.Errorf("%q: asked for %q", name, m.Asked)
		}
		if text, _ := outputs(t, r); len(text) > 12<<10 {
			t.Errorf("%.20q: %d bytes of text", name, len(text))
		}
	}
}

// TestPreflightHostileTarget has a machine that answers with hostile text.
func TestPreflightHostileTarget(t *testing.T) {
	bad := errors.New("a\x1b[2Jb\nready \u202e\xff")
	target := preflight.Target{
		Dir:       "/opt/\x1b[2J\n",
		LookupEnv: func(string) (string, bool) { return "\x1b[2J\n", true },
		Stat:      func(string) (fs.FileInfo, error) { return nil, bad },
		Access:    func(string, preflight.AccessMode) error { return bad },
		Listen:    func(netip.AddrPort) error { return bad },
	}
	r := checked(t, openRig(t), target)
	wantSafe(t, r)
	target.Stat = func(string) (fs.FileInfo, error) { return nil, nil } // neither an answer nor an error
	wantSafe(t, checked(t, openRig(t), target))
	m := handofftest.ReadyMachine()
	target.Dir, target.Stat = "/opt/rig", m.Target("/opt/rig").Stat
	r = checked(t, openRig(t), target)
	wantSafe(t, r)
	if r.Ready {
		t.Error("ready, though nothing works")
	}
}

// TestPreflightMany has thousands of providers. A command that they share is
// looked at once, and the list of those who need it stays short on a screen.
func TestPreflightMany(t *testing.T) {
	const many = 3000
	var profile, entries strings.Builder
	files := handofftest.RigFiles()
	for i := range many {
		fmt.Fprintf(&entries, "  - {id: p%d, command: ./bin/heat, args: [--config, heater.yaml]}\n", i)
		fmt.Fprintf(&profile, "  p%d: {config: heater.yaml}\n", i)
	}
	files["manual.yaml"] = &fstest.MapFile{Data: []byte("http: {enabled: false}\nproviders:\n" + entries.String())}
	files["machine-profile.yaml"] = &fstest.MapFile{Data: []byte("schema_version: 1\nmachine_id: rig\ndisplay_name: Rig\nruntime_profiles: {manual: manual.yaml}\nproviders:\n" +
		profile.String() + "compatibility: {runtime: {config_contract: a, http_contract: b}, providers: {p0: {strategy: pinned-ref, version: \"1\"}}}\n")}
	p := handofftest.OpenVariants(t, files, "rig")
	m := handofftest.ReadyMachine()
	r := checked(t, p, m.Target("/opt/rig"))
	asked := 0
	for _, name := range m.Asked {
		if name == "/opt/rig/./bin/heat" {
			asked++
		}
	}
	at := slices.IndexFunc(r.Checks, func(c preflight.Item) bool { return c.Kind == "command" })
	if asked != 2 || len(r.Checks[at].Providers) != many { // to describe it, and to ask who may
		t.Errorf("asked %d times, for %d providers", asked, len(r.Checks[at].Providers))
	}
	text, _ := outputs(t, r)
	if want := "./bin/heat for p0, p1, p2, p3, p4, p5 and 2994 more\n      is there and may be run\n"; !strings.Contains(text, want) {
		t.Errorf("%.2000s\nhas no %s", text, want)
	}
	if lines := strings.Split(strings.TrimSpace(text), "\n"); lines[len(lines)-1] == "" || !strings.Contains(lines[len(lines)-1], "NOT READY") {
		t.Errorf("the last line is %s", lines[len(lines)-1])
	}
}

// TestPreflightTooMuch has few files that would make a long list: every provider
// needs every device of the config that they share.
func TestPreflightTooMuch(t *testing.T) {
	var entries, devices strings.Builder
	for i := range 400 {
		fmt.Fprintf(&entries, "  - {id: p%d, command: ./bin/heat, args: [--config, providers/p0.yaml]}\n", i)
		fmt.Fprintf(&devices, "- /dev/tty%d\n", i)
	}
	p, err := handoff.OpenFS(t.Context(), fstest.MapFS{
		"machine-profile.yaml":        {Data: []byte("runtime_profiles: {manual: runtime/anolis-runtime.yaml}\n")},
		"runtime/anolis-runtime.yaml": {Data: []byte("providers:\n" + entries.String())},
		"providers/p0.yaml":           {Data: []byte(devices.String())},
	}, handoff.OpenOptions{AllowInvalid: true})
	if err != nil {
		t.Fatal(err)
	}
	r, err := preflight.Check(t.Context(), p, handofftest.ReadyMachine().Target("/opt/rig"), preflight.Options{})
	if r != nil || err == nil || !strings.Contains(err.Error(), "more than 100000 things") {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestPreflightAliases has a long text that a few bytes repeat thousands of times,
// in all places. Otherwise this takes minutes.
func TestPreflightAliases(t *testing.T) {
	long := "/dev/" + strings.Repeat("x", 200_000)
	devices := "a: &a " + long + "\nb:\n" + strings.Repeat("- *a\n", 20_000)
	entries := strings.Repeat("- {id: *a, command: *a, args: [*a, --config, providers/p.yaml]}\n", 400)
	p := handofftest.OpenFiles(t, fstest.MapFS{
		"machine-profile.yaml":        {Data: []byte("runtime_profiles: {manual: runtime/anolis-runtime.yaml}\n")},
		"runtime/anolis-runtime.yaml": {Data: []byte("a: &a " + long + "\nproviders:\n" + entries)},
		"providers/p.yaml":            {Data: []byte(devices)},
	}, true)
	r := checked(t, p, handofftest.ReadyMachine().Target("/opt/rig"))
	wantSafe(t, r)
	for _, c := range r.Checks {
		if c.Kind == "device" || len(c.Providers) > 1 {
			t.Errorf("%s for %d providers", c.Kind, len(c.Providers))
		}
	}
}

// TestPreflightSecretNames has two runtime profiles whose names may not be shown,
// and one of them needs a secret.
func TestPreflightSecretNames(t *testing.T) {
	p := handofftest.OpenFiles(t, fstest.MapFS{
		"machine-profile.yaml": {Data: []byte("runtime_profiles: {token=a83hd73hs: runtime/a.yaml, token=b83hd73hs: runtime/b.yaml}\n")},
		"runtime/a.yaml":       {Data: []byte("telemetry: {enabled: true}\n")},
		"runtime/b.yaml":       {Data: []byte("telemetry: {enabled: false}\n")},
	}, true)
	r := checked(t, p, handofftest.ReadyMachine().Target("/opt/rig"))
	at := slices.IndexFunc(r.Checks, func(c preflight.Item) bool { return c.Kind == "secret" })
	if !slices.Equal(r.Profiles, []string{"***", "***"}) || at < 0 || len(r.Checks[at].Profiles) != 1 {
		t.Errorf("profiles %q, %+v", r.Profiles, r.Checks)
	}
}

// TestPreflightLongNames cuts what would fill the screen.
func TestPreflightLongNames(t *testing.T) {
	long := strings.Repeat("a", 900)
	files := fstest.MapFS{}
	rig := openRig(t, "./bin/heat", "./bin/"+long, "/dev/i2c-3", "/dev/"+long)
	for _, f := range rig.Report().Files {
		data, err := fs.ReadFile(rig.FS(), f.Path)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Path] = &fstest.MapFile{Data: bytes.ReplaceAll(data, []byte("id: heater"), []byte("id: "+long))}
	}
	r := checked(t, handofftest.OpenFiles(t, files, true), handofftest.ReadyMachine().Target("/opt/rig"))
	wantSafe(t, r)
	for _, c := range r.Checks {
		for _, name := range append(c.Providers, c.Subject) {
			if len(name) > 260 {
				t.Errorf("%d bytes: %.40s", len(name), name)
			}
		}
	}
}

// TestPreflightNoSecret plants values in the environment and looks for any piece
// of them in all that comes out.
func TestPreflightNoSecret(t *testing.T) {
	const secret = "Zq81xKvW_7pL2mNjRt4YbHd6Gs3Fc9Ae=="
	p := openRig(t)
	for _, value := range []string{
		secret, " " + secret, secret + "\n", secret + "\x1b[0m", "changeme-" + secret, "<" + secret + ">", "your-" + secret + "-token",
		strings.Repeat(secret, 100), "\xff" + secret, secret[:6],
	} {
		m := handofftest.ReadyMachine()
		m.Env["INFLUXDB_TOKEN"], m.Env["OTHER_TOKEN"] = value, "Other"+secret
		text, data := outputs(t, checked(t, p, m.Target("/opt/rig")))
		for i := range len(value) - 5 {
			if piece := value[i : i+6]; strings.Contains(text, piece) || strings.Contains(data, piece) {
				t.Fatal("a piece of the secret is in the output")
			}
		}
	}
}

// TestPreflightAsksOnlyForSlots keeps out of the rest of the environment.
func TestPreflightAsksOnlyForSlots(t *testing.T) {
	var asked []string
	target := handofftest.ReadyMachine().Target("/opt/rig")
	target.LookupEnv = func(name string) (string, bool) {
		asked = append(asked, name)
		return "", false
	}
	checked(t, handofftest.OpenExample(t, "bioreactor-bench"), target)
	if !cmp.Equal(asked, []string{"INFLUXDB_TOKEN"}) {
		t.Errorf("asked for %q", asked)
	}
}

// TestPreflightConformance takes every recorded export to an empty machine and to
// one that has all there is to have.
func TestPreflightConformance(t *testing.T) {
	looked := 0
	for _, c := range conformance.ExportCases(t) {
		if len(c.Expect.Entries) == 0 {
			continue
		}
		p, err := handoff.OpenFS(t.Context(), c.Expect.Entries.FS(), handoff.OpenOptions{AllowInvalid: true})
		if err != nil {
			t.Fatal(err)
		}
		looked++
		empty := preflight.Target{}
		full := preflight.Target{
			Dir:       "/opt/rig",
			LookupEnv: func(string) (string, bool) { return "kW7xQ2pLm9vRt4Yz", true },
			Stat: func(name string) (fs.FileInfo, error) {
				mode := fs.FileMode(0o755)
				switch {
				case name == "/opt/rig":
					mode |= fs.ModeDir
				case strings.HasPrefix(name, "/dev/"):
					mode |= handofftest.CharDevice
				}
				return handofftest.FileInfo{Path: name, Bits: mode}, nil
			},
			Access: func(string, preflight.AccessMode) error { return nil },
			Listen: func(netip.AddrPort) error { return nil },
		}
		for _, target := range []preflight.Target{empty, full} {
			r := checked(t, p, target)
			wantSafe(t, r)
			_, first := outputs(t, r)
			if _, second := outputs(t, checked(t, p, target)); first != second {
				t.Errorf("%s: two runs differ", c.Name)
			}
			failed := r.Count(preflight.Failed) + r.Count(preflight.Skipped)
			if r.Ready != (failed == 0) || r.Ready && !c.Expect.Valid || r.Ready && target.Stat == nil {
				t.Errorf("%s: ready is %t with %d checks that do not pass", c.Name, r.Ready, failed)
			}
		}
	}
	if conformance.All && looked < 200 {
		t.Errorf("only %d packages", looked)
	}
}
