package diff

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/content"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/docfile"
	"github.com/anolishq/anolis-handoff/internal/linediff"
	"github.com/anolishq/anolis-handoff/internal/nodediff"
	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/validator"
)

// differ collects what differs, in pieces as small as they come.
type differ struct {
	old, new *side
	deltas   []*delta
}

// delta is a place that differs. Those with one topic become one change; without
// a topic it is one by itself.
type delta struct {
	kind  Kind
	topic string
	main  int // the delta of a topic with the highest number speaks for it
	pair  *pair
	path  doc.Path
	where string // path as text
	state string // what else tells the same edit of two profiles apart
	// The values in documents, or the files as a whole.
	old, new         *doc.Node
	oldFile, newFile *Value
	profiles         []string
	providers        []string
	say              func(c *Change) string
}

// compare finds what differs between two files.
func (d *differ) compare(ctx context.Context, p *pair) error {
	switch {
	case !d.old.has(p.old) && !d.new.has(p.new), d.same(p.old, p.new):
		return nil
	case p.role == roleRuntime && (p.old == "" || p.new == ""),
		p.role == roleProvider && (p.old == "" || p.new == ""):
		return d.unpaired(ctx, p)
	case p.role == roleBehavior || !d.isDocument(p):
		return d.files(ctx, p)
	}
	old, new := d.old.root(p.old), d.new.root(p.new)
	if p.role == roleRuntime {
		old, new = unmerged(old), unmerged(new)
	}
	changes := d.expand(p, nodediff.Compare(old, new, content.ItemName))
	if len(changes) == 0 {
		d.formatting(p)
	}
	switch p.role {
	case roleProfile:
		d.profile(p, changes)
	case roleRuntime:
		d.runtime(p, changes)
	case roleProvider:
		d.provider(p, changes)
	case roleProvenance:
		d.provenance(p, changes)
	default:
		for _, c := range changes {
			d.add(p, c, ValueChanged, saying("The value"))
		}
	}
	return nil
}

// same reports whether a file of each package has the same content.
func (d *differ) same(old, new string) bool {
	before, was := d.old.find(old)
	after, is := d.new.find(new)
	return was && is && before.SHA256 == after.SHA256
}

// isDocument reports whether both files can be compared by what they mean. Those
// with a role are mappings, or mean nothing.
func (d *differ) isDocument(p *pair) bool {
	old, new := d.old.c.Documents[p.old], d.new.c.Documents[p.new]
	return old != nil && new != nil && (p.role == roleOther || old.Root.IsMap() && new.Root.IsMap())
}

// unmerged is a document as the runtime reads it, which knows no merge keys (<<).
// What stays is the same nodes. What a provider knows is not known here.
func unmerged(n *doc.Node) *doc.Node {
	if !isCollection(n) {
		return n
	}
	c := *n
	same := true
	c.Items, c.Entries = nil, nil
	for _, item := range n.Items {
		c.Items = append(c.Items, unmerged(item))
		same = same && c.Items[len(c.Items)-1] == item
	}
	for _, e := range n.Entries {
		if e.Merged {
			same = false
			continue
		}
		value := unmerged(e.Value)
		same = same && value == e.Value
		e.Value = value
		c.Entries = append(c.Entries, e)
	}
	if same {
		return n
	}
	return &c
}

// add appends what a change of a document means.
func (d *differ) add(p *pair, c nodediff.Change, kind Kind, say func(*delta, *Change) string) *delta {
	if c.Moved { // the items are the same
		c.Old, c.New = namesOnly(c.Old), namesOnly(c.New)
	}
	x := &delta{kind: kind, pair: p, path: c.Path, where: content.PathText(c.Path), old: c.Old, new: c.New,
		profiles: p.profiles(), providers: p.providers()}
	x.say = func(c *Change) string { return say(x, c) }
	d.deltas = append(d.deltas, x)
	return x
}

