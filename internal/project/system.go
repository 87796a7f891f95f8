package project

import (
	"cmp"
	"context"
	"slices"
	"sort"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/pytext"
	"github.com/anolishq/anolis-handoff/internal/show"
)

// system is a system.json of schema_version 2, or a migrated one of version 1.
type system struct {
	root      *doc.Node
	runtime   *doc.Node            // topology.runtime
	providers *doc.Node            // topology.providers
	paths     map[string]doc.Entry // of paths.providers, by provider
	kinds     map[string]string    // of topology.runtime.providers, by trimmed id
}

func (p *Project) loadSystem(ctx context.Context, faults *fault.List) *Project {
	d := p.Files.ReadJSON(ctx, SystemFile, faults)
	if d == nil {
		return nil
	}
	noteWords(SystemFile, d.Root, faults)
	s := &system{root: d.Root}
	before := faults.Errors()
	if !d.Root.IsMap() {
		faults.At(fault.Structure, SystemFile, d.Root, nil, "must be an object, not "+d.Root.Kind.String())
		return nil
	}
	version := d.Root.Get("schema_version")
	if !isInt(version, "1") && !isInt(version, "2") {
		faults.At(fault.Structure, SystemFile, orElse(version, d.Root), doc.Path{"schema_version"}, "must be 1 or 2")
	}
	topology := s.object(faults, d.Root, nil, "topology", true)
	s.runtime = s.object(faults, topology, doc.Path{"topology"}, "runtime", true)
	s.providers = s.object(faults, topology, doc.Path{"topology"}, "providers", false)
	paths := s.object(faults, d.Root, nil, "paths", false)
	s.paths = index(s.object(faults, paths, doc.Path{"paths"}, "providers", false))
	meta := s.object(faults, d.Root, nil, "meta", false)
	if faults.Errors() > before {
		return nil
	}
	if isInt(version, "1") {
		s.migrate(faults)
	}
	s.kinds = map[string]string{}
	for _, entry := range s.entries() {
		kind, id := entry.Get("kind"), entry.Get("id")
		if !kind.IsString() || !id.IsString() {
			continue
		}
		if id := pytext.Strip(id.Text); s.kinds[id] == "" {
			s.kinds[id] = kind.Text
		}
	}
	p.system, p.declared = s, index(s.providers)
	p.Created, p.CreatedFile = meta.Get("created"), SystemFile
	p.Variants = []Variant{{Name: Manual, File: SystemFile, Rendered: s.renderRuntime(faults)}}
	p.Profile = &Document{File: SystemFile, Root: s.renderProfile(p.Name, meta.Get("name")), Text: d.Text}
	return p
}

// object is an object below parent, or nil. A missing one is a fault when it is
// required, a value of another kind always.
func (s *system) object(faults *fault.List, parent *doc.Node, path doc.Path, key string, required bool) *doc.Node {
	if parent == nil {
		return nil
	}
	n := parent.Get(key)
	switch {
	case n == nil && required:
		faults.At(fault.Structure, SystemFile, parent, path.Child(key), "is missing")
	case n != nil && !n.IsMap():
		faults.At(fault.Structure, SystemFile, n, path.Child(key), "must be an object, not "+n.Kind.String())
		return nil
	}
	return n
}

// Kind is the provider kind that component pins go by, "" if there is none.
func (p *Project) Kind(id string) string {
	if p.system == nil {
		return ""
	}
	if kind := p.declared[id].Value.Get("kind"); kind.IsString() {
		return kind.Text
	}
	return p.system.kinds[id]
}

// entries is topology.runtime.providers, or nothing.
func (s *system) entries() []*doc.Node {
	if list := s.runtime.Get("providers"); list.IsSeq() {
		return list.Items
	}
	return nil
}

