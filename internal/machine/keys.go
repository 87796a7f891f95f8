package machine

// Type is the type that the runtime reads a value into.
type Type uint8

const (
	Any        Type = iota
	Text            // a C++ string
	Boolean         // a C++ bool
	Signed32        // a C++ int
	Unsigned32      // a C++ uint32_t
	Size            // a C++ size_t of 64 bits
	Double          // a C++ double
)

// Key is a key of the runtime config. The tree of them is the only place that
// lists what the runtime reads: a new key needs a line here.
type Key struct {
	Name     string
	Type     Type  // of the value, or of each item
	Since    Since // the versions of the runtime that read it
	Purpose  Purpose
	Required bool // nothing works without it, whatever else there is
	List     bool // Below are the keys of each item
	Below    []Key
}

// Purpose says what a key decides, for people who compare two configs.
type Purpose uint8

const (
	Setting  Purpose = iota
	Reach            // who can reach the machine
	Identity         // who may command it
	Stopping         // what an emergency stop drives
	Motion           // what moves by itself
	Timing
	Recording
	Label
)

// RuntimeKeys returns the keys of a runtime config that some known version reads.
func RuntimeKeys() []Key {
	return []Key{
		{Name: "runtime", Below: []Key{
			{Name: "name", Type: Text, Purpose: Label},
			{Name: "shutdown_timeout_ms", Type: Signed32, Purpose: Timing},
			{Name: "startup_timeout_ms", Type: Signed32, Purpose: Timing},
			{Name: "data_dir", Type: Text, Since: Since{"0.1.23", "0.1.24"}},
			{Name: "mode"}, // refused by the schema, and so not unknown
		}},
		{Name: "http", Purpose: Reach, Below: []Key{
			{Name: "enabled", Purpose: Reach},
			{Name: "bind", Type: Text, Purpose: Reach},
			{Name: "port", Type: Signed32, Purpose: Reach},
			{Name: "cors_allowed_origins", Purpose: Reach},
			{Name: "cors_allow_credentials", Purpose: Reach},
			{Name: "thread_pool_size", Type: Signed32},
			{Name: "auth_enabled", Type: Boolean, Since: SinceAuth(), Purpose: Identity},
			{Name: "auth_token", Type: Text, Since: SinceAuth(), Purpose: Identity},
			{Name: "auth_exempt_loopback", Type: Boolean, Since: SinceAuth(), Purpose: Identity},
			{Name: "allow_insecure_bind", Type: Boolean, Since: SinceAuth(), Purpose: Identity},
			{Name: "tls_cert_path", Type: Text, Since: SinceTLS(), Purpose: Identity},
			{Name: "tls_key_path", Type: Text, Since: SinceTLS(), Purpose: Identity},
		}},
		{Name: "providers", Required: true, List: true, Below: providerKeys()},
		{Name: "polling", Below: []Key{{Name: "interval_ms", Type: Signed32, Purpose: Timing}}},
		{Name: "telemetry", Purpose: Recording, Below: []Key{
			{Name: "enabled", Purpose: Recording},
			{Name: "influxdb", Purpose: Recording, Below: []Key{
				{Name: "url", Type: Text, Purpose: Recording}, {Name: "org", Type: Text, Purpose: Recording},
				{Name: "bucket", Type: Text, Purpose: Recording}, {Name: "token", Type: Text},
				{Name: "batch_size", Type: Size}, {Name: "flush_interval_ms", Type: Signed32},
				{Name: "max_retry_buffer_size", Type: Size}, {Name: "queue_size", Type: Size},
			}},
			{Name: "influx_url"}, {Name: "influx_org"}, {Name: "influx_bucket"}, {Name: "influx_token"},
			{Name: "batch_size"}, {Name: "flush_interval_ms"}, // named in a warning, and never read
			{Name: "health_interval_ms", Type: Signed32, Since: SinceHealth(), Purpose: Timing},
		}},
		{Name: "health", Since: SinceStaleness(), Below: []Key{
			{Name: "staleness", Since: SinceStaleness(), Below: []Key{
				{Name: "warn_after_ms", Type: Signed32, Since: SinceStaleness(), Purpose: Timing},
				{Name: "stale_after_ms", Type: Signed32, Since: SinceStaleness(), Purpose: Timing},
			}},
		}},
		{Name: "logging", Below: []Key{{Name: "level"}}},
		{Name: "automation", Purpose: Motion, Below: automationKeys()},
		{Name: "safety", Since: SinceSafety(), Purpose: Stopping, Below: []Key{
			{Name: "safe_state", Since: SinceSafety(), Purpose: Stopping, Below: []Key{
				{Name: "hooks", List: true, Since: SinceSafety(), Purpose: Stopping, Below: callKeys(SinceSafety())},
				{Name: "setpoints", List: true, Since: SinceSafety(), Purpose: Stopping, Below: callKeys(SinceSafety())},
				{Name: "zero_is_safe", Type: Boolean, Since: SinceSafety(), Purpose: Stopping},
			}},
		}},
	}
}

