// Package inspect sums up what a package says about its machine: runtime profiles,
// providers and devices, who can reach it over HTTP, pinned versions, and the
// secrets that the machine must supply.
//
// Package reads an open package and returns a Report, which has a text form for
// people and a JSON form for programs. Slots returns the secrets alone. Nothing in a
// report shows a secret; long texts are cut. Reading is bounded by the limits that
// the package was opened with.
package inspect

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/content"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/validator"
)

// Version is the version of a Report's JSON form. It changes when a field changes
// its meaning or goes away, not when one is added.
const Version = 1

// Report is what a package says about its machine. What the package does not
// say is absent: an empty text, a nil pointer, an empty list. Secrets are shown as
// ***, and long texts are cut after 1000 characters.
//
// Two reports on the same content are equal, but for Package and Archive.
type Report struct {
	Version int `json:"version"` // Version
	// ToolVersion is the version of the program that made it, as its caller says; the
	// library leaves it empty.
	ToolVersion string `json:"toolVersion,omitempty"`
	// Package is the name that the report has for the package.
	Package string `json:"package,omitempty"`
	// Valid, Errors and Warnings are the verdict. Of a package that is not valid,
	// the report can lack anything.
	Valid    bool `json:"valid"`
	Errors   int  `json:"errors"`
	Warnings int  `json:"warnings"`
	// Digest is Package.Digest.
	Digest string `json:"digest"`
	// Archive is the archive; nil for an unpacked package.
	Archive *Archive `json:"archive,omitempty"`
	// Files is the number of files, and Size their bytes.
	Files int   `json:"files"`
	Size  int64 `json:"size"`

	Machine    Machine    `json:"machine"`
	Provenance Provenance `json:"provenance"`
	// Profiles are the runtime profiles in the order of the machine profile.
	Profiles []Profile `json:"profiles"`
	// SharedProviders are the ids of the providers that every runtime profile
	// starts, in the order of the first one.
	SharedProviders []string `json:"sharedProviders"`
	// Providers are the providers of the machine profile, in its order.
	Providers []Provider `json:"providers"`
	Behaviors []Behavior `json:"behaviors"`
	Pins      []Pin      `json:"pins"`
	// Slots are the secrets that must be supplied on the machine.
	Slots []Slot `json:"slots"`
}

// Archive describes the archive that a package came in.
type Archive struct {
	Size      int64  `json:"size"`   // in bytes
	SHA256    string `json:"sha256"` // lower-case hexadecimal
	Canonical bool   `json:"canonical"`
}

// Machine is what machine-profile.yaml says about the machine as a whole.
type Machine struct {
	ID          string `json:"id,omitempty"`
	DisplayName string `json:"displayName,omitempty"`
	// EstopTopology is what the emergency stop does: power_cut or signal.
	EstopTopology string `json:"estopTopology,omitempty"`
	// ExpectedProviders must run for the machine to be in order, and
	// CheckHTTPScript checks its HTTP interface.
	ExpectedProviders []string `json:"expectedProviders,omitempty"`
	CheckHTTPScript   string   `json:"checkHttpScript,omitempty"`
	// ConfigContract and HTTPContract are what the runtime has to keep, and Notes
	// what people should know about that.
	ConfigContract string `json:"configContract,omitempty"`
	HTTPContract   string `json:"httpContract,omitempty"`
	Notes          string `json:"notes,omitempty"`
	// MoreValues is how many values of the file are not in the report.
	MoreValues int `json:"moreValues,omitempty"`
}

// Provenance is what meta/provenance.json says.
type Provenance struct {
	SourceProject string `json:"sourceProject,omitempty"`
	// ExportedAt is the time of the project's state, in UTC.
	ExportedAt    string `json:"exportedAt,omitempty"`
	FormatVersion *int64 `json:"formatVersion,omitempty"`
	// ExportedVariant is the runtime profile that the export was about, and
	// OmittedVariants are those that stayed out.
	ExportedVariant string   `json:"exportedVariant,omitempty"`
	OmittedVariants []string `json:"omittedVariants,omitempty"`
	// TokenRemoved says whether the export took a telemetry token out, and
	// TokenVariable which environment variable brings it back.
	TokenRemoved  *bool  `json:"tokenRemoved,omitempty"`
	TokenVariable string `json:"tokenVariable,omitempty"`
	// MoreValues is how many values of the file are not in the report.
	MoreValues int `json:"moreValues,omitempty"`
}

