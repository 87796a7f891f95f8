package handoff

// ChangeKind is the stable name of a kind of change.
type ChangeKind string

// The kinds of changes. ChangeKinds explains them.
const (
	ChangeMachine           ChangeKind = "machine-changed"
	ChangeUnreadable        ChangeKind = "document-unreadable"
	ChangeProviderAdded     ChangeKind = "provider-added"
	ChangeProviderRemoved   ChangeKind = "provider-removed"
	ChangeCommand           ChangeKind = "command-changed"
	ChangeArguments         ChangeKind = "arguments-changed"
	ChangeAddress           ChangeKind = "address-changed"
	ChangeDeviceAdded       ChangeKind = "device-added"
	ChangeDeviceRemoved     ChangeKind = "device-removed"
	ChangeDevice            ChangeKind = "device-changed"
	ChangeLimit             ChangeKind = "limit-changed"
	ChangeParameterAdded    ChangeKind = "parameter-added"
	ChangeParameterRemoved  ChangeKind = "parameter-removed"
	ChangeParameter         ChangeKind = "parameter-changed"
	ChangeAutomationOn      ChangeKind = "automation-on"
	ChangeAutomationOff     ChangeKind = "automation-off"
	ChangeAutomation        ChangeKind = "automation-changed"
	ChangeBehaviorSelected  ChangeKind = "behavior-selected"
	ChangeBehavior          ChangeKind = "behavior-changed"
	ChangeHTTPWidened       ChangeKind = "http-widened"
	ChangeHTTPMoved         ChangeKind = "http-moved"
	ChangeProfileAdded      ChangeKind = "profile-added"
	ChangeVersionDowngraded ChangeKind = "version-downgraded"
	ChangeSource            ChangeKind = "source-changed"
	ChangeHTTPNarrowed      ChangeKind = "http-narrowed"
	ChangeProfileRemoved    ChangeKind = "profile-removed"
	ChangeConfigMoved       ChangeKind = "config-moved"
	ChangeTiming            ChangeKind = "timing-changed"
	ChangeRestartPolicy     ChangeKind = "restart-policy-changed"
	ChangeProviderOrder     ChangeKind = "provider-order-changed"
	ChangeBehaviorAdded     ChangeKind = "behavior-added"
	ChangeBehaviorRemoved   ChangeKind = "behavior-removed"
	ChangeTelemetryOn       ChangeKind = "telemetry-on"
	ChangeTelemetryOff      ChangeKind = "telemetry-off"
	ChangeTelemetryTarget   ChangeKind = "telemetry-target-changed"
	ChangeVersionUpgraded   ChangeKind = "version-upgraded"
	ChangeVersion           ChangeKind = "version-changed"
	ChangeSetting           ChangeKind = "setting-changed"
	ChangeLabel             ChangeKind = "label-changed"
	ChangeValue             ChangeKind = "value-changed"
	ChangeOrder             ChangeKind = "order-changed"
	ChangeFileAdded         ChangeKind = "file-added"
	ChangeFileRemoved       ChangeKind = "file-removed"
	ChangeFile              ChangeKind = "file-changed"
	ChangeProvenance        ChangeKind = "provenance-changed"
	ChangeFormatting        ChangeKind = "formatting-changed"
)

// ChangeKindInfo explains a kind of change.
type ChangeKindInfo struct {
	Kind ChangeKind
	// Risk is that of its changes.
	Risk Risk
	// Title is what it means, in a few words.
	Title string
	// Why says why it matters.
	Why string
}

