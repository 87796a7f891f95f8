// Package provider judges the configs of providers and says what a provider does
// with its config when the machine starts: which devices it has, which bus addresses
// it claims, which calls it takes, and what makes it refuse to start.
//
// Three kinds are known: bread and ezo, which drive devices on an I2C bus, and sim,
// which simulates them. A caller may bring the schema of another kind, or that of
// another version of a known one. Package contract has the schemas and checks
// documents with them; what they cannot say is here.
//
// Nothing here reads a file: a config is a document whose nodes know their places.
// A Config is not changed after Read, so any number of goroutines may use it.
package provider

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/contract"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/machine"
)

// The kinds of providers whose configs are known.
const (
	Bread = "bread"
	Ezo   = "ezo"
	Sim   = "sim"
)

// Kind returns the kind of provider that a command starts: machine.Kind.
func Kind(command string) string { return machine.Kind(command) }

// ErrNoSchema reports that there is no schema for a kind of provider.
var ErrNoSchema = errors.New("no schema for this kind of provider")

// Schema is what the config of a kind of provider has to look like. It is immutable.
type Schema struct {
	// Version is the version of the provider that the schema is of, or "" if that
	// is unknown.
	Version string

	rules *contract.Schema
}

// SchemaOf returns the published schema of a known kind. The error of any other is
// ErrNoSchema.
func SchemaOf(kind string) (*Schema, error) {
	var rules *contract.Schema
	var version string
	var err error
	switch kind {
	case Bread:
		rules, err = contract.BreadConfig()
		version = contract.BreadVersion
	case Ezo:
		rules, err = contract.EzoConfig()
		version = contract.EzoVersion
	case Sim:
		rules, err = contract.SimConfig()
		version = contract.SimVersion
	default:
		err = ErrNoSchema
	}
	if err != nil {
		return nil, err
	}
	return &Schema{version, rules}, nil
}

// ParseSchema reads a schema that a caller brings: a JSON Schema, or what a provider
// prints for --config-schema, which has one under "schema" beside
// "config_schema_version" and, if it says so, "provider_version". A schema must stand
// alone: nothing is ever loaded.
func ParseSchema(text []byte) (*Schema, error) {
	text, version, err := openEnvelope(text)
	if err != nil {
		return nil, err
	}
	rules, err := contract.Compile(text)
	if err != nil {
		return nil, err
	}
	return &Schema{version, rules}, nil
}

// Certainty says what the provider makes of a fault.
type Certainty uint8

const (
	// Refused says that the provider refuses its config and does not start.
	Refused Certainty = iota
	// Tolerated says that the schema refuses the config and the provider may start
	// all the same: older versions read leniently.
	Tolerated
	// Doubtful says that it depends on the version of the provider.
	Doubtful
)

// Finding is a fault in a config.
type Finding struct {
	// Path leads to the value, or to the key that must not be there; for a missing
	// key, to its mapping.
	Path doc.Path
	// Pos is the place of the key of that value, or of the item of a list. For a
	// missing key it is the place of the mapping, and says nothing if that is the
	// document itself.
	Pos doc.Pos
	// Also are places that are as good.
	Also []doc.Pos
	// Message says what is wrong, to be read after the path. It shows no value that
	// could be a secret.
	Message string
	Certainty
}

// Options says how to judge a config. The zero Options is fine.
type Options struct {
	// Schema replaces the published schema of the kind.
	Schema *Schema
	// Pinned is the version of the provider that the machine installs, or "".
	Pinned string
}

// maxFindings bounds the report on a config that is wrong all over.
const maxFindings = 1000

// Config is the config of a provider.
type Config struct {
	// Kind is the kind of the provider, be it unknown.
	Kind string
	// Findings are the faults, in the order of the file, one for each value.
	Findings []Finding
	// Omitted is how many further faults there are.
	Omitted int
	// Judged reports whether there was a schema to judge the config with.
	Judged bool
	// Remark says that the schema is of another version than the one that the
	// machine installs; "" if it is not, or if one of them is unknown.
	Remark string

	// Mode is discovery.mode, and Addresses are discovery.addresses.
	Mode      string
	Addresses []int
	// Bus is hardware.bus_path without the white space around it, "" for none.
	Bus string
	// Devices are those that the config lists with an id.
	Devices []Device
	// Simulation is simulation.mode, Physics the path of its model, and Strict
	// reports whether a device that cannot be made ends the start (sim).
	Simulation string
	Physics    string
	Strict     bool

	root     *doc.Node
	sections map[string]*doc.Node // what stands under the keys of the root
	byID     map[string]int       // the first device of an id
	// probesMore reports whether discovery looks at an address that no listed device has.
	probesMore bool
}

// Device is a device that a config lists.
type Device struct {
	ID, Type string
	// Address is its address on the bus, or -1.
	Address int
	// Pos is the place of the device, AddressPos that of the key of its address.
	Pos, AddressPos doc.Pos

	path doc.Path
	node *doc.Node
}

// Read reads and judges the config of a provider of a kind. root is its document; nil
// counts as null. It returns only the error of ctx.
func Read(ctx context.Context, kind string, root *doc.Node, opts Options) (*Config, error) {
	if root == nil {
		root = doc.NewNull()
	}
	c := &Config{Kind: kind}
	view := views{ctx: ctx}
	c.root = view.of(root)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.model()

	schema := opts.Schema
	if schema == nil {
		var err error
		if schema, err = SchemaOf(kind); err != nil && !errors.Is(err, ErrNoSchema) {
			return nil, err
		}
	}
	if schema == nil {
		return c, nil
	}
	c.Judged = true
	newer := false
	if opts.Pinned != "" && schema.Version != "" && !sameVersion(opts.Pinned, schema.Version) {
		c.Remark = fmt.Sprintf("anolis-provider-%s is pinned at %s; its config was judged by the rules of %s", kind, short(opts.Pinned), schema.Version)
		newer = !olderVersion(opts.Pinned, schema.Version)
	}
	if err := c.judge(ctx, schema, newer, view.merged); err != nil {
		return nil, err
	}
	return c, ctx.Err()
}

