package handoff

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/nodediff"
	"github.com/anolishq/anolis-handoff/internal/printable"
)

// before orders deltas so that both directions of a comparison agree.
func (x *delta) before(y *delta) bool { return x.compare(y) < 0 }

func (x *delta) compare(y *delta) int {
	return cmp.Or(x.pair.compare(y.pair), comparePaths(x.where, y.where), cmp.Compare(x.kind, y.kind), cmp.Compare(x.topic, y.topic))
}

// comparePaths has [2] before [10].
func comparePaths(a, b string) int {
	for a != "" && b != "" {
		i, j := digits(a), digits(b)
		if i > 0 && j > 0 {
			x, y := strings.TrimLeft(a[:i], "0"), strings.TrimLeft(b[:j], "0")
			if c := cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y), cmp.Compare(i, j)); c != 0 {
				return c
			}
			a, b = a[i:], b[j:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(a, b)
}

func digits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }

// group is the deltas of a change; the first one speaks for it.
type group []*delta

// changes makes changes of the deltas.
func (d *differ) changes() []Change {
	slices.SortStableFunc(d.deltas, (*delta).compare)
	d.joinBehaviors()
	d.joinProvenance()
	d.splitProviders()
	groups := map[string]group{}
	var topics []string
	for i, x := range d.deltas {
		if x.topic == "" {
			x.topic = "\x00" + strconv.Itoa(i)
		}
		if groups[x.topic] == nil {
			topics = append(topics, x.topic)
		}
		groups[x.topic] = append(groups[x.topic], x)
	}
	riskOf, order := risks()
	var speakers []*delta
	for _, topic := range topics {
		g := groups[topic]
		slices.SortStableFunc(g, func(x, y *delta) int { return cmp.Compare(y.main, x.main) })
		speakers = append(speakers, g[0])
	}
	slices.SortStableFunc(speakers, func(x, y *delta) int {
		return cmp.Or(cmp.Compare(order[riskOf[x.kind]], order[riskOf[y.kind]]), x.compare(y))
	})
	list := make([]Change, 0, len(speakers))
	for _, x := range speakers {
		c := d.change(groups[x.topic])
		c.Risk = riskOf[x.kind]
		list = append(list, c)
	}
	d.clean(list)
	return list
}

// change makes a change of deltas.
func (d *differ) change(g group) Change {
	x := g[0]
	c := Change{Kind: x.kind, File: x.pair.file(), Path: x.where, Old: x.oldFile, New: x.newFile}
	if x.pair.old != "" && x.pair.old != c.File {
		c.OldFile = x.pair.old
	}
	if x.old != nil {
		c.Old = shown(d.old.c.documents[x.pair.old].view, x.old)
	}
	if x.new != nil {
		c.New = shown(d.new.c.documents[x.pair.new].view, x.new)
	}
	profiles, providers := map[string]bool{}, map[string]bool{}
	places := map[ChangePlace]bool{{File: c.File, Path: c.Path}: true}
	for _, y := range g {
		for _, name := range y.profiles {
			profiles[shortName(name)] = true
		}
		for _, id := range y.providers {
			providers[shortName(id)] = true
		}
		place := ChangePlace{File: y.pair.file(), Path: y.where}
		if places[place] {
			continue
		}
		places[place] = true
		switch {
		case y.new != nil:
			place.Line = y.new.Line
		case y.old != nil:
			place.Line = y.old.Line
		}
		c.Also = append(c.Also, place)
	}
	c.Profiles = few(slices.SortedFunc(maps.Keys(profiles), compareProfiles))
	c.Providers = few(slices.Sorted(maps.Keys(providers)))
	c.Message = printable.Line(x.say(&c))
	return c
}

// clean takes out what is a secret in either package or looks like one. A value
// has none of its own package by now, but a name, a key or a path may.
func (d *differ) clean(list []Change) {
	var texts []*string
	for i := range list {
		c := &list[i]
		texts = append(texts, &c.File, &c.OldFile, &c.Path, &c.Message)
		texts = append(texts, textsOf(c.Old, c.New)...)
		for _, names := range [][]string{c.Profiles, c.Providers} {
			for j := range names {
				texts = append(texts, &names[j])
			}
		}
		for j := range c.Also {
			texts = append(texts, &c.Also[j].File, &c.Also[j].Path)
		}
	}
	d.old.c.views.Clean(texts...)
	d.new.c.views.Clean(texts...)
}

// joinBehaviors makes a behavior tree that comes or goes part of the change that
// selects it.
func (d *differ) joinBehaviors() {
	gone, came := map[string]string{}, map[string]string{}
	for _, x := range d.deltas {
		if x.main < 0 {
			continue
		}
		before, after := d.selections(x)
		for _, file := range before {
			gone[file] = cmp.Or(gone[file], x.topic)
		}
		for _, file := range after {
			came[file] = cmp.Or(came[file], x.topic)
		}
	}
	for _, x := range d.deltas {
		topic := ""
		switch file := strings.TrimPrefix(x.topic, string(x.kind)+"\x00"); x.kind {
		case ChangeBehaviorAdded:
			topic = came[file]
		case ChangeBehaviorRemoved:
			topic = gone[file]
		}
		if topic != "" {
			x.topic, x.main, x.profiles = topic, -2, nil
		}
	}
}

// splitProviders makes a change of each entry of a provider that comes or goes with
// another command, say, than in the runtime profile before.
func (d *differ) splitProviders() {
	first := map[string]*delta{}
	for i, x := range d.deltas {
		if x.pair.role != roleRuntime || x.kind != ChangeProviderAdded && x.kind != ChangeProviderRemoved {
			continue
		}
		y := first[x.topic]
		if y == nil {
			first[x.topic] = x
		} else if !nodediff.Equal(x.old, y.old) || !nodediff.Equal(x.new, y.new) {
			x.topic += "\x00" + cmp.Or(sharedTopic(x), strconv.Itoa(i))
		}
	}
}

// joinProvenance makes which profiles were left out part of the change of the
// first one that came or went.
func (d *differ) joinProvenance() {
	topic := ""
	for _, x := range d.deltas {
		if topic == "" && x.pair.role == roleProfile && (x.kind == ChangeProfileAdded || x.kind == ChangeProfileRemoved) {
			topic = x.topic
		}
		if topic != "" && x.kind == ChangeProvenance && (x.where == "omitted_variants" || x.where == "exported_variant") {
			x.topic, x.main = topic, -2
		}
	}
}
