// Package runtimerule holds what the machine runtime refuses in a runtime config
// beyond its JSON Schema, and what it silently leaves out.
//
// The rules are those of runtimes built from public source, up to
// machine.NewestRuntime. The runtime reads YAML with another library than the
// schema's checker, so a number can satisfy the schema and not be a number to the
// runtime, and it does not merge (<<), so a key that the schema saw may be missing.
// The schema has rules of its own; a config has to satisfy both.
//
// A rule that came with a version applies when the version is known to have it.
// Where nobody knows, what would be refused is a warning that says so.
package runtimerule

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/machine"
)

// Code is the stable name of a rule.
type Code string

const (
	CodeDuplicateProvider Code = "runtime-duplicate-provider" // two providers have one id
	CodeBackoffLength     Code = "runtime-backoff-length"     // not one pause for each restart attempt
	CodeHookFunction      Code = "runtime-hook-function"      // a hook call that names no function
	CodeParameterRange    Code = "runtime-parameter-range"    // a parameter whose min is above its max
	CodeParameterDefault  Code = "runtime-parameter-default"  // a default that is not of the parameter's type
	CodeBehaviorTree      Code = "runtime-behavior-tree"      // automation is on and has no behavior tree
	CodeHTTPPort          Code = "runtime-http-port"          // HTTP is on and the port is none
	CodeHTTPThreads       Code = "runtime-http-threads"       // HTTP is on and has no thread
	CodeHTTPWildcard      Code = "runtime-http-wildcard"      // credentials for every origin
	CodeNumberSpelling    Code = "runtime-number-spelling"    // a number the runtime cannot read as it is written
	CodeNumberRange       Code = "runtime-number-range"       // a number that does not fit its type
	CodeMergeKey          Code = "runtime-merge-key"          // a key that only a merge key brings, which the runtime does not follow
	CodeUnknownKey        Code = "runtime-unknown-key"        // a key that no known version of the runtime reads
	CodeVersion           Code = "runtime-version"            // a key or rule that depends on the version of the runtime
	CodeType              Code = "runtime-type"               // a value that the runtime cannot read as the type of its key
	CodeSafeState         Code = "runtime-safe-state"         // a call of the safe state that names no device or no function
	CodeInsecureBind      Code = "runtime-insecure-bind"      // other machines reach it, and nobody has to say who they are
	CodePlaintextToken    Code = "runtime-plaintext-token"    // the token of the HTTP interface travels unencrypted
	CodeTLSPair           Code = "runtime-tls-pair"           // a TLS certificate without its key, or the other way round
	CodeStaleness         Code = "runtime-staleness"          // limits of stale values that contradict each other
)

// Codes lists every code, in the order of the rules.
func Codes() []Code {
	return []Code{
		CodeDuplicateProvider, CodeBackoffLength, CodeHookFunction, CodeParameterRange, CodeParameterDefault,
		CodeBehaviorTree, CodeHTTPPort, CodeHTTPThreads, CodeHTTPWildcard,
		CodeNumberSpelling, CodeNumberRange, CodeMergeKey, CodeUnknownKey, CodeVersion, CodeType,
		CodeSafeState, CodeInsecureBind, CodePlaintextToken, CodeTLSPair, CodeStaleness,
	}
}

// Violation is one place where the runtime would refuse a config, or a warning
// that it would take it for less than it says.
type Violation struct {
	// Path leads to the value that Message speaks about. For a key that is
	// ignored or missing, that is the mapping.
	Path doc.Path
	// Pos is the place of that machine.Value, or of the key that is ignored.
	Pos     doc.Pos
	Code    Code
	Message string // to be read after the path
	Hint    string // how to correct it
	Warning bool   // the runtime starts all the same
}

// rules are all the rules, each of which knows nothing of the others.
func rules() []func(config machine.Value, r *report) {
	return []func(machine.Value, *report){
		duplicateProviders,
		backoffLengths,
		hookFunctions,
		parameterRanges,
		parameterDefaults,
		behaviorTree,
		httpPort,
		httpThreads,
		httpWildcard,
		insecureBind,
		tlsPair,
		staleness,
		safeState,
		keysRead,
	}
}