// Behavior is a behavior tree.
type Behavior struct {
	File   string `json:"file"`
	Size   int64  `json:"size"`   // in bytes
	SHA256 string `json:"sha256"` // lower-case hexadecimal
	// Profiles are the runtime profiles that name it, also with automation off.
	Profiles []string `json:"profiles"`
	// Calls are the calls of devices that the tree makes, each once, in the order of
	// the tree. They are absent for a tree that does not load, or that has a secret
	// in it.
	Calls []TreeCall `json:"calls,omitempty"`
}

// TreeCall is a call that a node of a behavior tree makes.
type TreeCall struct {
	// Device is the handle, and Function the function, as the tree writes them: a
	// text in braces is known only when the machine runs.
	Device   string `json:"device"`
	Function string `json:"function"`
	// Line is the line of the first node that makes the call.
	Line int `json:"line"`
}

// Pin is a version that the machine was commissioned with, or that an
// installation fetches.
type Pin struct {
	// Path is the key path in the machine profile: compatibility.providers.ID is
	// the version that a provider was built from, components.runtime,
	// components.providers.KIND and components.optional.NAME are releases to fetch.
	Path string `json:"path"`
	// Strategy is local-build, pinned-ref or semver-range, and says what Version
	// is.
	Strategy string `json:"strategy,omitempty"`
	Version  string `json:"version,omitempty"`
	// Repo and Package are where a release comes from.
	Repo    string `json:"repo,omitempty"`
	Package string `json:"package,omitempty"`
	Notes   string `json:"notes,omitempty"`
}

// Package sums up what a package says about its machine. It returns the error of
// reading the package.
func Package(ctx context.Context, p *validator.Package) (*Report, error) {
	if p.Report() == nil {
		return nil, validator.ErrNoPackage
	}
	c, err := content.Load(ctx, p.FS(), secretscan.Of(p.Policy()), p.Limits().Document, p.Limits().Values, p.RuntimeVersion())
	if err != nil {
		return nil, err
	}
	s := &Report{
		Version: Version, Package: p.Report().Package, Valid: p.Report().Valid,
		Errors: p.Report().Count(validator.Error), Warnings: p.Report().Count(validator.Warning),
	}
	if p.Report().SHA256 != "" {
		s.Archive = &Archive{p.Report().Size, p.Report().SHA256, p.Report().Canonical}
	}
	if s.Digest, err = p.Digest(ctx); err != nil {
		return nil, err
	}
	s.Files = len(p.Report().Files)
	for _, f := range p.Report().Files {
		s.Size += f.Size
	}
	s.fill(c, p)
	if err := s.trees(ctx, c, p); err != nil {
		return nil, err
	}
	return s, nil
}

// WriteJSON writes the report as one JSON object on one line, with a line feed
// at its end. Lists are never null, or are left out when they are empty. The text
// has no character that a terminal acts on. Equal reports give equal bytes. It
// returns errors from w.
func (s *Report) WriteJSON(w io.Writer) error { return show.JSON(w, s, "") }

// Profile is a runtime profile and what its config says.
type Profile struct {
	Name string `json:"name"`
	// AlsoNamed are further runtime profiles with the same config.
	AlsoNamed []string `json:"alsoNamed,omitempty"`
	File      string   `json:"file"`
	// RuntimeName is what the runtime shows to operators.
	RuntimeName string     `json:"runtimeName,omitempty"`
	HTTP        HTTP       `json:"http"`
	Telemetry   Telemetry  `json:"telemetry"`
	Automation  Automation `json:"automation"`
	// Starts is yes, no or unknown: whether the machine starts with the profile, as
	// far as the package can say. Empty means that nobody asked.
	Starts string `json:"starts,omitempty"`
	// OnAuto are the calls that hooks make when the machine enters AUTO, and
	// AutoRefused says that it never does.
	OnAuto      []string `json:"onAuto,omitempty"`
	AutoRefused bool     `json:"autoRefused,omitempty"`
	// EmergencyStop is what an emergency stop drives; nil for a runtime that is known
	// not to drive a safe state.
	EmergencyStop *EmergencyStop `json:"emergencyStop,omitempty"`
	// PollingMS is the time between two readings of the devices.
	PollingMS    *int64 `json:"pollingMs,omitempty"`
	LoggingLevel string `json:"loggingLevel,omitempty"`
	// Providers are the processes that the runtime starts, in its order.
	Providers []Process `json:"providers"`
	// MoreValues is how many values of the file are not in the report.
	MoreValues int `json:"moreValues,omitempty"`
}