// Sound reports whether the provider takes its config for certain. What the config
// says about devices and buses counts only then: everything else waits for the
// config to be corrected.
func (c *Config) Sound() bool {
	for _, f := range c.Findings {
		if f.Certainty != Doubtful {
			return false
		}
	}
	return true
}

// Stops reports whether the provider refuses its config for certain.
func (c *Config) Stops() bool {
	for _, f := range c.Findings {
		if f.Certainty == Refused {
			return true
		}
	}
	return false
}

// model reads what other questions need. It takes what the schema takes, and less
// than that is not there.
func (c *Config) model() {
	c.sections = map[string]*doc.Node{}
	if c.root.IsMap() {
		for _, e := range c.root.Entries {
			if e.Key.IsString() {
				c.sections[e.Key.Text] = e.Value
			}
		}
	}
	c.Mode = textAt(c.sections["discovery"].Get("mode"))
	c.Bus = strings.TrimSpace(textAt(c.sections["hardware"].Get("bus_path")))
	c.Simulation = textAt(c.sections["simulation"].Get("mode"))
	c.Physics = textAt(c.sections["simulation"].Get("physics_config"))
	c.Strict = c.Kind == Sim && textAt(c.sections["startup_policy"]) != "degraded"
	if list := c.sections["discovery"].Get("addresses"); list.IsSeq() {
		for _, item := range list.Items {
			if address, ok := addressOf(item); ok {
				c.Addresses = append(c.Addresses, address)
			}
		}
	}
	c.byID = map[string]int{}
	listed := map[int]bool{}
	list := c.sections["devices"]
	if !list.IsSeq() {
		return
	}
	for i, item := range list.Items {
		if !item.IsMap() {
			continue
		}
		d := Device{Address: -1, Pos: item.Pos, node: item, path: doc.Path{"devices", i}}
		for _, e := range item.Entries {
			if !e.Key.IsString() {
				continue
			}
			switch e.Key.Text {
			case "id":
				d.ID, _ = spelling(e.Value)
			case "type":
				d.Type, _ = spelling(e.Value)
			case "address":
				if address, ok := addressOf(e.Value); ok {
					d.Address, d.AddressPos = address, e.Key.Pos
				}
			}
		}
		if d.ID == "" {
			continue
		}
		if _, again := c.byID[d.ID]; !again {
			c.byID[d.ID] = len(c.Devices)
		}
		c.Devices = append(c.Devices, d)
		listed[d.Address] = true
	}
	for _, address := range c.Addresses {
		c.probesMore = c.probesMore || !listed[address]
	}
}

// addressOf reads an I2C address as the schema does.
func addressOf(n *doc.Node) (int, bool) {
	if n == nil {
		return 0, false
	}
	address, ok := 0, false
	switch n.Kind {
	case doc.Int:
		v, err := strconv.Atoi(n.Text)
		address, ok = v, err == nil
	case doc.Float:
		address = int(max(-1, min(n.Float, 1000)))
		ok = float64(address) == n.Float
	case doc.String:
		address, ok = contract.I2CAddress(n.Text)
	}
	return address, ok && address >= minAddress && address <= maxAddress
}

// The I2C addresses that no bus reserves.
const (
	minAddress = 0x08
	maxAddress = 0x77
)

func textAt(n *doc.Node) string {
	if !n.IsString() {
		return ""
	}
	return n.Text
}

// spelling returns a scalar as the provider reads it into a text: as the file spells
// it, whatever its type. There is none for a collection, nor for null.
func spelling(n *doc.Node) (string, bool) {
	switch {
	case n == nil:
		return "", false
	case n.Kind == doc.String:
		return n.Text, true
	case n.Kind == doc.Null, n.Kind == doc.Seq, n.Kind == doc.Map, n.Kind == doc.Set:
		return "", false
	case n.Source != "":
		return n.Source, true
	case n.Kind == doc.Bool:
		return strconv.FormatBool(n.Bool), true
	case n.Kind == doc.Float:
		return canonyaml.FormatFloat(n.Float), true
	}
	return n.Text, true
}

// views makes of a document what the YAML reader of the providers sees: it does not
// follow merge keys.
type views struct {
	ctx    context.Context
	steps  int
	seen   map[*doc.Node]*doc.Node
	merged map[*doc.Node]bool // mappings of the view that have a merge key
}

func (v *views) of(n *doc.Node) *doc.Node {
	if n == nil || n.Items == nil && n.Entries == nil {
		return n
	}
	if view, ok := v.seen[n]; ok {
		return view
	}
	if v.steps++; v.steps%1024 == 0 && v.ctx.Err() != nil {
		return n
	}
	if v.seen == nil {
		v.seen, v.merged = map[*doc.Node]*doc.Node{}, map[*doc.Node]bool{}
	}
	copied := *n
	v.seen[n] = &copied
	if n.Items != nil {
		copied.Items = make([]*doc.Node, len(n.Items))
		for i, item := range n.Items {
			copied.Items[i] = v.of(item)
		}
	}
	if n.Entries != nil {
		copied.Entries = make([]doc.Entry, 0, len(n.Entries))
		for _, e := range n.Entries {
			if e.Merged {
				v.merged[&copied] = true
				continue
			}
			e.Value = v.of(e.Value)
			copied.Entries = append(copied.Entries, e)
		}
	}
	return &copied
}
