package machine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/machine"
)

// read reads the machine of a txtar-like text and counts the visits of each file
// and role.
func read(t *testing.T, text, version string) (*machine.Machine, map[string]int) {
	t.Helper()
	files, name := map[string]string{}, ""
	for line := range strings.Lines(text) {
		if title, ok := strings.CutPrefix(strings.TrimSpace(line), "-- "); ok {
			name = strings.TrimSuffix(title, " --")
			files[name] = ""
			continue
		}
		files[name] += line
	}
	delete(files, "")
	var names []string
	for name := range files {
		names = append(names, name)
	}
	visits := map[string]int{}
	m := machine.Read(machine.NewFiles(names), version, func(file string, role machine.Role) *doc.Node {
		visits[fmt.Sprint(file, ": ", role)]++
		root, err := canonyaml.Read([]byte(files[file]))
		if err != nil {
			return nil
		}
		return root
	})
	return m, visits
}

// view shows everything that a model has.
func view(m *machine.Machine) string {
	var b strings.Builder
	line := func(format string, args ...any) {
		b.WriteString(strings.TrimSpace(fmt.Sprintf(format, args...)) + "\n")
	}
	line("version %q known %v", m.Version, m.Version.Known())
	for _, p := range m.Profiles {
		line("profile %s: %s", p.Name, p.File)
	}
	for _, c := range m.Configs() {
		e := c.Exposure()
		line("%s: address %q enabled %v exposed %v auth %v insecure %v tls %v any origin %v", c.File, e.Address, e.Enabled, e.Exposed, e.Auth, e.Insecure, e.TLS, e.AnyOrigin)
		for _, p := range c.Processes {
			line("  runs %s of kind %q, --config again %d times", p.ID.Text(), p.Kind(), len(p.Again))
		}
		for _, s := range c.Slots() {
			line("  needs %s for %s", s.Variable, s.Path)
		}
		for _, h := range c.Hooks() {
			line("  hook before %v from %s to %s, fails %v", h.Before, h.From, h.To, h.FailOnError())
			for _, call := range h.Calls {
				provider, device, ok := call.Device()
				line("    calls %s / %s (%v) %s%s with %d arguments", provider, device, ok, call.Function.Text(), call.Number.Text(), len(call.Args()))
			}
		}
		for _, p := range c.Parameters() {
			line("  parameter %s %s = %s from %s to %s", p.Name.Text(), p.Type.Text(), p.Default.Text(), p.Min.Text(), p.Max.Text())
		}
		stop := c.EmergencyStop()
		line("  stop: rung %d with %d calls; covers FAULT %v", stop.Rung, len(stop.Calls), c.CoversFault())
	}
	for _, p := range m.Providers {
		line("provider %s", p.ID)
		if p.Config == nil || p.Config.File == "" {
			continue
		}
		for _, d := range machine.Devices(m.Document(p.Config.File, machine.ProviderConfig)) {
			line("  device %s %s at %s", d.ID.Text(), d.Type.Text(), d.Address.Text())
		}
	}
	for _, r := range m.References() {
		line("%s:%d:%d: %s %q -> %q %s", r.In, r.Pos().Line, r.Pos().Column, r.Role, r.Text(), r.File, r.Describe())
	}
	for _, p := range m.Pins() {
		line("pin %s %s", p.Path, p.Version.Text())
	}
	for _, g := range m.Gaps {
		line("%s:%d: %s must be %s", g.In, g.Pos().Line, g.Path, g.Want)
	}
	return b.String()
}