// namesOnly is a list with the names of its items in their place.
func namesOnly(list *doc.Node) *doc.Node {
	names := doc.NewSeq()
	names.Pos = list.Pos
	for _, item := range list.Items {
		name, _ := content.ItemName(nil, item)
		names.Items = append(names.Items, doc.NewString(name))
	}
	return names
}

// expand looks into sections that are new or gone as a whole, so that what they
// say is judged key by key.
func (d *differ) expand(p *pair, changes []nodediff.Change) []nodediff.Change {
	var list []nodediff.Change
	for _, c := range changes {
		sub := d.inside(p, c)
		if len(sub) == 0 { // also an empty section
			list = append(list, c)
			continue
		}
		for i := range sub {
			sub[i].Path = append(c.Path[:len(c.Path):len(c.Path)], sub[i].Path...)
		}
		list = append(list, d.expand(p, sub)...)
	}
	return list
}

func (d *differ) inside(p *pair, c nodediff.Change) []nodediff.Change {
	if !p.role.isSection(stepsOf(c.Path)) {
		return nil
	}
	old, new := c.Old, c.New
	switch {
	case isNothing(old) && isCollection(new):
		old = &doc.Node{Kind: new.Kind}
	case isNothing(new) && isCollection(old):
		new = &doc.Node{Kind: old.Kind}
	default:
		return nil
	}
	return nodediff.Compare(old, new, content.ItemName)
}

func isNothing(n *doc.Node) bool    { return n == nil || n.Kind == doc.Null }
func isCollection(n *doc.Node) bool { return n.IsMap() || n.IsSeq() }

// isSection reports whether a collection only groups what is below it.
func (r fileRole) isSection(steps []string) bool {
	switch r {
	case roleRuntime:
		switch len(steps) {
		case 0, 1:
			return true
		case 2:
			return isConfigSection(steps) || steps[0] == "automation" && steps[1] == "parameters"
		case 3:
			return steps[1] == "mode_transition_hooks"
		}
	case roleProfile:
		switch len(steps) {
		case 0:
			return true
		case 1:
			return steps[0] != "behaviors"
		case 2:
			return steps[0] == "compatibility" || steps[0] == "components" && steps[1] != "runtime"
		}
	case roleProvider:
		return len(steps) <= 1
	}
	return false
}

// stepsOf are the steps of a path as text.
func stepsOf(p doc.Path) []string {
	steps := make([]string, len(p))
	for i, step := range p {
		switch s := step.(type) {
		case string:
			steps[i] = s
		case doc.Item:
			steps[i] = s.Name
		case int:
			steps[i] = strconv.Itoa(s)
		}
	}
	return steps
}

// files compares two files as a whole, of which one may be missing.
func (d *differ) files(ctx context.Context, p *pair) error {
	x := &delta{pair: p, profiles: p.profiles(), providers: p.providers()}
	if f, ok := d.old.find(p.old); ok {
		x.oldFile = fileValue(f)
	}
	if f, ok := d.new.find(p.new); ok {
		x.newFile = fileValue(f)
	}
	switch {
	case p.role == roleBehavior:
		d.behavior(x)
	case p.role == roleProvider && docfile.KindOf(p.file()) == docfile.None:
		d.providerFile(x)
	case p.role == roleProfile || p.role == roleRuntime || p.role == roleProvider || p.role == roleProvenance:
		x.kind = DocumentUnreadable
		x.say = func(c *Change) string {
			return spokenName(c.File) + " is missing or cannot be read in one of the packages, so the change is not known."
		}
	case x.oldFile == nil:
		x.kind = FileAdded
		x.say = func(c *Change) string { return "File " + spokenName(c.File) + " is new." }
	case x.newFile == nil:
		x.kind = FileRemoved
		x.say = func(c *Change) string { return "File " + spokenName(c.File) + " is gone." }
	default:
		x.kind = FileChanged
		x.say = func(c *Change) string { return "File " + spokenName(c.File) + " has other content." }
	}
	d.deltas = append(d.deltas, x)
	if x.oldFile == nil || x.newFile == nil {
		return nil
	}
	where, err := firstDifference(ctx, d.old.p, d.new.p, p)
	x.oldFile.Line, x.newFile.Line = where.Line, where.Line
	switch {
	case err != nil:
		return err
	case where.Endings:
		x.onlyEndings()
	case x.kind == BehaviorChanged:
		return d.treeChanges(ctx, x)
	}
	return nil
}

