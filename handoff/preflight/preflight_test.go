package preflight_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/preflight"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
	"github.com/anolishq/anolis-handoff/validator"
)

// TestPreflightReady has a machine with all that is needed, of which each thing is
// looked at once for both profiles.
func TestPreflightReady(t *testing.T) {
	r := checked(t, openRig(t), handofftest.ReadyMachine().Target("/opt/rig"))
	var got []string
	for _, c := range r.Checks {
		got = append(got, line(c)+" "+strings.Join(c.Profiles, ",")+" "+strings.Join(c.Providers, ","))
	}
	want := []string{
		"ok package : is valid manual,full ",
		"ok start runtime/anolis-runtime.yaml: will start manual ",
		"ok start runtime/anolis-runtime.full.yaml: will start full ",
		"ok directory /opt/rig: is there manual,full ",
		"ok secret INFLUXDB_TOKEN: is set full ",
		"ok command ./bin/heat: is there and may be run manual,full heater",
		"ok config providers/heater.yaml: is there and may be read manual,full heater",
		"ok file ../shared/limits.csv: is there manual,full heater",
		"ok behavior runtime/behaviors/a.xml: is there and may be read full ",
		"ok device /dev/i2c-3: is there and may be read and written manual,full heater",
		"ok device /dev/ttyS9: is there and may be read and written manual,full heater",
		"ok port 127.0.0.1:8085: is free manual,full ",
		"ok telemetry http://historian.local:8086: is well formed; the server was not contacted full ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !r.Ready || r.Version != preflight.Version || r.Dir != "/opt/rig" || !cmp.Equal(r.Profiles, []string{"manual", "full"}) {
		t.Errorf("%+v", r)
	}
}

func line(c preflight.Item) string {
	return string(c.Status) + " " + c.Kind + " " + c.Subject + ": " + c.Message
}

// preflightCase is one thing that is different from the machine that is ready, and
// the one check that comes out differently.
type preflightCase struct {
	name    string
	edits   []string // of the project
	machine func(m *handofftest.Machine)
	want    string
	hint    string // a part of it
}

