package provider_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/provider"
)

func parse(t testing.TB, text string) *doc.Node {
	t.Helper()
	root, err := canonyaml.Read([]byte(text))
	if err != nil {
		t.Fatalf("%v in\n%.500s", err, text)
	}
	return root
}

func read(t testing.TB, kind, text string, opts provider.Options) *provider.Config {
	t.Helper()
	c, err := provider.Read(t.Context(), kind, parse(t, text), opts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// show writes one finding a line: its line, other lines, path and message, behind "~"
// if the provider may take it and "?" if that depends on its version.
func show(findings []provider.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		b.WriteString([]string{"", "~", "?"}[f.Certainty])
		fmt.Fprint(&b, f.Pos.Line)
		for _, also := range f.Also {
			fmt.Fprintf(&b, ",%d", also.Line)
		}
		fmt.Fprintf(&b, " %s: %s\n", f.Path, f.Message)
	}
	return b.String()
}

const (
	bread = "provider:\n  name: bread0\nhardware:\n  bus_path: /dev/i2c-1\n  timeout_ms: 100\ndiscovery:\n  mode: manual\n  addresses: [8, 0x14]\n" +
		"devices:\n  - id: heater\n    type: rlht\n    address: 8\n  - id: pump\n    type: dcmt\n    address: 0x14\n"
	ezo = "hardware:\n  bus_path: /dev/i2c-1\ndiscovery:\n  mode: manual\ndevices:\n  - id: acid\n    type: ph\n    address: 99\n"
	sim = "provider:\n  name: sim0\nstartup_policy: degraded\ndevices:\n  - id: t0\n    type: tempctl\nsimulation:\n  mode: sim\n  tick_rate_hz: 10\n  physics_config: p.yaml\n"
)

func TestFindings(t *testing.T) {
	texts := map[string]string{provider.Bread: bread, provider.Ezo: ezo, provider.Sim: sim}
	const address = `must be an I2C address, 8 to 119 or "0x08" to "0x77"`
	for _, test := range []struct {
		kind     string
		old, new string // what to replace in the text of the kind
		want     string
	}{
		{"bread", "", "", ""},
		{"ezo", "", "", ""},
		{"sim", "", "", ""},

		// Line: the key of the value, the list item, the mapping of what is missing.
		{"bread", "timeout_ms: 100", "timeout_ms:\n    0", "5 hardware.timeout_ms: must be at least 1, not 0\n"},
		{"bread", "addresses: [8, 0x14]", "addresses:\n    - 8\n    - 7", "10 discovery.addresses[1]: " + address + ", not 7\n"},
		{"bread", "hardware:\n  bus_path: /dev/i2c-1\n  timeout_ms: 100\n", "", "1 .: is required: hardware\n"},
		{"bread", "  bus_path: /dev/i2c-1\n", "", "3 hardware: is required: bus_path\n"},
		{"bread", "    type: rlht\n", "", "10 devices[0]: is required: type\n"},
		{"bread", "devices:", "extra: 1\ndevices:", "9,1 extra: must not have the key \"extra\"\n"},
		{"bread", "  timeout_ms: 100", "  extra:\n    a: 1", "5,3 hardware.extra: must not have the key \"extra\"\n"},
		{"bread", "  timeout_ms: 100", "  5: 1", "5 hardware.5: must not have the key \"5\", which is an integer and not a string\n"},
		{"bread", "id: pump", "id: heater", "13,10,9 devices[1].id: must not repeat the id of item 0\n"},
		{"bread", "address: 0x14", "address: '0X08'", "15,12,9 devices[1].address: must not repeat the address of item 0\n"},
		{"bread", "[8, 0x14]", "[20, '0x14', 0x14]", "8,8,8 discovery.addresses[1]: must not repeat item 0\n" +
			"8,8,8 discovery.addresses[2]: must not repeat item 0\n"},

		// One value is one finding.
		{"bread", "address: 0x14", "address: 7\n  - id: third\n    type: dcmt\n    address: 7",
			"15 devices[1].address: " + address + ", not 7\n18,15,9 devices[2].address: " + address + ", not 7; must not repeat the address of item 1\n"},
		{"bread", "id: heater\n    type: rlht\n", "", "10 devices[0]: is required: id; is required: type\n"},

		// Texts.
		{"bread", "name: bread0", "name: näme", "2 provider.name: \"näme\" does not match ^[A-Za-z0-9_.-]{1,64}$\n"},
		{"bread", "name: bread0", "name: 5", "~2 provider.name: must be a string, not an integer\n"},
		{"bread", "name: bread0", "name: 2026-01-02", "~2 provider.name: must not be a timestamp; quotes make it a string\n"},
		{"bread", "name: bread0", "name: null", "2 provider.name: must be a string, not null\n"},
		{"bread", "name: bread0", "name: [a]", "2 provider.name: must be a string, not a list\n"},
		{"bread", "name: bread0", "version: 1", "2,1 provider.version: must not have the key \"version\"\n"},
		{"bread", "bus_path: /dev/i2c-1", "bus_path: ''", "4 hardware.bus_path: must not be empty\n"},
		{"bread", "bus_path: /dev/i2c-1", "bus_path: 1", "~4 hardware.bus_path: must be a string, not an integer\n"},
		{"bread", "id: heater", "id: on", "~10 devices[0].id: must be a string, not a boolean\n"},
		{"bread", "id: heater", "id: 1.5", "~10 devices[0].id: must be a string, not a float\n"},
		{"bread", "id: heater", "id: 1:30", "10 devices[0].id: must be a string, not an integer\n"},
		{"bread", "type: rlht", "type: RLHT", "11 devices[0].type: must be one of \"rlht\", \"dcmt\", not \"RLHT\"\n"},
		{"bread", "type: rlht", "type: 5", "11 devices[0].type: must be a string, not an integer\n"},
		{"bread", "type: rlht", "type: rlht\n    label: ''", "12 devices[0].label: must not be empty\n"},
		{"bread", "type: rlht", "type: rlht\n    label: 7", "~12 devices[0].label: must be a string, not an integer\n"},

		// Integers.
		{"bread", "timeout_ms: 100", "timeout_ms: 100.0", ""},
		{"bread", "timeout_ms: 100", "timeout_ms: true", "5 hardware.timeout_ms: must be an integer, not a boolean\n"},
		{"bread", "timeout_ms: 100", "timeout_ms: '20'", "~5 hardware.timeout_ms: must be an integer, not a string\n"},
		{"bread", "timeout_ms: 100", "timeout_ms: 100.5", "~5 hardware.timeout_ms: must be an integer, not a float\n"},
		{"bread", "timeout_ms: 100", "timeout_ms: 5s", "~5 hardware.timeout_ms: must be an integer, not a string\n"},
		{"bread", "timeout_ms: 100", "timeout_ms: '0'", "5 hardware.timeout_ms: must be an integer, not a string\n"},
		{"bread", "timeout_ms: 100", "timeout_ms: soon", "5 hardware.timeout_ms: must be an integer, not a string\n"},
		{"bread", "timeout_ms: 100", "timeout_ms: '99999999999'", "5 hardware.timeout_ms: must be an integer, not a string\n"},
		{"bread", "timeout_ms: 100", "timeout_ms: 2147483648", "5 hardware.timeout_ms: must be at most 2147483647, not 2147483648\n"},
		{"bread", "timeout_ms: 100", "retry_count: '0'", "~5 hardware.retry_count: must be an integer, not a string\n"},
		{"bread", "type: rlht", "type: rlht\n    command_watchdog_ms: 65536", "12 devices[0].command_watchdog_ms: must be at most 65535, not 65536\n"},
		{"bread", "type: rlht", "type: rlht\n    command_watchdog_ms: '65536'", "12 devices[0].command_watchdog_ms: must be an integer, not a string\n"},

		// Spellings that older versions read as other numbers.
		{"bread", "timeout_ms: 100", "timeout_ms: 0100", "?5 hardware.timeout_ms: is 64, and 100 to older versions of the provider; write 64 if that is meant\n"},
		{"bread", "timeout_ms: 100", "timeout_ms: 1:30", "?5 hardware.timeout_ms: is 90, and 1 to older versions of the provider; write 90 if that is meant\n"},
		{"bread", "timeout_ms: 100", "timeout_ms: 1_000", "?5 hardware.timeout_ms: is 1000, and 1 to older versions of the provider; write 1000 if that is meant\n"},
		{"bread", "timeout_ms: 100", "timeout_ms: 07", ""},
		{"bread", "address: 8", "address: 010", "?12 devices[0].address: is 8, and 10 to older versions of the provider; write 8 if that is meant\n"},
		{"bread", "[8, 0x14]", "[010]", "?8 discovery.addresses[0]: is 8, and 10 to older versions of the provider; write 8 if that is meant\n"},
		{"sim", "tick_rate_hz: 10", "tick_rate_hz: 1:30", "?9 simulation.tick_rate_hz: is 90, and older versions of the provider do not read it; write 90 if that is meant\n"},
		{"sim", "tick_rate_hz: 10", "tick_rate_hz: 0100", "?9 simulation.tick_rate_hz: is 64, and 100 to older versions of the provider; write 64 if that is meant\n"},

		// Addresses.
		{"bread", "address: 8", "address: '20'", "~12 devices[0].address: " + address + ", not \"20\"\n"},
		{"bread", "address: 8", "address: '0x014'", "~12 devices[0].address: " + address + ", not \"0x014\"\n"},
		{"bread", "address: 8", "address: '0x78'", "12 devices[0].address: " + address + ", not \"0x78\"\n"},
		{"bread", "address: 8", "address: 120", "12 devices[0].address: " + address + ", not 120\n"},
		{"bread", "address: 8", "address: 20.0", "15,12,9 devices[1].address: must not repeat the address of item 0\n"},
		{"bread", "address: 8", "address: x", "12 devices[0].address: " + address + ", not \"x\"\n"},
		{"bread", "address: 8", "address:", "12 devices[0].address: " + address + ", not null\n"},
		{"bread", "[8, 0x14]", "[8, '20']", "~8 discovery.addresses[1]: " + address + ", not \"20\"\n"},

		// Discovery.
		{"bread", "  addresses: [8, 0x14]\n", "", "6 discovery: is required: addresses, because mode is manual\n"},
		{"bread", "[8, 0x14]", "[]", "8 discovery.addresses: must not be empty\n"},
		{"bread", "manual", "scan", "8,6 discovery.addresses: must not have the key \"addresses\", because mode is scan\n"},
		{"bread", "manual\n  addresses: [8, 0x14]", "scan\n  addresses: []", "~8,6 discovery.addresses: must not have the key \"addresses\", because mode is scan; must not be empty\n"},
		{"bread", "manual", "Manual", "7 discovery.mode: must be one of \"scan\", \"manual\", not \"Manual\"\n"},
		{"ezo", "manual", "scan", "4 discovery.mode: must be \"manual\", not \"scan\"\n"},
		{"ezo", "mode: manual", "mode: manual\n  addresses: [99]", "5,3 discovery.addresses: must not have the key \"addresses\"\n"},
		{"ezo", "type: ph", "type: rlht", "7 devices[0].type: must be one of \"ph\", \"do\", \"ec\", \"orp\", \"rtd\", \"hum\", not \"rlht\"\n"},
		{"ezo", "address: 99", "address: 99\n    command_watchdog_ms: 1", "9,6 devices[0].command_watchdog_ms: must not have the key \"command_watchdog_ms\"\n"},
		{"ezo", "devices:\n  - id: acid\n    type: ph\n    address: 99", "devices:\n  acid: {type: ph}", "5 devices: must be a list, not a mapping\n"},
		{"ezo", "devices:\n  - id: acid\n    type: ph\n    address: 99\n", "devices:\n  - acid\n", "6 devices[0]: must be a mapping, not a string\n"},

		// Simulation.
		{"sim", "provider:", "note: 1\nprovider:", ""},
		{"sim", "type: tempctl", "type: tempctl\n    initial_temp: 5", ""},
		{"sim", "name: sim0", "version: 1", "1 provider: is required: name\n"},
		{"sim", "name: sim0", "name:", "~2 provider.name: must be a string, not null\n"},
		{"sim", "degraded", "Strict", "3 startup_policy: must be one of \"strict\", \"degraded\", not \"Strict\"\n"},
		{"sim", "id: t0", "id: ''", "5 devices[0].id: must not be empty\n"},
		{"sim", "id: t0", "id: chaos_control", "5 devices[0].id: must not be \"chaos_control\"\n"},
		{"sim", "id: t0", "id: 5", "~5 devices[0].id: must be a string, not an integer\n"},
		{"sim", "type: tempctl", "type: 5", "~6 devices[0].type: must be a string, not an integer\n"},
		{"sim", "degraded\ndevices:\n  - id: t0\n    type: tempctl", "strict\ndevices:\n  - id: t0\n    type: 5", "6 devices[0].type: must be a string, not an integer\n"},
		{"sim", "  - id: t0\n", "  - id: t0\n    type: a\n  - id: t0\n", "7,5,4 devices[1].id: must not repeat the id of item 0\n"},
		{"sim", "tick_rate_hz: 10", "tick_rate_hz: '10'", "~9 simulation.tick_rate_hz: must be a number, not a string\n"},
		{"sim", "tick_rate_hz: 10", "tick_rate_hz: 1e1", "~9 simulation.tick_rate_hz: must be a number, not a string\n"},
		{"sim", "tick_rate_hz: 10", "tick_rate_hz: '10 Hz'", "9 simulation.tick_rate_hz: must be a number, not a string\n"},
		{"sim", "tick_rate_hz: 10", "tick_rate_hz: 0.05", "9 simulation.tick_rate_hz: must be at least 1/10, not 0.05\n"},
		{"sim", "  tick_rate_hz: 10\n", "", "7 simulation: is required: tick_rate_hz, because mode is sim\n"},
		{"sim", "  physics_config: p.yaml\n", "", "7 simulation: is required: physics_config, because mode is sim\n"},
		{"sim", "physics_config: p.yaml", "physics_config: 5", "~10 simulation.physics_config: must be a string, not an integer\n"},
		{"sim", "physics_config: p.yaml", "physics_config: p.yaml\n  noise: 1", "11,7 simulation.noise: must not have the key \"noise\"\n"},
		{"sim", "physics_config: p.yaml", "physics_config: p.yaml\n  ambient_signal_path: a/b", "11,7 simulation: is required: ambient_temp_c, because ambient_signal_path is set\n"},
		{"sim", "physics_config: p.yaml", "physics_config: p.yaml\n  ambient_signal_path: a/b\n  ambient_temp_c: 21", ""},
		{"sim", "mode: sim", "mode: inert", "9,7 simulation.tick_rate_hz: must not have the key \"tick_rate_hz\", because mode is inert\n10,7 simulation.physics_config: must not have the key \"physics_config\", because mode is inert\n"},
		{"sim", "mode: sim", "mode: non_interacting", "10,7 simulation.physics_config: must not have the key \"physics_config\", because mode is non_interacting\n"},
		{"sim", "mode: sim", "mode: fast", "8 simulation.mode: must be one of \"non_interacting\", \"inert\", \"sim\", not \"fast\"\n"},
		{"sim", "type: tempctl", "type: tempctl\n    physics_bindings: {}", ""},
		{"sim", "type: tempctl\nsimulation:\n  mode: sim\n  tick_rate_hz: 10\n  physics_config: p.yaml", "type: tempctl\n    physics_bindings: {}\nsimulation: {mode: inert}",
			"7 devices[0].physics_bindings: needs simulation.mode sim; it is inert\n"},
		{"sim", "simulation:\n  mode: sim\n  tick_rate_hz: 10\n  physics_config: p.yaml\n", "", "1 .: is required: simulation\n"},

		// Merge keys, which the providers' YAML reader does not follow.
		{"ezo", "- id: acid\n    type: ph", "- &a\n    id: acid\n    type: ph\n    address: 100\n  - <<: *a\n    id: base",
			"10 devices[1]: is required: type; must not have the merge key <<, which the provider takes for an unknown key; write its entries out\n"},
		{"sim", "  - id: t0\n    type: tempctl", "  - &a\n    id: t0\n    type: tempctl\n  - <<: *a\n    id: t1", "8 devices[1]: is required: type\n"},
	} {
		text := texts[test.kind]
		if test.old != "" {
			if !strings.Contains(text, test.old) {
				t.Fatalf("%q is not there", test.old)
			}
			text = strings.Replace(text, test.old, test.new, 1)
		}
		got := show(read(t, test.kind, text, provider.Options{}).Findings)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s, %q for %q (-want +got):\n%s", test.kind, test.new, test.old, diff)
		}
	}
}

