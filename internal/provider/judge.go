package provider

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/contract"
	"github.com/anolishq/anolis-handoff/internal/doc"
)

// judge finds the faults of the config.
func (c *Config) judge(ctx context.Context, schema *Schema, newer bool, merged map[*doc.Node]bool) error {
	violations, err := schema.rules.Check(ctx, c.root)
	if err != nil {
		return err
	}
	var found []Finding
	for i, v := range violations {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		f := Finding{Path: v.Path, Pos: v.At, Also: v.Also, Message: v.Message}
		switch v.Rule {
		case contract.Unknown, contract.Forbidden:
			f.Path = v.Path.Child(v.Key)
		case contract.Missing:
			if v.Key == "ambient_temp_c" { // a person looks for what needs it
				if needs := keyOf(c.sections["simulation"], "ambient_signal_path"); !needs.IsZero() {
					f.Pos, f.Also = needs, []doc.Pos{f.Pos}
				}
			}
		}
		switch {
		case newer && (v.Rule == contract.Unknown || v.Rule == contract.Choice):
			// A newer version may know the key or the word.
			f.Certainty = Doubtful
		case (v.Rule == contract.Value || v.Rule == contract.Choice || v.Rule == contract.Forbidden) && c.tolerates(f.Path):
			f.Certainty = Tolerated
		}
		found = append(found, f)
	}
	w := walk{ctx: ctx, config: c, merged: merged}
	w.value(c.root, c.root.Pos)
	if err := ctx.Err(); err != nil {
		return err
	}
	c.Findings = oneForEach(append(found, w.found...))
	if n := len(c.Findings); n > maxFindings {
		c.Findings, c.Omitted = slices.Clip(c.Findings[:maxFindings]), n-maxFindings
	}
	return nil
}

// keyOf returns the place of a key of a mapping.
func keyOf(n *doc.Node, key string) doc.Pos {
	if n.IsMap() {
		for _, e := range n.Entries {
			if e.Key.IsString() && e.Key.Text == key {
				return e.Key.Pos
			}
		}
	}
	return doc.Pos{}
}

// oneForEach makes one finding of those about one value, as certain as the most
// certain of them.
func oneForEach(found []Finding) []Finding {
	type place struct {
		pos  doc.Pos
		path string
	}
	at := make(map[place]int, len(found))
	var merged []Finding
	for _, f := range found {
		p := place{f.Pos, f.Path.Pointer()}
		i, again := at[p]
		if !again {
			at[p] = len(merged)
			merged = append(merged, f)
			continue
		}
		first := &merged[i]
		// A rule that the provider does not enforce would hide one that it does.
		switch {
		case f.Certainty < first.Certainty:
			first.Certainty, first.Message = f.Certainty, f.Message
		case f.Certainty == first.Certainty && !strings.Contains(first.Message, f.Message) && len(first.Message) < 200:
			first.Message += "; " + f.Message
		}
		for _, pos := range f.Also {
			if !slices.Contains(first.Also, pos) {
				first.Also = append(first.Also[:len(first.Also):len(first.Also)], pos)
			}
		}
	}
	slices.SortStableFunc(merged, func(a, b Finding) int {
		if a.Pos != b.Pos {
			return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
		}
		return strings.Compare(a.Path.Pointer(), b.Path.Pointer())
	})
	return merged
}

// Patterns of places where the loaders of the providers read scalars.
const (
	nameKey     = "provider.name"
	busKey      = "hardware.bus_path"
	scanned     = "discovery.addresses"
	scannedItem = "discovery.addresses.*"
	idKey       = "devices.*.id"
	typeKey     = "devices.*.type"
	labelKey    = "devices.*.label"
	addressKey  = "devices.*.address"
	watchdogKey = "devices.*.command_watchdog_ms"
	tickKey     = "simulation.tick_rate_hz"
	ambientKey  = "simulation.ambient_temp_c"
	physicsKey  = "simulation.physics_config"
	signalKey   = "simulation.ambient_signal_path"
)

