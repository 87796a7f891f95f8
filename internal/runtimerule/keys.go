package runtimerule

import (
	"math"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// key is a key that the runtime reads. The tree of them drives every rule that
// is the same for all keys; a new key needs a line here.
type key struct {
	name     string
	number   number // the type of the value, or of each item
	required bool   // nothing works without it, whatever else there is
	list     bool   // below are the keys of each item
	below    []key
}

// config is what the runtime reads. The one number that depends on another key,
// the default of a parameter, has a rule of its own.
func config() []key {
	return []key{
		{name: "runtime", below: []key{
			{name: "name"}, {name: "shutdown_timeout_ms", number: signed32}, {name: "startup_timeout_ms", number: signed32}, {name: "data_dir"},
			{name: "mode"}, // refused by the schema, and so not unknown
		}},
		{name: "http", below: []key{
			{name: "enabled"}, {name: "bind"}, {name: "port", number: signed32}, {name: "cors_allowed_origins"},
			{name: "cors_allow_credentials"}, {name: "thread_pool_size", number: signed32},
		}},
		{name: "providers", required: true, list: true, below: provider()},
		{name: "polling", below: []key{{name: "interval_ms", number: signed32}}},
		{name: "telemetry", below: []key{
			{name: "enabled"},
			{name: "influxdb", below: []key{
				{name: "url"}, {name: "org"}, {name: "bucket"}, {name: "token"}, {name: "batch_size", number: size},
				{name: "flush_interval_ms", number: signed32}, {name: "max_retry_buffer_size", number: size}, {name: "queue_size", number: size},
			}},
			{name: "influx_url"}, {name: "influx_org"}, {name: "influx_bucket"}, {name: "influx_token"},
			{name: "batch_size", number: size}, {name: "flush_interval_ms", number: signed32},
		}},
		{name: "logging", below: []key{{name: "level"}}},
		{name: "automation", below: automation()},
	}
}

func provider() []key {
	return []key{
		{name: "id", required: true}, {name: "command", required: true}, {name: "args"},
		{name: "timeout_ms", number: signed32}, {name: "hello_timeout_ms", number: signed32}, {name: "ready_timeout_ms", number: signed32},
		{name: "restart_policy", below: []key{
			{name: "enabled"}, {name: "max_attempts", number: signed32}, {name: "backoff_ms", number: signed32},
			{name: "timeout_ms", number: signed32}, {name: "success_reset_ms", number: signed32},
		}},
	}
}

func automation() []key {
	hook := []key{
		{name: "from"}, {name: "to"}, {name: "fail_on_error"},
		{name: "calls", required: true, list: true, below: []key{
			{name: "device_handle", required: true}, {name: "function_id", number: unsigned32}, {name: "function_name"}, {name: "args"},
		}},
	}
	return []key{
		{name: "enabled"}, {name: "behavior_tree"}, {name: "behavior_tree_path"}, {name: "tick_rate_hz", number: signed32}, {name: "manual_gating_policy"},
		{name: "parameters", list: true, below: []key{
			{name: "name", required: true}, {name: "type", required: true},
			{name: "default"}, // the schema requires it, and the runtime does not
			{name: "min", number: double}, {name: "max", number: double}, {name: "allowed_values"},
		}},
		{name: "mode_transition_hooks", below: []key{
			{name: "before_transition", list: true, below: hook}, {name: "after_transition", list: true, below: hook},
		}},
	}
}

// keysRead checks every mapping and every number that the runtime reads.
func keysRead(root value, r *report) {
	mapping(root, config(), r)
	for _, call := range hookCalls(root) {
		arguments(call.key("args"), r)
	}
}

func mapping(v value, keys []key, r *report) {
	if !v.node.IsMap() {
		return
	}
	for _, e := range v.node.Entries {
		k, known := find(keys, e.Key)
		switch {
		case !known:
			pos := v.node.Pos
			if e.Key != nil && !e.Merged {
				pos = e.Key.Pos
			}
			r.warn(CodeUnknownKey, v, pos, "check its spelling, or remove it", "the runtime ignores the key %s", quote(keyText(e.Key)))
		case e.Merged && k.required:
			r.refuse(CodeMergeKey, v, "write it out here", "the runtime misses %s, which only a merge key (<<) brings", quote(k.name))
		case e.Merged:
			r.warn(CodeMergeKey, v, v.node.Pos, "write it out here", "the runtime ignores %s, which only a merge key (<<) brings", quote(k.name))
		default:
			k.check(value{e.Value, v.path.Child(k.name)}, r)
		}
	}
}

func (k key) check(v value, r *report) {
	switch {
	case k.list:
		for _, item := range v.items() {
			mapping(item, k.below, r)
		}
	case k.below != nil:
		mapping(v, k.below, r)
	case k.number != notNumber && v.node.IsSeq():
		for _, item := range v.items() {
			k.number.check(item, r)
		}
	case k.number != notNumber:
		k.number.check(v, r)
	}
}

// check makes sure that the runtime reads a number that the schema accepts.
func (t number) check(v value, r *report) {
	switch {
	case !v.isNumber():
		return
	case t == double:
		if _, ok := readDouble(spelling(v.node)); !ok {
			r.refuse(CodeNumberSpelling, v, plainly(v.node, t), "the runtime cannot read %s as a number", showNumber(v.node))
		}
		return
	case v.node.Kind == doc.Float && (v.node.Float != math.Trunc(v.node.Float) || math.IsInf(v.node.Float, 0)):
		return // no integer to the schema either
	}
	i, ok := readInteger(spelling(v.node))
	switch {
	case !ok:
		r.refuse(CodeNumberSpelling, v, plainly(v.node, t), "the runtime cannot read %s as an integer", showNumber(v.node))
	case !t.fits(i):
		r.refuse(CodeNumberRange, v, "use "+t.limits(), "%s is out of range for the runtime", showNumber(v.node))
	}
}

// arguments checks those of a hook call: what looks like an integer must fit 64
// bits with a sign. Other spellings are texts to the runtime, which it accepts.
func arguments(v value, r *report) {
	if !v.node.IsMap() {
		return
	}
	for _, e := range v.node.Entries {
		arg := value{e.Value, v.path.Child(keyText(e.Key))}
		if e.Merged || !arg.isNumber() {
			continue
		}
		if i, ok := readInteger(spelling(arg.node)); ok && !i.within(math.MinInt64, math.MaxInt64) {
			r.refuse(CodeNumberRange, arg, "use -9223372036854775808 to 9223372036854775807, or quote it to make it a text", "is out of range for the runtime")
		}
	}
}

func find(keys []key, k *doc.Node) (key, bool) {
	for _, known := range keys {
		if k.IsString() && k.Text == known.name {
			return known, true
		}
	}
	return key{}, false
}

func keyText(k *doc.Node) string {
	if k == nil {
		return ""
	}
	return doc.KeyText(k)
}