const whole = `
-- machine-profile.yaml --
runtime_profiles: {manual: etc/rt.conf, night: etc/night, again: ./etc/night}
providers: {heat: {config: providers/heat.cfg}, probe: {config: providers/probe}}
behaviors: [runtime/behaviors/tree.txt]
validation: {check_http_script: tools/check.sh}
components:
  runtime: {version: v0.1.40}
  providers: {bread: {version: 0.3.8}}
  optional: {panel: {version: 2}}
compatibility: {providers: {heat: {version: 1.0.0}}}
-- etc/rt.conf --
http: {auth_enabled: "Yes", bind: 10.0.0.1, tls_cert_path: c, tls_key_path: k, cors_allowed_origins: [a, '*']}
providers:
- {id: heat, command: 'C:\bin\anolis-provider-bread.exe', args: [-v, --config, providers/heat.cfg, --config, x, --config=y, --config]}
- {id: ' probe', command: ./other, args: [--config]}
automation:
  behavior_tree_path: runtime/behaviors/tree.txt
  mode_transition_hooks:
    before_transition: [{from: AUTO, to: FAULT, calls: [{device_handle: heat/a/b, function_name: stop, args: {x: 1, y: 2}}]}]
    after_transition: [{to: FAULT, fail_on_error: false, calls: [{device_handle: heat, function_id: 3}]}]
  parameters: [{name: a, type: int64, default: 0x10, min: 1, max: 20}]
telemetry: {enabled: true}
-- etc/night --
http: {enabled: false, bind: 0.0.0.0, auth_enabled: true}
providers: []
automation: {enabled: on, behavior_tree: '', behavior_tree_path: runtime/Behaviors/tree.txt, mode_transition_hooks: {after_transition: [{from: '*', to: FAULT, calls: [{device_handle: a/b, function_name: f}]}]}}
-- providers/heat.cfg --
devices: [{id: dcmt0, type: dcmt, address: 0x14}, {id: rlht0, type: rlht, address: "0x15"}]
-- runtime/behaviors/tree.txt --
-- tools/check.sh --
`

const wholeView = `version "v0.1.40" known true
profile manual: etc/rt.conf
profile night: etc/night
profile again: etc/night
etc/rt.conf: address "10.0.0.1" enabled true exposed true auth true insecure false tls true any origin true
runs heat of kind "bread", --config again 3 times
runs  probe of kind "", --config again 0 times
needs INFLUXDB_TOKEN for telemetry.influxdb.token
needs ANOLIS_API_TOKEN for http.auth_token
hook before true from AUTO to FAULT, fails true
calls heat / a/b (true) stop with 2 arguments
hook before false from * to FAULT, fails false
calls heat /  (false) 3 with 0 arguments
parameter a int64 = 0x10 from 1 to 20
stop: rung 0 with 0 calls; covers FAULT true
etc/night: address "0.0.0.0" enabled false exposed false auth true insecure false tls false any origin true
hook before false from * to FAULT, fails true
calls a / b (true) f with 0 arguments
stop: rung 2 with 1 calls; covers FAULT true
provider heat
device dcmt0 dcmt at 0x14
device rlht0 rlht at 0x15
provider probe
machine-profile.yaml:1:28: a runtime config "etc/rt.conf" -> "etc/rt.conf"
machine-profile.yaml:1:48: a runtime config "etc/night" -> "etc/night"
machine-profile.yaml:1:66: a runtime config "./etc/night" -> "etc/night"
machine-profile.yaml:2:28: a provider config "providers/heat.cfg" -> "providers/heat.cfg"
machine-profile.yaml:2:65: a provider config "providers/probe" -> "" is not in the package
machine-profile.yaml:3:13: a behavior tree "runtime/behaviors/tree.txt" -> "runtime/behaviors/tree.txt"
machine-profile.yaml:4:33: a script "tools/check.sh" -> "tools/check.sh"
etc/rt.conf:3:80: a provider config "providers/heat.cfg" -> "providers/heat.cfg"
etc/rt.conf:6:23: a behavior tree "runtime/behaviors/tree.txt" -> "runtime/behaviors/tree.txt"
etc/night:3:66: a behavior tree "runtime/Behaviors/tree.txt" -> "" is not in the package
pin compatibility.providers.heat 1.0.0
pin components.runtime v0.1.40
pin components.providers.bread 0.3.8
pin components.optional.panel 2
`

