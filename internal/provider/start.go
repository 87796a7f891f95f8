package provider

import (
	"fmt"
	"path"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// chaosControl is the device that every sim provider has.
const chaosControl = "chaos_control"

// Answer is what a config says about a question.
type Answer uint8

const (
	Unknown Answer = iota // the config does not say
	Yes
	No
)

// Has answers whether the provider will have a device of an id. Unknown are the
// devices of a provider whose kind is unknown or whose config is at fault, that
// looks for its devices itself, or that lists none.
func (c *Config) Has(device string) Answer {
	switch {
	case c.Kind != Bread && c.Kind != Ezo && c.Kind != Sim, !c.Sound(), c.Mode == "scan", len(c.Devices) == 0:
		return Unknown
	case c.Kind == Sim && device == chaosControl:
		return Yes
	}
	if d := c.Device(device); d != nil && !c.excluded(d) {
		return Yes
	} else if d == nil && c.Kind == Bread && !c.mock() && c.probesMore {
		return Unknown // the provider makes up an id for what it finds there
	}
	return No
}

// Device returns the device of an id that the config lists, or nil.
func (c *Config) Device(id string) *Device {
	if i, ok := c.byID[id]; ok {
		return &c.Devices[i]
	}
	return nil
}

func (c *Config) mock() bool { return strings.HasPrefix(c.Bus, "mock://") }

// excluded reports whether a device is not there: a mock bus of ezo has a device only
// at the factory address of its type.
func (c *Config) excluded(d *Device) bool {
	return c.Kind == Ezo && c.mock() && d.Address != factoryAddress(d.Type)
}

func factoryAddress(ezoType string) int {
	switch ezoType {
	case "do":
		return 0x61
	case "orp":
		return 0x62
	case "ph":
		return 0x63
	case "ec":
		return 0x64
	case "rtd":
		return 0x66
	case "hum":
		return 0x6F
	}
	return -1
}

// NoDevice says why the provider will find no device, which ends the start; "" if it
// may find one.
func (c *Config) NoDevice() string {
	if !c.Sound() || c.Kind == Bread && !c.mock() || c.Kind != Bread && c.Kind != Ezo {
		return ""
	}
	if len(c.Devices) == 0 {
		return "lists no device, and a provider without devices ends the start"
	}
	for i := range c.Devices {
		if !c.excluded(&c.Devices[i]) {
			return ""
		}
	}
	return "lists only devices that a mock bus does not have, and a provider without devices ends the start: the bus has a device only at the factory address of its type"
}

// Instance is a provider that a profile starts.
type Instance struct {
	ID     string
	Config *Config
}

// Claim is a device that claims an address of a bus.
type Claim struct {
	Instance
	Device *Device
}

// Collision is a claim of an address that another provider has claimed before.
type Collision struct {
	Bus          string
	Address      int
	First, Later Claim
	// Stops reports whether the runtime refuses it: it compares what bread and ezo
	// publish. Of other kinds it only looks wrong.
	Stops bool
}

// Collisions finds the addresses that several providers of a profile claim, given in
// the order of the profile. There is one collision for each claim after the first.
// Providers whose config is at fault claim nothing.
func Collisions(instances []Instance) []Collision {
	type address struct {
		bus    string
		number int
	}
	type claimed struct {
		Claim
		instance int
		tagged   bool // by a provider that publishes it
	}
	first := map[address]*claimed{}
	var found []Collision
	for i, instance := range instances {
		c := instance.Config
		if c == nil || c.Bus == "" || !c.Sound() {
			continue
		}
		tags := c.Kind == Bread || c.Kind == Ezo
		for j := range c.Devices {
			d := &c.Devices[j]
			if d.Address < 0 || c.excluded(d) {
				continue
			}
			key := address{c.Bus, d.Address}
			earlier := first[key]
			switch {
			case earlier == nil:
				first[key] = &claimed{Claim{instance, d}, i, tags}
			case earlier.instance != i:
				found = append(found, Collision{c.Bus, d.Address, earlier.Claim, Claim{instance, d}, tags && earlier.tagged})
				earlier.tagged = earlier.tagged || tags
			}
		}
	}
	return found
}

// StartFault is what is wrong with the way a provider is started.
type StartFault struct {
	// Arg is the index of the argument, or -1 for what is missing.
	Arg     int
	Message string
	// Stops reports whether the provider does not start.
	Stops bool
}

// Arguments finds the arguments with which a provider of the kind does not start.
// config is what its config says, nil if unknown.
func Arguments(kind string, args []string, config *Config) []StartFault {
	if kind != Bread && kind != Ezo && kind != Sim {
		return nil
	}
	var found []StartFault
	add := func(arg int, stops bool, format string, values ...any) {
		found = append(found, StartFault{arg, fmt.Sprintf(format, values...), stops})
	}
	const usage = "; the provider prints its usage and ends"
	configs, server := 0, false
	for i := 0; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "--config" && i+1 == len(args):
			add(i, true, "needs a path behind it"+usage)
			configs++
		case arg == "--config":
			if configs++; configs > 1 {
				add(i, false, "is given twice; the provider takes the last")
			}
			i++
		case arg == "--check-config", arg == "--version":
			add(i, true, "makes the provider end instead of serving")
		case strings.HasPrefix(arg, "--config="):
			add(i, true, "must be two arguments, --config and the path"+usage)
			configs++
		case kind != Sim:
			add(i, true, "is not an argument of anolis-provider-%s, which takes --config and a path only%s", kind, usage)
			if strings.HasPrefix(arg, "-") && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
				i++ // its value goes with it
			}
		case arg == "--sim-server" && i+1 < len(args):
			server = true
			i++
		}
	}
	if configs == 0 {
		add(-1, true, "need --config and a path"+usage)
	}
	if kind == Sim && config != nil && config.Simulation == "sim" && !server {
		add(-1, true, "need --sim-server and HOST:PORT, because simulation.mode is sim"+usage)
	}
	return found
}

