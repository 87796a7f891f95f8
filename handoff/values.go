package handoff

import (
	"github.com/anolishq/anolis-handoff/internal/display"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/nodediff"
)

// Value is a value of a document as people read it.
type Value struct {
	// Text is the value on one line. A secret is ***, and a long value is cut.
	Text string `json:"text"`
	// Line and Column count from 1, columns in characters; 0 is unknown.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
}

// ValueChange is a place where two versions of a document differ in what they
// mean.
type ValueChange struct {
	// Path is the key path, such as providers[heater0].timeout_ms: items of a list
	// are known by their id or name where they have one. A path with more than 400
	// bytes of keys is cut.
	Path string `json:"path"`
	// Old and New are the values; nil is none.
	Old *Value `json:"old,omitempty"`
	New *Value `json:"new,omitempty"`
}

// itemName names the items of lists, so that one is compared with itself when it
// moved: providers have ids, automation parameters names, hooks the modes between
// which they run, and their calls the function of the device.
func itemName(_ doc.Path, item *doc.Node) (string, bool) {
	for _, key := range []string{"id", "name"} {
		if n := item.Get(key); n.IsString() {
			return n.Text, true
		}
	}
	device, calls := item.Get("device_handle"), item.Get("calls")
	switch {
	case device.IsString(): // a call of a hook
		name := device.Text
		for _, key := range []string{"function_name", "function_id"} {
			if n := item.Get(key); n != nil {
				name += " " + doc.KeyText(n)
			}
		}
		return name, true
	case calls.IsSeq(): // a hook
		return anyMode(item.Get("from")) + "->" + anyMode(item.Get("to")), true
	}
	return "", false
}

func anyMode(n *doc.Node) string {
	if !n.IsString() {
		return "*"
	}
	return n.Text
}

// valueChange is a change as it is shown once its texts are clean.
func valueChange(c nodediff.Change, old, new *display.View) ValueChange {
	return ValueChange{Path: pathText(c.Path), Old: shown(old, c.Old), New: shown(new, c.New)}
}

// texts are all texts of a change.
func (v *ValueChange) texts() []*string { return append(textsOf(v.Old, v.New), &v.Path) }

// textsOf are the texts of the values that are there.
func textsOf(values ...*Value) []*string {
	var list []*string
	for _, v := range values {
		if v != nil {
			list = append(list, &v.Text)
		}
	}
	return list
}

// pathText is a path for people, cut where it gets long: a key may be as long as a
// document and have many values below it. A key is there as a whole or not at all,
// so that a secret in it is still known for one.
func pathText(p doc.Path) string {
	var short doc.Path
	length := 0
	for _, step := range p {
		switch s := step.(type) {
		case string:
			s = shortName(s)
			length += len(s)
			step = s
		case doc.Item:
			s.Name = shortName(s.Name)
			length += len(s.Name)
			step = s
		}
		if length > longestPath {
			return short.String() + cut
		}
		short = append(short, step)
	}
	return short.String()
}

const (
	longestPath = 400 // bytes of its keys
	cut         = "…"
)

// shortName is a name that people may read, or what stands for a longer one.
func shortName(name string) string {
	if len(name) > longestPath {
		return cut
	}
	return name
}

func shown(view *display.View, n *doc.Node) *Value {
	if n == nil {
		return nil
	}
	text := view.Value(n)
	if nodediff.IsDisputed(n) && !view.IsHidden(n) {
		text += " (written " + n.Source + ")"
	}
	return &Value{text, n.Line, n.Column}
}