func TestUnreadableDocuments(t *testing.T) {
	for text, want := range map[string]string{
		"null": "1 .: must be a mapping, not null\n",
		"[]":   "1 .: must be a mapping, not a list\n",
		"{}":   "1 .: is required: discovery; is required: hardware\n",
	} {
		c := read(t, "bread", text, provider.Options{})
		if got := show(c.Findings); got != want || c.Sound() || !c.Stops() {
			t.Errorf("%s: %s", text, got)
		}
	}
	c, err := provider.Read(t.Context(), "sim", nil, provider.Options{})
	if err != nil || !c.Stops() {
		t.Errorf("%v, %v", c, err)
	}
}

func TestKind(t *testing.T) {
	for command, want := range map[string]string{
		"anolis-provider-bread":                        "bread",
		"/opt/bin/anolis-provider-ezo":                 "ezo",
		`..\build\anolis-provider-sim.exe`:             "sim",
		"a/anolis-provider-modbus-rtu":                 "modbus-rtu",
		"anolis-provider-bread.sh":                     "bread.sh",
		"anolis-provider-bread/run":                    "",
		"my-anolis-provider-bread":                     "",
		"":                                             "",
		"/usr/bin/env":                                 "",
		`C:\Program Files/x\anolis-provider-bread.exe`: "bread",
	} {
		if got := provider.Kind(command); got != want {
			t.Errorf("%s is %q, want %q", command, got, want)
		}
	}
}

