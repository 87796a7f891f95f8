package handoff

import (
	"context"
	"fmt"
	"slices"

	"github.com/anolishq/anolis-handoff/internal/docfile"
	"github.com/anolishq/anolis-handoff/internal/linediff"
	"github.com/anolishq/anolis-handoff/validator"
)

// files compares two files as a whole, of which one may be missing.
func (d *differ) files(ctx context.Context, p *diffPair) error {
	x := &delta{pair: p, profiles: p.profiles(), providers: p.providers()}
	if f, ok := d.old.files[p.old]; ok {
		x.oldFile = fileValue(f)
	}
	if f, ok := d.new.files[p.new]; ok {
		x.newFile = fileValue(f)
	}
	switch {
	case p.role == roleBehavior:
		d.behavior(x)
	case p.role == roleProvider && docfile.KindOf(p.file()) == docfile.None:
		d.providerFile(x)
	case p.role == roleProfile || p.role == roleRuntime || p.role == roleProvider || p.role == roleProvenance:
		x.kind = ChangeUnreadable
		x.say = func(c *Change) string {
			return spokenName(c.File) + " is missing or cannot be read in one of the packages, so nobody can tell what changed."
		}
	case x.oldFile == nil:
		x.kind = ChangeFileAdded
		x.say = func(c *Change) string { return "File " + spokenName(c.File) + " is new." }
	case x.newFile == nil:
		x.kind = ChangeFileRemoved
		x.say = func(c *Change) string { return "File " + spokenName(c.File) + " is gone." }
	default:
		x.kind = ChangeFile
		x.say = func(c *Change) string { return "File " + spokenName(c.File) + " has other content." }
	}
	d.deltas = append(d.deltas, x)
	if x.oldFile == nil || x.newFile == nil {
		return nil
	}
	line, err := firstDifference(ctx, d.old.p, d.new.p, p)
	x.oldFile.Line, x.newFile.Line = line, line
	return err
}

// behavior says what happened to a behavior tree.
func (d *differ) behavior(x *delta) {
	name := x.pair.file()
	x.profiles = slices.Concat(d.old.trees[name], d.new.trees[name])
	switch {
	case x.oldFile == nil:
		x.kind, x.topic = ChangeBehaviorAdded, behaviorTopic(ChangeBehaviorAdded, name)
		x.say = func(c *Change) string { return "Behavior tree " + spokenName(c.File) + " is new." }
	case x.newFile == nil:
		x.kind, x.topic = ChangeBehaviorRemoved, behaviorTopic(ChangeBehaviorRemoved, name)
		x.say = func(c *Change) string { return "Behavior tree " + spokenName(c.File) + " is gone." }
	default:
		x.kind = ChangeBehavior
		x.say = func(c *Change) string { return "Behavior tree " + spokenName(c.File) + " has other content." }
	}
}

// providerFile says what happened to a program or another file of providers.
func (d *differ) providerFile(x *delta) {
	what := "File "
	x.kind = ChangeArguments
	if name := x.pair.file(); d.old.programs[name] || d.new.programs[name] {
		what, x.kind = "Program ", ChangeCommand
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

func behaviorTopic(kind ChangeKind, file string) string { return string(kind) + "\x00" + file }

func fileValue(f validator.File) *Value {
	return &Value{Text: fmt.Sprintf("%.12s, %d bytes", f.SHA256, f.Size)}
}

// firstDifference is the number of the first line in which two files differ.
func firstDifference(ctx context.Context, old, new *Package, p *diffPair) (line int, err error) {
	a, err := old.FS().Open(p.old)
	if err != nil {
		return 0, err
	}
	defer a.Close()
	b, err := new.FS().Open(p.new)
	if err != nil {
		return 0, err
	}
	defer b.Close()
	return linediff.First(ctx, a, b)
}

// unpaired is the config of runtime profiles or providers for which one package
// has none. If they come or go as a whole, it is a place of that change.
func (d *differ) unpaired(ctx context.Context, p *diffPair) error {
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
func nameTopic(kind ChangeKind, name string) string { return string(kind) + "\x00" + name }

// formatting notes that two documents mean the same.
func (d *differ) formatting(p *diffPair) {
	d.deltas = append(d.deltas, &delta{kind: ChangeFormatting, topic: string(ChangeFormatting), pair: p,
		say: func(c *Change) string {
			if len(c.Also) > 0 {
				return fmt.Sprintf("%d files are written differently and mean the same.", len(c.Also)+1)
			}
			return spokenName(c.File) + " is written differently and means the same."
		}})
}
