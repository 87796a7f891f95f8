package contract

// The versions of the providers whose published schemas these are.
const (
	BreadVersion = "0.3.8"
	EzoVersion   = "0.3.4"
	SimVersion   = "0.2.7"
)

// Bread is a config of anolis-provider-bread, which drives heaters and motors on an
// I2C bus.
type Bread struct {
	// Provider is about the provider process itself.
	Provider BusProvider `json:"provider,omitzero"`
	// Hardware is the bus.
	Hardware Hardware `json:"hardware"`
	// Discovery says how the devices on the bus are found.
	Discovery BreadDiscovery `json:"discovery"`
	// Devices lists the devices that are expected.
	Devices []BreadDevice `json:"devices,omitempty"`
}

// Ezo is a config of anolis-provider-ezo, which reads sensors on an I2C bus.
type Ezo struct {
	// Provider is about the provider process itself.
	Provider BusProvider `json:"provider,omitzero"`
	// Hardware is the bus.
	Hardware Hardware `json:"hardware"`
	// Discovery says how the devices on the bus are found.
	Discovery EzoDiscovery `json:"discovery"`
	// Devices lists the sensors.
	Devices []EzoDevice `json:"devices,omitempty"`
}

// Sim is a config of anolis-provider-sim, which simulates devices.
type Sim struct {
	// Provider is about the provider process itself.
	Provider SimProvider `json:"provider,omitzero"`
	// StartupPolicy says whether a device that cannot be made ends the start
	// (strict, the default) or is left out (degraded).
	StartupPolicy string `json:"startup_policy,omitempty" jsonschema:"enum=strict,enum=degraded"`
	// Devices lists the simulated devices.
	Devices []SimDevice `json:"devices,omitempty"`
	// Simulation says how the devices behave.
	Simulation Simulation `json:"simulation"`
}

// BusProvider is about the provider process itself.
type BusProvider struct {
	// Name is shown to operators.
	Name string `json:"name,omitempty" jsonschema:"pattern=^[A-Za-z0-9_.-]{1\\,64}$"`
}

// SimProvider is about the provider process itself.
type SimProvider struct {
	// Name is shown to operators.
	Name string `json:"name" jsonschema:"pattern=^[A-Za-z0-9_.-]{1\\,64}$"`
}

// Hardware is an I2C bus.
type Hardware struct {
	// BusPath is the device of the bus, such as /dev/i2c-1, or mock://NAME for none.
	BusPath string `json:"bus_path" jsonschema:"minLength=1"`
	// QueryDelayUS is the time between a query and its answer, in microseconds.
	QueryDelayUS int `json:"query_delay_us,omitempty" jsonschema:"minimum=1,maximum=2147483647"`
	// TimeoutMS is how long an answer may take, in milliseconds.
	TimeoutMS int `json:"timeout_ms,omitempty" jsonschema:"minimum=1,maximum=2147483647"`
	// RetryCount is how often a failed exchange is tried again.
	RetryCount int `json:"retry_count,omitempty" jsonschema:"minimum=0,maximum=2147483647"`
}

// BreadDiscovery says how the devices on the bus are found. The mode manual needs
// addresses, the mode scan must not have them.
type BreadDiscovery struct {
	// Mode says whether the provider looks at every address (scan) or at those
	// listed (manual).
	Mode string `json:"mode" jsonschema:"enum=scan,enum=manual"`
	// Addresses lists the I2C addresses to look at, 8 to 119 or "0x08" to "0x77".
	Addresses []any `json:"addresses,omitempty" jsonschema:"minItems=1,unique,i2cAddress"`
}

// EzoDiscovery says how the devices on the bus are found.
type EzoDiscovery struct {
	// Mode says that the provider looks at the addresses of the listed devices.
	Mode string `json:"mode" jsonschema:"const=manual"`
}

// BreadDevice is a device of anolis-provider-bread.
type BreadDevice struct {
	// ID names the device within the provider.
	ID string `json:"id" jsonschema:"pattern=^[A-Za-z0-9_.-]{1\\,64}$,unique"`
	// Type is what the device is: a heater (rlht) or a motor controller (dcmt).
	Type string `json:"type" jsonschema:"enum=rlht,enum=dcmt"`
	// Label is shown to operators; the id is without one.
	Label string `json:"label,omitempty" jsonschema:"minLength=1"`
	// Address is the I2C address, 8 to 119 or "0x08" to "0x77".
	Address any `json:"address" jsonschema:"unique,i2cAddress"`
	// CommandWatchdogMS is how long the device runs without a command before it
	// stops, in milliseconds; 0 is for ever.
	CommandWatchdogMS int `json:"command_watchdog_ms,omitempty" jsonschema:"minimum=0,maximum=65535"`
}

// EzoDevice is a sensor of anolis-provider-ezo.
type EzoDevice struct {
	// ID names the sensor within the provider.
	ID string `json:"id" jsonschema:"pattern=^[A-Za-z0-9_.-]{1\\,64}$,unique"`
	// Type is what the sensor measures.
	Type string `json:"type" jsonschema:"enum=ph,enum=do,enum=ec,enum=orp,enum=rtd,enum=hum"`
	// Label is shown to operators; the id is without one.
	Label string `json:"label,omitempty" jsonschema:"minLength=1"`
	// Address is the I2C address, 8 to 119 or "0x08" to "0x77".
	Address any `json:"address" jsonschema:"unique,i2cAddress"`
}

// SimDevice is a device of anolis-provider-sim. Its further keys depend on its type.
type SimDevice struct {
	// ID names the device within the provider.
	ID string `json:"id" jsonschema:"minLength=1,unique"`
	// Type is what is simulated, such as tempctl, motorctl, relayio or analogsensor.
	Type string `json:"type" jsonschema:"minLength=1"`
}

// Simulation says how simulated devices behave. Each mode has keys of its own, and
// ambient_signal_path needs ambient_temp_c.
type Simulation struct {
	// Mode says whether devices only answer (inert), change by themselves
	// (non_interacting) or follow a model of the physics between them (sim).
	Mode string `json:"mode" jsonschema:"enum=non_interacting,enum=inert,enum=sim"`
	// TickRateHz is how often per second the simulation advances.
	TickRateHz float64 `json:"tick_rate_hz,omitempty" jsonschema:"minimum=0.1,maximum=1000"`
	// PhysicsConfig is the path of the model.
	PhysicsConfig string `json:"physics_config,omitempty" jsonschema:"minLength=1"`
	// AmbientTempC is the temperature of the room, in degrees Celsius.
	AmbientTempC float64 `json:"ambient_temp_c,omitempty"`
	// AmbientSignalPath is the signal of the model that follows the room.
	AmbientSignalPath string `json:"ambient_signal_path,omitempty" jsonschema:"minLength=1"`
}