// providerConfig is the rendered config of a provider, or the file that stands
// in for it.
func (s *system) providerConfig(p *Project, id string, faults *fault.List) (*Document, string) {
	entry := p.declared[id].Value
	if config := entry.Get("config"); config.IsMap() && len(config.Entries) > 0 {
		return &Document{File: SystemFile, Root: config, Text: p.Profile.Text}, ""
	}
	own := "providers/" + id + ".yaml"
	path := doc.Path{"topology", "providers", id, "config"}
	if _, err := Clean(own); err != nil {
		faults.At(fault.UnsafePath, SystemFile, orElse(entry, s.providers), path, show.Quote(own, 400)+" "+err.Error())
		return nil, ""
	}
	if _, err := p.Files.Stat(own); err != nil {
		f := p.Files.Fault(own, err)
		f = referenced(f, SystemFile, orElse(entry, orElse(s.providers, s.root)), path, own)
		f.Msg = "is empty, and the file that would stand in for it is unusable: " + f.Msg
		faults.Add(f)
		return nil, ""
	}
	return nil, own
}

func isInt(n *doc.Node, digits string) bool {
	return n != nil && n.Kind == doc.Int && n.Text == digits
}

// truthy is Python's idea of a value that counts as given.
func truthy(n *doc.Node) bool {
	if n == nil {
		return false
	}
	switch n.Kind {
	case doc.Null:
		return false
	case doc.Bool:
		return n.Bool
	case doc.Int:
		return n.Text != "0"
	case doc.Float:
		return n.Float != 0
	case doc.String, doc.Binary:
		return n.Text != ""
	case doc.Seq:
		return len(n.Items) > 0
	case doc.Map, doc.Set:
		return len(n.Entries) > 0
	}
	return true
}

// object building

// copyKeys adds those of keys that from has.
func copyKeys(to, from *doc.Node, keys ...string) {
	for _, key := range keys {
		if v := from.Get(key); v != nil {
			to.Set(key, v)
		}
	}
}

// copyOthers adds every key of from but the named ones.
func copyOthers(to, from *doc.Node, but ...string) {
	for _, e := range from.Entries {
		if !slices.Contains(but, e.Key.Text) {
			to.Entries = append(to.Entries, e)
		}
	}
}

// orNull is n, or a null where there is none.
func orNull(n *doc.Node) *doc.Node {
	if n == nil {
		return doc.NewNull()
	}
	return n
}

// migrate turns the providers of a system.json of schema_version 1, which
// describes them in its own terms, into {kind, config} with the config in the
// provider's terms.
func (s *system) migrate(faults *fault.List) {
	if s.providers == nil {
		return
	}
	migrated := &doc.Node{Kind: doc.Map, Pos: s.providers.Pos}
	for _, e := range s.providers.Entries {
		id, old := e.Key.Text, e.Value
		path := doc.Path{"topology", "providers", id}
		if !old.IsMap() {
			faults.At(fault.Structure, SystemFile, old, path, "must be an object, not "+old.Kind.String())
			continue
		}
		var config *doc.Node
		switch kind := old.Get("kind"); {
		case kind.IsString() && kind.Text == "sim":
			config = migrateSim(old, s.devices(faults, old, path, "id", "type"))
		case kind.IsString() && (kind.Text == "bread" || kind.Text == "ezo"):
			config = migrateBus(kind.Text, old, s.paths[id].Value, s.devices(faults, old, path, "id", "type", "label", "address"))
		default:
			config = doc.NewMap()
			if c := old.Get("config"); c.IsMap() {
				config = c
			}
		}
		if config.Pos.IsZero() {
			config.Pos = old.Pos
		}
		entry := doc.NewMap(doc.Field("kind", orNull(old.Get("kind"))), doc.Field("config", config))
		entry.Pos = old.Pos
		migrated.Entries = append(migrated.Entries, doc.Entry{Key: e.Key, Value: entry})
	}
	s.providers = migrated
}

// devices lists a provider's devices with the given keys first, of which id and
// type are there always, and the others behind.
func (s *system) devices(faults *fault.List, provider *doc.Node, path doc.Path, first ...string) *doc.Node {
	list := &doc.Node{Kind: doc.Seq, Pos: provider.Pos}
	path = path.Child("devices")
	devices := provider.Get("devices")
	if !truthy(devices) {
		return list
	}
	if !devices.IsSeq() {
		faults.At(fault.Structure, SystemFile, devices, path, "must be a list, not "+devices.Kind.String())
		return list
	}
	for i, old := range devices.Items {
		if !old.IsMap() {
			faults.At(fault.Structure, SystemFile, old, path.Child(i), "must be an object, not "+old.Kind.String())
			continue
		}
		device := doc.NewMap(doc.Field("id", orNull(old.Get("id"))), doc.Field("type", orNull(old.Get("type"))))
		device.Pos = old.Pos
		copyKeys(device, old, first[2:]...)
		copyOthers(device, old, first...)
		list.Items = append(list.Items, device)
	}
	return list
}

