// Package nodediff compares what two documents mean: it tells values apart, and
// neither spelling nor the order of keys.
package nodediff

import (
	"math"
	"slices"
	"strconv"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
)

// Change is a place where two documents differ.
type Change struct {
	// Path leads to the value in the new document, or in the old one when it is
	// gone.
	Path doc.Path
	// Old and New are the values; nil is none.
	Old, New *doc.Node
	// Moved reports that the items of a list are the same, in another order.
	Moved bool
}

// Namer gives the name of an item of the list at path. Items with the same name
// are compared with each other, wherever they stand. It is asked only for
// mappings, and not trusted: if an item of one of the lists has no name, or two
// have the same, the lists are compared item by item as they stand.
type Namer func(path doc.Path, item *doc.Node) (name string, ok bool)

// Compare lists the changes from old to new, in the order of the new document,
// with what is gone behind its siblings. A value that is new or gone is one
// change, however large, and so is a list of scalars that differs. Of other lists
// without names, what both begin and end with is left out, so that one item more
// is one change. A value that a merge key brought is another one than the same
// value without, because not all readers merge, and so is a number that not all
// readers take for one (1_000, 1:30, 0b11). Nil documents are empty.
//
// Compare(new, old) gives the same changes at the same places with old and new
// swapped, in another order. The cost is that of walking both documents with
// aliases followed, and for lists in lists without names once more per level.
func Compare(old, new *doc.Node, name Namer) []Change {
	c := &comparer{name: name}
	c.compare(nil, old, new)
	return c.changes
}

// Equal reports whether two documents mean the same.
func Equal(a, b *doc.Node) bool {
	switch {
	case a == b:
		return true
	case a == nil, b == nil, a.Kind != b.Kind, len(a.Items) != len(b.Items), len(a.Entries) != len(b.Entries):
		return false
	case a.Kind == doc.Seq:
		return slices.EqualFunc(a.Items, b.Items, Equal)
	case a.Kind != doc.Map && a.Kind != doc.Set:
		return sameScalar(a, b)
	}
	others := entries(a)
	for _, e := range b.Entries {
		if other, ok := others[key(e.Key)]; !ok || !alike(other, e) || !Equal(other.Value, e.Value) {
			return false
		}
	}
	return true
}

type comparer struct {
	name    Namer
	changes []Change
}

func (c *comparer) add(path doc.Path, old, new *doc.Node) {
	c.changes = append(c.changes, Change{Path: path, Old: old, New: new})
}

func (c *comparer) compare(path doc.Path, old, new *doc.Node) {
	switch {
	case old == new: // also an alias of the same anchor
	case old == nil, new == nil, old.Kind != new.Kind:
		c.add(path, old, new)
	case old.Kind == doc.Map, old.Kind == doc.Set:
		c.mappings(path, old, new)
	case old.Kind == doc.Seq:
		c.lists(path, old, new)
	case !sameScalar(old, new):
		c.add(path, old, new)
	}
}

func sameScalar(a, b *doc.Node) bool {
	switch a.Kind {
	case doc.Bool:
		return a.Bool == b.Bool
	case doc.Float:
		return (a.Float == b.Float || math.IsNaN(a.Float) && math.IsNaN(b.Float)) && sameSpelling(a, b)
	}
	return a.Text == b.Text && sameSpelling(a, b) // a null has no text
}

// sameSpelling reports whether all readers agree on two equal numbers.
func sameSpelling(a, b *doc.Node) bool {
	return a.Source == b.Source || IsDisputed(a) == IsDisputed(b)
}

// IsDisputed reports whether a number is spelled in a way that the runtime does
// not take for one.
func IsDisputed(n *doc.Node) bool {
	if n == nil || n.Kind != doc.Int && n.Kind != doc.Float {
		return false
	}
	switch canonyaml.RemarkOn(n) {
	case canonyaml.Binary, canonyaml.Base60, canonyaml.Underscore:
		return true
	}
	return false
}

// key identifies a key of a mapping: 1 and "1" are two.
func key(n *doc.Node) string {
	text := n.Text
	if text == "" {
		text = doc.KeyText(n)
	}
	return strconv.Itoa(int(n.Kind)) + " " + text
}