// Check holds a runtime config against every rule of a version of the runtime and
// returns what breaks one, ordered by place, path, code and message. A value of a
// type that the schema refuses breaks no rule here, except that a default may be
// reported by both. A root without a node breaks none.
//
// Messages show keys, provider ids and short numbers, and no other value. Check
// changes nothing: any number of goroutines may check one document.
func Check(config machine.Value, version machine.Version) []Violation {
	r := &report{version: version}
	for _, rule := range rules() {
		rule(config, r)
	}
	slices.SortStableFunc(r.found, compare)
	return r.found
}

// compare orders violations. It makes no text of the paths, which aliases can make
// long, and many.
func compare(a, b Violation) int {
	if c := cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column)); c != 0 {
		return c
	}
	if c := a.Path.Compare(b.Path); c != 0 {
		return c
	}
	return cmp.Or(strings.Compare(string(a.Code), string(b.Code)), strings.Compare(a.Message, b.Message))
}

// duplicateProviders: every provider has an id of its own.
func duplicateProviders(config machine.Value, r *report) {
	first := map[string]int{}
	for i, provider := range config.Key("providers").Items() {
		id := provider.Key("id")
		if !id.Node.IsString() {
			continue
		}
		if j, taken := first[id.Node.Text]; taken {
			r.refuse(CodeDuplicateProvider, id, "give each provider an id of its own",
				"the id %s is already the id of providers[%d]", quote(id.Node.Text), j)
			continue
		}
		first[id.Node.Text] = i
	}
}

// backoffLengths: a restart policy that is on has one pause for each attempt.
// What is left out has a default that the runtime accepts.
func backoffLengths(config machine.Value, r *report) {
	for _, provider := range config.Key("providers").Items() {
		policy := provider.Key("restart_policy")
		attempts, pauses := policy.Key("max_attempts"), policy.Key("backoff_ms")
		if !policy.Key("enabled").IsTrue() || !attempts.IsNumber() || !pauses.Node.IsSeq() {
			continue
		}
		want, ok := readInteger(machine.Spelling(attempts.Node))
		have := integer{amount: uint64(len(pauses.Node.Items))}
		if ok && !want.huge && want != have {
			r.refuse(CodeBackoffLength, pauses, "list one pause for each attempt",
				"has %d pauses, and max_attempts is %s", have.amount, showNumber(attempts.Node))
		}
	}
}

// behaviorTree: automation that is on has a behavior tree. The old key counts
// only where the new one is absent.
func behaviorTree(config machine.Value, r *report) {
	automation := config.Key("automation")
	if !automation.Key("enabled").IsTrue() {
		return
	}
	const hint = "name the behavior tree, or set enabled: false"
	tree := automation.Key("behavior_tree")
	if !tree.Present() {
		tree = automation.Key("behavior_tree_path")
	}
	switch {
	case !tree.Present():
		r.refuse(CodeBehaviorTree, automation, hint, "has no behavior_tree, and automation is enabled")
	case tree.Node.IsString() && tree.Node.Text == "":
		r.refuse(CodeBehaviorTree, tree, hint, "is empty, and automation is enabled")
	}
}

// parameterRanges: while automation is on, min is not above max.
func parameterRanges(config machine.Value, r *report) {
	automation := config.Key("automation")
	if !automation.Key("enabled").IsTrue() {
		return
	}
	for _, parameter := range automation.Key("parameters").Items() {
		least, most := parameter.Key("min"), parameter.Key("max")
		if !least.IsNumber() || !most.IsNumber() {
			continue
		}
		a, ok := readDouble(machine.Spelling(least.Node))
		b, ok2 := readDouble(machine.Spelling(most.Node))
		if ok && ok2 && a > b {
			r.refuse(CodeParameterRange, least, "swap min and max, or correct one of them",
				"%s is above max, which is %s", showNumber(least.Node), showNumber(most.Node))
		}
	}
}