// ChangeKinds explains every kind of change, high risks first.
func ChangeKinds() []ChangeKindInfo {
	return []ChangeKindInfo{
		{ChangeMachine, RiskHigh, "another machine", "The package is made for a machine with another id; on the wrong machine nothing else can be trusted."},
		{ChangeUnreadable, RiskHigh, "a document cannot be compared", "It is missing or cannot be read in one of the packages, so nobody can tell what changed."},
		{ChangeProviderAdded, RiskHigh, "provider added", "A further program gets control of devices."},
		{ChangeProviderRemoved, RiskHigh, "provider removed", "Nothing controls its devices any more."},
		{ChangeCommand, RiskHigh, "command changed", "Another program controls the devices."},
		{ChangeArguments, RiskHigh, "argument changed", "Arguments decide how a provider treats its devices."},
		{ChangeAddress, RiskHigh, "bus or address changed", "Commands reach another device, or none."},
		{ChangeDeviceAdded, RiskHigh, "device added", "A further device can be moved or heated."},
		{ChangeDeviceRemoved, RiskHigh, "device removed", "Behaviors and hooks that command it fail."},
		{ChangeDevice, RiskHigh, "device changed", "Its type or one of its own settings is different, so the same commands do something else."},
		{ChangeLimit, RiskHigh, "limit changed", "What kept the machine within safe bounds is different: a minimum, a maximum, allowed values, a watchdog, a safety setting."},
		{ChangeParameterAdded, RiskHigh, "parameter added", "Operators and the behavior tree get a further value to act by."},
		{ChangeParameterRemoved, RiskHigh, "parameter removed", "A behavior tree that reads it fails or does without."},
		{ChangeParameter, RiskHigh, "default or type of a parameter changed", "The machine starts with another set point."},
		{ChangeAutomationOn, RiskHigh, "automation switched on", "The machine acts by itself."},
		{ChangeAutomationOff, RiskHigh, "automation switched off", "What the behavior tree watched over is left to people."},
		{ChangeAutomation, RiskHigh, "gating or mode hooks changed", "Who wins when a person takes over, and what comes to rest then or in a fault, is different."},
		{ChangeBehaviorSelected, RiskHigh, "another behavior tree selected", "Automation does something else."},
		{ChangeBehavior, RiskHigh, "content of a behavior tree changed", "Automation does something else."},
		{ChangeHTTPWidened, RiskHigh, "HTTP exposure widened", "More computers or web pages can command the machine."},
		{ChangeHTTPMoved, RiskHigh, "HTTP reached elsewhere", "Panels and scripts that know the old address, port or origin fail, and others may get through."},
		{ChangeProfileAdded, RiskHigh, "runtime profile added", "There is a further way to run the machine."},
		{ChangeVersionDowngraded, RiskHigh, "version moved back", "Mended faults may return."},
		{ChangeSource, RiskHigh, "source of a component changed", "Programs of the machine come from somewhere else."},
		{ChangeHTTPNarrowed, RiskMedium, "HTTP exposure narrowed", "A panel or script that needs the machine may be shut out."},
		{ChangeProfileRemoved, RiskMedium, "runtime profile removed", "The machine cannot be run that way any more."},
		{ChangeConfigMoved, RiskMedium, "config file has another name", "Whatever else knows the old name fails; its content is compared all the same."},
		{ChangeTiming, RiskMedium, "timeout, interval or rate changed", "Faults are noticed sooner or later, and slow hardware may time out."},
		{ChangeRestartPolicy, RiskMedium, "restart policy changed", "A provider that ends by itself comes back differently, or not at all."},
		{ChangeProviderOrder, RiskMedium, "order of providers changed", "Providers start in another order."},
		{ChangeBehaviorAdded, RiskMedium, "behavior tree added", "It can be selected, though no change selects it."},
		{ChangeBehaviorRemoved, RiskMedium, "behavior tree removed", "It cannot be selected any more."},
		{ChangeTelemetryOn, RiskMedium, "telemetry switched on", "Measurements leave the machine, and the token must be supplied."},
		{ChangeTelemetryOff, RiskMedium, "telemetry switched off", "Nothing is recorded any more."},
		{ChangeTelemetryTarget, RiskMedium, "telemetry target changed", "Measurements go elsewhere, and may need another token."},
		{ChangeVersionUpgraded, RiskMedium, "version moved forward", "The machine runs a later release."},
		{ChangeVersion, RiskMedium, "version or contract changed", "The machine is built from something else; which is the later one cannot be told."},
		{ChangeSetting, RiskMedium, "setting changed", "Only the provider or the runtime knows what it does."},
		{ChangeLabel, RiskLow, "text for people changed", "It changes what people read, and nothing else."},
		{ChangeValue, RiskLow, "other value changed", "The machine does not act on it."},
		{ChangeOrder, RiskLow, "order of a list changed", "The list holds the same."},
		{ChangeFileAdded, RiskLow, "file added", "The machine is not known to use it."},
		{ChangeFileRemoved, RiskLow, "file removed", "The machine is not known to have used it."},
		{ChangeFile, RiskLow, "file changed", "The machine is not known to use it."},
		{ChangeProvenance, RiskLow, "provenance changed", "The package says something else about where it comes from."},
		{ChangeFormatting, RiskLow, "formatting changed", "Files differ in their bytes and mean the same."},
	}
}

// risks are those of the kinds, and their order.
func risks() (of map[ChangeKind]Risk, order map[Risk]int) {
	of = map[ChangeKind]Risk{}
	for _, info := range ChangeKinds() {
		of[info.Kind] = info.Risk
	}
	return of, map[Risk]int{RiskHigh: 0, RiskMedium: 1, RiskLow: 2}
}
