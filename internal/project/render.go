package project

import (
	"regexp"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/pytext"
)

// renderRuntime makes the runtime config that topology.runtime stands for. The
// order of keys is part of the contract.
func (s *system) renderRuntime(faults *fault.List) *doc.Node {
	at := doc.Path{"topology", "runtime"}
	from := s.runtime
	config := &doc.Node{Kind: doc.Map, Pos: from.Pos}

	runtime := doc.NewMap()
	if name := from.Get("name"); truthy(name) {
		runtime.Set("name", name)
	}
	copyKeys(runtime, from, "shutdown_timeout_ms", "startup_timeout_ms")
	if len(runtime.Entries) > 0 {
		config.Set("runtime", runtime)
	}

	config.Set("http", s.renderHTTP(faults, at))
	config.Set("providers", s.renderProviders(faults, at.Child("providers")))
	if interval := from.Get("polling_interval_ms"); interval != nil {
		config.Set("polling", doc.NewMap(doc.Field("interval_ms", interval)))
	}
	config.Set("telemetry", s.renderTelemetry(faults, at))
	config.Set("automation", renderAutomation(from))
	config.Set("logging", doc.NewMap(doc.Field("level", get(from, "log_level", doc.NewString("info")))))
	return config
}

// get is the value of a key, or fallback where there is no such key.
func get(n *doc.Node, key string, fallback *doc.Node) *doc.Node {
	return orElse(n.Get(key), fallback)
}

func (s *system) renderHTTP(faults *fault.List, at doc.Path) *doc.Node {
	port := s.runtime.Get("http_port")
	if port == nil {
		faults.At(fault.Structure, SystemFile, s.runtime, at.Child("http_port"), "is missing")
		port = doc.NewNull()
	}
	http := doc.NewMap(
		doc.Field("enabled", doc.NewBool(true)),
		doc.Field("bind", get(s.runtime, "http_bind", doc.NewString("127.0.0.1"))),
		doc.Field("port", port),
		doc.Field("cors_allow_credentials", get(s.runtime, "cors_allow_credentials", doc.NewBool(false))),
	)
	if origins := s.runtime.Get("cors_origins"); origins != nil {
		http.Set("cors_allowed_origins", origins)
	}
	http.Pos = s.runtime.Pos
	return http
}

func (s *system) renderProviders(faults *fault.List, at doc.Path) *doc.Node {
	from := s.runtime.Get("providers")
	list := &doc.Node{Kind: doc.Seq, Pos: orElse(from, s.runtime).Pos}
	for i, entry := range s.entries() {
		if !entry.IsMap() { // the exporter refuses it, as in every runtime config
			list.Items = append(list.Items, entry)
			continue
		}
		provider := doc.NewMap(doc.Field("id", orNull(entry.Get("id"))))
		provider.Pos = entry.Pos
		command := doc.NewString("")
		if id := entry.Get("id"); id.IsString() {
			command = get(s.paths.Get(id.Text), "executable", command)
		}
		provider.Set("command", command)
		provider.Set("args", doc.NewSeq())
		provider.Set("timeout_ms", get(entry, "timeout_ms", doc.NewInt(5000)))
		copyKeys(provider, entry, "hello_timeout_ms", "ready_timeout_ms")
		if policy := entry.Get("restart_policy"); policy != nil && policy.Kind != doc.Null {
			provider.Set("restart_policy", renderRestartPolicy(faults, policy, at.Child(i).Child("restart_policy")))
		}
		list.Items = append(list.Items, provider)
	}
	return list
}

func renderRestartPolicy(faults *fault.List, from *doc.Node, at doc.Path) *doc.Node {
	if !from.IsMap() {
		faults.At(fault.Structure, SystemFile, from, at, "must be an object, not "+from.Kind.String())
		return doc.NewNull()
	}
	enabled := get(from, "enabled", doc.NewBool(false))
	policy := doc.NewMap(doc.Field("enabled", enabled))
	policy.Pos = from.Pos
	if !truthy(enabled) {
		return policy
	}
	for _, key := range []string{"max_attempts", "backoff_ms", "timeout_ms"} {
		value := from.Get(key)
		if value == nil {
			faults.At(fault.Structure, SystemFile, from, at.Child(key), "is missing in an enabled restart policy")
			continue
		}
		policy.Set(key, value)
	}
	copyKeys(policy, from, "success_reset_ms")
	return policy
}

func (s *system) renderTelemetry(faults *fault.List, at doc.Path) *doc.Node {
	from := s.object(faults, s.runtime, at, "telemetry", false)
	enabled := from.Get("enabled")
	if enabled == nil || enabled.Kind == doc.Null {
		enabled = s.runtime.Get("telemetry_enabled")
	}
	telemetry := doc.NewMap(doc.Field("enabled", doc.NewBool(truthy(enabled))))
	if !truthy(enabled) {
		return telemetry
	}
	influx := from.Get("influxdb")
	sink := doc.NewMap()
	for _, key := range []string{
		"url", "org", "bucket", "token", "batch_size",
		"flush_interval_ms", "max_retry_buffer_size", "queue_size",
	} {
		value := influx.Get(key)
		if value == nil || value.Kind == doc.Null || value.IsString() && value.Text == "" {
			continue
		}
		sink.Set(key, value)
	}
	if len(sink.Entries) > 0 {
		telemetry.Set("influxdb", sink)
	}
	return telemetry
}

func renderAutomation(from *doc.Node) *doc.Node {
	tree := from.Get("behavior_tree_path")
	if !truthy(tree) {
		tree = from.Get("behavior_tree")
	}
	if truthy(tree) {
		return doc.NewMap(doc.Field("enabled", doc.NewBool(true)), doc.Field("behavior_tree", tree))
	}
	return doc.NewMap(doc.Field("enabled", get(from, "automation_enabled", doc.NewBool(false))))
}

// renderProfile makes the parts of the machine profile that do not depend on
// the providers; the exporter fills in the others in their places.
func (s *system) renderProfile(name string, metaName *doc.Node) *doc.Node {
	display := doc.NewString(name)
	if metaName.IsString() && !pytext.IsBlank(metaName.Text) {
		display = doc.NewString(pytext.Strip(metaName.Text))
		display.Pos = metaName.Pos
	}
	return doc.NewMap(
		doc.Field("schema_version", doc.NewInt(1)),
		doc.Field("machine_id", doc.NewString(machineID(name))),
		doc.Field("display_name", display),
	)
}

var (
	notInID = regexp.MustCompile(`[^a-z0-9-]+`)
	dashes  = regexp.MustCompile(`-{2,}`)
)

// machineID makes a project's name a machine id.
func machineID(name string) string {
	id := strings.ReplaceAll(pytext.Lower(pytext.Strip(name)), "_", "-")
	id = notInID.ReplaceAllString(id, "-")
	id = strings.Trim(dashes.ReplaceAllString(id, "-"), "-")
	if id == "" {
		return "machine"
	}
	return id
}
