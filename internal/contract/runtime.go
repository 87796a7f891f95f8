package contract

// Config is the content of a runtime config: what one variant of a machine runs
// and how. Keys that are not listed are allowed; the runtime warns about them.
type Config struct {
	// Runtime is about the runtime process itself.
	Runtime RuntimeProcess `json:"runtime,omitzero"`
	// HTTP is the control interface.
	HTTP HTTP `json:"http,omitzero"`
	// Providers lists the provider processes, each with an id of its own.
	Providers []ProviderProcess `json:"providers" jsonschema:"minItems=1"`
	// Polling says how often device state is read.
	Polling Polling `json:"polling,omitzero"`
	// Telemetry is where measurements are sent.
	Telemetry Telemetry `json:"telemetry,omitzero"`
	// Logging is what the runtime logs.
	Logging Logging `json:"logging,omitzero"`
	// Automation runs a behavior tree.
	Automation Automation `json:"automation,omitzero"`
}

// RuntimeProcess is about the runtime process itself. It must not have the key
// mode: the runtime always starts in the same one.
type RuntimeProcess struct {
	// Name is shown to operators.
	Name string `json:"name,omitempty"`
	// ShutdownTimeoutMS is how long providers get to end, in milliseconds.
	ShutdownTimeoutMS int `json:"shutdown_timeout_ms,omitempty" jsonschema:"minimum=500,maximum=30000"`
	// StartupTimeoutMS is how long providers get to become ready, in milliseconds.
	StartupTimeoutMS int `json:"startup_timeout_ms,omitempty" jsonschema:"minimum=5000,maximum=300000"`
	// DataDir is the directory of the files that the runtime keeps.
	DataDir string `json:"data_dir,omitempty"`
}

// HTTP is the control interface. It is on unless enabled is false; the rules
// of a value that is on hold for the schema where enabled is true.
type HTTP struct {
	// Enabled turns the interface on or off.
	Enabled bool `json:"enabled,omitempty"`
	// Bind is the address to listen on.
	Bind string `json:"bind,omitempty"`
	// Port is the TCP port to listen on, 1 to 65535.
	Port int `json:"port,omitempty"`
	// CORSAllowedOrigins is one origin, or a list of origins, whose pages may
	// call the interface; * is every origin and goes without credentials.
	CORSAllowedOrigins []string `json:"cors_allowed_origins,omitempty" jsonschema:"orOne"`
	// CORSAllowCredentials lets those pages send cookies and passwords.
	CORSAllowCredentials bool `json:"cors_allow_credentials,omitempty"`
	// ThreadPoolSize is the number of threads that answer requests, at least 1.
	ThreadPoolSize int `json:"thread_pool_size,omitempty"`
}

// ProviderProcess is one provider that the runtime starts.
type ProviderProcess struct {
	// ID names the provider within the machine.
	ID string `json:"id" jsonschema:"minLength=1"`
	// Command is the program to start.
	Command string `json:"command" jsonschema:"minLength=1"`
	// Args lists the arguments of the program.
	Args []string `json:"args,omitempty"`
	// TimeoutMS is how long a call may take, in milliseconds.
	TimeoutMS int `json:"timeout_ms,omitempty" jsonschema:"minimum=100"`
	// HelloTimeoutMS is how long the first answer may take, in milliseconds.
	HelloTimeoutMS int `json:"hello_timeout_ms,omitempty" jsonschema:"minimum=100"`
	// ReadyTimeoutMS is how long its devices may take, in milliseconds.
	ReadyTimeoutMS int `json:"ready_timeout_ms,omitempty" jsonschema:"minimum=1000"`
	// RestartPolicy says what happens when the process ends by itself.
	RestartPolicy RestartPolicy `json:"restart_policy,omitzero"`
}

// RestartPolicy says what happens when a provider ends by itself. One that is
// enabled is complete and within its limits.
type RestartPolicy struct {
	// Enabled starts the provider again.
	Enabled bool `json:"enabled,omitempty"`
	// MaxAttempts is how often that is tried, at least once.
	MaxAttempts int `json:"max_attempts,omitempty"`
	// BackoffMS lists the pause before each attempt, in milliseconds.
	BackoffMS []int `json:"backoff_ms,omitempty"`
	// TimeoutMS is how long an attempt may take, at least 1000 milliseconds.
	TimeoutMS int `json:"timeout_ms,omitempty"`
	// SuccessResetMS is after how many quiet milliseconds counting starts again.
	SuccessResetMS int `json:"success_reset_ms,omitempty"`
}

// Polling says how often device state is read.
type Polling struct {
	// IntervalMS is the time between two reads, in milliseconds.
	IntervalMS int `json:"interval_ms,omitempty" jsonschema:"minimum=100"`
}

// Telemetry is where measurements are sent.
type Telemetry struct {
	// Enabled turns telemetry on.
	Enabled bool `json:"enabled,omitempty"`
	// InfluxDB is the database to send to.
	InfluxDB InfluxDB `json:"influxdb,omitzero"`
	// InfluxURL is the old place of influxdb.url.
	InfluxURL string `json:"influx_url,omitempty" jsonschema:"deprecated"`
	// InfluxOrg is the old place of influxdb.org.
	InfluxOrg string `json:"influx_org,omitempty" jsonschema:"deprecated"`
	// InfluxBucket is the old place of influxdb.bucket.
	InfluxBucket string `json:"influx_bucket,omitempty" jsonschema:"deprecated"`
	// InfluxToken is the old place of influxdb.token.
	InfluxToken string `json:"influx_token,omitempty" jsonschema:"deprecated"`
	// BatchSize is the old place of influxdb.batch_size.
	BatchSize int `json:"batch_size,omitempty" jsonschema:"deprecated"`
	// FlushIntervalMS is the old place of influxdb.flush_interval_ms.
	FlushIntervalMS int `json:"flush_interval_ms,omitempty" jsonschema:"deprecated"`
}

// InfluxDB is a time series database.
type InfluxDB struct {
	// URL is the address of the server.
	URL string `json:"url,omitempty"`
	// Org is the organization that owns the bucket.
	Org string `json:"org,omitempty"`
	// Bucket is where the measurements go.
	Bucket string `json:"bucket,omitempty"`
	// Token is the secret to write with. No package holds one: the environment
	// variable INFLUXDB_TOKEN supplies it.
	Token string `json:"token,omitempty"`
	// BatchSize is how many points are sent together.
	BatchSize int `json:"batch_size,omitempty"`
	// FlushIntervalMS is how long points wait for company, in milliseconds.
	FlushIntervalMS int `json:"flush_interval_ms,omitempty"`
	// MaxRetryBufferSize is how many points are kept while the server is away.
	MaxRetryBufferSize int `json:"max_retry_buffer_size,omitempty"`
	// QueueSize is how many points may wait to be sent.
	QueueSize int `json:"queue_size,omitempty"`
}

// Logging is what the runtime logs.
type Logging struct {
	// Level is the least important message that is logged.
	Level string `json:"level,omitempty" jsonschema:"enum=debug,enum=info,enum=warn,enum=error"`
}

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