// onlyEndings says that a file differs in line endings and nothing else. A program or
// a file that only its provider reads may break of that, so it keeps its rank.
func (x *delta) onlyEndings() {
	if x.kind == BehaviorChanged || x.kind == FileChanged {
		x.kind, x.topic = FormattingChanged, ""
	}
	say := x.say
	x.say = func(c *Change) string {
		return strings.TrimSuffix(say(c), " has other content.") + " differs only in line endings."
	}
}

// behavior says what happened to a behavior tree.
func (d *differ) behavior(x *delta) {
	name := x.pair.file()
	x.profiles = slices.Concat(d.old.trees[name], d.new.trees[name])
	switch {
	case x.oldFile == nil:
		x.kind, x.topic = BehaviorAdded, behaviorTopic(BehaviorAdded, name)
		x.say = func(c *Change) string { return "Behavior tree " + spokenName(c.File) + " is new." }
	case x.newFile == nil:
		x.kind, x.topic = BehaviorRemoved, behaviorTopic(BehaviorRemoved, name)
		x.say = func(c *Change) string { return "Behavior tree " + spokenName(c.File) + " is gone." }
	default:
		x.kind = BehaviorChanged
		x.say = func(c *Change) string { return "Behavior tree " + spokenName(c.File) + " has other content." }
	}
}

// providerFile says what happened to a program or another file of providers.
func (d *differ) providerFile(x *delta) {
	what := "File "
	x.kind = ArgumentsChanged
	if name := x.pair.file(); d.old.programs[name] || d.new.programs[name] {
		what, x.kind = "Program ", CommandChanged
	}
	x.say = func(c *Change) string {
		text := what + spokenName(c.File) + " of " + providersText(c.Providers)
		switch {
		case x.oldFile == nil:
			return text + " is new."
		case x.newFile == nil:
			return text + " is gone."
		}
		return text + " has other content."
	}
}

func behaviorTopic(kind Kind, file string) string { return string(kind) + "\x00" + file }

func fileValue(f validator.File) *Value {
	return &Value{Text: fmt.Sprintf("%.12s, %d bytes", f.SHA256, f.Size)}
}

// firstDifference finds where two files differ.
func firstDifference(ctx context.Context, old, new *validator.Package, p *pair) (where linediff.Difference, err error) {
	a, err := old.FS().Open(p.old)
	if err != nil {
		return where, err
	}
	defer a.Close()
	b, err := new.FS().Open(p.new)
	if err != nil {
		return where, err
	}
	defer b.Close()
	if where, err = linediff.Compare(ctx, a, b); err == nil {
		err = linediff.Rest(ctx, a, b)
	}
	return where, err
}

// unpaired is the config of runtime profiles or providers for which one package
// has none. If they come or go as a whole, it is a place of that change.
func (d *differ) unpaired(ctx context.Context, p *pair) error {
	cameOrWent, noun := d.profileCameOrWent, "Runtime profile "
	if p.role == roleProvider {
		cameOrWent, noun = d.cameOrWent, "Provider "
	}
	for _, name := range p.names {
		kind := cameOrWent(name)
		if kind == "" {
			return d.files(ctx, p)
		}
		d.deltas = append(d.deltas, &delta{kind: kind, topic: nameTopic(kind, name), pair: p, main: -1,
			profiles: p.profiles(), providers: p.providers(),
			say: func(*Change) string { // if the machine profile has no entry to say more
				if p.old == "" {
					return noun + spokenName(name) + " is new."
				}
				return noun + spokenName(name) + " is gone."
			}})
	}
	return nil
}

