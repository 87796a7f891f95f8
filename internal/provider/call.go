package provider

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// ArgType is the type of an argument of a function.
type ArgType uint8

const (
	Text ArgType = iota
	Bool
	Int64
	Uint64
	Double
)

// String names the type as a message does.
func (t ArgType) String() string {
	return [...]string{"a text", "true or false", "an integer", "an integer that is not negative", "a number"}[t]
}

// Arg is an argument of a function. Every argument is required.
type Arg struct {
	Name string
	Type ArgType
	// Least and Most bound a number, unless both are 0.
	Least, Most float64
	// Words are what a text may be.
	Words []string
}

// Function is a function of a device.
type Function struct {
	Name string
	Args []Arg
}

// Functions returns the functions of a type of device of a kind of provider. The
// second result is false if they are unknown.
func Functions(kind, device string) ([]Function, bool) {
	gains := args(Uint64, 0, 0, "kp1_x10", "ki1_x10", "kd1_x10", "kp2_x10", "ki2_x10", "kd2_x10")
	switch kind + " " + device {
	case "bread rlht":
		return []Function{
			{"set_mode", []Arg{{Name: "mode", Words: []string{"closed_loop", "open_loop"}}}},
			{"set_setpoints", args(Double, 0, 0, "setpoint1_c", "setpoint2_c")},
			{"set_open_duty_pct", args(Uint64, 0, 100, "duty1_pct", "duty2_pct")},
			{"set_periods_ms", args(Uint64, 0, 0, "period1_ms", "period2_ms")},
			{"set_tc_select", args(Uint64, 0, 0, "tc1_index", "tc2_index")},
			{"set_pid_x10", gains},
		}, true
	case "bread dcmt":
		return []Function{
			{"set_open_loop", args(Int64, -255, 255, "motor1_pwm", "motor2_pwm")},
			{"set_brake", args(Bool, 0, 0, "motor1_brake", "motor2_brake")},
			{"set_mode", []Arg{{Name: "mode", Words: []string{"open_loop", "closed_position", "closed_speed"}}}},
			{"set_setpoint", args(Int64, 0, 0, "motor1_target", "motor2_target")},
			{"set_pid_x10", gains},
		}, true
	case "ezo ph", "ezo do", "ezo ec", "ezo orp", "ezo rtd", "ezo hum":
		return []Function{{Name: "find"}, {Name: "sleep"}, {"set_led", args(Bool, 0, 0, "enabled")}}, true
	case "sim tempctl":
		return []Function{
			{"set_mode", []Arg{{Name: "mode", Words: []string{"open", "closed"}}}},
			{"set_setpoint", args(Double, -50, 400, "value")},
			{"set_relay", append(args(Int64, 1, 2, "relay_index"), args(Bool, 0, 0, "state")...)},
		}, true
	case "sim motorctl":
		return []Function{{"set_motor_duty", append(args(Int64, 1, 2, "motor_index"), args(Double, 0, 1, "duty")...)}}, true
	case "sim relayio":
		enabled := args(Bool, 0, 0, "enabled")
		return []Function{{"set_relay_ch1", enabled}, {"set_relay_ch2", enabled}, {"set_relay_ch3", enabled}, {"set_relay_ch4", enabled}}, true
	case "sim analogsensor":
		return []Function{{"calibrate_channel", args(Int64, 1, 4, "channel")}, {"inject_noise", args(Bool, 0, 0, "enabled")}}, true
	}
	return nil, false
}

func args(t ArgType, least, most float64, names ...string) []Arg {
	list := make([]Arg, len(names))
	for i, name := range names {
		list[i] = Arg{Name: name, Type: t, Least: least, Most: most}
	}
	return list
}

// CallArg is an argument of a call: a scalar of a config, or of the JSON of a tree.
type CallArg struct {
	Name  string
	Value *doc.Node
	// Dynamic says that the value is known only when the machine runs.
	Dynamic bool
}

// CallFault is what a device refuses about a call.
type CallFault struct {
	// Arg is the argument, "" for the function itself.
	Arg     string
	Message string
	// Certain reports whether every version refuses it that the answer about
	// conversion leaves.
	Certain bool
}