func migrateName(config, old *doc.Node) {
	if name := old.Get("provider_name"); truthy(name) {
		config.Set("provider", doc.NewMap(doc.Field("name", name)))
	}
}

func migrateSim(old, devices *doc.Node) *doc.Node {
	config := doc.NewMap()
	migrateName(config, old)
	copyKeys(config, old, "startup_policy")
	config.Set("devices", devices)

	from := old.Get("simulation")
	mode := old.Get("simulation_mode")
	if !truthy(mode) {
		mode = from.Get("mode")
	}
	if !truthy(mode) {
		mode = doc.NewString("non_interacting")
	}
	simulation := doc.NewMap(doc.Field("mode", mode))
	rate := old.Get("tick_rate_hz")
	if rate == nil {
		rate = from.Get("tick_rate_hz")
	}
	if rate != nil && rate.Kind != doc.Null && !(mode.IsString() && mode.Text == "inert") {
		simulation.Set("tick_rate_hz", rate)
	}
	copyKeys(simulation, from, "physics_config", "ambient_temp_c", "ambient_signal_path")
	config.Set("simulation", simulation)
	return config
}

// migrateBus renders the kinds that sit on a hardware bus.
func migrateBus(kind string, old, paths, devices *doc.Node) *doc.Node {
	config := doc.NewMap()
	migrateName(config, old)

	bus := paths.Get("bus_path")
	if bus == nil {
		bus = doc.NewString("")
	}
	hardware := doc.NewMap(doc.Field("bus_path", bus))
	copyKeys(hardware, old, "query_delay_us", "timeout_ms", "retry_count")
	config.Set("hardware", hardware)

	discovery := doc.NewMap(doc.Field("mode", doc.NewString("manual")))
	if kind == "bread" {
		addresses := doc.NewSeq()
		for _, device := range devices.Items {
			if address := device.Get("address"); address != nil {
				addresses.Items = append(addresses.Items, address)
			}
		}
		if len(addresses.Items) > 0 {
			discovery.Set("addresses", addresses)
		}
	}
	config.Set("discovery", discovery)
	config.Set("devices", devices)
	return config
}

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
			command = get(s.paths[id.Text].Value, "executable", command)
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
	profile := doc.NewMap(
		doc.Field("schema_version", doc.NewInt(1)),
		doc.Field("machine_id", doc.NewString(machineID(name))),
		doc.Field("display_name", display),
	)
	profile.Pos = s.root.Pos
	return profile
}

// machineID makes a project's name a machine id: words of a-z and 0-9 with a
// hyphen between them.
func machineID(name string) string {
	words := strings.FieldsFunc(pytext.Lower(pytext.Strip(name)), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	if len(words) == 0 {
		return "machine"
	}
	return strings.Join(words, "-")
}

// SourcePath is the key path of the value that stands at a place of system.json.
// What is rendered from it keeps the place and loses the path. It is false for a
// canonical project, whose documents are not rendered, and where no value is.
func (p *Project) SourcePath(pos doc.Pos) (doc.Path, bool) {
	if p.system == nil || pos.IsZero() {
		return nil, false
	}
	return sourcePath(p.system.root, pos)
}

// sourcePath goes down to the place. Values of a JSON text are in source order
// and no two of them begin at one place.
func sourcePath(n *doc.Node, pos doc.Pos) (doc.Path, bool) {
	path := doc.Path{}
	for n.Pos != pos {
		count, child := len(n.Items), func(i int) *doc.Node { return n.Items[i] }
		if n.IsMap() {
			count, child = len(n.Entries), func(i int) *doc.Node { return n.Entries[i].Value }
		}
		i := sort.Search(count, func(i int) bool { return comparePos(child(i).Pos, pos) > 0 }) - 1
		if i < 0 {
			return nil, false
		}
		if n.IsMap() {
			path = append(path, n.Entries[i].Key.Text)
		} else {
			path = append(path, i)
		}
		n = child(i)
	}
	return path, true
}

func comparePos(a, b doc.Pos) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}