// HTTP is who can reach the control interface.
type HTTP struct {
	// Enabled is true unless the config turns the interface off.
	Enabled bool   `json:"enabled"`
	Bind    string `json:"bind,omitempty"`
	Port    *int64 `json:"port,omitempty"`
	// Exposed says that other machines can reach the interface: the runtime does not
	// take Bind, or its default, for an address of the machine itself.
	Exposed bool `json:"exposed"`
	// Authentication says that callers must show a token, and TLS that the connection
	// is encrypted; both are false with a runtime that is known not to have that.
	// InsecureBindAllowed lets the runtime listen for other machines without a token.
	Authentication      bool `json:"authentication"`
	TLS                 bool `json:"tls"`
	InsecureBindAllowed bool `json:"insecureBindAllowed"`
	// CORSOrigins are the origins whose pages may use the interface. AnyOrigin says
	// that all may: * is among them, or there is none.
	CORSOrigins []string `json:"corsOrigins,omitempty"`
	AnyOrigin   bool     `json:"anyOrigin"`
	// CORSCredentials lets those pages send cookies and passwords.
	CORSCredentials bool `json:"corsCredentials"`
}

// Telemetry is where measurements go.
type Telemetry struct {
	Enabled bool `json:"enabled"`
	// URL, Org and Bucket are those of telemetry.influxdb, or else what stands at
	// their old place, telemetry.influx_url and so on. OldPlace says that one does:
	// the runtime warns about that.
	URL      string `json:"url,omitempty"`
	Org      string `json:"org,omitempty"`
	Bucket   string `json:"bucket,omitempty"`
	OldPlace bool   `json:"oldPlace,omitempty"`
}

// Automation is what the machine does by itself.
type Automation struct {
	Enabled      bool   `json:"enabled"`
	BehaviorTree string `json:"behaviorTree,omitempty"`
	TickRateHz   *int64 `json:"tickRateHz,omitempty"`
	// ManualGatingPolicy says whether a manual call is refused (BLOCK) or wins
	// (OVERRIDE) while automation runs.
	ManualGatingPolicy string `json:"manualGatingPolicy,omitempty"`
	// Parameters is how many parameters the behavior tree has, and Hooks how many
	// lists of calls there are for changes of the mode.
	Parameters int `json:"parameters"`
	Hooks      int `json:"hooks"`
	// ParameterList are the parameters, and ModeHooks the lists of calls, in the order
	// of the config.
	ParameterList []Parameter `json:"parameterList,omitempty"`
	ModeHooks     []ModeHook  `json:"modeHooks,omitempty"`
}

// Parameter is a value that operators can change while the behavior tree runs. Default
// and the limits are as the config spells them.
type Parameter struct {
	Name    string `json:"name"`
	Type    string `json:"type,omitempty"`
	Default string `json:"default,omitempty"`
	Min     string `json:"min,omitempty"`
	Max     string `json:"max,omitempty"`
	// Allowed are the only values that it can have.
	Allowed []string `json:"allowed,omitempty"`
}

// ModeHook is a list of calls that run when the machine changes its mode.
type ModeHook struct {
	// When is before or after the change.
	When string `json:"when"`
	// From and To are modes; * is any.
	From string `json:"from"`
	To   string `json:"to"`
	// Calls are written as in EmergencyStop.
	Calls []string `json:"calls"`
	// FailOnError says that a call that fails stops the change.
	FailOnError bool `json:"failOnError"`
}

