package handoff

import (
	"net/netip"
	"slices"
	"strconv"

	"github.com/anolishq/anolis-handoff/internal/display"
	"github.com/anolishq/anolis-handoff/internal/doc"
)

// fields takes values out of a document, safe to show, and remembers which. Its
// methods follow keys from a node. Whatever is not there, or of another type than
// it should be, is absent.
type fields struct {
	node  *doc.Node
	view  *display.View
	taken map[*doc.Node]bool
}

// read begins to read a document. There need not be one.
func (d *document) read() *fields {
	r := &fields{taken: map[*doc.Node]bool{}}
	if d != nil {
		r.node, r.view = d.root, d.view
	}
	return r
}

func (r *fields) at(keys ...string) *fields {
	return &fields{own(r.node, keys...), r.view, r.taken}
}

func (r *fields) has(keys ...string) bool { return own(r.node, keys...).IsMap() }

// take is a value as it is shown.
func (r *fields) take(n *doc.Node) string {
	if n == nil || n.Kind == doc.Null {
		return ""
	}
	r.taken[n] = true
	return r.view.Text(n)
}

func (r *fields) text(keys ...string) string { return r.take(own(r.node, keys...)) }

// spelling is a number as the file has it, in the base that people know it in.
func (r *fields) spelling(keys ...string) string {
	n := own(r.node, keys...)
	text := r.take(n)
	if n != nil && n.Kind == doc.Int && text != display.Hidden && n.Source != "" {
		return n.Source
	}
	return text
}

// texts are the items of a list, or a value that stands in the place of one.
func (r *fields) texts(keys ...string) []string {
	n := own(r.node, keys...)
	if !n.IsSeq() {
		if text := r.take(n); text != "" {
			return []string{text}
		}
		return nil
	}
	var list []string
	for _, item := range n.Items {
		r.taken[item] = true
		list = append(list, r.view.Text(item))
	}
	return list
}

func (r *fields) number(keys ...string) *int64 { return r.integer(own(r.node, keys...)) }

func (r *fields) integer(n *doc.Node) *int64 {
	if n == nil || n.Kind != doc.Int || r.view.IsHidden(n) {
		return nil
	}
	i, err := strconv.ParseInt(n.Text, 10, 64)
	if err != nil {
		return nil
	}
	r.taken[n] = true
	return &i
}

// numbers are the items of a list of nothing but integers.
func (r *fields) numbers(keys ...string) []int64 {
	n := own(r.node, keys...)
	if !n.IsSeq() {
		return nil
	}
	var list []int64
	for _, item := range n.Items {
		i := r.integer(item)
		if i == nil {
			return nil
		}
		list = append(list, *i)
	}
	return list
}

func (r *fields) flag(keys ...string) *bool {
	n := own(r.node, keys...)
	if n == nil || n.Kind != doc.Bool {
		return nil
	}
	r.taken[n] = true
	b := n.Bool
	return &b
}

// items are the fields of the items of a list.
func (r *fields) items(keys ...string) []*fields {
	n := own(r.node, keys...)
	if !n.IsSeq() {
		return nil
	}
	var list []*fields
	for _, item := range n.Items {
		list = append(list, &fields{item, r.view, r.taken})
	}
	return list
}

// entries are the keys of a mapping, safe to show, and the fields of their
// values.
func (r *fields) entries(keys ...string) (names []string, values []*fields) {
	n := own(r.node, keys...)
	if !n.IsMap() {
		return nil, nil
	}
	for _, e := range n.Entries {
		names = append(names, r.view.Text(e.Key))
		values = append(values, &fields{e.Value, r.view, r.taken})
	}
	return names, values
}

// rest is the number of values below the node that were not taken.
func (r *fields) rest() int {
	n := 0
	doc.Walk(r.node, func(path doc.Path, _, value *doc.Node) bool {
		if r.taken[value] {
			return false
		}
		if len(path) > 0 && len(value.Items)+len(value.Entries) == 0 {
			n++
		}
		return true
	})
	return n
}

func isTrue(b *bool) bool { return b != nil && *b }

// isLoopback reports whether only the machine itself reaches a bind address.
func isLoopback(bind string) bool {
	addr, err := netip.ParseAddr(bind)
	return err == nil && addr.Unmap().IsLoopback() || bind == "localhost"
}

// anyOrigin reports whether the pages of every origin may use the interface
// (runtime-rules, rule 6).
func anyOrigin(origins []string) bool {
	return len(origins) == 0 || slices.Contains(origins, "*") || slices.Equal(origins, []string{""})
}
