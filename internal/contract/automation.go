package contract

// Automation runs a behavior tree. One that is enabled has a tree and a tick
// rate of 1 to 1000 Hz.
type Automation struct {
	// Enabled lets the machine act by itself.
	Enabled bool `json:"enabled,omitempty"`
	// BehaviorTree is the path of the tree (an XML file).
	BehaviorTree string `json:"behavior_tree,omitempty"`
	// BehaviorTreePath is the old name of behavior_tree.
	BehaviorTreePath string `json:"behavior_tree_path,omitempty" jsonschema:"deprecated"`
	// TickRateHz is how often per second the tree is evaluated.
	TickRateHz int `json:"tick_rate_hz,omitempty"`
	// ManualGatingPolicy says whether a manual call is refused (BLOCK) or wins
	// (OVERRIDE) while automation runs.
	ManualGatingPolicy string `json:"manual_gating_policy,omitempty" jsonschema:"enum=BLOCK,enum=OVERRIDE"`
	// Parameters lists the values that the tree reads and operators may set.
	Parameters []Parameter `json:"parameters,omitempty"`
	// ModeTransitionHooks are calls to make when the mode changes.
	ModeTransitionHooks ModeTransitionHooks `json:"mode_transition_hooks,omitzero"`
}

// Parameter is a value that a behavior tree reads. Its type decides what the
// default is and which limits there may be.
type Parameter struct {
	// Name is what the tree calls it.
	Name string `json:"name" jsonschema:"minLength=1"`
	// Type is the type of the value.
	Type string `json:"type" jsonschema:"enum=double,enum=int64,enum=bool,enum=string"`
	// Default is the value at start; it has the type that type names.
	Default any `json:"default"`
	// Min is the smallest number allowed.
	Min float64 `json:"min,omitempty"`
	// Max is the largest number allowed.
	Max float64 `json:"max,omitempty"`
	// AllowedValues lists the texts allowed.
	AllowedValues []string `json:"allowed_values,omitempty"`
}

// ModeTransitionHooks are calls to make when the mode changes.
type ModeTransitionHooks struct {
	// BeforeTransition lists the hooks that run while the old mode still holds.
	BeforeTransition []Hook `json:"before_transition,omitempty"`
	// AfterTransition lists the hooks that run once the new mode holds.
	AfterTransition []Hook `json:"after_transition,omitempty"`
}

// Hook is a list of calls for some mode changes.
type Hook struct {
	// From is the mode that is left; * is any.
	From string `json:"from,omitempty" jsonschema:"enum=MANUAL,enum=AUTO,enum=IDLE,enum=FAULT,enum=*"`
	// To is the mode that is entered; * is any.
	To string `json:"to,omitempty" jsonschema:"enum=MANUAL,enum=AUTO,enum=IDLE,enum=FAULT,enum=*"`
	// FailOnError makes a failed call stop the change.
	FailOnError bool `json:"fail_on_error,omitempty"`
	// Calls lists what to call, in this order.
	Calls []HookCall `json:"calls" jsonschema:"minItems=1"`
}

// HookCall calls one function of a device, named by number or by name.
type HookCall struct {
	// DeviceHandle is the device, as provider/device.
	DeviceHandle string `json:"device_handle" jsonschema:"minLength=1"`
	// FunctionID is the number of the function; 0 is none.
	FunctionID int `json:"function_id,omitempty" jsonschema:"minimum=0"`
	// FunctionName is the name of the function.
	FunctionName string `json:"function_name,omitempty" jsonschema:"minLength=1"`
	// Args maps each argument to a text, a number or a boolean.
	Args map[string]any `json:"args,omitempty" jsonschema:"valueScalar"`
}