func preflightCases() []preflightCase {
	file := func(name string, mode fs.FileMode) func(*handofftest.Machine) {
		return func(m *handofftest.Machine) { m.Files[name] = mode }
	}
	gone := func(name string) func(*handofftest.Machine) {
		return func(m *handofftest.Machine) { delete(m.Files, name) }
	}
	broken := func(name string, err error) func(*handofftest.Machine) {
		return func(m *handofftest.Machine) { m.Broken[name] = err }
	}
	denied := func(name string, mode preflight.AccessMode) func(*handofftest.Machine) {
		return func(m *handofftest.Machine) { m.Denied[name] = mode }
	}
	token := func(value string) func(*handofftest.Machine) {
		return func(m *handofftest.Machine) { m.Env["INFLUXDB_TOKEN"] = value }
	}
	port := func(addr string, err error) func(*handofftest.Machine) {
		return func(m *handofftest.Machine) { m.Ports[addr] = err }
	}
	const program = "/opt/rig/./bin/heat"
	return []preflightCase{
		{"no secret", nil, func(m *handofftest.Machine) { delete(m.Env, "INFLUXDB_TOKEN") }, "failed secret INFLUXDB_TOKEN: is not set (telemetry.influxdb.token)", "EnvironmentFile="},
		{"empty secret", nil, token(""), "failed secret INFLUXDB_TOKEN: is set to nothing (telemetry.influxdb.token)", "EnvironmentFile="},
		{"blank secret", nil, token(" \n"), "failed secret INFLUXDB_TOKEN: is set to nothing (telemetry.influxdb.token)", ""},
		{"line end", nil, token("kW7xQ2pLm9vRt4Yz\n"), "warning secret INFLUXDB_TOKEN: is set, with white space at its start or end", "take out"},
		{"placeholder", nil, token("replace-at-deploy"), "warning secret INFLUXDB_TOKEN: is set to what looks like a placeholder", "real one"},

		{"no token of the API", []string{"{bind: 127.0.0.1,", "{auth_enabled: true, bind: 127.0.0.1,"}, nil, "failed secret ANOLIS_API_TOKEN: is not set (http.auth_token)", "EnvironmentFile="},
		{"token of the API", []string{"{bind: 127.0.0.1,", "{auth_enabled: true, bind: 127.0.0.1,"}, func(m *handofftest.Machine) { m.Env["ANOLIS_API_TOKEN"] = "changeme" },
			"warning secret ANOLIS_API_TOKEN: is set to what looks like a placeholder", "real one"},

		{"program missing", nil, gone(program), "failed command ./bin/heat: is not there", "install"},
		{"program not executable", nil, file(program, 0o644), "failed command ./bin/heat: is there, but is not executable", "chmod +x /opt/rig/bin/heat"},
		{"program is a directory", nil, file(program, fs.ModeDir|0o755), "failed command ./bin/heat: is a folder, not a program", ""},
		{"program is a pipe", nil, file(program, fs.ModeNamedPipe|0o755), "failed command ./bin/heat: is a named pipe, not a program", ""},
		{"program is a socket", nil, file(program, fs.ModeSocket|0o755), "failed command ./bin/heat: is a socket, not a program", ""},
		{"program is odd", nil, file(program, fs.ModeIrregular|0o755), "failed command ./bin/heat: is a special file, not a program", ""},
		{"program is a device", []string{"./bin/heat", "/dev/zero"}, file("/dev/zero", handofftest.CharDevice), "failed command /dev/zero: is a device, not a program", ""},
		{"program denied", nil, denied(program, preflight.AccessExecute), "failed command ./bin/heat: is there, but may not be run by this user", "chmod"},
		{"program below a file", nil, broken(program, syscall.ENOTDIR), "failed command ./bin/heat: cannot be looked at: not a directory", ""},
		{"program behind a wall", nil, broken(program, syscall.EACCES), "failed command ./bin/heat: cannot be reached: a directory above it is closed to this user", "as the user"},
		{"program is absolute", []string{"./bin/heat", "/usr/bin/heat"}, file("/usr/bin/heat", 0o755), "ok command /usr/bin/heat: is there and may be run", ""},
		{"program above", []string{"./bin/heat", "../x/heat"}, file("/opt/rig/../x/heat", 0o755), "ok command ../x/heat: is there and may be run", ""},
		{"bare name in the directory", []string{"./bin/heat", "heat"}, file("/opt/rig/heat", 0o755), "ok command heat: is there and may be run", ""},
		{"bare name in PATH", []string{"./bin/heat", "heat"}, file("/usr/bin/heat", 0o755), "failed command heat: is not there", "not in PATH"},
		{"path of Windows", []string{"./bin/heat", `..\bin\heat.exe`}, nil, `failed command ..\bin\heat.exe: is not there`, "path of Windows"},

		{"config missing", nil, gone("/opt/rig/providers/heater.yaml"), "failed config providers/heater.yaml: is not there", "unpack"},
		{"config unreadable", nil, denied("/opt/rig/providers/heater.yaml", preflight.AccessRead), "failed config providers/heater.yaml: is there, but may not be read by this user", "chmod"},
		{"config is a pipe", nil, file("/opt/rig/providers/heater.yaml", fs.ModeNamedPipe|0o644), "failed config providers/heater.yaml: is a named pipe, not a file", ""},
		{"argument missing", nil, gone("/opt/rig/../shared/limits.csv"), "warning file ../shared/limits.csv: is not there", "unless the provider makes it"},
		{"argument is a device", []string{"--verbose", "--port=/dev/ttyX"}, nil, "failed device /dev/ttyX: is not there", "by-id"},
		{"argument is absolute", []string{"--verbose", "/etc/heat.conf"}, nil, "warning file /etc/heat.conf: is not there", ""},
		{"tree missing", nil, gone("/opt/rig/runtime/behaviors/a.xml"), "failed behavior runtime/behaviors/a.xml: is not there", "unpack"},

		{"bus missing", nil, gone("/dev/i2c-3"), "failed device /dev/i2c-3: is not there", "I2C"},
		{"bus denied", nil, denied("/dev/i2c-3", preflight.AccessWrite), "failed device /dev/i2c-3: is there, but may not be read and written by this user", "group"},
		{"bus is a file", nil, file("/dev/i2c-3", 0o644), "failed device /dev/i2c-3: is a file, not a device", "I2C"},
		{"bus is imitated", []string{"/dev/i2c-3", "mock://bench"}, nil, "ok device mock://bench: is imitated and needs no hardware", ""},
		{"bus is empty", []string{"/dev/i2c-3", `""`}, nil, "failed device : hardware.bus_path is empty", "write"},
		{"bus is unknown", []string{"/dev/i2c-3", "COM3"}, nil, "skipped device COM3: it is not a device path", "by hand"},
		{"bus elsewhere", []string{"/dev/i2c-3", "/run/bus/1"}, nil, "failed device /run/bus/1: is not there", "connect"},
		{"port missing", nil, gone("/dev/ttyS9"), "failed device /dev/ttyS9: is not there", "by-id"},

		{"port taken", nil, port("127.0.0.1:8085", syscall.EADDRINUSE), "failed port 127.0.0.1:8085: is taken by another program", "stop it"},
		{"address of another", []string{"127.0.0.1", "192.0.2.7"}, port("192.0.2.7:8085", syscall.EADDRNOTAVAIL), "failed port 192.0.2.7:8085: is no address of this machine", "http.bind"},
		{"port of the system", []string{"8085", "80"}, port("127.0.0.1:80", syscall.EACCES), "failed port 127.0.0.1:80: no permission to listen on this port", "1023"},
		{"port strange", nil, port("127.0.0.1:8085", errors.New("no network")), "failed port 127.0.0.1:8085: cannot be listened on: no network", ""},
		{"port by default", []string{"{bind: 127.0.0.1, port: 8085}", "{enabled: true}"}, port("127.0.0.1:8080", syscall.EADDRINUSE), "failed port 127.0.0.1:8080: is taken by another program", ""},
		{"port of localhost", []string{"127.0.0.1", "localhost"}, port("127.0.0.1:8085", syscall.EADDRINUSE), "failed port localhost:8085: is taken by another program", ""},
		{"port of IPv6", []string{"127.0.0.1", `"::1"`}, port("[::1]:8085", syscall.EADDRINUSE), "failed port [::1]:8085: is taken by another program", ""},
		{"port of a name", []string{"127.0.0.1", "rig.local"}, nil, "skipped port rig.local:8085: http.bind is not an IP address, and to look a name up would ask the network; it is open to other machines", "IP address"},
		{"port is none", []string{"8085", "80850"}, nil, "failed port 127.0.0.1:80850: http.port is not 1 to 65535", ""},
		{"port is huge", []string{"8085", "98765432109876543210"}, nil, "failed port 127.0.0.1:0: http.port is not 1 to 65535", ""},

		{"URL is missing", []string{`{url: "http://historian.local:8086", org`, "{org"}, nil, "warning telemetry telemetry.influxdb.url: is missing, so that the runtime takes its default", "write it"},
		{"URL without scheme", []string{"http://historian.local:8086", "historian.local"}, nil, "failed telemetry historian.local: telemetry.influxdb.url does not begin with http:// or https://", "HOST:PORT"},
		{"URL of another scheme", []string{"http://historian", "ftp://historian"}, nil, "failed telemetry ftp://historian.local:8086: telemetry.influxdb.url does not begin with http:// or https://", ""},
		{"URL without host", []string{"http://historian.local", "http://"}, nil, "failed telemetry http://:8086: telemetry.influxdb.url has no host", ""},
		{"URL with a large port", []string{"8086", "80860"}, nil, "failed telemetry http://historian.local:80860: telemetry.influxdb.url has a port that cannot be", ""},
		{"URL with a huge port", []string{"8086", "4294975382"}, nil, "failed telemetry http://historian.local:4294975382: telemetry.influxdb.url has a port that cannot be", ""},
		{"URL with port 0", []string{"8086", "0"}, nil, "failed telemetry http://historian.local:0: telemetry.influxdb.url has a port that cannot be", ""},
		{"URL is none", []string{"http://historian", "http://%zz"}, nil, "failed telemetry http://%zz.local:8086: telemetry.influxdb.url is no URL", ""},
		{"URL is empty", []string{"http://historian.local:8086", ""}, nil, "failed telemetry : telemetry.influxdb.url does not begin with http:// or https://", ""},

		{"package is not valid", []string{"{bind: 127.0.0.1,", "{thread_pool_size: 0, bind: 127.0.0.1,"}, nil, "failed package : is not valid: 2 errors", "validate"},
	}
}

