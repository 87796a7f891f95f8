package tree

import (
	"math"
	"strconv"
	"strings"
	"sync"

	"github.com/anolishq/anolis-handoff/internal/machine"
)

// Category is the kind of a node.
type Category uint8

const (
	// Unknown is a node that the runtime does not have.
	Unknown Category = iota
	// Control is a node with one or more children.
	Control
	// Decorator is a node with one child.
	Decorator
	// Leaf is a node of the loader's own library without children.
	Leaf
	// Runtime is a node without children that the runtime adds.
	Runtime
	// SubTree is a node in whose place another tree stands.
	SubTree
)

// String returns the name of the category as a person would say it.
func (c Category) String() string {
	return [...]string{"unknown node", "control", "decorator", "leaf", "runtime node", "subtree"}[c]
}

// Type is the type of a port.
type Type string

const (
	Text   Type = "text"
	Bool   Type = "bool"
	Int32  Type = "int32"
	Int64  Type = "int64"
	Uint32 Type = "uint32"
	Double Type = "double"
	Status Type = "status"
	Any    Type = "any"
)

// Port is a port of a kind of node.
type Port struct {
	Name string
	Type Type
	// Output reports that the node writes the port.
	Output bool
	// Required is set for a port without which the node is not made. It may be
	// empty unless Filled is set, too.
	Required, Filled bool
	// Script is set for a port that holds a script.
	Script bool
	// Queue is the type of the items of a loop's queue.
	Queue Type
	// Since says which versions of the runtime have the port.
	Since machine.Since
}

// Kind is a kind of node that a tree can name.
type Kind struct {
	Name     string
	Category Category
	Ports    []Port
	// Least is the least number of children; most is without a limit for a control.
	Least int
	// Doubtful is set for a node that only newer versions of the loader know.
	Doubtful bool
	// Services is set for a node that looks devices or parameters up on the
	// blackboard of the tree it stands in.
	Services bool
}

// Condition reports whether the node only asks a question: it changes nothing but the
// blackboard.
func (k *Kind) Condition() bool {
	switch k.Name {
	case "ScriptCondition", "WasEntryUpdated", "CheckBool", "CheckQuality":
		return true
	}
	return false
}

// Port returns the port of a name.
func (k *Kind) Port(name string) (*Port, bool) {
	for i := range k.Ports {
		if k.Ports[i].Name == name {
			return &k.Ports[i], true
		}
	}
	return nil, false
}

// KindOf returns the kind of node that a name stands for.
func KindOf(name string) (*Kind, bool) {
	k, ok := kinds()[name]
	return k, ok
}