// nameTopic is the topic of what happens to a provider or profile as a whole.
func nameTopic(kind Kind, name string) string { return string(kind) + "\x00" + name }

// formatting notes that two documents mean the same.
func (d *differ) formatting(p *pair) {
	d.deltas = append(d.deltas, &delta{kind: FormattingChanged, topic: string(FormattingChanged), pair: p,
		say: func(c *Change) string {
			if len(c.Also) > 0 {
				return fmt.Sprintf("%d files are written differently and mean the same.", len(c.Also)+1)
			}
			return spokenName(c.File) + " is written differently and means the same."
		}})
}

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
func (d *differ) changes(ctx context.Context) ([]Change, error) {
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
	return list, d.clean(ctx, list)
}

// change makes a change of deltas.
func (d *differ) change(g group) Change {
	x := g[0]
	c := Change{Kind: x.kind, File: x.pair.file(), Path: x.where, Old: x.oldFile, New: x.newFile}
	if x.pair.old != "" && x.pair.old != c.File {
		c.OldFile = x.pair.old
	}
	if x.old != nil {
		c.Old = (*Value)(content.Show(d.old.c.Documents[x.pair.old].View, x.old))
	}
	if x.new != nil {
		c.New = (*Value)(content.Show(d.new.c.Documents[x.pair.new].View, x.new))
	}
	profiles, providers := map[string]bool{}, map[string]bool{}
	places := map[Place]bool{{File: c.File, Path: c.Path}: true}
	for _, y := range g {
		for _, name := range y.profiles {
			profiles[content.ShortName(name)] = true
		}
		for _, id := range y.providers {
			providers[content.ShortName(id)] = true
		}
		place := Place{File: y.pair.file(), Path: y.where}
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
	c.Message = show.Line(x.say(&c))
	return c
}

// clean takes out what is a secret in either package or looks like one. A value
// has none of its own package by now, but a name, a key or a path may. What is
// looked at together is as much as takes little memory.
func (d *differ) clean(ctx context.Context, list []Change) error {
	const together = 500
	hide := func(texts []*string) {
		d.old.c.Views.Clean(texts...)
		d.new.c.Views.Clean(texts...)
	}
	names := map[string]string{} // of files, profiles and providers, which are repeated most
	for part := range slices.Chunk(list, together) {
		if err := ctx.Err(); err != nil {
			return err
		}
		var texts, repeated []*string
		for i := range part {
			c := &part[i]
			texts = append(texts, &c.Path, &c.Message)
			for _, v := range []*Value{c.Old, c.New} {
				if v != nil {
					texts = append(texts, &v.Text)
				}
			}
			for j := range c.Also {
				texts = append(texts, &c.Also[j].Path)
				repeated = append(repeated, &c.Also[j].File)
			}
			for _, names := range [][]string{c.Profiles, c.Providers} {
				for j := range names {
					repeated = append(repeated, &names[j])
				}
			}
			repeated = append(repeated, &c.File, &c.OldFile)
		}
		for _, name := range repeated {
			if _, known := names[*name]; !known {
				clean := *name
				hide([]*string{&clean})
				names[*name] = clean
			}
			*name = names[*name]
		}
		hide(texts)
	}
	return nil
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
		case BehaviorAdded:
			topic = came[file]
		case BehaviorRemoved:
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
		if x.pair.role != roleRuntime || x.kind != ProviderAdded && x.kind != ProviderRemoved {
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
		if topic == "" && x.pair.role == roleProfile && (x.kind == ProfileAdded || x.kind == ProfileRemoved) {
			topic = x.topic
		}
		if topic != "" && x.kind == ProvenanceChanged && (x.where == "omitted_variants" || x.where == "exported_variant") {
			x.topic, x.main = topic, -2
		}
	}
}
