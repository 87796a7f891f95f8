package machine

import (
	"strings"

	"github.com/anolishq/anolis-handoff/internal/pytext"
)

// Defaults of the runtime.
const (
	DefaultBind = "127.0.0.1"
	DefaultPort = 8080
)

// Loopback reports whether the runtime takes an address for one that only this
// machine reaches. Case counts, and an empty text is not an address.
func Loopback(bind string) bool {
	return bind == "127.0.0.1" || bind == "::1" || bind == "localhost" || strings.HasPrefix(bind, "127.")
}

// Exposure is how a machine is reached over HTTP.
type Exposure struct {
	Enabled bool
	Bind    Value  // the address; its Node is nil for the default
	Address string // Bind as the runtime reads it, or the default
	Port    Value
	// Exposed reports whether other machines reach it.
	Exposed bool
	// Auth, Insecure and TLS report whether callers must show a token, whether the
	// config allows them not to, and whether the connection is encrypted.
	Auth, Insecure, TLS bool
	Credentials         bool // web pages may send cookies and passwords
	AnyOrigin           bool // of every origin
}

// Exposure answers who can reach the machine.
func (c *Config) Exposure() Exposure {
	http := c.Root.Key("http")
	e := Exposure{
		Enabled: !http.Key("enabled").IsFalse(), Bind: http.Key("bind"), Address: DefaultBind, Port: http.Key("port"),
		Auth: http.Key("auth_enabled").IsTrue(), Insecure: http.Key("allow_insecure_bind").IsTrue(),
		TLS:         http.Key("tls_cert_path").Text() != "" && http.Key("tls_key_path").Text() != "",
		Credentials: http.Key("cors_allow_credentials").IsTrue(),
	}
	if e.Bind.Present() {
		e.Address = e.Bind.Text()
	}
	e.Exposed = e.Enabled && !Loopback(e.Address)
	origins := http.Key("cors_allowed_origins")
	text, isText := origins.AsString()
	e.AnyOrigin = origins.IsNull() || isText && (text == "" || text == "*") || origins.Node.IsSeq() && len(origins.Node.Items) == 0
	for _, origin := range origins.Items() {
		e.AnyOrigin = e.AnyOrigin || origin.Text() == "*"
	}
	return e
}

// Variables that supply secrets to the runtime.
const (
	InfluxVariable = "INFLUXDB_TOKEN"
	APIVariable    = "ANOLIS_API_TOKEN"
)

// Slot is a secret that a package does not hold and the machine needs.
type Slot struct {
	Variable string // the environment variable that supplies it
	Path     string // the key whose value it is
}

// Slots returns the secrets that a config needs: the token of InfluxDB when
// telemetry is on, that of the HTTP interface when authentication is.
func (c *Config) Slots() []Slot {
	var slots []Slot
	slot := func(path string) Slot { return Slot{Variable(path), path} }
	absent := func(v Value) bool { return v.IsNull() || v.IsScalar() && pytext.IsBlank(v.Text()) }
	telemetry, http := c.Root.Key("telemetry"), c.Root.Key("http")
	if telemetry.Key("enabled").IsTrue() && absent(telemetry.Keys("influxdb", "token")) {
		slots = append(slots, slot("telemetry.influxdb.token"))
	}
	if !http.Key("enabled").IsFalse() && http.Key("auth_enabled").IsTrue() && absent(http.Key("auth_token")) {
		slots = append(slots, slot("http.auth_token"))
	}
	return slots
}

// Automation reports whether the config runs its behavior tree.
func (c *Config) Automation() bool { return c.Root.Keys("automation", "enabled").IsTrue() }

// Call is a call of a device's function in a config.
type Call struct {
	Value
	Handle, Function, Number Value // device_handle, function_name, function_id
}

// Args returns the arguments of the call.
func (c Call) Args() []Entry { return c.Key("args").Entries() }

// Device splits the handle into the ids of a provider and a device.
func (c Call) Device() (provider, device string, ok bool) { return SplitHandle(c.Handle.Text()) }

// SplitHandle splits a device handle at its first slash.
func SplitHandle(handle string) (provider, device string, ok bool) {
	return strings.Cut(handle, "/")
}

func calls(list Value) []Call {
	var all []Call
	for _, item := range list.Items() {
		all = append(all, Call{item, item.Key("device_handle"), item.Key("function_name"), item.Key("function_id")})
	}
	return all
}

// Hook is a list of calls that run when the mode changes.
type Hook struct {
	Value
	Before   bool   // before the change, or after it
	From, To string // a mode; "*" for any
	Calls    []Call
}

// FailOnError reports whether a call that fails stops the change.
func (h Hook) FailOnError() bool { return !h.Key("fail_on_error").IsFalse() }

// Matches reports whether a hook runs at a step from one mode to another.
func (h Hook) Matches(from, to string) bool {
	return (h.From == "*" || h.From == from) && (h.To == "*" || h.To == to)
}

// Hooks returns the hooks of a config, whether automation is on or off.
func (c *Config) Hooks() []Hook {
	mode := func(v Value) string {
		if text := v.Text(); text != "" {
			return text
		}
		return "*"
	}
	var hooks []Hook
	for _, when := range []string{"before_transition", "after_transition"} {
		for _, item := range c.Root.Keys("automation", "mode_transition_hooks", when).Items() {
			hooks = append(hooks, Hook{item, when == "before_transition", mode(item.Key("from")), mode(item.Key("to")), calls(item.Key("calls"))})
		}
	}
	return hooks
}