// table lists every kind of node: the category, the name, and the ports. Behind the
// colon of a port stands its type (s text, b bool, i int32, l int64, u uint32, d
// double, st status, * any), with ">" for an output and "!" for a required one ("!!":
// that is not empty, "!;": that holds a script, "[x]": a queue of x).
const table = `
control Sequence
control Fallback
control AsyncSequence
control AsyncFallback
control SequenceWithMemory
control ReactiveSequence
control ReactiveFallback
control IfThenElse
control WhileDoElse
control Parallel success_count:i failure_count:i
control ParallelAll max_failures:i
control TryCatch catch_on_halt:b
control Switch2 variable:s case_1:s case_2:s
control Switch3 variable:s case_1:s case_2:s case_3:s
control Switch4 variable:s case_1:s case_2:s case_3:s case_4:s
control Switch5 variable:s case_1:s case_2:s case_3:s case_4:s case_5:s
control Switch6 variable:s case_1:s case_2:s case_3:s case_4:s case_5:s case_6:s
decorator Inverter
decorator ForceSuccess
decorator ForceFailure
decorator KeepRunningUntilFailure
decorator RunOnce then_skip:b
decorator Repeat num_cycles:i
decorator RetryUntilSuccessful num_attempts:i
decorator Timeout msec:u
decorator Delay delay_msec:u
decorator Precondition if:!;s else:st
decorator SkipUnlessUpdated entry:!!*
decorator WaitValueUpdate entry:!!*
decorator LoopInt queue:![i]* if_empty:st value:>i
decorator LoopBool queue:![b]* if_empty:st value:>b
decorator LoopDouble queue:![d]* if_empty:st value:>d
decorator LoopString queue:![s]* if_empty:st value:>s
leaf AlwaysSuccess
leaf AlwaysFailure
leaf Script code:!;s
leaf ScriptCondition code:!;*
leaf SetBlackboard value:* output_key:>*
leaf UnsetBlackboard key:s
leaf Sleep msec:u
leaf WasEntryUpdated entry:!!*
service ReadSignal device_handle:s signal_id:s value:>d quality:>s
service CallDevice device_handle:s function_name:s args:s reason:s success:>b error:>s
service CheckQuality device_handle:s signal_id:s expected_quality:s
service GetParameter param:s value:>d
service GetParameterBool param:s value:>b
service GetParameterInt64 param:s value:>l
runtime CheckBool value:b expected:b
runtime PeriodicPulseWindow enabled:b startup_delay_s:l interval_s:l pulse_s:l max_pulses_per_hour:l now_ms:l active:>b pulse_index:>l elapsed_ms:>l
runtime EmitOnChangeOrInterval key:s keepalive_s:l min_spacing_ms:l force:b now_ms:l emit:>b reason:>s
runtime BuildArgsJson json:>s`

// kinds is made once, when the first tree is read, and never changed.
var kinds = sync.OnceValue(func() map[string]*Kind {
	byName := map[string]*Kind{"SubTree": {Name: "SubTree", Category: SubTree}}
	for line := range strings.Lines(strings.TrimSpace(table)) {
		words := strings.Fields(line)
		k := &Kind{Name: words[1], Ports: make([]Port, 0, len(words)-2)}
		switch words[0] {
		case "control":
			k.Category, k.Least = Control, 1
		case "decorator":
			k.Category, k.Least = Decorator, 1
		case "leaf":
			k.Category = Leaf
		case "service":
			k.Category, k.Services = Runtime, true
		case "runtime":
			k.Category = Runtime
		}
		for _, word := range words[2:] {
			k.Ports = append(k.Ports, parsePort(word))
		}
		byName[k.Name] = k
	}
	byName["TryCatch"].Least, byName["TryCatch"].Doubtful = 2, true
	reason, _ := byName["CallDevice"].Port("reason")
	reason.Since = machine.SinceReason()
	build := byName["BuildArgsJson"]
	for n := range 6 {
		prefix := "arg" + strconv.Itoa(n+1)
		build.Ports = append(build.Ports, Port{Name: prefix + "_name", Type: Text}, Port{Name: prefix + "_type", Type: Text},
			Port{Name: prefix + "_num", Type: Double}, Port{Name: prefix + "_bool", Type: Bool}, Port{Name: prefix + "_str", Type: Text})
	}
	return byName
})

func parsePort(word string) Port {
	types := map[string]Type{"s": Text, "b": Bool, "i": Int32, "l": Int64, "u": Uint32, "d": Double, "st": Status, "*": Any}
	name, rest, _ := strings.Cut(word, ":")
	p := Port{Name: name}
	if after, ok := strings.CutPrefix(rest, ">"); ok {
		p.Output, rest = true, after
	}
	if after, ok := strings.CutPrefix(rest, "!"); ok {
		p.Required, rest = true, after
	}
	if after, ok := strings.CutPrefix(rest, "!"); ok {
		p.Filled, rest = true, after
	}
	if after, ok := strings.CutPrefix(rest, ";"); ok {
		p.Script, rest = true, after
	}
	if after, ok := strings.CutPrefix(rest, "["); ok {
		p.Queue, rest = types[after[:1]], after[2:]
	}
	p.Type = types[rest]
	return p
}

