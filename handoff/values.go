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
	// are known by their id or name where they have one. A path of more than 160
	// characters is cut.
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

func valueChange(c nodediff.Change, old, new *display.View) ValueChange {
	v := ValueChange{Path: c.Path.String(), Old: shown(old, c.Old), New: shown(new, c.New)}
	new.Clean(&v.Path)
	v.Path = display.Clip(v.Path)
	return v
}

func shown(view *display.View, n *doc.Node) *Value {
	if n == nil {
		return nil
	}
	return &Value{view.Value(n), n.Line, n.Column}
}