// entries are those of a mapping by key.
func entries(n *doc.Node) map[string]doc.Entry {
	byKey := make(map[string]doc.Entry, len(n.Entries))
	for _, e := range n.Entries {
		byKey[key(e.Key)] = e
	}
	return byKey
}

// alike reports whether all readers agree on both entries or on none of them: not
// all know merge keys, for one.
func alike(a, b doc.Entry) bool { return a.Merged == b.Merged && a.Replaced == b.Replaced }

func (c *comparer) mappings(path doc.Path, old, new *doc.Node) {
	before := entries(old)
	after := make(map[string]bool, len(new.Entries))
	for _, e := range new.Entries {
		k, place := key(e.Key), path.Child(doc.KeyText(e.Key))
		after[k] = true
		if was, ok := before[k]; ok && !alike(was, e) {
			c.add(place, was.Value, e.Value)
			continue
		}
		c.compare(place, before[k].Value, e.Value)
	}
	for _, e := range old.Entries {
		if !after[key(e.Key)] {
			c.compare(path.Child(doc.KeyText(e.Key)), e.Value, nil)
		}
	}
}

func (c *comparer) lists(path doc.Path, old, new *doc.Node) {
	oldNames, ok1 := c.names(path, old)
	newNames, ok2 := c.names(path, new)
	switch {
	case ok1 && ok2:
		c.named(path, old, new, oldNames, newNames)
	case allScalars(old) && allScalars(new):
		if !slices.EqualFunc(old.Items, new.Items, Equal) {
			c.add(path, old, new)
		}
	default:
		c.positional(path, old.Items, new.Items)
	}
}

// positional compares items as they stand between what both lists begin and end
// with.
func (c *comparer) positional(path doc.Path, old, new []*doc.Node) {
	start, shorter := 0, min(len(old), len(new))
	for start < shorter && Equal(old[start], new[start]) {
		start++
	}
	ending := 0
	for ending < shorter-start && Equal(old[len(old)-1-ending], new[len(new)-1-ending]) {
		ending++
	}
	old, new = old[:len(old)-ending], new[:len(new)-ending]
	for i := start; i < max(len(old), len(new)); i++ {
		c.compare(path.Child(i), item(old, i), item(new, i))
	}
}

func item(items []*doc.Node, i int) *doc.Node {
	if i < len(items) {
		return items[i]
	}
	return nil
}

func allScalars(list *doc.Node) bool {
	return !slices.ContainsFunc(list.Items, func(n *doc.Node) bool {
		return n.Kind == doc.Seq || n.Kind == doc.Map || n.Kind == doc.Set
	})
}

// names are the indexes of all items by name, if each has one of its own.
func (c *comparer) names(path doc.Path, list *doc.Node) (index map[string]int, ok bool) {
	if c.name == nil {
		return nil, false
	}
	index = make(map[string]int, len(list.Items))
	for i, n := range list.Items {
		if !n.IsMap() {
			return nil, false
		}
		name, ok := c.name(path, n)
		if _, twice := index[name]; !ok || twice {
			return nil, false
		}
		index[name] = i
	}
	return index, true
}

func (c *comparer) named(path doc.Path, old, new *doc.Node, oldNames, newNames map[string]int) {
	last, moved := -1, false // where the last item that both have was
	for i, name := range inOrder(newNames) {
		var before *doc.Node
		if was, ok := oldNames[name]; ok {
			before = old.Items[was]
			moved = moved || was < last
			last = was
		}
		c.compare(path.Child(doc.Item{Name: name, Index: i}), before, new.Items[i])
	}
	for i, name := range inOrder(oldNames) {
		if _, ok := newNames[name]; !ok {
			c.compare(path.Child(doc.Item{Name: name, Index: i}), old.Items[i], nil)
		}
	}
	if moved {
		c.changes = append(c.changes, Change{Path: path, Old: old, New: new, Moved: true})
	}
}

// inOrder lists names by their indexes, which are those of a list without gaps.
func inOrder(index map[string]int) []string {
	names := make([]string, len(index))
	for name, i := range index {
		names[i] = name
	}
	return names
}