// isPointer reports whether a value is certainly a pointer to a key of the
// blackboard, and so is not converted.
func isPointer(value string) bool {
	return len(value) >= 3 && value[0] == '{' && value[len(value)-1] == '}'
}

// pointerKey returns the key that the port of a name points to with a value, if it
// does. Blanks around the braces do not count.
func pointerKey(name, value string) (key string, ok bool) {
	if value == "=" {
		return name, true
	}
	value = strings.Trim(value, " ")
	if !isPointer(value) {
		return "", false
	}
	if key = value[1 : len(value)-1]; key == "=" {
		return name, true
	}
	return key, true
}

// converts reports whether the loader can convert a value to a type: yes, no, or
// unknown where its versions differ.
func converts(t Type, value string) machine.Answer {
	ok := true
	switch t {
	case Bool:
		switch value {
		case "0", "1", "true", "True", "TRUE", "false", "False", "FALSE":
		default:
			ok = false
		}
	case Int32:
		ok = isInteger(value, 32)
	case Int64:
		ok = isInteger(value, 64)
	case Uint32:
		digits := leadingDigits(value)
		_, err := strconv.ParseUint(digits, 10, 32)
		ok = err == nil
	case Double:
		if isDouble(value) {
			return machine.Yes
		}
		// What comes before the number is skipped by some versions.
		trimmed := strings.TrimLeft(value, " \t\r\n\v\f")
		trimmed = strings.TrimPrefix(trimmed, "+")
		if trimmed != value && isDouble(trimmed) {
			return machine.Unknown
		}
		ok = false
	}
	if !ok {
		return machine.No
	}
	return machine.Yes
}

func leadingDigits(text string) string {
	i := 0
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		i++
	}
	return text[:i]
}

func isInteger(value string, bits int) bool {
	digits, minus := strings.CutPrefix(value, "-")
	digits = leadingDigits(digits)
	if digits != "" && minus {
		digits = "-" + digits
	}
	_, err := strconv.ParseInt(digits, 10, bits)
	return err == nil
}

// isDouble reports whether a text begins with a number as the loader reads one.
func isDouble(value string) bool {
	rest := strings.TrimPrefix(value, "-")
	if len(rest) >= 3 && (strings.EqualFold(rest[:3], "inf") || strings.EqualFold(rest[:3], "nan")) {
		return true
	}
	digits := leadingDigits(rest)
	n := len(digits)
	zero := strings.Trim(digits, "0") == ""
	if n < len(rest) && rest[n] == '.' {
		fraction := leadingDigits(rest[n+1:])
		if n+len(fraction) == 0 {
			return false
		}
		zero = zero && strings.Trim(fraction, "0") == ""
		n += 1 + len(fraction)
	} else if n == 0 {
		return false
	}
	if n < len(rest) && rest[n]|0x20 == 'e' {
		exponent := n + 1
		if exponent < len(rest) && (rest[exponent] == '-' || rest[exponent] == '+') {
			exponent++
		}
		if digits := leadingDigits(rest[exponent:]); digits != "" {
			n = exponent + len(digits)
		}
	}
	f, err := strconv.ParseFloat(strings.TrimSuffix(rest[:n], "."), 64)
	return err == nil && !math.IsInf(f, 0) && (f != 0 || zero)
}

// forbidden reports whether a character may not stand in the name of a tree, a node
// or a port.
func forbidden(r rune) bool {
	switch r {
	case 0x7f, '<', '>', '&', '"', '\'', '/', '\\', ':', '*', '?', '|', '.':
		return true
	}
	return r <= ' '
}

// isPortName reports whether an attribute is a port: everything else is ignored.
func isPortName(name string) bool {
	return name != "" && (name[0]|0x20 >= 'a' && name[0]|0x20 <= 'z') && strings.IndexFunc(name, forbidden) < 0
}