func TestRead(t *testing.T) {
	m, visits := read(t, whole, "")
	if diff := cmp.Diff(wholeView, view(m)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Each document once, but for the one that view asked for.
	want := map[string]int{"machine-profile.yaml: the manifest": 1, "etc/rt.conf: a runtime config": 1, "etc/night: a runtime config": 1, "providers/heat.cfg: a provider config": 1}
	if diff := cmp.Diff(want, visits); diff != "" {
		t.Errorf("visits (-want +got):\n%s", diff)
	}
	roles := map[string][]machine.Role{
		"machine-profile.yaml": {machine.Manifest}, "etc/rt.conf": {machine.RuntimeConfig}, "etc/night": {machine.RuntimeConfig},
		"providers/heat.cfg": {machine.ProviderConfig}, "runtime/behaviors/tree.txt": {machine.Behavior},
	}
	if diff := cmp.Diff(roles, m.Roles); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	if m, _ := read(t, whole, "0.1.20"); m.Version.String() != "0.1.20" {
		t.Errorf("the version is %s, not the caller's", m.Version)
	}
}

// TestGaps has a value of a wrong type at every place where a path leads on.
func TestGaps(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"no manifest", "-- x --\n", "machine-profile.yaml:0: providers must be a mapping of providers\nmachine-profile.yaml:0: runtime_profiles must be a mapping of runtime profiles\n"},
		{"manifest", "-- machine-profile.yaml --\n[]\n", "machine-profile.yaml:0: providers must be a mapping of providers\nmachine-profile.yaml:0: runtime_profiles must be a mapping of runtime profiles\n"},
		{"values", "-- machine-profile.yaml --\nruntime_profiles: {a: 1}\nproviders: {p: {config: null}, q: 5}\nbehaviors: {}\n",
			"machine-profile.yaml:2: providers.p.config must be the path of a provider config\n" +
				"machine-profile.yaml:0: providers.q.config must be the path of a provider config\n" +
				"machine-profile.yaml:3: behaviors must be a list of behavior trees\n" +
				"machine-profile.yaml:1: runtime_profiles.a must be the path of a runtime config\n"},
		{"behaviors", "-- machine-profile.yaml --\nruntime_profiles: {}\nproviders: {}\nbehaviors: [1]\n",
			"machine-profile.yaml:3: behaviors[0] must be the path of a behavior tree\n"},
		{"config", "-- machine-profile.yaml --\nruntime_profiles: {a: c}\nproviders: {}\n-- c --\n5\n", "c:0: providers must be a list of providers\n"},
		{"merged", "-- machine-profile.yaml --\nruntime_profiles: {a: c}\nproviders: {}\n-- c --\n<<: {providers: []}\n", "c:0: providers must be a list of providers\n"},
		{"processes", "-- machine-profile.yaml --\nruntime_profiles: {a: c}\nproviders: {}\n-- c --\nproviders: [1, {id: 2, args: x}, {id: a, args: [--config, 5]}]\nautomation: {behavior_tree: [x]}\n",
			"c:0: providers[0].id must be the id of a provider\nc:0: providers[0].args must be a list of arguments with --config\n" +
				"c:1: providers[1].id must be the id of a provider\nc:1: providers[1].args must be a list of arguments with --config\n" +
				"c:1: providers[2].args[1] must be the path of a provider config\nc:2: automation.behavior_tree must be the path of a behavior tree\n"},
	} {
		m, _ := read(t, tt.text, "")
		var got strings.Builder
		for _, g := range m.Gaps {
			fmt.Fprintf(&got, "%s:%d: %s must be %s\n", g.In, g.Pos().Line, g.Path, g.Want)
		}
		if diff := cmp.Diff(tt.want, got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestReferences(t *testing.T) {
	files := machine.NewFiles([]string{"providers/a.yaml", "providers/caf\u00e9", "runtime/behaviors/x", "b"})
	for path, want := range map[string]struct {
		fault machine.Fault
		file  string
	}{
		"providers/a.yaml":               {machine.Sound, "providers/a.yaml"},
		"./providers//x/../a.yaml":       {machine.Sound, "providers/a.yaml"},
		"''":                             {machine.Empty, ""},
		"b":                              {machine.WrongPlace, "b"},
		"providers":                      {machine.Folder, ""},
		".":                              {machine.Folder, ""},
		"providers/A.yaml":               {machine.Missing, ""},
		"' providers/a.yaml'":            {machine.Missing, ""},
		"../providers/a.yaml":            {machine.Unsafe, ""},
		"/providers/a.yaml":              {machine.Unsafe, ""},
		"c:providers/a.yaml":             {machine.Unsafe, ""},
		`providers\a.yaml`:               {machine.Unsafe, ""},
		`"providers/a.yaml\0"`:           {machine.Unsafe, ""},
		strings.Repeat("./", 2048) + "b": {machine.TooLong, ""},
	} {
		manifest, err := canonyaml.Read([]byte("runtime_profiles: {}\nproviders: {a: {config: " + path + "}}"))
		if err != nil {
			t.Fatal(path, err)
		}
		withManifest := machine.NewFiles([]string{"providers/a.yaml", "providers/caf\u00e9", "b", machine.ManifestFile})
		m := machine.Read(withManifest, "", func(string, machine.Role) *doc.Node { return manifest })
		r := m.Providers[0].Config
		if r.Fault != want.fault || r.File != want.file || (r.Describe() == "") != (want.fault == machine.Sound) {
			t.Errorf("%s: fault %d (%s), file %q", path, r.Fault, r.Describe(), r.File)
		}
	}
	for name, want := range map[string]string{
		"providers/A.YAML":       `did you mean "providers/a.yaml"? Upper and lower case differ`,
		"providers/cafe\u0301":   `the package has "providers/caf\u00e9", the same name in another Unicode form than "providers/cafe\u0301"`,
		"providers/other":        "",
		strings.Repeat("b", 1e6): "",
	} {
		if got := files.Near(name); got != want {
			t.Errorf("near %q: %s", name, got)
		}
	}
}

func TestLoopback(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1": true, "127.": true, "127.9": true, "::1": true, "localhost": true,
		"": false, "LOCALHOST": false, "Localhost": false, "localhost.": false, " 127.0.0.1": false, "0": false, "0.0.0.0": false, "127": false,
		"::": false, "[::1]": false, "0:0:0:0:0:0:0:1": false, "::ffff:127.0.0.1": false,
	} {
		if got := machine.Loopback(address); got != want {
			t.Errorf("%q: %v", address, got)
		}
	}
}

// TestExposure has each spelling of an address and a switch as the runtime reads it.
func TestExposure(t *testing.T) {
	for text, exposed := range map[string]bool{
		"": false, "http: {}": false, "http: {bind: 0}": true, "http: {bind: '0'}": true, "http: {bind: null}": true, "http: {bind: ''}": true,
		"http: {bind: 127.0.0.1}": false, "http: {bind: localhost}": false, "http: {bind: LOCALHOST}": true,
		"http: {bind: '::', enabled: false}": false, "http: {bind: '::', enabled: 'off'}": false, "http: {bind: '::', enabled: oFf}": true,
		"<<: {http: {bind: '::'}}": false,
	} {
		root, err := canonyaml.Read([]byte(text))
		if err != nil {
			root = nil
		}
		if e := (&machine.Config{Root: machine.Value{Node: root}}).Exposure(); e.Exposed != exposed {
			t.Errorf("%s: exposed %v", text, e.Exposed)
		}
	}
}

func TestEmergencyStop(t *testing.T) {
	const hooks = "mode_transition_hooks: {before_transition: [{to: FAULT, calls: [{}]}, {from: AUTO, to: FAULT, calls: [{}, {}]}, {from: '*', calls: [{}]}]}"
	for text, want := range map[string]struct {
		rung  machine.Rung
		calls int
	}{
		"{}": {machine.Nothing, 0},
		"safety: {safe_state: {hooks: [{}], setpoints: [{}, {}], zero_is_safe: true}}": {machine.SafeHooks, 1},
		"safety: {safe_state: {hooks: [], setpoints: [{}, {}], zero_is_safe: true}}":   {machine.Setpoints, 2},
		"safety: {safe_state: {zero_is_safe: true}}":                                   {machine.Zero, 0},
		"safety: {safe_state: {zero_is_safe: 'yes'}}":                                  {machine.Zero, 0},
		"automation: {enabled: true, " + hooks + "}":                                   {machine.Adopted, 1},
		"automation: {enabled: false, " + hooks + "}":                                  {machine.Nothing, 0},
		"safety: {}\nautomation: {enabled: true, " + hooks + "}":                       {machine.Nothing, 0},
		"safety:\nautomation: {enabled: true, " + hooks + "}":                          {machine.Nothing, 0},
	} {
		root, err := canonyaml.Read([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		stop := (&machine.Config{Root: machine.Value{Node: root}}).EmergencyStop()
		if stop.Rung != want.rung || len(stop.Calls) != want.calls {
			t.Errorf("%s: rung %d with %d calls", text, stop.Rung, len(stop.Calls))
		}
	}
}

func TestVersion(t *testing.T) {
	for _, text := range []string{"", "main", "0.1", "0.1.x", "0.1.2.3", "01.1.2", "0.1.-2", ">=0.1.2", "0.1.9999999", "0.1.2-", "vv0.1.2", "0.1.2 beta"} {
		if v := machine.ParseVersion(text); v.Known() || v.String() != text || v.Has(machine.SinceAuth()) != machine.Unknown || v.Has(machine.Since{}) != machine.Yes {
			t.Errorf("%q is known", text)
		}
	}
	ordered := []string{"0.0.9", "0.1.0-rc.1", "0.1.0", "0.1.21", "0.1.22-beta", "0.1.22", "0.1.32-rc1", "v0.1.32", " 0.1.33+build.5 ", "0.2.0", "1.0.0", "10.0.0"}
	for i, a := range ordered {
		for j, b := range ordered {
			v, w := machine.ParseVersion(a), machine.ParseVersion(b)
			if got := v.Compare(w); !v.Known() || got < 0 != (i < j) || got > 0 != (i > j) {
				t.Errorf("%s and %s: %d", a, b, got)
			}
		}
	}
	for text, want := range map[string]machine.Answer{
		"0.0.1": machine.No, "0.1.21": machine.No, "0.1.22-rc1": machine.Unknown, "0.1.22": machine.Unknown, "0.1.31": machine.Unknown,
		"0.1.32-rc1": machine.Unknown, "0.1.32": machine.Yes, "0.1.33-rc1": machine.Yes, "9.0.0": machine.Yes,
	} {
		if got := machine.ParseVersion(text).Has(machine.SinceAuth()); got != want {
			t.Errorf("%s: %d", text, got)
		}
	}
	if v := machine.ParseVersion(machine.NewestRuntime); !v.Known() {
		t.Error("the newest version is unknown")
	}
}

// TestKeys: every interval is one, lies within what is known, and holds for all that
// is below it.
func TestKeys(t *testing.T) {
	newest := machine.ParseVersion(machine.NewestRuntime)
	var visit func(path string, keys []machine.Key, since machine.Since)
	visit = func(path string, keys []machine.Key, since machine.Since) {
		seen := map[string]bool{}
		for _, k := range keys {
			if seen[k.Name] {
				t.Errorf("%s.%s is listed twice", path, k.Name)
			}
			seen[k.Name] = true
			if since != (machine.Since{}) && k.Since != since {
				t.Errorf("%s.%s came at another version than what it is below", path, k.Name)
			}
			if k.Since != (machine.Since{}) {
				after, by := machine.ParseVersion(k.Since.After), machine.ParseVersion(k.Since.By)
				if !after.Known() || !by.Known() || after.Compare(by) >= 0 || newest.Has(k.Since) != machine.Yes {
					t.Errorf("%s.%s: %+v", path, k.Name, k.Since)
				}
			}
			visit(path+"."+k.Name, k.Below, k.Since)
		}
	}
	visit("", machine.RuntimeKeys(), machine.Since{})
}

func TestNearest(t *testing.T) {
	keys := []machine.Key{{Name: "bind"}, {Name: "port"}, {Name: "auth_enabled"}, {Name: "auth_token"}, {Name: "warn_after_ms"}, {Name: "from"}, {Name: "form"}}
	for name, want := range map[string]string{
		"bnid": "bind", "prot": "port", "auth_enabld": "auth_enabled", "auth_enabeld": "auth_enabled", "warn_after_s": "warn_after_ms",
		"authtoken": "auth_token", "frm": "", // as near to one as to the other
		"b": "", "xyz": "", "auth": "", "": "", "bindings": "", strings.Repeat("bind", 1e6): "",
	} {
		if got, ok := machine.Nearest(keys, name); got != want || ok != (want != "") {
			t.Errorf("%q: %q", name, got)
		}
	}
}

func TestTruth(t *testing.T) {
	for text, want := range map[string]string{
		"true": "true", "'true'": "true", "TRUE": "true", "'True'": "true", "y": "true", "Y": "true", "'on'": "true", "yes": "true",
		"false": "false", "n": "false", "OFF": "false", "'No'": "false",
		"tRue": "", "''": "", "' true'": "", "1": "", "null": "", "[]": "", "truely": "",
	} {
		root, err := canonyaml.Read([]byte("a: " + text))
		if err != nil {
			t.Fatal(err)
		}
		v := machine.Value{Node: root}.Key("a")
		truth, ok := v.Truth()
		got := ""
		if ok {
			got = fmt.Sprint(truth)
		}
		if got != want || v.IsTrue() != (want == "true") || v.IsFalse() != (want == "false") {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// TestNothing asks a machine of nothing everything.
func TestNothing(t *testing.T) {
	for _, text := range []string{"", "-- machine-profile.yaml --\n", "-- machine-profile.yaml --\n{\n", "-- machine-profile.yaml --\nruntime_profiles: {a: x, b: [], c: machine-profile.yaml}\nproviders: []\n"} {
		m, _ := read(t, text, "")
		view(m)
		for _, p := range m.Profiles {
			p.Slots()
			p.Exposure()
			p.Process("x")
		}
	}
	var v machine.Value
	if v.Keys("a", "b").Present() || v.Items() != nil || v.Entries() != nil || v.Text() != "" || v.IsScalar() || !v.IsNull() {
		t.Error("nothing has something")
	}
}