// EmergencyStop is what an emergency stop drives, besides stopping everything else.
type EmergencyStop struct {
	// Drives is hooks (the safe state's), setpoints (the safe state's, if they cover
	// every function that actuates), zero (on all), fault-hooks (the mode hooks from
	// any mode to FAULT, for want of a safety section) or nothing.
	Drives string `json:"drives"`
	// Calls are the calls that it makes, as provider/device, function and arguments.
	Calls []string `json:"calls,omitempty"`
	// Declared says that the config has a safety section, be it empty.
	Declared bool `json:"declared"`
	// FromVersion is the version of the runtime that certainly does so; empty if the
	// package pins one that does.
	FromVersion string `json:"fromVersion,omitempty"`
}

// fill fills the profile from its config.
func (p *Profile) fill(r *fields, config *machine.Config, version machine.Version) {
	p.RuntimeName = r.text("runtime", "name")
	p.HTTP.fill(r, config.Exposure(), version)
	p.OnAuto = r.onAuto(config)
	p.EmergencyStop = emergencyStop(r, config, version)
	p.Telemetry.fill(r)
	p.Automation.fill(r, config)
	p.PollingMS = r.number("polling", "interval_ms")
	p.LoggingLevel = r.text("logging", "level")
	p.Providers = []Process{}
	for _, provider := range r.items("providers") {
		p.Providers = append(p.Providers, newProviderProcess(provider))
	}
	p.MoreValues = r.rest()
}

func (h *HTTP) fill(r *fields, e machine.Exposure, version machine.Version) {
	h.Enabled, h.Exposed, h.CORSCredentials = e.Enabled, e.Exposed, e.Credentials
	h.AnyOrigin = e.Enabled && e.AnyOrigin
	h.Authentication = e.Auth && version.Has(machine.SinceAuth()) != machine.No
	h.InsecureBindAllowed = e.Insecure && version.Has(machine.SinceAuth()) != machine.No
	h.TLS = e.TLS && version.Has(machine.SinceTLS()) != machine.No
	h.Bind = r.text("http", "bind")
	h.Port = r.number("http", "port")
	h.CORSOrigins = r.texts("http", "cors_allowed_origins")
	for _, key := range []string{"enabled", "cors_allow_credentials", "auth_enabled", "allow_insecure_bind", "tls_cert_path", "tls_key_path"} {
		r.take(content.Own(r.node, "http", key)) // is told above
	}
}

func emergencyStop(r *fields, config *machine.Config, version machine.Version) *EmergencyStop {
	stop, state := config.EmergencyStop(), config.SafeState()
	for _, call := range append(state.Hooks, state.Setpoints...) {
		r.call(call)
	}
	r.take(content.Own(r.node, "safety", "safe_state", "zero_is_safe"))
	since := machine.SinceSafety()
	has := version.Has(since)
	if has == machine.No {
		return nil
	}
	e := &EmergencyStop{
		Drives: map[machine.Rung]string{
			machine.Nothing: "nothing", machine.SafeHooks: "hooks", machine.Adopted: "fault-hooks", machine.Setpoints: "setpoints", machine.Zero: "zero",
		}[stop.Rung],
		Declared: state.Declared,
	}
	if has == machine.Unknown {
		e.FromVersion = since.By
	}
	for _, call := range stop.Calls {
		e.Calls = append(e.Calls, r.call(call))
	}
	return e
}

// call is a call as a person writes it down: device, function and arguments.
func (r *fields) call(call machine.Call) string {
	function := r.use(call.Function)
	if function == "" {
		function = "function " + r.use(call.Number)
	}
	var args []string
	for i, arg := range call.Args() {
		if i == manyItems {
			args = append(args, "…")
			break
		}
		args = append(args, r.use(arg.Value))
	}
	text := r.use(call.Handle) + " " + function
	if len(args) > 0 {
		text += "(" + strings.Join(args, ", ") + ")"
	}
	return text
}

// onAuto are the calls of the hooks that run when the machine enters AUTO.
func (r *fields) onAuto(config *machine.Config) []string {
	if !config.Automation() {
		return nil
	}
	var calls []string
	for _, h := range config.Hooks() {
		if h.Matches("MANUAL", "AUTO") {
			for _, call := range h.Calls {
				calls = append(calls, r.call(call))
			}
		}
	}
	return calls
}

