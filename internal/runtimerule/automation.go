package runtimerule

import (
	"math"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// behaviorTree: automation that is on has a behavior tree. The old key counts
// only where the new one is absent.
func behaviorTree(config value, r *report) {
	automation := config.key("automation")
	if !automation.key("enabled").isTrue() {
		return
	}
	const hint = "name the behavior tree, or set enabled: false"
	tree := automation.key("behavior_tree")
	if !tree.present() {
		tree = automation.key("behavior_tree_path")
	}
	switch {
	case !tree.present():
		r.refuse(CodeBehaviorTree, automation, hint, "has no behavior_tree, and automation is enabled")
	case tree.node.IsString() && tree.node.Text == "":
		r.refuse(CodeBehaviorTree, tree, hint, "is empty, and automation is enabled")
	}
}

// parameterRanges: while automation is on, min is not above max.
func parameterRanges(config value, r *report) {
	automation := config.key("automation")
	if !automation.key("enabled").isTrue() {
		return
	}
	for _, parameter := range automation.key("parameters").items() {
		least, most := parameter.key("min"), parameter.key("max")
		if !least.isNumber() || !most.isNumber() {
			continue
		}
		a, ok := readDouble(spelling(least.node))
		b, ok2 := readDouble(spelling(most.node))
		if ok && ok2 && a > b {
			r.refuse(CodeParameterRange, least, "swap min and max, or mend one of them",
				"%s is above max, which is %s", showNumber(least.node), showNumber(most.node))
		}
	}
}

// parameterDefaults: the runtime reads a default as the type of its parameter,
// also while automation is off. It never reads 2.0 as an integer.
func parameterDefaults(config value, r *report) {
	for _, parameter := range config.keys("automation", "parameters").items() {
		kind, def := parameter.key("type"), parameter.key("default")
		if !kind.node.IsString() || !def.present() || def.node.Kind == doc.Null {
			continue
		}
		if want, ok := readsAs(kind.node.Text, def.node); !ok {
			hint := "give a default of the type, or change the type"
			if def.isNumber() && kind.node.Text == "int64" {
				hint = "write it as an integer in decimal digits"
			}
			r.refuse(CodeParameterDefault, def, hint, "the runtime cannot read the default as %s", want)
		}
	}
}

// readsAs reports whether the runtime reads n as a type, and what that type is.
// Quotes make no difference to it.
func readsAs(kind string, n *doc.Node) (want string, ok bool) {
	scalar := n.Items == nil && n.Entries == nil && n.Kind != doc.Seq && n.Kind != doc.Map && n.Kind != doc.Set
	switch kind {
	case "int64":
		i, ok := readInteger(spelling(n))
		return "an integer of 64 bits", scalar && ok && i.within(math.MinInt64, math.MaxInt64)
	case "double":
		_, ok := readDouble(spelling(n))
		return "a number", scalar && ok
	case "bool":
		return "a boolean", n.Kind == doc.Bool || scalar && isBoolWord(spelling(n))
	case "string":
		return "a string", scalar
	}
	return "", true // a type that the schema refuses
}

func isBoolWord(s string) bool {
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "true", "false", "on", "off":
		return true
	}
	return false
}

// hookFunctions: every call of a hook names a function, by a number other than
// 0 or by its name.
func hookFunctions(config value, r *report) {
	for _, call := range hookCalls(config) {
		id, name := call.key("function_id"), call.key("function_name")
		if !call.node.IsMap() || name.present() && !(name.node.IsString() && name.node.Text == "") {
			continue
		}
		switch {
		case !id.present():
			r.refuse(CodeHookFunction, call, "give a function_id other than 0, or a function_name", "names no function")
		case id.isNumber():
			if i, ok := readInteger(spelling(id.node)); ok && i.zero() {
				r.refuse(CodeHookFunction, id, "give a function_id other than 0, or a function_name", "0 names no function")
			}
		}
	}
}

// hookCalls are the calls of all hooks.
func hookCalls(config value) []value {
	hooks := config.keys("automation", "mode_transition_hooks")
	var calls []value
	for _, when := range []string{"before_transition", "after_transition"} {
		for _, hook := range hooks.key(when).items() {
			calls = append(calls, hook.key("calls").items()...)
		}
	}
	return calls
}