func TestPreflightCases(t *testing.T) {
	for _, test := range preflightCases() {
		t.Run(test.name, func(t *testing.T) {
			m := handofftest.ReadyMachine()
			if test.machine != nil {
				test.machine(m)
			}
			r := checked(t, openRig(t, test.edits...), m.Target("/opt/rig"))
			var found *preflight.Item
			var lines []string
			for i, c := range r.Checks {
				lines = append(lines, line(c))
				if line(c) == test.want {
					found = &r.Checks[i]
				}
			}
			if found == nil {
				t.Fatalf("got\n%s\nwant %s", strings.Join(lines, "\n"), test.want)
			}
			if !strings.Contains(found.Hint, test.hint) || found.Status == preflight.Failed && found.Hint == "" && !strings.Contains(test.name, "strange") {
				t.Errorf("hint %q, want one with %q", found.Hint, test.hint)
			}
			unready := found.Status == preflight.Failed || found.Status == preflight.Skipped
			if r.Ready == unready {
				t.Errorf("ready %t", r.Ready)
			}
		})
	}
}

// TestPreflightOff has what is turned off ask for nothing.
func TestPreflightOff(t *testing.T) {
	p := openRig(t, "{bind: 127.0.0.1, port: 8085}", "{enabled: false}", "enabled: true\n  influxdb", "enabled: false\n  influxdb",
		"enabled: true\n  behavior_tree", "enabled: false\n  behavior_tree")
	for _, c := range checked(t, p, handofftest.ReadyMachine().Target("/opt/rig")).Checks {
		switch c.Kind {
		case "secret", "behavior", "port", "telemetry":
			t.Error(line(c))
		}
	}
}