func TestManyFindings(t *testing.T) {
	var b strings.Builder
	b.WriteString("hardware: {bus_path: a}\ndiscovery: {mode: manual}\ndevices:\n")
	for i := range 1500 {
		fmt.Fprintf(&b, "- {id: a%d, type: ph, address: 0}\n", i)
	}
	c := read(t, "ezo", b.String(), provider.Options{})
	if len(c.Findings) != 1000 || c.Omitted != 500 || !c.Stops() {
		t.Errorf("%d findings, %d more", len(c.Findings), c.Omitted)
	}
}

func TestReadEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if c, err := provider.Read(ctx, "bread", parse(t, bread), provider.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", c, err)
	}
}

func TestSchemas(t *testing.T) {
	const draft = `"$schema": "https://json-schema.org/draft/2020-12/schema",`
	const plain = `{` + draft + `"type": "object", "required": ["unit"], "properties": {"unit": {"enum": [1, 2]},
		"devices": {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "string", "x-anolis-unique": true},
		"kind": {"oneOf": [{"const": "a", "title": "A"}, {"const": "b"}]}}}}}, "additionalProperties": false}`
	const text = "unit: 3\nbaud: 9600\ndevices:\n  - id: a\n    kind: c\n  - id: a\n"
	const want = "1 unit: must be one of 1, 2, not 3\n2,1 baud: must not have the key \"baud\"\n" +
		"5 devices[0].kind: must be one of \"a\", \"b\", not \"c\"\n6,4,3 devices[1].id: must not repeat the id of item 0\n"
	for name, schema := range map[string]string{
		"plain":    plain,
		"envelope": `{"config_schema_version": 1, "provider": "anolis-provider-plc", "provider_version": "1.2.3", "schema": ` + plain + `}`,
	} {
		s, err := provider.ParseSchema([]byte(schema))
		if err != nil {
			t.Fatal(err)
		}
		c := read(t, "plc", text, provider.Options{Schema: s})
		if got := show(c.Findings); got != want || !c.Judged {
			t.Errorf("%s:\n%s", name, got)
		}
		c = read(t, "plc", "unit: 1", provider.Options{Schema: s, Pinned: "1.3.0"})
		if remark := c.Remark; (remark != "") != (name == "envelope") {
			t.Errorf("%s: %q", name, remark)
		}
	}
	if c := read(t, "plc", text, provider.Options{}); c.Judged || len(c.Findings) > 0 {
		t.Error("a kind without a schema was judged")
	}
	if _, err := provider.SchemaOf("plc"); !errors.Is(err, provider.ErrNoSchema) {
		t.Error(err)
	}

	for name, bad := range map[string]string{
		"no JSON":         "{",
		"no object":       "[]",
		"twice a key":     `{"type": "object", "type": "object"}`,
		"another format":  `{"config_schema_version": 2, "schema": {}}`,
		"no schema":       `{"config_schema_version": 1}`,
		"schema is text":  `{"config_schema_version": 1, "schema": "x"}`,
		"version is none": `{"config_schema_version": 1, "provider_version": 5, "schema": {}}`,
	} {
		if _, err := provider.ParseSchema([]byte(bad)); !errors.Is(err, provider.ErrSchema) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, bad := range map[string]string{
		"remote": `{"$ref": "https://example.org/schema.json"}`,
		"file":   `{"$ref": "file:///etc/hosts"}`,
		"type":   `{"type": "nonsense"}`,
	} {
		if _, err := provider.ParseSchema([]byte(bad)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestPinnedVersion proves that what a newer version may know is not refused.
func TestPinnedVersion(t *testing.T) {
	text := strings.Replace(bread, "  timeout_ms: 100", "  max_bus_hz: 0", 1)
	text = strings.Replace(text, "rlht", "newboard", 1)
	text = strings.Replace(text, "[8, 0x14]", "[7]", 1)
	const certain = "8 discovery.addresses[0]: must be an I2C address, 8 to 119 or \"0x08\" to \"0x77\", not 7\n"
	const unknown = "5,3 hardware.max_bus_hz: must not have the key \"max_bus_hz\"\n"
	const choice = "11 devices[0].type: must be one of \"rlht\", \"dcmt\", not \"newboard\"\n"
	for _, test := range []struct {
		pinned string
		doubt  bool
		remark string
	}{
		{"", false, ""},
		{"0.3.8", false, ""},
		{"v0.3.8", false, ""},
		{"0.3.7", false, `anolis-provider-bread is pinned at "0.3.7"; its config was judged by the rules of 0.3.8`},
		{"0.3.10", true, `anolis-provider-bread is pinned at "0.3.10"; its config was judged by the rules of 0.3.8`},
		{"1.0.0", true, `anolis-provider-bread is pinned at "1.0.0"; its config was judged by the rules of 0.3.8`},
		{"main", true, `anolis-provider-bread is pinned at "main"; its config was judged by the rules of 0.3.8`},
	} {
		c := read(t, "bread", text, provider.Options{Pinned: test.pinned})
		want := unknown + certain + choice
		if test.doubt {
			want = "?" + unknown + certain + "?" + choice
		}
		if got := show(c.Findings); got != want || c.Remark != test.remark {
			t.Errorf("pinned %q: %q\n%s", test.pinned, c.Remark, got)
		}
	}
}

func TestHas(t *testing.T) {
	const yes, no, unknown = provider.Yes, provider.No, provider.Unknown
	mock := strings.Replace(ezo, "/dev/i2c-1", "mock://a", 1) + "  - id: far\n    type: do\n    address: 99\n"
	for _, test := range []struct {
		kind, old, new, device string
		want                   provider.Answer
	}{
		{"bread", "", "", "heater", yes},
		{"bread", "", "", "Heater", no},
		{"bread", "", "", "", no},
		{"bread", "", "", "chaos_control", no},
		{"bread", "[8, 0x14]", "[8]", "pump", yes},
		{"bread", "[8, 0x14]", "[8, 0x15]", "dcmt1", unknown},
		{"bread", "[8, 0x14]", "[8, 0x15]", "heater", yes},
		{"bread", "/dev/i2c-1", "mock://a", "dcmt1", no},
		{"bread", "manual\n  addresses: [8, 0x14]", "scan", "dcmt1", unknown},
		{"bread", "timeout_ms: 100", "timeout_ms: 0", "none", unknown},
		{"bread", "timeout_ms: 100", "timeout_ms: '5'", "none", unknown},
		{"bread", "timeout_ms: 100", "timeout_ms: 010", "none", no},
		{"sim", "", "", "chaos_control", yes},
		{"sim", "", "", "none", no},
		{"sim", "devices:\n  - id: t0\n    type: tempctl\n", "", "none", unknown},
		{"ezo", "", "", "none", no},
		{"plc", "", "", "acid", unknown},
	} {
		text := map[string]string{"bread": bread, "sim": sim, "ezo": ezo, "plc": ezo}[test.kind]
		if test.old != "" && !strings.Contains(text, test.old) {
			t.Fatalf("%q is not there", test.old)
		}
		if got := read(t, test.kind, strings.Replace(text, test.old, test.new, 1), provider.Options{}).Has(test.device); got != test.want {
			t.Errorf("%+v: got %d", test, got)
		}
	}
	if read(t, "bread", strings.NewReplacer("/dev/i2c-1", "mock://a", "[8, 0x14]", "[8, 0x15]").Replace(bread), provider.Options{}).Has("dcmt1") != no {
		t.Error("a mock bus of bread was probed")
	}
	c := read(t, "ezo", mock, provider.Options{})
	if show(c.Findings) == "" || c.Has("acid") != unknown {
		t.Error("two devices at one address")
	}
	c = read(t, "ezo", strings.Replace(mock, "type: do\n    address: 99", "type: do\n    address: 98", 1), provider.Options{})
	if c.Has("acid") != yes || c.Has("far") != no || c.NoDevice() != "" || c.Device("far") == nil || c.Device("none") != nil {
		t.Errorf("mock: %d %d %q", c.Has("acid"), c.Has("far"), c.NoDevice())
	}
}

func TestNoDevice(t *testing.T) {
	list := func(text string) string { return text[:strings.Index(text, "devices:")] }
	mock := func(text string) string { return strings.Replace(text, "/dev/i2c-1", "mock://a", 1) }
	for _, test := range []struct {
		kind, text string
		want       bool
	}{
		{"ezo", ezo, false},
		{"ezo", list(ezo), true},
		{"ezo", list(ezo) + "devices: []\n", true},
		{"ezo", mock(ezo), false},
		{"ezo", mock(strings.Replace(ezo, "99", "98", 1)), true},
		{"ezo", list(strings.Replace(ezo, "manual", "scan", 1)), false}, // refused anyway
		{"bread", list(bread), false},
		{"bread", mock(list(bread)), true},
		{"bread", mock(bread), false},
		{"sim", "simulation: {mode: inert}", false},
		{"plc", list(ezo), false},
	} {
		if got := read(t, test.kind, test.text, provider.Options{}).NoDevice(); (got != "") != test.want {
			t.Errorf("%s: %q in\n%s", test.kind, got, test.text)
		}
	}
}

func TestCollisions(t *testing.T) {
	config := func(kind, bus string, addresses ...string) *provider.Config {
		var b strings.Builder
		mode := "manual"
		if kind == "bread" {
			mode = "scan"
		}
		fmt.Fprintf(&b, "hardware: {bus_path: '%s'}\ndiscovery: {mode: %s}\ndevices:\n", bus, mode)
		for i, address := range addresses {
			fmt.Fprintf(&b, "- {id: d%d, type: %s, address: %s}\n", i, map[string]string{"bread": "dcmt"}[kind]+map[string]string{"ezo": "ph", "plc": "x"}[kind], address)
		}
		return read(t, kind, b.String(), provider.Options{})
	}
	one := config("ezo", "/dev/i2c-1", "20", "21")
	for name, test := range map[string]struct {
		configs []*provider.Config
		want    string
	}{
		"apart":         {[]*provider.Config{one, config("bread", "/dev/i2c-2", "20"), config("bread", "/dev/i2c-1", "22")}, ""},
		"one":           {[]*provider.Config{one, config("bread", " /dev/i2c-1 ", "'0x15'")}, "/dev/i2c-1 21: p0/d1 p1/d0 true\n"},
		"three":         {[]*provider.Config{one, config("bread", "/dev/i2c-1", "20"), config("ezo", "/dev/i2c-1", "0x14")}, "/dev/i2c-1 20: p0/d0 p1/d0 true\n/dev/i2c-1 20: p0/d0 p2/d0 true\n"},
		"one file":      {[]*provider.Config{one, one}, "/dev/i2c-1 20: p0/d0 p1/d0 true\n/dev/i2c-1 21: p0/d1 p1/d1 true\n"},
		"other kind":    {[]*provider.Config{config("plc", "/dev/i2c-1", "20"), one}, "/dev/i2c-1 20: p0/d0 p1/d0 false\n"},
		"between":       {[]*provider.Config{config("plc", "/dev/i2c-1", "20"), one, one}, "/dev/i2c-1 20: p0/d0 p1/d0 false\n/dev/i2c-1 20: p0/d0 p2/d0 true\n/dev/i2c-1 21: p1/d1 p2/d1 true\n"},
		"twice in one":  {[]*provider.Config{config("plc", "/dev/i2c-1", "20", "20")}, ""},
		"refused":       {[]*provider.Config{one, config("bread", "/dev/i2c-1", "20", "7")}, ""},
		"no address":    {[]*provider.Config{config("plc", "/dev/i2c-1", "x"), config("plc", "/dev/i2c-1", "x")}, ""},
		"no config":     {[]*provider.Config{one, nil}, ""},
		"mock of bread": {[]*provider.Config{config("bread", "mock://a", "20"), config("bread", "mock://a", "20")}, "mock://a 20: p0/d0 p1/d0 true\n"},
		"mock of ezo":   {[]*provider.Config{config("ezo", "mock://a", "20"), config("ezo", "mock://a", "20")}, ""},
		"mock, factory": {[]*provider.Config{config("ezo", "mock://a", "99"), config("bread", "mock://a", "99")}, "mock://a 99: p0/d0 p1/d0 true\n"},
	} {
		var instances []provider.Instance
		for i, c := range test.configs {
			instances = append(instances, provider.Instance{ID: fmt.Sprint("p", i), Config: c})
		}
		var got strings.Builder
		for _, c := range provider.Collisions(instances) {
			fmt.Fprintf(&got, "%s %d: %s/%s %s/%s %t\n", c.Bus, c.Address, c.First.ID, c.First.Device.ID, c.Later.ID, c.Later.Device.ID, c.Stops)
		}
		if diff := cmp.Diff(test.want, got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestArguments(t *testing.T) {
	physics := read(t, "sim", sim, provider.Options{})
	for _, test := range []struct {
		kind, args string
		config     *provider.Config
		want       string // index and ! if it stops
	}{
		{"bread", "--config a", nil, ""},
		{"bread", "", nil, "-1!"},
		{"bread", "--config", nil, "0!"},
		{"bread", "--config=a", nil, "0!"},
		{"bread", "--config a --log-level warn", nil, "2!"},
		{"ezo", "--log-level --config a", nil, "0!"},
		{"ezo", "--config a --config b", nil, "2"},
		{"ezo", "--config --config", nil, ""}, // a file of that name
		{"ezo", "--config a --version", nil, "2!"},
		{"sim", "--config a --log-level warn", nil, ""},
		{"sim", "--config=a", nil, "0!"},
		{"sim", "--check-config a", nil, "0! -1!"},
		{"sim", "--config a --version", nil, "2!"},
		{"sim", "--config a", physics, "-1!"},
		{"sim", "--config a --sim-server", physics, "-1!"},
		{"sim", "--config a --sim-server h:1", physics, ""},
		{"plc", "--anything", nil, ""},
		{"", "--anything", nil, ""},
	} {
		var got []string
		for _, f := range provider.Arguments(test.kind, strings.Fields(test.args), test.config) {
			text := fmt.Sprint(f.Arg)
			if f.Stops {
				text += "!"
			}
			got = append(got, text)
			if f.Message == "" {
				t.Error("no message")
			}
		}
		if got := strings.Join(got, " "); got != test.want {
			t.Errorf("%s %s: %q, want %q", test.kind, test.args, got, test.want)
		}
	}
}

func TestCommand(t *testing.T) {
	has := func(name string) bool { return name == "local" }
	for command, want := range map[string]bool{"": false, "local": false, "anolis-provider-sim": true, "./x": false, "/x": false, `..\x.exe`: false, "a/b": false} {
		if got := provider.Command(command, has); (got != "") != want {
			t.Errorf("%q: %q", command, got)
		}
	}
}

func TestStrictness(t *testing.T) {
	has := func(name string) bool { return name == "providers/p.yaml" }
	for _, test := range []struct{ devices, want string }{
		{"- {id: a, type: tempctl, initial_temp: 20, temp_range: [1, 2.5]}", ""},
		{"- {id: a, type: tempctl, initial_temp: '20'}", ""},
		{"- {id: a, type: tempctl, initial_temp: warm}", "2 devices[0].initial_temp: must be a number, because startup_policy is strict\n"},
		{"- {id: a, type: tempctl, temp_range: [2, 2]}", "2 devices[0].temp_range: must be a list of two numbers, the lower first, because startup_policy is strict\n"},
		{"- {id: a, type: tempctl, temp_range: 2}", "2 devices[0].temp_range: must be a list of two numbers, the lower first, because startup_policy is strict\n"},
		{"- {id: a, type: tempctl, temp_range: [1, x]}", "2 devices[0].temp_range: must be a list of two numbers, the lower first, because startup_policy is strict\n"},
		{"- {id: a, type: motorctl, max_speed: 10000}", ""},
		{"- {id: a, type: motorctl, max_speed: 0}", "2 devices[0].max_speed: must be a number above 0, at most 10000, because startup_policy is strict\n"},
		{"- {id: a, type: motorctl, max_speed: 10001}", "2 devices[0].max_speed: must be a number above 0, at most 10000, because startup_policy is strict\n"},
		{"- {id: a, type: motorctl, max_speed: [1]}", "2 devices[0].max_speed: must be a number above 0, at most 10000, because startup_policy is strict\n"},
		{"- {id: a, type: relayio, max_speed: x, initial_temp: x}", ""},
		{"- {id: a, type: pump}", "2 devices[0].type: must be tempctl, motorctl, relayio or analogsensor, because startup_policy is strict\n"},
	} {
		text := "devices:\n" + test.devices + "\nsimulation: {mode: inert}\n"
		if got := show(read(t, "sim", text, provider.Options{}).Strictness("providers/s.yaml", has)); got != test.want {
			t.Errorf("%s: %s", test.devices, got)
		}
		if got := read(t, "sim", "startup_policy: degraded\n"+text, provider.Options{}).Strictness("providers/s.yaml", has); len(got) > 0 {
			t.Errorf("%s: degraded: %s", test.devices, show(got))
		}
	}
	newer := read(t, "sim", "devices: [{id: a, type: pump}]\nsimulation: {mode: inert}\n", provider.Options{Pinned: "9.0.0"})
	if got := show(newer.Strictness("a", has)); !strings.HasPrefix(got, "?") {
		t.Errorf("a newer version: %s", got)
	}
	for physics, want := range map[string]string{
		"p.yaml":    "",
		"/p.yaml":   "",
		"q.yaml":    "?10 simulation.physics_config: leads to no file beside the config\n",
		"../p.yaml": "?10 simulation.physics_config: leads to no file beside the config\n",
	} {
		if got := show(read(t, "sim", strings.Replace(sim, "p.yaml", physics, 1), provider.Options{}).Strictness("providers/s.yaml", has)); got != want {
			t.Errorf("%s: %s", physics, got)
		}
	}
	strict := strings.NewReplacer("p.yaml", "q.yaml", "degraded", "strict").Replace(sim)
	if got := show(read(t, "sim", strict, provider.Options{}).Strictness("providers/s.yaml", has)); !strings.HasPrefix(got, "10 ") {
		t.Errorf("strict: %s", got)
	}
	if read(t, "ezo", ezo, provider.Options{}).Strictness("a", has) != nil {
		t.Error("ezo has no policy")
	}
}

func TestCall(t *testing.T) {
	for _, test := range []struct {
		device, call string
		no, yes      string // the faults with a runtime that converts nothing, and one that does
	}{
		{"bread dcmt", "set_open_loop: {motor1_pwm: 0, motor2_pwm: -255}", "", ""},
		{"bread dcmt", "set_open_loop: {motor1_pwm: 256, motor2_pwm: 0}", "motor1_pwm", "motor1_pwm"},
		{"bread dcmt", "set_open_loop: {motor1_pwm: 0}", "motor2_pwm", "motor2_pwm"},
		{"bread dcmt", "set_open_loop: {motor1_pwm: 0, motor2_pwm: 0, motor3_pwm: 0}", "motor3_pwm", "motor3_pwm"},
		{"bread dcmt", "set_open_loop: {motor1_pwm: 0.5, motor2_pwm: 0}", "motor1_pwm", "motor1_pwm?"},
		{"bread dcmt", "set_open_loop: {motor1_pwm: '0', motor2_pwm: 0}", "motor1_pwm", "motor1_pwm"},
		{"bread dcmt", "set_open_loop: {}", "motor1_pwm motor2_pwm", "motor1_pwm motor2_pwm"},
		{"bread dcmt", "set_brake: {motor1_brake: true, motor2_brake: 1}", "motor2_brake", "motor2_brake?"},
		{"bread dcmt", "set_mode: {mode: closed_speed}", "", ""},
		{"bread dcmt", "set_mode: {mode: off}", "mode", "mode?"}, // a boolean
		{"bread dcmt", "set_mode: {mode: 'off'}", "mode", "mode"},
		{"bread dcmt", "stop: {}", "-", "-"},
		{"bread rlht", "set_setpoints: {setpoint1_c: 20.5, setpoint2_c: 20}", "setpoint2_c", ""},
		{"bread rlht", "set_open_duty_pct: {duty1_pct: 0, duty2_pct: 100}", "duty1_pct duty2_pct", ""},
		{"bread rlht", "set_open_duty_pct: {duty1_pct: -1, duty2_pct: 101}", "duty1_pct duty2_pct", "duty1_pct duty2_pct"},
		{"bread rlht", "set_periods_ms: {period1_ms: -1, period2_ms: 99999999999999999999}", "period1_ms period2_ms", "period1_ms period2_ms"},
		{"bread dcmt", "set_setpoint: {motor1_target: 9223372036854775807, motor2_target: 99999999999999999999}", "motor2_target", "motor2_target"},
		{"ezo ph", "find: {}", "", ""},
		{"ezo hum", "sleep: {now: true}", "now", "now"},
		{"ezo do", "set_led: {enabled: no}", "", ""},
		{"sim tempctl", "set_setpoint: {value: 400}", "value", ""},
		{"sim tempctl", "set_setpoint: {value: 400.5}", "value", "value"},
		{"sim tempctl", "set_relay: {relay_index: 2, state: true}", "", ""},
		{"sim motorctl", "set_motor_duty: {motor_index: 3, duty: .nan}", "motor_index duty", "motor_index duty"},
		{"sim relayio", "set_relay_ch4: {enabled: true}", "", ""},
		{"sim analogsensor", "calibrate_channel: {channel: 0}", "channel", "channel"},
		{"sim analogsensor", "inject_noise: {enabled: [true]}", "enabled", "enabled?"},
	} {
		kind, device, _ := strings.Cut(test.device, " ")
		functions, ok := provider.Functions(kind, device)
		if !ok {
			t.Fatalf("no functions of %s", test.device)
		}
		entry := parse(t, test.call).Entries[0]
		var args []provider.CallArg
		for _, e := range entry.Value.Entries {
			args = append(args, provider.CallArg{Name: e.Key.Text, Value: e.Value})
		}
		for converts, want := range map[provider.Answer]string{provider.No: test.no, provider.Yes: test.yes} {
			var got []string
			for _, f := range provider.Call(functions, entry.Key.Text, args, converts) {
				text := f.Arg
				if text == "" {
					text = "-"
				}
				if !f.Certain {
					text += "?"
				}
				got = append(got, text)
			}
			if got := strings.Join(got, " "); got != want {
				t.Errorf("%s %s, answer %d: %q, want %q", test.device, test.call, converts, got, want)
			}
		}
	}

	// A runtime of unknown version makes what only conversion would mend doubtful, and
	// what the machine computes is not judged.
	functions, _ := provider.Functions("sim", "tempctl")
	twenty := []provider.CallArg{{Name: "value", Value: doc.NewInt(20)}}
	if got := provider.Call(functions, "set_setpoint", twenty, provider.Unknown); len(got) != 1 || got[0].Certain {
		t.Errorf("unknown version: %+v", got)
	}
	if got := provider.Call(functions, "set_setpoint", []provider.CallArg{{Name: "value", Dynamic: true}}, provider.No); len(got) != 0 {
		t.Errorf("dynamic: %+v", got)
	}
	functions, _ = provider.Functions("bread", "rlht")
	dynamic := []provider.CallArg{{Name: "tc1_index", Dynamic: true}, {Name: "tc2_index", Dynamic: true}}
	if got := provider.Call(functions, "set_tc_select", dynamic, provider.No); len(got) != 2 || !got[0].Certain {
		t.Errorf("dynamic and unsigned: %+v", got)
	}
	if _, ok := provider.Functions("sim", "pump"); ok {
		t.Error("functions of an unknown type")
	}
}

// FuzzRead proves that no config makes the judge panic, that a verdict is a function
// of the text, and that the questions agree with it.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{bread, ezo, sim, "a: &a [*b]\n", "devices: [&x {id: a}, *x, {<<: *x}]\nhardware: {bus_path: a}", "discovery: {addresses: [0x08, 8, '0X08']}", "null"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		root, err := canonyaml.Read([]byte(text))
		if err != nil {
			return
		}
		for _, kind := range []string{"bread", "ezo", "sim", "plc"} {
			first := read(t, kind, text, provider.Options{})
			again, err := provider.Read(t.Context(), kind, root, provider.Options{Pinned: "nonsense"})
			if err != nil {
				t.Fatal(err)
			}
			if len(first.Findings) != len(again.Findings) {
				t.Fatalf("%s: %d findings, then %d", kind, len(first.Findings), len(again.Findings))
			}
			for _, finding := range first.Findings {
				if finding.Message == "" {
					t.Fatalf("%s: %s has no message", kind, finding.Path)
				}
			}
			if first.Stops() && first.Sound() {
				t.Fatal("a sound config stops")
			}
			if !first.Sound() && (first.Has("a") != provider.Unknown || first.NoDevice() != "") {
				t.Fatal("a config at fault answers")
			}
			provider.Collisions([]provider.Instance{{ID: "a", Config: first}, {ID: "b", Config: again}})
			first.Strictness("providers/a.yaml", func(string) bool { return false })
		}
	})
}