// SafeState is what safety.safe_state says.
type SafeState struct {
	// Declared reports whether there is a safety section, be it empty: that is an
	// answer of its own.
	Declared         bool
	Hooks, Setpoints []Call
	ZeroIsSafe       bool
}

// SafeState returns that of a config, with automation on or off.
func (c *Config) SafeState() SafeState {
	safety := c.Root.Key("safety")
	state := safety.Key("safe_state")
	return SafeState{safety.Present(), calls(state.Key("hooks")), calls(state.Key("setpoints")), state.Key("zero_is_safe").IsTrue()}
}

// Variable returns the environment variable that supplies the value of a key to the
// runtime, or "".
func Variable(path string) string {
	switch path {
	case "telemetry.influxdb.token", "telemetry.influx_token":
		return InfluxVariable
	case "http.auth_token":
		return APIVariable
	}
	return ""
}

// Rung is what an emergency stop runs, besides latching.
type Rung uint8

const (
	Nothing   Rung = iota
	SafeHooks      // safety.safe_state.hooks
	Adopted        // the calls of the mode hooks from any mode to FAULT
	Setpoints      // safety.safe_state.setpoints, if they cover every function that actuates
	Zero           // zero on everything
)

// Stop is what an emergency stop does, as the newest runtime does it.
type Stop struct {
	Rung  Rung
	Calls []Call
}

// EmergencyStop answers what an emergency stop drives.
func (c *Config) EmergencyStop() Stop {
	state := c.SafeState()
	switch {
	case len(state.Hooks) > 0:
		return Stop{SafeHooks, state.Hooks}
	case len(state.Setpoints) > 0:
		return Stop{Setpoints, state.Setpoints}
	case state.ZeroIsSafe:
		return Stop{Rung: Zero}
	case state.Declared || !c.Automation():
		return Stop{}
	}
	var adopted []Call
	for _, h := range c.Hooks() {
		if h.From == "*" && h.To == "FAULT" {
			adopted = append(adopted, h.Calls...)
		}
	}
	if len(adopted) == 0 {
		return Stop{}
	}
	return Stop{Adopted, adopted}
}

// CoversFault reports whether a mode hook covers the step from AUTO to FAULT,
// without which newer runtimes refuse AUTO.
func (c *Config) CoversFault() bool {
	for _, h := range c.Hooks() {
		if h.Matches("AUTO", "FAULT") {
			return true
		}
	}
	return false
}

// Parameter is a parameter of the automation.
type Parameter struct {
	Value
	Name, Type, Default, Min, Max, Allowed Value
}

// Parameters returns those of a config.
func (c *Config) Parameters() []Parameter {
	var list []Parameter
	for _, item := range c.Root.Keys("automation", "parameters").Items() {
		list = append(list, Parameter{item, item.Key("name"), item.Key("type"), item.Key("default"), item.Key("min"), item.Key("max"), item.Key("allowed_values")})
	}
	return list
}

// Process returns the provider of an id, as written.
func (c *Config) Process(id string) *Process {
	for _, p := range c.Processes {
		if p.ID.Text() == id && !p.ID.IsNull() {
			return p
		}
	}
	return nil
}

// Kind returns the kind of provider that a command starts, such as bread, or "":
// its last path part is anolis-provider-KIND, with or without .exe.
func Kind(command string) string {
	base := command[strings.LastIndexAny(command, `/\`)+1:]
	kind, ok := strings.CutPrefix(strings.TrimSuffix(base, ".exe"), "anolis-provider-")
	if !ok {
		return ""
	}
	return kind
}

// Kind returns the kind of the provider.
func (p *Process) Kind() string {
	if command, ok := p.Command.AsString(); ok {
		return Kind(command)
	}
	return ""
}

// Device is a device that the config of a provider lists.
type Device struct {
	Value
	ID, Type, Label, Address Value
}

// Devices returns the devices that the root of a provider config lists.
func Devices(config Value) []Device {
	var list []Device
	for _, item := range config.Key("devices").Items() {
		list = append(list, Device{item, item.Key("id"), item.Key("type"), item.Key("label"), item.Key("address")})
	}
	return list
}

// Pin is a version that the machine was commissioned with, or that an installation
// fetches.
type Pin struct {
	Value
	Version Value
}

// Pins returns those of the manifest in its order: compatibility.providers.ID, then
// components.runtime, components.providers.KIND and components.optional.NAME.
func (m *Machine) Pins() []Pin {
	var pins []Pin
	add := func(v Value) {
		if v.Node.IsMap() {
			pins = append(pins, Pin{v, v.merged("version")})
		}
	}
	for _, e := range m.Manifest.merged("compatibility").entriesMerged("providers") {
		add(e.Value)
	}
	components := m.Manifest.merged("components")
	add(components.merged("runtime"))
	for _, group := range []string{"providers", "optional"} {
		for _, e := range components.entriesMerged(group) {
			add(e.Value)
		}
	}
	return pins
}

// ProviderPin returns the version of a kind of provider that the manifest pins, or
// "".
func (m *Machine) ProviderPin(kind string) string {
	return m.Manifest.merged("components").merged("providers").merged(kind).merged("version").Text()
}