// parameterDefaults: the runtime reads a default as the type of its parameter,
// also while automation is off. It never reads 2.0 as an integer.
func parameterDefaults(config machine.Value, r *report) {
	for _, parameter := range config.Keys("automation", "parameters").Items() {
		kind, def := parameter.Key("type"), parameter.Key("default")
		if !kind.Node.IsString() || !def.Present() || def.Node.Kind == doc.Null {
			continue
		}
		if want, ok := readsAs(kind.Node.Text, def.Node); !ok {
			hint := "give a default of the type, or change the type"
			if def.IsNumber() && kind.Node.Text == "int64" {
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
		i, ok := readInteger(machine.Spelling(n))
		return "an integer of 64 bits", scalar && ok && i.within(math.MinInt64, math.MaxInt64)
	case "double":
		_, ok := readDouble(machine.Spelling(n))
		return "a number", scalar && ok
	case "bool":
		_, ok := machine.Value{Node: n}.Truth()
		return "a boolean", ok
	case "string":
		return "a string", scalar
	}
	return "", true // a type that the schema refuses
}

// hookFunctions: every call of a hook names a function, by a number other than
// 0 or by its name.
func hookFunctions(config machine.Value, r *report) {
	for _, call := range hookCalls(config) {
		if id := call.Key("function_id"); id.Present() && !id.IsNumber() {
			continue // the schema objects
		}
		if at, message := functionless(call); message != "" {
			r.refuse(CodeHookFunction, at, "give a function_id other than 0, or a function_name", "%s", message)
		}
	}
}

// functionless says why a call names no function, and where.
func functionless(call machine.Value) (at machine.Value, message string) {
	id, name := call.Key("function_id"), call.Key("function_name")
	text, isText := name.AsString()
	switch {
	case !call.Node.IsMap() || name.Present() && !(isText && text == ""):
	case !id.Present():
		return call, "names no function"
	case id.IsScalar():
		if i, ok := readInteger(machine.Spelling(id.Node)); ok && i.zero() {
			return id, "0 names no function"
		}
	}
	return machine.Value{}, ""
}

// hookCalls are the calls of all hooks.
func hookCalls(config machine.Value) []machine.Value {
	hooks := config.Keys("automation", "mode_transition_hooks")
	var calls []machine.Value
	for _, when := range []string{"before_transition", "after_transition"} {
		for _, hook := range hooks.Key(when).Items() {
			calls = append(calls, hook.Key("calls").Items()...)
		}
	}
	return calls
}

// safeCalls are the calls that an emergency stop can run.
func safeCalls(config machine.Value) []machine.Value {
	state := config.Keys("safety", "safe_state")
	return slices.Concat(state.Key("hooks").Items(), state.Key("setpoints").Items())
}

// safeState: the runtime checks the calls of the safe state with automation on or
// off, so that an emergency stop can trust them.
func safeState(config machine.Value, r *report) {
	for _, list := range []string{"hooks", "setpoints"} {
		v := config.Keys("safety", "safe_state", list)
		if !v.IsNull() && !v.Node.IsSeq() {
			r.since(machine.SinceSafety(), CodeSafeState, v, "make it a list of calls", "is not a list")
		}
	}
	for _, call := range safeCalls(config) {
		if !call.Node.IsMap() {
			r.since(machine.SinceSafety(), CodeSafeState, call, "make it a mapping with device_handle and function_name", "is not a call")
			continue
		}
		if handle := call.Key("device_handle"); handle.IsScalar() && handle.Text() == "" || !handle.Present() {
			r.since(machine.SinceSafety(), CodeSafeState, call, "give it a device_handle, such as bread0/dcmt0", "names no device")
		}
		if args := call.Key("args"); !args.IsNull() && !args.Node.IsMap() {
			r.since(machine.SinceSafety(), CodeSafeState, args, "make it a mapping of names and values", "is not a mapping")
		}
		if at, message := functionless(call); message != "" {
			r.since(machine.SinceSafety(), CodeSafeState, at, "give a function_id other than 0, or a function_name", "%s", message)
		}
	}
}

// httpSection is the section about HTTP, and whether HTTP is on: it is unless
// it is turned off, also where the schema asks for enabled before it looks.
func httpSection(config machine.Value) (http machine.Value, on bool) {
	http = config.Key("http")
	return http, !http.Key("enabled").IsFalse()
}

// httpPort: HTTP that is on has a port.
func httpPort(config machine.Value, r *report) {
	http, on := httpSection(config)
	port := http.Key("port")
	if !on || !port.IsNumber() {
		return
	}
	if i, ok := readInteger(machine.Spelling(port.Node)); ok && (i.zero() || !i.within(0, 65535)) {
		r.refuse(CodeHTTPPort, port, "use 1 to 65535, or turn HTTP off with enabled: false",
			"%s is not a port from 1 to 65535, and HTTP is on", showNumber(port.Node))
	}
}

// httpThreads: HTTP that is on has a thread.
func httpThreads(config machine.Value, r *report) {
	http, on := httpSection(config)
	threads := http.Key("thread_pool_size")
	if !on || !threads.IsNumber() {
		return
	}
	if i, ok := readInteger(machine.Spelling(threads.Node)); ok && (i.zero() || i.minus) {
		r.refuse(CodeHTTPThreads, threads, "use at least 1, or turn HTTP off with enabled: false",
			"%s is too few, and HTTP is on", showNumber(threads.Node))
	}
}

// httpWildcard: HTTP that is on does not let every origin use credentials. No
// origins mean every origin.
func httpWildcard(config machine.Value, r *report) {
	http, on := httpSection(config)
	if !on || !http.Key("cors_allow_credentials").IsTrue() {
		return
	}
	const hint = "list the origins, or set cors_allow_credentials: false"
	origins := http.Key("cors_allowed_origins")
	switch {
	case !origins.Present():
		r.refuse(CodeHTTPWildcard, http, hint, "has no cors_allowed_origins, which allows every origin, together with cors_allow_credentials")
	case origins.Node.IsString() && origins.Node.Text == "", origins.Node.IsSeq() && len(origins.Node.Items) == 0:
		r.refuse(CodeHTTPWildcard, origins, hint, "is empty, which allows every origin, together with cors_allow_credentials")
	case isWildcard(origins):
		r.refuse(CodeHTTPWildcard, origins, hint, "is the wildcard *, together with cors_allow_credentials")
	}
	for _, origin := range origins.Items() {
		if isWildcard(origin) {
			r.refuse(CodeHTTPWildcard, origin, hint, "is the wildcard *, together with cors_allow_credentials")
		}
	}
}

func isWildcard(v machine.Value) bool { return v.Node.IsString() && v.Node.Text == "*" }

// insecureBind: newer runtimes listen for other machines only if callers must show
// a token, or the config says that they need not.
func insecureBind(config machine.Value, r *report) {
	e := (&machine.Config{Root: config}).Exposure()
	if !e.Exposed || e.Bind.Present() && !e.Bind.IsScalar() {
		return
	}
	at := e.Bind
	if !e.Auth && !e.Insecure {
		r.since(machine.SinceAuth(), CodeInsecureBind, at,
			"set http.auth_enabled: true and supply "+machine.APIVariable+" on the machine, or bind 127.0.0.1",
			"other machines can reach this address, and neither auth_enabled nor allow_insecure_bind is true")
	}
	if e.Auth && !e.TLS && r.version.Has(machine.SinceAuth()) == machine.Yes {
		r.warn(CodePlaintextToken, at, at.Pos(), "set http.tls_cert_path and http.tls_key_path, or put a proxy with TLS in front",
			"the token travels unencrypted to this address")
	}
}

// tlsPair: a certificate and its key go together.
func tlsPair(config machine.Value, r *report) {
	http, on := httpSection(config)
	cert, key := http.Key("tls_cert_path"), http.Key("tls_key_path")
	switch hasCert, hasKey := cert.Text() != "", key.Text() != ""; {
	case !on || hasCert == hasKey:
	case hasCert:
		r.since(machine.SinceTLS(), CodeTLSPair, cert, "set http.tls_key_path, too", "has no tls_key_path beside it")
	default:
		r.since(machine.SinceTLS(), CodeTLSPair, key, "set http.tls_cert_path, too", "has no tls_cert_path beside it")
	}
}

// staleness: values are warned about before they are stale.
func staleness(config machine.Value, r *report) {
	limits := config.Keys("health", "staleness")
	warn, stale := limits.Key("warn_after_ms"), limits.Key("stale_after_ms")
	w, s := asInteger(warn), asInteger(stale)
	if w < 0 {
		r.since(machine.SinceStaleness(), CodeStaleness, warn, "use 0 or more", "is negative")
	}
	if s < 0 {
		r.since(machine.SinceStaleness(), CodeStaleness, stale, "use 0 or more", "is negative")
	}
	if w > 0 && s > 0 && s <= w {
		r.since(machine.SinceStaleness(), CodeStaleness, stale, "use more than warn_after_ms", "must be more than warn_after_ms")
	}
	if interval := config.Keys("telemetry", "health_interval_ms"); asInteger(interval) < 0 {
		r.since(machine.SinceHealth(), CodeStaleness, interval, "use 0 or more; 0 turns it off", "is negative")
	}
}

// asInteger returns the small integer that the runtime reads, and 0 for everything
// else.
func asInteger(v machine.Value) int64 {
	if v.IsNull() || !v.IsScalar() {
		return 0
	}
	i, ok := readInteger(machine.Spelling(v.Node))
	if !ok || !fits(machine.Signed32, i) {
		return 0
	}
	if i.minus {
		return -int64(i.amount)
	}
	return int64(i.amount)
}

// keysRead checks every mapping and every value that the runtime reads.
func keysRead(root machine.Value, r *report) {
	mapping(root, machine.RuntimeKeys(), r)
	for _, call := range hookCalls(root) {
		arguments(call.Key("args"), machine.Since{}, r)
	}
	for _, call := range safeCalls(root) {
		arguments(call.Key("args"), machine.SinceSafety(), r)
	}
}

func mapping(v machine.Value, keys []machine.Key, r *report) {
	if !v.Node.IsMap() {
		return
	}
	for _, e := range v.Node.Entries {
		name := keyText(e.Key)
		k, known := machine.FindKey(keys, name)
		known = known && e.Key.IsString()
		pos := v.Node.Pos
		if e.Key != nil && !e.Merged {
			pos = e.Key.Pos
		}
		switch {
		case !known:
			unknownKey(v, keys, name, pos, r)
		case e.Merged && k.Required:
			r.refuse(CodeMergeKey, v, "write "+quote(k.Name)+" out here", "%s comes only from a merge key (<<), which the runtime ignores", quote(k.Name))
		case e.Merged:
			r.warn(CodeMergeKey, v, v.Node.Pos, "write "+quote(k.Name)+" out here", "%s comes only from a merge key (<<), which the runtime ignores", quote(k.Name))
		default:
			child := machine.Value{Node: e.Value, Path: v.Path.Child(k.Name)}
			switch r.version.Has(k.Since) {
			case machine.Yes:
				checkKey(k, child, r)
			case machine.No:
				r.warn(CodeVersion, v, pos, "pin runtime "+k.Since.By+" or newer in components.runtime.version of machine-profile.yaml",
					"runtime %s does not read the key %s; versions from %s on do", shortText(r.version.String()), quote(k.Name), k.Since.By)
			case machine.Unknown:
				r.unknownVersion(v, pos, k)
			}
		}
	}
}

// unknownKey warns of a key that no known version reads. It never advises to take
// the key out: a newer runtime may read it.
func unknownKey(v machine.Value, keys []machine.Key, name string, pos doc.Pos, r *report) {
	hint := "check its spelling; a newer runtime may read it"
	if near, ok := machine.Nearest(keys, name); ok && !v.Key(near).Present() {
		hint = "write " + near
	}
	r.warn(CodeUnknownKey, v, pos, hint, "no runtime up to %s reads the key %s", machine.NewestRuntime, quote(name))
}

// unknownVersion warns of a key that some versions read and others do not, if nobody
// says which version it is. Of one between those that are known to read the key and
// those that are known not to, nothing can be said, and its owner cannot change that.
func (r *report) unknownVersion(v machine.Value, pos doc.Pos, k machine.Key) {
	if r.version.Known() {
		return
	}
	r.warn(CodeVersion, v, pos, pinHint(k.Since), "whether the runtime reads the key %s depends on its version: %s", quote(k.Name), r.versionWords(k.Since))
}

// pinHint is an edit that makes a version known to have what came at s.
func pinHint(s machine.Since) string {
	return "pin runtime " + s.By + " or newer in components.runtime.version of machine-profile.yaml, or name the target's version"
}

// versionWords says what is known of the version and of what came at s.
func (r *report) versionWords(s machine.Since) string {
	text := "versions from " + s.By + " on do, those up to " + s.After + " do not"
	switch {
	case r.version.Known():
		return text + ", and " + r.version.String() + " is between"
	case r.version.String() == "":
		return text + ", and none is pinned"
	}
	return text + ", and " + quote(r.version.String()) + " is not a version"
}

// since reports what the versions that came at s refuse.
func (r *report) since(s machine.Since, code Code, at machine.Value, hint, format string, args ...any) {
	switch r.version.Has(s) {
	case machine.Yes:
		r.refuse(code, at, hint, format, args...)
	case machine.Unknown:
		r.warn(code, at, at.Pos(), hint, format+"; a runtime that checks this refuses the config: "+r.versionWords(s), args...)
	}
}

// checkKey makes sure that the runtime reads the value of a key.
func checkKey(k machine.Key, v machine.Value, r *report) {
	number := k.Type == machine.Signed32 || k.Type == machine.Unsigned32 || k.Type == machine.Size || k.Type == machine.Double
	switch {
	case k.List:
		for _, item := range v.Items() {
			mapping(item, k.Below, r)
		}
	case k.Below != nil:
		if k.Since != (machine.Since{}) && !v.IsNull() && !v.Node.IsMap() {
			r.refuse(CodeType, v, "make it a mapping", "the runtime wants a mapping here")
		}
		mapping(v, k.Below, r)
	case number && k.Since != (machine.Since{}):
		newerNumber(k, v, r)
	case number && v.Node.IsSeq():
		for _, item := range v.Items() {
			checkNumber(k.Type, item, r)
		}
	case number:
		checkNumber(k.Type, v, r)
	case k.Type == machine.Boolean:
		if _, ok := v.Truth(); !ok {
			r.refuse(CodeType, v, "write true or false", "the runtime cannot read this as a boolean")
		}
	case k.Type == machine.Text && k.Since != (machine.Since{}) && !v.IsScalar():
		r.refuse(CodeType, v, "write a text", "the runtime cannot read this as a text")
	}
}

// newerNumber checks a number that the schema does not know of, as it is spelled,
// with quotes or without.
func newerNumber(k machine.Key, v machine.Value, r *report) {
	if v.IsScalar() && !v.IsNull() {
		switch i, ok := readInteger(machine.Spelling(v.Node)); {
		case ok && fits(k.Type, i):
			return
		case ok:
			r.refuse(CodeNumberRange, v, "use "+limitsOf(k.Type), "%s is out of range for the runtime", showNumber(v.Node))
			return
		}
	}
	r.refuse(CodeType, v, "write an integer in decimal digits", "the runtime cannot read this as an integer")
}

// checkNumber makes sure that the runtime reads a number that the schema accepts.
func checkNumber(t machine.Type, v machine.Value, r *report) {
	switch {
	case !v.IsNumber():
		return
	case t == machine.Double:
		if _, ok := readDouble(machine.Spelling(v.Node)); !ok {
			r.refuse(CodeNumberSpelling, v, plainly(v.Node, t), "the runtime cannot read %s as a number", showNumber(v.Node))
		}
		return
	case v.Node.Kind == doc.Float && (v.Node.Float != math.Trunc(v.Node.Float) || math.IsInf(v.Node.Float, 0)):
		return // no integer to the schema either
	}
	i, ok := readInteger(machine.Spelling(v.Node))
	switch {
	case !ok:
		r.refuse(CodeNumberSpelling, v, plainly(v.Node, t), "the runtime cannot read %s as an integer", showNumber(v.Node))
	case !fits(t, i):
		r.refuse(CodeNumberRange, v, "use "+limitsOf(t), "%s is out of range for the runtime", showNumber(v.Node))
	}
}

// arguments checks those of a call: digits are an integer of 64 bits, digits with
// a point are a double, and both must fit. Anything else is a text. The runtime goes
// by the text of a scalar alone, with quotes or without.
func arguments(v machine.Value, since machine.Since, r *report) {
	for _, arg := range v.Entries() {
		if arg.IsNull() || !arg.IsScalar() {
			if since != (machine.Since{}) { // the schema sees to the others
				r.since(since, CodeType, arg.Value, "write a text, a number, true or false", "the runtime wants a single value here")
			}
			continue
		}
		text := machine.Spelling(arg.Node)
		switch form, ok := decimalOf(text); {
		case ok && form == (decimal{}):
			if _, err := strconv.ParseInt(text, 10, 64); err != nil {
				r.since(since, CodeNumberRange, arg.Value, "use -9223372036854775808 to 9223372036854775807", "is out of range for the runtime, which reads an integer here")
			}
		case ok && form.point:
			if f, err := strconv.ParseFloat(text, 64); err != nil || subnormal(f) || f == 0 && strings.ContainsAny(mantissa(text), "123456789") {
				r.since(since, CodeNumberRange, arg.Value, "use a number between 2.3e-308 and 1.7e308", "is out of range for the runtime, which reads a double here")
			}
		}
	}
}

// subnormal reports whether C++ calls a number too small although it is not 0.
func subnormal(f float64) bool { return f != 0 && math.Abs(f) < 0x1p-1022 }

// mantissa is a decimal number without its exponent.
func mantissa(text string) string {
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		return text[:i]
	}
	return text
}

// shortText cuts what comes from a file.
func shortText(s string) string {
	if len(s) > maxShown {
		return s[:maxShown] + "…"
	}
	return s
}

func keyText(k *doc.Node) string {
	if k == nil {
		return ""
	}
	return doc.KeyText(k)
}

// report gathers violations.
type report struct {
	version machine.Version
	found   []Violation
}

// refuse adds what the runtime refuses.
func (r *report) refuse(code Code, at machine.Value, hint, format string, args ...any) {
	v := Violation{Path: at.Path, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint}
	if at.Node != nil {
		v.Pos = at.Node.Pos
	}
	r.found = append(r.found, v)
}

// warn adds what the runtime ignores; pos is the place of the key.
func (r *report) warn(code Code, at machine.Value, pos doc.Pos, hint, format string, args ...any) {
	r.found = append(r.found, Violation{
		Path: at.Path, Pos: pos, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint, Warning: true,
	})
}

// maxShown keeps messages readable whatever the keys and ids are.
const maxShown = 64

// quote shows a key or an id.
func quote(s string) string {
	n := 0
	for i := range s {
		if n++; n > maxShown { // no more is looked at: aliases can repeat a long one
			s = s[:i] + "…"
			break
		}
	}
	return strconv.QuoteToGraphic(s)
}