// whole returns the least and the most that the integer at a place of a config of
// bread or ezo may be.
func whole(where string) (least, most int64, ok bool) {
	switch where {
	case "hardware.query_delay_us", "hardware.timeout_ms":
		return 1, math.MaxInt32, true
	case "hardware.retry_count":
		return 0, math.MaxInt32, true
	case watchdogKey:
		return 0, math.MaxUint16, true
	}
	return 0, 0, false
}

// pattern is a path with a star for each index.
func pattern(path doc.Path) string {
	steps := make([]string, len(path))
	for i, step := range path {
		if s, ok := step.(string); ok {
			steps[i] = s
		} else {
			steps[i] = "*"
		}
	}
	return strings.Join(steps, ".")
}

// at finds a value. The root may have any number of keys, so it has an index.
func (c *Config) at(path doc.Path) *doc.Node {
	section, _ := path[0].(string)
	n := c.sections[section]
	for _, step := range path[1:] {
		switch step := step.(type) {
		case string:
			n = n.Get(step)
		case int:
			if !n.IsSeq() || step >= len(n.Items) {
				return nil
			}
			n = n.Items[step]
		}
	}
	return n
}

// tolerates reports whether the provider's own loader, up to the versions of the
// published schemas, takes a value that the schema refuses. It reads every scalar as
// text.
func (c *Config) tolerates(path doc.Path) bool {
	if len(path) == 0 || len(path) > 3 {
		return false
	}
	n := c.at(path)
	if n == nil {
		return false
	}
	where := pattern(path)
	if c.Kind == Bread && where == scanned {
		return c.Mode == "scan" && n.IsSeq() && len(n.Items) == 0
	}
	text, scalar := spelling(n)
	if n.Kind == doc.Null && c.Kind == Sim {
		text, scalar = "null", true // to the YAML reader, and sim does not ask
	}
	if !scalar {
		return false
	}
	switch c.Kind {
	case Bread, Ezo:
		if least, most, ok := whole(where); ok {
			v, ok := leading(text, 10)
			return ok && v >= least && v <= most
		}
		switch where {
		case nameKey, idKey:
			return isName(text)
		case busKey, labelKey:
			return text != ""
		case addressKey, scannedItem:
			v, ok := leadingAddress(text)
			return ok && v >= minAddress && v <= maxAddress
		}
	case Sim:
		switch where {
		case nameKey:
			return isName(text)
		case idKey:
			return text != "" && text != chaosControl
		case typeKey:
			return text != "" && !c.Strict
		case tickKey:
			v, ok := real(text)
			return c.Simulation != "inert" && ok && !(v < 0.1 || v > 1000)
		case ambientKey:
			_, ok := real(text)
			return c.Simulation == "sim" && ok
		case physicsKey, signalKey:
			return c.Simulation == "sim" && text != ""
		}
	}
	return false
}

// isName reports whether a text is an identifier of the schemas.
func isName(text string) bool {
	if text == "" || len(text) > 64 {
		return false
	}
	for _, b := range []byte(text) {
		switch {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9', b == '_', b == '.', b == '-':
		default:
			return false
		}
	}
	return true
}

// leading reads the number at the beginning of a text, as C++ does: what follows is
// ignored. It is one of 32 bits.
func leading(text string, base int) (int64, bool) {
	text = strings.TrimLeft(text, " \t\n\v\f\r")
	end := 0
	if text != "" && (text[0] == '+' || text[0] == '-') {
		end = 1
	}
	for end < len(text) {
		b := text[end] | 0x20
		if !(text[end] >= '0' && text[end] <= '9' || base == 16 && b >= 'a' && b <= 'f') {
			break
		}
		end++
	}
	v, err := strconv.ParseInt(text[:end], base, 32)
	return v, err == nil
}

// leadingAddress reads an address likewise: decimal, or hexadecimal behind 0x.
func leadingAddress(text string) (int64, bool) {
	if len(text) > 2 && (text[:2] == "0x" || text[:2] == "0X") {
		return leading(text[2:], 16)
	}
	return leading(text, 10)
}

