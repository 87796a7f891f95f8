package project

import (
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
)

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
			config = migrateBus(kind.Text, old, s.paths.Get(id), s.devices(faults, old, path, "id", "type", "label", "address"))
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