func TestPreflightProfile(t *testing.T) {
	p := openRig(t)
	m := handofftest.ReadyMachine()
	m.Env = nil
	r, err := preflight.Check(t.Context(), p, m.Target("/opt/rig"), preflight.Options{Profile: "manual"})
	if err != nil || !r.Ready || !cmp.Equal(r.Profiles, []string{"manual"}) {
		t.Errorf("manual: %+v, %v", r, err)
	}
	r, err = preflight.Check(t.Context(), p, m.Target("/opt/rig"), preflight.Options{Profile: "full"})
	if err != nil || r.Ready || !cmp.Equal(r.Profiles, []string{"full"}) {
		t.Errorf("full: %+v, %v", r, err)
	}
	r, err = preflight.Check(t.Context(), p, m.Target("/opt/rig"), preflight.Options{Profile: "fall"})
	var profile *preflight.ProfileError
	if r != nil || !errors.As(err, &profile) || profile.Profile != "fall" || !cmp.Equal(profile.Profiles, []string{"manual", "full"}) {
		t.Errorf("%+v, %v", r, err)
	}
	if want := `no runtime profile "fall"; the package has "manual", "full"`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestPreflightCanceled stops before the next thing is looked at.
func TestPreflightCanceled(t *testing.T) {
	p := openRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	m := handofftest.ReadyMachine()
	target := m.Target("/opt/rig")
	stat := target.Stat
	target.Stat = func(name string) (fs.FileInfo, error) {
		if name == "/opt/rig/./bin/heat" {
			cancel()
		}
		return stat(name)
	}
	r, err := preflight.Check(ctx, p, target, preflight.Options{})
	if r != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%+v, %v", r, err)
	}
	for _, name := range m.Asked {
		if strings.HasPrefix(name, "/dev/") {
			t.Errorf("%s was looked at", name)
		}
	}
}

// TestStart says of each profile what the rehearsal found.
func TestStart(t *testing.T) {
	dir := handofftest.Bench()
	opts := handoff.ExportOptions{Options: exporter.Options{Name: "bench", Variants: exporter.AllVariants()}}
	for _, test := range []struct {
		opts validator.Options
		want []string
	}{
		{validator.Options{}, []string{
			"failed start runtime/anolis-runtime.yaml: the machine does not start with it",
			"failed start runtime/anolis-runtime.telemetry.yaml: the machine does not start with it",
			"failed start runtime/anolis-runtime.automation.yaml: the machine does not start with it",
			"failed start runtime/anolis-runtime.full.yaml: the machine does not start with it",
		}},
		{validator.Options{NoRehearsal: true}, nil},
	} {
		opts.Validation = test.opts
		p, err := handoff.OpenProject(t.Context(), os.DirFS(dir), opts)
		if err != nil {
			t.Fatal(err)
		}
		r := checked(t, p, handofftest.ReadyMachine().Target("/opt/rig"))
		var got []string
		for _, c := range r.Checks {
			if c.Kind == "start" {
				got = append(got, line(c))
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}
