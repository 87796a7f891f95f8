// Package diff reports what changed from one package to another for the machine, not
// for the bytes, ranked by risk.
//
// Packages compares two open packages and returns a Report: what one edit does in
// several files and runtime profiles is one Change, with a stable Kind that decides
// its Risk. Kinds lists and explains them all. A Report has a text form, a Markdown
// form for change requests, and a JSON form. Nothing in it shows a secret of either
// package.
//
// Reading is bounded by the limits that the packages were opened with.
package diff

import (
	"context"
	"fmt"

	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/validator"
)

// Version is the version of the form of a Report. It changes when a
// field changes its meaning or goes away, not when one is added.
const Version = 1

// Risk says how much a change deserves the attention of a reviewer.
type Risk string

const (
	// High: the machine can move, heat or be reached differently, or nobody
	// can tell.
	High Risk = "high"
	// Medium: the machine times, restarts, records or is built differently,
	// or a value changes whose meaning only the provider knows.
	Medium Risk = "medium"
	// Low: the machine does what it did.
	Low Risk = "low"
)

// Side names a package that was compared.
type Side struct {
	// Package is the name the caller gave it, or its path.
	Package string `json:"package"`
	// Digest is Package.Digest.
	Digest string `json:"digest"`
	// MachineID is the machine_id of the machine profile, empty if it cannot be read.
	MachineID string `json:"machineId"`
}

// Report is what changed from one package to another for the machine.
type Report struct {
	Version int `json:"version"` // Version
	// ToolVersion is the version of the program that made it, as its caller says; the
	// library leaves it empty.
	ToolVersion string `json:"toolVersion,omitempty"`
	Old         Side   `json:"old"`
	New         Side   `json:"new"`
	// Identical says that all files are the same, byte for byte. There are no
	// changes then, and otherwise there is at least one.
	Identical bool `json:"identical"`
	// Changes is what a reviewer should look at: high risks first, then by file
	// and key path. What one edit does in several places is one change.
	Changes []Change `json:"changes"`
}

// Change is a difference that matters by itself.
type Change struct {
	Risk Risk `json:"risk"`
	// Kind is the stable name of the kind of change; Kinds lists them all.
	Kind Kind `json:"kind"`
	// Message is one sentence for people. It never contains a secret.
	Message string `json:"message"`
	// Profiles are the runtime profiles whose config or behavior tree it concerns,
	// Providers the providers. Both may be empty; of very many, the first 32 are
	// there and "…" stands for the others.
	Profiles  []string `json:"profiles,omitempty"`
	Providers []string `json:"providers,omitempty"`
	// File and Path are where it is in the new package, or in the old one when it
	// is gone. Path is a key path such as providers[heater0].timeout_ms, empty for
	// the file as a whole; items of a list are known by their id or name.
	File string `json:"file"`
	Path string `json:"path"`
	// OldFile is the file in the old package if it has another name there.
	OldFile string `json:"oldFile,omitempty"`
	// Old and New are the values there; nil is none. For a file as a whole they
	// are its digest and size, and Line is where the two begin to differ.
	Old *Value `json:"old,omitempty"`
	New *Value `json:"new,omitempty"`
	// Also is where else the change shows.
	Also []Place `json:"also,omitempty"`
}

// Place is a further place of a change, as in Change.
type Place struct {
	File string `json:"file"`
	Path string `json:"path"`
	// Line is the line of the new value, or of the old one when it is gone; 0 is
	// unknown.
	Line int `json:"line,omitempty"`
}

// Value is a value of a document as people read it.
type Value struct {
	// Text is the value on one line. A secret is ***, and a long value is cut.
	Text string `json:"text"`
	// Line and Column count from 1, columns in characters; 0 is unknown.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
}

// ValueChange is a place where two versions of a document differ in what they
// mean.
type ValueChange struct {
	// Path is the key path, such as providers[heater0].timeout_ms: items of a list
	// are known by their id or name where they have one. A path with more than 400
	// bytes of keys is cut.
	Path string `json:"path"`
	// Old and New are the values; nil is none.
	Old *Value `json:"old,omitempty"`
	New *Value `json:"new,omitempty"`
}