// Call finds what a device refuses about a call of a function. converts says whether
// the runtime converts arguments to the type that the function wants: up to 0.1.40 it
// does not, later ones do.
func Call(functions []Function, name string, given []CallArg, converts Answer) []CallFault {
	i := slices.IndexFunc(functions, func(f Function) bool { return f.Name == name })
	if i < 0 {
		names := make([]string, len(functions))
		for j, f := range functions {
			names[j] = f.Name
		}
		return []CallFault{{Message: fmt.Sprintf("the device has no function %s; it has %s", short(name), strings.Join(names, ", ")), Certain: true}}
	}
	function := functions[i]
	var found []CallFault
	values := make(map[string]CallArg, len(given))
	for _, arg := range given {
		values[arg.Name] = arg
		if !slices.ContainsFunc(function.Args, func(a Arg) bool { return a.Name == arg.Name }) {
			takes := "it takes none"
			if len(function.Args) > 0 {
				takes = "it takes " + function.names()
			}
			found = append(found, CallFault{arg.Name, fmt.Sprintf("%s has no argument %s; %s", name, short(arg.Name), takes), true})
		}
	}
	for _, want := range function.Args {
		arg, ok := values[want.Name]
		switch {
		case !ok:
			found = append(found, CallFault{want.Name, fmt.Sprintf("%s needs the argument %s, %s", name, want.Name, want.describe()), true})
		case arg.Dynamic:
			if want.Type == Uint64 && converts != Yes {
				found = append(found, want.unsigned(name, converts))
			}
		default:
			if f, bad := want.check(name, arg.Value, converts); bad {
				found = append(found, f)
			}
		}
	}
	return found
}

func (f Function) names() string {
	names := make([]string, len(f.Args))
	for i, a := range f.Args {
		names[i] = a.Name
	}
	return strings.Join(names, ", ")
}

// describe says what an argument may be.
func (a Arg) describe() string {
	switch {
	case len(a.Words) > 0:
		return strings.Join(a.Words, " or ")
	case a.Least != 0 || a.Most != 0:
		return fmt.Sprintf("%s from %s to %s", a.Type, number(a.Least), number(a.Most))
	}
	return a.Type.String()
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func (a Arg) fault(function, message string, certain bool) (CallFault, bool) {
	return CallFault{a.Name, fmt.Sprintf("the argument %s of %s %s", a.Name, function, message), certain}, true
}

func (a Arg) unsigned(function string, converts Answer) CallFault {
	f, _ := a.fault(function, "is unsigned, and the runtime up to 0.1.40 sends no such value: it cannot be called from a config or tree", converts == No)
	return f
}

// check holds a value against what the argument may be.
func (a Arg) check(function string, n *doc.Node, converts Answer) (CallFault, bool) {
	kind := doc.Null
	if n != nil {
		kind = n.Kind
	}
	must := fmt.Sprintf("must be %s", a.describe())
	switch a.Type {
	case Text:
		if kind != doc.String || len(a.Words) > 0 && !slices.Contains(a.Words, n.Text) {
			return a.fault(function, must, kind == doc.String || converts != Yes)
		}
		return CallFault{}, false
	case Bool:
		if kind != doc.Bool {
			return a.fault(function, must, converts != Yes)
		}
		return CallFault{}, false
	}

	if kind != doc.Int && kind != doc.Float {
		return a.fault(function, must, true)
	}
	value := n.Float
	if kind == doc.Int {
		value, _ = strconv.ParseFloat(n.Text, 64) // an infinite one is out of range
	}
	least, most := a.Least, a.Most
	if least == 0 && most == 0 {
		switch a.Type {
		case Int64:
			least, most = -1<<63, 1<<63
		case Uint64:
			most = 1 << 64
		}
	}
	switch {
	case (least != 0 || most != 0) && !(value >= least && value <= most):
		return a.fault(function, must, true)
	case a.Type == Uint64 && converts != Yes:
		return a.unsigned(function, converts), true
	case a.Type == Double && kind == doc.Int && converts != Yes:
		return a.fault(function, fmt.Sprintf("must be written as a real number, such as %s.0: the runtime up to 0.1.40 does not convert integers", n.Text), converts == No)
	case a.Type != Double && kind == doc.Float:
		return a.fault(function, must, converts == No)
	}
	return CallFault{}, false
}