func (t *Telemetry) fill(r *fields) {
	t.Enabled = isTrue(r.flag("telemetry", "enabled"))
	t.URL = t.influx(r, "url")
	t.Org = t.influx(r, "org")
	t.Bucket = t.influx(r, "bucket")
}

func (t *Telemetry) influx(r *fields, key string) string {
	text := r.text("telemetry", "influxdb", key)
	if text == "" {
		text = r.text("telemetry", "influx_"+key)
		t.OldPlace = t.OldPlace || text != ""
	}
	return text
}

func (a *Automation) fill(r *fields, config *machine.Config) {
	a.Enabled = isTrue(r.flag("automation", "enabled"))
	if a.BehaviorTree = r.text("automation", "behavior_tree"); a.BehaviorTree == "" {
		a.BehaviorTree = r.text("automation", "behavior_tree_path")
	}
	a.TickRateHz = r.number("automation", "tick_rate_hz")
	a.ManualGatingPolicy = r.text("automation", "manual_gating_policy")
	a.Parameters = len(r.items("automation", "parameters"))
	for _, when := range []string{"before_transition", "after_transition"} {
		a.Hooks += len(r.items("automation", "mode_transition_hooks", when))
	}
	for _, p := range config.Parameters() {
		q := Parameter{r.use(p.Name), r.use(p.Type), r.use(p.Default), r.use(p.Min), r.use(p.Max), nil}
		for i, v := range p.Allowed.Items() {
			if i == manyItems {
				q.Allowed = append(q.Allowed, "…")
				break
			}
			q.Allowed = append(q.Allowed, r.use(v))
		}
		a.ParameterList = append(a.ParameterList, q)
	}
	for _, h := range config.Hooks() {
		hook := ModeHook{When: "after", From: cmp.Or(r.use(h.Key("from")), "*"), To: cmp.Or(r.use(h.Key("to")), "*"), Calls: []string{}, FailOnError: h.FailOnError()}
		if h.Before {
			hook.When = "before"
		}
		for _, call := range h.Calls {
			hook.Calls = append(hook.Calls, r.call(call))
		}
		a.ModeHooks = append(a.ModeHooks, hook)
	}
}

// Process is a provider as a runtime profile starts it. Times are in
// milliseconds.
type Process struct {
	ID      string   `json:"id,omitempty"`
	Command string   `json:"command,omitempty"`
	Args    []string `json:"args,omitempty"`
	// Config is the file behind --config among the arguments.
	Config string `json:"config,omitempty"`
	// TimeoutMS is for each call, HelloTimeoutMS for the first answer, and
	// ReadyTimeoutMS until the devices are ready.
	TimeoutMS      *int64 `json:"timeoutMs,omitempty"`
	HelloTimeoutMS *int64 `json:"helloTimeoutMs,omitempty"`
	ReadyTimeoutMS *int64 `json:"readyTimeoutMs,omitempty"`
	// Restart is what happens when the process ends by itself; nil if the config
	// does not say, and nothing does then.
	Restart *Restart `json:"restart,omitempty"`
}

// Restart says what happens when a provider ends by itself. Times are in
// milliseconds.
type Restart struct {
	// Enabled starts the provider again, up to MaxAttempts times, each after its
	// pause of BackoffMS. An attempt may take TimeoutMS, and counting begins again
	// after SuccessResetMS without an end.
	Enabled        bool    `json:"enabled"`
	MaxAttempts    *int64  `json:"maxAttempts,omitempty"`
	BackoffMS      []int64 `json:"backoffMs,omitempty"`
	TimeoutMS      *int64  `json:"timeoutMs,omitempty"`
	SuccessResetMS *int64  `json:"successResetMs,omitempty"`
}

