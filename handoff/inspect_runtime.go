package handoff

// RuntimeProfile is a runtime profile and what its config says.
type RuntimeProfile struct {
	Name string `json:"name"`
	// AlsoNamed are further runtime profiles with the same config.
	AlsoNamed []string `json:"alsoNamed,omitempty"`
	File      string   `json:"file"`
	// RuntimeName is what the runtime shows to operators.
	RuntimeName string     `json:"runtimeName,omitempty"`
	HTTP        HTTPAccess `json:"http"`
	Telemetry   Telemetry  `json:"telemetry"`
	Automation  Automation `json:"automation"`
	// PollingMS is the time between two readings of the devices.
	PollingMS    *int64 `json:"pollingMs,omitempty"`
	LoggingLevel string `json:"loggingLevel,omitempty"`
	// Providers are the processes that the runtime starts, in its order.
	Providers []ProviderProcess `json:"providers"`
	// MoreValues is how many values of the file are not in the summary.
	MoreValues int `json:"moreValues,omitempty"`
}

// HTTPAccess is who can reach the control interface.
type HTTPAccess struct {
	// Enabled is true unless the config turns the interface off.
	Enabled bool   `json:"enabled"`
	Bind    string `json:"bind,omitempty"`
	Port    *int64 `json:"port,omitempty"`
	// Exposed says that Bind is there and no address of the machine itself, so that
	// other machines can reach the interface.
	Exposed bool `json:"exposed"`
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
}

// fill fills the profile from its config.
func (p *RuntimeProfile) fill(r *fields) {
	p.RuntimeName = r.text("runtime", "name")
	p.HTTP.fill(r)
	p.Telemetry.fill(r)
	p.Automation.fill(r)
	p.PollingMS = r.number("polling", "interval_ms")
	p.LoggingLevel = r.text("logging", "level")
	p.Providers = []ProviderProcess{}
	for _, provider := range r.items("providers") {
		p.Providers = append(p.Providers, newProviderProcess(provider))
	}
	p.MoreValues = r.rest()
}

func (h *HTTPAccess) fill(r *fields) {
	enabled := r.flag("http", "enabled")
	h.Enabled = enabled == nil || *enabled
	h.Bind = r.text("http", "bind")
	h.Port = r.number("http", "port")
	h.Exposed = h.Enabled && h.Bind != "" && !isLoopback(h.Bind)
	h.CORSOrigins = r.texts("http", "cors_allowed_origins")
	h.AnyOrigin = h.Enabled && anyOrigin(h.CORSOrigins)
	h.CORSCredentials = isTrue(r.flag("http", "cors_allow_credentials"))
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

func (a *Automation) fill(r *fields) {
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
}