func providerKeys() []Key {
	return []Key{
		{Name: "id", Required: true}, {Name: "command", Required: true}, {Name: "args"},
		{Name: "timeout_ms", Type: Signed32, Purpose: Timing},
		{Name: "hello_timeout_ms", Type: Signed32, Purpose: Timing},
		{Name: "ready_timeout_ms", Type: Signed32, Purpose: Timing},
		{Name: "restart_policy", Below: []Key{
			{Name: "enabled"}, {Name: "max_attempts", Type: Signed32}, {Name: "backoff_ms", Type: Signed32, Purpose: Timing},
			{Name: "timeout_ms", Type: Signed32, Purpose: Timing}, {Name: "success_reset_ms", Type: Signed32, Purpose: Timing},
		}},
	}
}

func callKeys(since Since) []Key {
	return []Key{
		{Name: "device_handle", Type: Text, Required: true, Since: since}, {Name: "function_id", Type: Unsigned32, Since: since},
		{Name: "function_name", Type: Text, Since: since}, {Name: "args", Since: since},
	}
}

func automationKeys() []Key {
	hook := []Key{
		{Name: "from"}, {Name: "to"}, {Name: "fail_on_error"},
		{Name: "calls", Required: true, List: true, Below: callKeys(Since{})},
	}
	return []Key{
		{Name: "enabled", Purpose: Motion}, {Name: "behavior_tree", Purpose: Motion}, {Name: "behavior_tree_path", Purpose: Motion},
		{Name: "tick_rate_hz", Type: Signed32, Purpose: Timing}, {Name: "manual_gating_policy", Purpose: Motion},
		{Name: "parameters", List: true, Purpose: Motion, Below: []Key{
			{Name: "name", Required: true}, {Name: "type", Required: true},
			{Name: "default"}, // the schema requires it, and the runtime does not
			{Name: "min", Type: Double}, {Name: "max", Type: Double}, {Name: "allowed_values"},
		}},
		{Name: "mode_transition_hooks", Purpose: Motion, Below: []Key{
			{Name: "before_transition", List: true, Below: hook}, {Name: "after_transition", List: true, Below: hook},
		}},
	}
}

// FindKey returns the key of a name in a list.
func FindKey(keys []Key, name string) (Key, bool) {
	for _, k := range keys {
		if k.Name == name {
			return k, true
		}
	}
	return Key{}, false
}

// Nearest returns the known key that a misspelled one probably means: one that is
// an edit or two away, and closer than every other.
func Nearest(keys []Key, name string) (string, bool) {
	if len(name) > 64 {
		return "", false
	}
	best, found, tie := 3, "", false
	for _, k := range keys {
		if more := len(name) - len(k.Name); more > min(best, 2) || -more > min(best, 2) {
			continue // each edit adds or takes a byte at most
		}
		switch d := distance(name, k.Name); {
		case d < best:
			best, found, tie = d, k.Name, false
		case d == best:
			tie = true
		}
	}
	if found == "" || tie || best*3 > len(found) {
		return "", false
	}
	return found, true
}

// distance counts the edits between two short texts: a byte more, less, other, or
// two swapped.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			rows[i][j] = min(change, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