// String describes the change on one line: what the value was, what it is, and
// where that stands.
func (c ValueChange) String() string {
	at := ""
	if c.New != nil && c.New.Line > 0 {
		at = fmt.Sprintf(" (line %d)", c.New.Line)
	}
	switch {
	case c.Old != nil && c.New != nil:
		return c.Path + ": " + c.Old.Text + " -> " + c.New.Text + at
	case c.New != nil:
		return c.Path + ": " + c.New.Text + " was added" + at
	case c.Old != nil:
		return c.Path + ": " + c.Old.Text + " was removed"
	}
	return c.Path
}

// Count is the number of changes of a risk.
func (c *Report) Count(risk Risk) int {
	n := 0
	for _, change := range c.Changes {
		if change.Risk == risk {
			n++
		}
	}
	return n
}

// Packages reports what changed from the package old to the package new, for the
// machine and not for the bytes. Documents are compared by what they mean,
// runtime configs by the name of their runtime profile and provider configs by
// that of their provider; all other files by their bytes. A file of the package
// that a provider runs or that its arguments or its config name is a part of the
// provider. The file of checksums follows from the others and is left out.
//
// Packages(new, old) has the same changes at the same places, with old and new
// swapped and the kinds mirrored: added is removed, widened is narrowed.
//
// The documents of an invalid package (validator.OpenOptions.AllowInvalid) that cannot be
// read are compared by their bytes. The packages are not changed and may be used
// meanwhile. It returns the error of reading one of them, or of ctx.
func Packages(ctx context.Context, old, new *validator.Package) (*Report, error) {
	if old.Report() == nil || new.Report() == nil {
		return nil, validator.ErrNoPackage
	}
	d := &differ{}
	var err error
	if d.old, err = newSide(ctx, old); err != nil {
		return nil, err
	}
	if d.new, err = newSide(ctx, new); err != nil {
		return nil, err
	}
	c := &Report{Version: Version, Old: d.old.Side, New: d.new.Side, Changes: []Change{}}
	if c.Identical = c.Old.Digest == c.New.Digest; c.Identical {
		return c, nil
	}
	d.old.assignRoles(d.new)
	d.new.assignRoles(d.old)
	for _, p := range d.pairs() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := d.compare(ctx, p); err != nil {
			return nil, err
		}
	}
	if len(d.deltas) == 0 { // only the file that follows from the others
		d.formatting(&pair{role: roleProvenance, old: machine.ChecksumsFile, new: machine.ChecksumsFile})
	}
	if c.Changes, err = d.changes(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// Kind is the stable name of a kind of change.
type Kind string

// The kinds of changes. Kinds explains them.
const (
	MachineChanged         Kind = "machine-changed"
	DocumentUnreadable     Kind = "document-unreadable"
	ProviderAdded          Kind = "provider-added"
	ProviderRemoved        Kind = "provider-removed"
	CommandChanged         Kind = "command-changed"
	ArgumentsChanged       Kind = "arguments-changed"
	AddressChanged         Kind = "address-changed"
	DeviceAdded            Kind = "device-added"
	DeviceRemoved          Kind = "device-removed"
	DeviceChanged          Kind = "device-changed"
	LimitChanged           Kind = "limit-changed"
	ParameterAdded         Kind = "parameter-added"
	ParameterRemoved       Kind = "parameter-removed"
	ParameterChanged       Kind = "parameter-changed"
	AutomationOn           Kind = "automation-on"
	AutomationOff          Kind = "automation-off"
	AutomationChanged      Kind = "automation-changed"
	BehaviorSelected       Kind = "behavior-selected"
	BehaviorChanged        Kind = "behavior-changed"
	NodeAdded              Kind = "node-added"
	NodeRemoved            Kind = "node-removed"
	NodeChanged            Kind = "node-changed"
	NodeMoved              Kind = "node-moved"
	CallAdded              Kind = "call-added"
	CallRemoved            Kind = "call-removed"
	CallChanged            Kind = "call-changed"
	HTTPWidened            Kind = "http-widened"
	HTTPMoved              Kind = "http-moved"
	AuthenticationOff      Kind = "authentication-off"
	InsecureBindAllowed    Kind = "insecure-bind-allowed"
	EncryptionOff          Kind = "encryption-off"
	SafeStateChanged       Kind = "safe-state-changed"
	ProfileAdded           Kind = "profile-added"
	VersionDowngraded      Kind = "version-downgraded"
	SourceChanged          Kind = "source-changed"
	HTTPNarrowed           Kind = "http-narrowed"
	AuthenticationOn       Kind = "authentication-on"
	InsecureBindRefused    Kind = "insecure-bind-refused"
	EncryptionOn           Kind = "encryption-on"
	ProfileRemoved         Kind = "profile-removed"
	ConfigMoved            Kind = "config-moved"
	TimingChanged          Kind = "timing-changed"
	RestartPolicyChanged   Kind = "restart-policy-changed"
	ProviderOrderChanged   Kind = "provider-order-changed"
	BehaviorAdded          Kind = "behavior-added"
	BehaviorRemoved        Kind = "behavior-removed"
	TelemetryOn            Kind = "telemetry-on"
	TelemetryOff           Kind = "telemetry-off"
	TelemetryTargetChanged Kind = "telemetry-target-changed"
	VersionUpgraded        Kind = "version-upgraded"
	VersionChanged         Kind = "version-changed"
	SettingChanged         Kind = "setting-changed"
	LabelChanged           Kind = "label-changed"
	ValueChanged           Kind = "value-changed"
	OrderChanged           Kind = "order-changed"
	FileAdded              Kind = "file-added"
	FileRemoved            Kind = "file-removed"
	FileChanged            Kind = "file-changed"
	ProvenanceChanged      Kind = "provenance-changed"
	FormattingChanged      Kind = "formatting-changed"
)

// KindInfo explains a kind of change.
type KindInfo struct {
	Kind Kind
	// Risk is the risk of its changes.
	Risk Risk
	// Title is what it means, in a few words.
	Title string
	// Why says why it matters.
	Why string
}

// Kinds explains every kind of change, high risks first.
func Kinds() []KindInfo {
	return []KindInfo{
		{MachineChanged, High, "another machine", "The package is made for a machine with another id; on the wrong machine nothing else can be trusted."},
		{DocumentUnreadable, High, "a document cannot be compared", "It is missing or cannot be read in one of the packages, so the change is not known."},
		{ProviderAdded, High, "provider added", "A further program gets control of devices."},
		{ProviderRemoved, High, "provider removed", "Nothing controls its devices any more."},
		{CommandChanged, High, "command changed", "Another program controls the devices."},
		{ArgumentsChanged, High, "argument changed", "Arguments decide how a provider treats its devices."},
		{AddressChanged, High, "bus or address changed", "Commands reach another device, or none."},
		{DeviceAdded, High, "device added", "A further device can be moved or heated."},
		{DeviceRemoved, High, "device removed", "Behaviors and hooks that command it fail."},
		{DeviceChanged, High, "device changed", "Its type or one of its own settings is different, so the same commands do something else."},
		{LimitChanged, High, "limit changed", "What kept the machine within safe bounds is different: a minimum, a maximum, allowed values, a watchdog, a safety setting."},
		{ParameterAdded, High, "parameter added", "Operators and the behavior tree get a further value to act by."},
		{ParameterRemoved, High, "parameter removed", "A behavior tree that reads it fails or does without."},
		{ParameterChanged, High, "default or type of a parameter changed", "The machine starts with another set point."},
		{AutomationOn, High, "automation switched on", "The machine acts by itself."},
		{AutomationOff, High, "automation switched off", "What the behavior tree watched over is left to people."},
		{AutomationChanged, High, "gating or mode hooks changed", "Who wins when a person takes over, and what comes to rest then or in a fault, is different."},
		{BehaviorSelected, High, "another behavior tree selected", "Automation does something else."},
		{BehaviorChanged, High, "content of a behavior tree changed", "Automation does something else."},
		{NodeAdded, High, "node added to a behavior tree", "Automation does something else."},
		{NodeRemoved, High, "node removed from a behavior tree", "Automation does something else."},
		{NodeChanged, High, "attributes of a behavior tree's node changed", "Automation decides, waits or computes differently."},
		{NodeMoved, High, "node of a behavior tree moved", "Automation does the same in another order, or under another condition."},
		{CallAdded, High, "call of a device added to a behavior tree", "Automation moves or heats something more."},
		{CallRemoved, High, "call of a device removed from a behavior tree", "Automation leaves something as it is that it drove before."},
		{CallChanged, High, "call of a device changed in a behavior tree", "Automation drives a device with other values."},
		{HTTPWidened, High, "HTTP exposure widened", "More computers or web pages can command the machine."},
		{HTTPMoved, High, "HTTP reached elsewhere", "Panels and scripts that know the old address, port or origin fail, and others may get through."},
		{AuthenticationOff, High, "authentication switched off", "Whoever reaches the machine can command it, without a token."},
		{InsecureBindAllowed, High, "insecure bind allowed", "The runtime may listen for other computers without asking them for a token."},
		{EncryptionOff, High, "encryption switched off", "Commands and tokens travel in the clear."},
		{SafeStateChanged, High, "safe state changed", "What an emergency stop drives is different: hooks, setpoints, or zero on every output."},
		{ProfileAdded, High, "runtime profile added", "There is a further way to run the machine."},
		{VersionDowngraded, High, "version moved back", "Fixed bugs may return."},
		{SourceChanged, High, "source of a component changed", "Programs of the machine come from somewhere else."},
		{HTTPNarrowed, Medium, "HTTP exposure narrowed", "A panel or script that needs the machine may be shut out."},
		{AuthenticationOn, Medium, "authentication switched on", "Panels and scripts need a token, and the machine must be given it."},
		{InsecureBindRefused, Medium, "insecure bind not allowed any more", "The runtime refuses to listen for other computers without a token."},
		{EncryptionOn, Medium, "encryption switched on", "Panels and scripts that speak plain HTTP are shut out, and the machine needs the certificate and its key."},
		{ProfileRemoved, Medium, "runtime profile removed", "The machine cannot be run that way any more."},
		{ConfigMoved, Medium, "config file has another name", "Whatever else knows the old name fails; its content is compared all the same."},
		{TimingChanged, Medium, "timeout, interval or rate changed", "Faults are noticed sooner or later, and slow hardware may time out."},
		{RestartPolicyChanged, Medium, "restart policy changed", "A provider that ends by itself comes back differently, or not at all."},
		{ProviderOrderChanged, Medium, "order of providers changed", "Providers start in another order."},
		{BehaviorAdded, Medium, "behavior tree added", "It can be selected, though no change selects it."},
		{BehaviorRemoved, Medium, "behavior tree removed", "It cannot be selected any more."},
		{TelemetryOn, Medium, "telemetry switched on", "Measurements leave the machine, and the token must be supplied."},
		{TelemetryOff, Medium, "telemetry switched off", "Nothing is recorded any more."},
		{TelemetryTargetChanged, Medium, "telemetry target changed", "Measurements go elsewhere, and may need another token."},
		{VersionUpgraded, Medium, "version moved forward", "The machine runs a later release."},
		{VersionChanged, Medium, "version or contract changed", "The machine is built from something else; which is the later one cannot be told."},
		{SettingChanged, Medium, "setting changed", "Only the provider or the runtime knows what it does."},
		{LabelChanged, Low, "text for people changed", "It changes what people read, and nothing else."},
		{ValueChanged, Low, "other value changed", "The machine does not act on it."},
		{OrderChanged, Low, "order of a list changed", "The list holds the same."},
		{FileAdded, Low, "file added", "The machine is not known to use it."},
		{FileRemoved, Low, "file removed", "The machine is not known to have used it."},
		{FileChanged, Low, "file changed", "The machine is not known to use it."},
		{ProvenanceChanged, Low, "provenance changed", "The package says something else about where it comes from."},
		{FormattingChanged, Low, "formatting changed", "Files differ in their bytes and mean the same."},
	}
}

// risks are those of the kinds, and their order.
func risks() (of map[Kind]Risk, order map[Risk]int) {
	of = map[Kind]Risk{}
	for _, info := range Kinds() {
		of[info.Kind] = info.Risk
	}
	return of, map[Risk]int{High: 0, Medium: 1, Low: 2}
}