// Command says what is wrong with the command of a provider, "" for nothing: a bare
// name is not looked for in PATH. has reports whether the package has a file.
func Command(command string, has func(name string) bool) string {
	if command == "" || strings.ContainsAny(command, `/\`) || has(command) {
		return ""
	}
	return "is not looked for in PATH; give the path of the program, absolute or from the package"
}

// Strictness finds what makes sim refuse to start under the strict policy, and a model
// that is not there. file is the path of the config in the package; has reports
// whether the package has a file.
func (c *Config) Strictness(file string, has func(name string) bool) []Finding {
	if c.Kind != Sim || !c.Sound() {
		return nil
	}
	var found []Finding
	if c.Simulation == "sim" && c.Physics != "" && !path.IsAbs(c.Physics) && !has(path.Join(path.Dir(file), c.Physics)) {
		f := Finding{Path: doc.Path{"simulation", "physics_config"}, Pos: keyOf(c.sections["simulation"], "physics_config"),
			Message: "leads to no file beside the config"}
		if !c.Strict {
			f.Certainty = Doubtful
		}
		found = append(found, f)
	}
	if !c.Strict {
		return found
	}
	for _, d := range c.Devices {
		add := func(key, message string) {
			found = append(found, Finding{Path: d.path.Child(key), Pos: keyOf(d.node, key), Message: message + ", because startup_policy is strict"})
		}
		if _, ok := Functions(Sim, d.Type); !ok {
			add("type", "must be tempctl, motorctl, relayio or analogsensor")
			if c.Remark != "" { // another version may know more
				found[len(found)-1].Certainty = Doubtful
			}
		}
		if n := d.node.Get("initial_temp"); n != nil && d.Type == "tempctl" && !isReal(n) {
			add("initial_temp", "must be a number")
		}
		if n := d.node.Get("temp_range"); n != nil && d.Type == "tempctl" && !isRange(n) {
			add("temp_range", "must be a list of two numbers, the lower first")
		}
		if n := d.node.Get("max_speed"); n != nil && d.Type == "motorctl" {
			if v, ok := realOf(n); !ok || !(v > 0 && v <= 10000) {
				add("max_speed", "must be a number above 0, at most 10000")
			}
		}
	}
	return found
}

func realOf(n *doc.Node) (float64, bool) {
	text, ok := spelling(n)
	if !ok {
		return 0, false
	}
	return real(text)
}

func isReal(n *doc.Node) bool {
	_, ok := realOf(n)
	return ok
}

func isRange(n *doc.Node) bool {
	if !n.IsSeq() || len(n.Items) != 2 {
		return false
	}
	low, isLow := realOf(n.Items[0])
	high, isHigh := realOf(n.Items[1])
	return isLow && isHigh && low < high
}