// Provider is a provider of the machine profile and what its own config
// says. The config is the provider's business: what is known about it is absent
// where it has another form. Of providers that share a config, the first one has
// what it says.
type Provider struct {
	ID    string `json:"id"`
	File  string `json:"file,omitempty"`
	Notes string `json:"notes,omitempty"`
	// Name is what the provider calls itself.
	Name string `json:"name,omitempty"`
	// BusPath is the bus of its devices, and DevicePaths are all values that begin
	// with /dev/.
	BusPath     string   `json:"busPath,omitempty"`
	DevicePaths []string `json:"devicePaths,omitempty"`
	Devices     []Device `json:"devices"`
	// MoreValues is how many values of the file are not in the report.
	MoreValues int `json:"moreValues,omitempty"`
}

// Device is a device of a provider.
type Device struct {
	ID    string `json:"id,omitempty"`
	Type  string `json:"type,omitempty"`
	Label string `json:"label,omitempty"`
	// Address is where it is on the bus, as the config spells it.
	Address string `json:"address,omitempty"`
}

func newProviderProcess(r *fields) Process {
	p := Process{
		ID: r.text("id"), Command: r.text("command"), Args: r.texts("args"),
		TimeoutMS: r.number("timeout_ms"), HelloTimeoutMS: r.number("hello_timeout_ms"), ReadyTimeoutMS: r.number("ready_timeout_ms"),
	}
	if i := slices.Index(p.Args, "--config"); i >= 0 && i+1 < len(p.Args) {
		p.Config = p.Args[i+1]
	}
	if r.has("restart_policy") {
		policy := r.at("restart_policy")
		p.Restart = &Restart{
			Enabled: isTrue(policy.flag("enabled")), MaxAttempts: policy.number("max_attempts"), BackoffMS: policy.numbers("backoff_ms"),
			TimeoutMS: policy.number("timeout_ms"), SuccessResetMS: policy.number("success_reset_ms"),
		}
	}
	return p
}

// fill fills the provider from its own config.
func (p *Provider) fill(r *fields) {
	p.Name = r.text("provider", "name")
	p.BusPath = r.text("hardware", "bus_path")
	for _, d := range machine.Devices(machine.Value{Node: r.node}) {
		p.Devices = append(p.Devices, Device{r.take(d.ID.Node), r.take(d.Type.Node), r.take(d.Label.Node), r.spelling(d.Address.Node)})
	}
	known := map[string]bool{}
	doc.Walk(r.node, func(_ doc.Path, _, n *doc.Node) bool {
		if n.IsString() && content.IsDevice(n.Text) {
			if path := r.take(n); !known[path] {
				known[path] = true
				p.DevicePaths = append(p.DevicePaths, path)
			}
		}
		return true
	})
	p.MoreValues = r.rest()
}

// Slot is a secret that a package does not hold and the machine needs.
type Slot struct {
	// Variable is the environment variable that supplies it to the runtime.
	Variable string `json:"variable"`
	// Profile is the runtime profile that needs it, File its config, and Path the
	// key whose value it is, such as telemetry.influxdb.token.
	Profile string `json:"profile"`
	File    string `json:"file"`
	Path    string `json:"path"`
}

// Slots returns the secrets that must be supplied on the machine, in the order of
// the runtime profiles: the token of InfluxDB for each one with telemetry on, and
// that of the HTTP interface for each one whose callers must show it. It returns
// the error of reading the package.
//
// A token that is empty or stands at its old place, telemetry.influx_token, is
// none: the runtime then takes it from the variable, too.
func Slots(ctx context.Context, p *validator.Package) ([]Slot, error) {
	if p.Report() == nil {
		return nil, validator.ErrNoPackage
	}
	c, err := content.Load(ctx, p.FS(), secretscan.Of(p.Policy()), p.Limits().Document, p.Limits().Values, p.RuntimeVersion())
	if err != nil {
		return nil, err
	}
	return slotsOf(c), nil
}

// slotsOf returns the secrets of a package, with names that may be shown.
func slotsOf(c *content.Content) []Slot {
	list, names := []Slot{}, []*string{}
	for _, r := range c.Runtimes() {
		for _, slot := range r.Config.Slots() {
			list = append(list, Slot{slot.Variable, r.Profile, r.File, slot.Path})
		}
	}
	for i := range list {
		names = append(names, &list[i].Profile, &list[i].File)
	}
	c.Views.Clean(names...)
	return list
}
