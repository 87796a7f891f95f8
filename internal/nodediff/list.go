package nodediff

import (
	"slices"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

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
