package handoff

import (
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// ProviderProcess is a provider as a runtime profile starts it. Times are in
// milliseconds.
type ProviderProcess struct {
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
	Restart *RestartPolicy `json:"restart,omitempty"`
}

// RestartPolicy says what happens when a provider ends by itself. Times are in
// milliseconds.
type RestartPolicy struct {
	// Enabled starts the provider again, up to MaxAttempts times, each after its
	// pause of BackoffMS. An attempt may take TimeoutMS, and counting begins again
	// after SuccessResetMS without an end.
	Enabled        bool    `json:"enabled"`
	MaxAttempts    *int64  `json:"maxAttempts,omitempty"`
	BackoffMS      []int64 `json:"backoffMs,omitempty"`
	TimeoutMS      *int64  `json:"timeoutMs,omitempty"`
	SuccessResetMS *int64  `json:"successResetMs,omitempty"`
}

// ProviderConfig is a provider of the machine profile and what its own config
// says. The config is the provider's business: what is known about it is absent
// where it has another form. Of providers that share a config, the first one has
// what it says.
type ProviderConfig struct {
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
	// MoreValues is how many values of the file are not in the summary.
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

func newProviderProcess(r *fields) ProviderProcess {
	p := ProviderProcess{
		ID: r.text("id"), Command: r.text("command"), Args: r.texts("args"),
		TimeoutMS: r.number("timeout_ms"), HelloTimeoutMS: r.number("hello_timeout_ms"), ReadyTimeoutMS: r.number("ready_timeout_ms"),
	}
	if i := slices.Index(p.Args, "--config"); i >= 0 && i+1 < len(p.Args) {
		p.Config = p.Args[i+1]
	}
	if r.has("restart_policy") {
		policy := r.at("restart_policy")
		p.Restart = &RestartPolicy{
			Enabled: isTrue(policy.flag("enabled")), MaxAttempts: policy.number("max_attempts"), BackoffMS: policy.numbers("backoff_ms"),
			TimeoutMS: policy.number("timeout_ms"), SuccessResetMS: policy.number("success_reset_ms"),
		}
	}
	return p
}

// fill fills the provider from its own config.
func (p *ProviderConfig) fill(r *fields) {
	p.Name = r.text("provider", "name")
	p.BusPath = r.text("hardware", "bus_path")
	for _, device := range r.items("devices") {
		p.Devices = append(p.Devices, Device{device.text("id"), device.text("type"), device.text("label"), device.spelling("address")})
	}
	known := map[string]bool{}
	doc.Walk(r.node, func(_ doc.Path, _, n *doc.Node) bool {
		if n.IsString() && strings.HasPrefix(n.Text, "/dev/") {
			if path := r.take(n); !known[path] {
				known[path] = true
				p.DevicePaths = append(p.DevicePaths, path)
			}
		}
		return true
	})
	p.MoreValues = r.rest()
}