// real reads a text that is a number as a whole, as C++ does.
func real(text string) (float64, bool) {
	switch strings.TrimLeft(text, "+-") {
	case ".inf", ".Inf", ".INF":
		return math.Inf(1), true
	case ".nan", ".NaN", ".NAN":
		return math.NaN(), true
	}
	if strings.Trim(text, "0123456789+-.eE") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil
}

// walk finds what the schema cannot say.
type walk struct {
	ctx    context.Context
	config *Config
	merged map[*doc.Node]bool
	found  []Finding
	path   doc.Path
	steps  int
}

// value looks at a value; at is the place of its key. It goes no deeper than the
// providers read. Readers of documents bound the number of values, aliases followed.
func (w *walk) value(n *doc.Node, at doc.Pos) {
	if w.steps++; n == nil || len(w.path) > 3 || w.steps%1024 == 0 && w.ctx.Err() != nil {
		return
	}
	w.mergeKey(n, at)
	w.numeral(n, at)
	for i, item := range n.Items {
		if item != nil {
			w.path = append(w.path, i)
			w.value(item, item.Pos)
			w.path = w.path[:len(w.path)-1]
		}
	}
	for _, e := range n.Entries {
		if !e.Key.IsString() {
			continue
		}
		w.path = append(w.path, e.Key.Text)
		w.bindings(e)
		w.value(e.Value, e.Key.Pos)
		w.path = w.path[:len(w.path)-1]
	}
}

func (w *walk) add(at doc.Pos, certainty Certainty, format string, args ...any) {
	w.found = append(w.found, Finding{Path: slices.Clone(w.path), Pos: at, Message: fmt.Sprintf(format, args...), Certainty: certainty})
}

// mergeKey finds merge keys: to the YAML reader of the providers they are keys like
// any other, and an unknown key is refused where the mapping is closed.
func (w *walk) mergeKey(n *doc.Node, at doc.Pos) {
	if !w.merged[n] {
		return
	}
	switch w.config.Kind {
	case Bread, Ezo:
	case Sim:
		if pattern(w.path) != "simulation" {
			return // ignored; what it would have brought is missing
		}
	default:
		return
	}
	w.add(at, Refused, "must not have the merge key <<, which the provider takes for an unknown key; write its entries out")
}

// bindings finds physics_bindings in a mode that would ignore them.
func (w *walk) bindings(e doc.Entry) {
	c := w.config
	if c.Kind != Sim || e.Key.Text != "physics_bindings" || pattern(w.path) != "devices.*.physics_bindings" {
		return
	}
	if c.Simulation == "inert" || c.Simulation == "non_interacting" {
		w.add(e.Key.Pos, Refused, "needs simulation.mode sim; it is %s", c.Simulation)
	}
}

// numeral finds numbers that older versions of the provider read as others than the
// schema, or refuse: they read the digits that the file has, and know no octal,
// sexagesimal or other spelling.
func (w *walk) numeral(n *doc.Node, at doc.Pos) {
	if n.Kind != doc.Int && n.Kind != doc.Float || n.Source == "" {
		return
	}
	var read float64
	var ok bool
	where := pattern(w.path)
	_, _, isWhole := whole(where)
	switch {
	case w.config.Kind == Sim && (where == tickKey || where == ambientKey):
		read, ok = real(n.Source)
	case w.config.Kind == Sim, w.config.Kind != Bread && w.config.Kind != Ezo:
		return
	case isWhole:
		var v int64
		v, ok = leading(n.Source, 10)
		read = float64(v)
	case where == addressKey, where == scannedItem:
		var v int64
		v, ok = leadingAddress(n.Source)
		read = float64(v)
	default:
		return
	}
	value, text := n.Float, canonyaml.FormatFloat(n.Float)
	if n.Kind == doc.Int {
		value, _ = strconv.ParseFloat(n.Text, 64)
		text = n.Text
	}
	switch {
	case math.IsNaN(value), len(text) > 20, ok && read == value:
	case ok:
		w.add(at, Doubtful, "is %s, and %s to older versions of the provider; write %s if that is meant", text, strconv.FormatFloat(read, 'f', -1, 64), text)
	default:
		w.add(at, Doubtful, "is %s, and older versions of the provider do not read it; write %s if that is meant", text, text)
	}
}
