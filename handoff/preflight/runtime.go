package preflight

import (
	"regexp"
	"slices"
	"sync"

	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/show"
)

var versionText = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\bv?[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.]+)?\b`)
})

// runtime compares the version of the installed runtime with the one that the package
// pins, or that its validation was told of.
func (f *preflight) runtime() {
	t := &f.target
	if t.RuntimeVersion == nil {
		return
	}
	c := Item{Kind: "runtime", Subject: t.Runtime, Profiles: slices.Clone(f.profiles)}
	output, err := t.RuntimeVersion(f.ctx)
	if f.err = f.ctx.Err(); f.err != nil {
		return
	}
	installed := machine.ParseVersion(versionText().FindString(output))
	wanted := f.content.Machine.Version
	has := "is version " + installed.String()
	pin := show.Cut(wanted.String(), maxName)
	f.content.Views.Clean(&pin)
	switch {
	case err != nil:
		c.Status, c.Message, c.Hint = Failed, "does not say its version: "+f.reason(err), "name the program of the runtime that the service starts"
	case !installed.Known():
		c.Status, c.Message, c.Hint = Skipped, "its --version has no version in it", "see by hand whether it is "+pin
		if pin == "" {
			c.Hint = ""
		}
	case pin == "":
		c.Status, c.Message = OK, has+"; the package pins none"
	case !wanted.Known():
		c.Status, c.Message, c.Hint = Warning, has+"; the package pins "+pin+", which is not a version", "pin a version in the project, and export again"
	case installed.Compare(wanted) != 0:
		c.Status, c.Message, c.Hint = Failed, has+", and the package pins "+pin, "install runtime "+pin+", or pin the installed one in the project and export again"
	default:
		c.Status, c.Message = OK, has+", as pinned"
	}
	f.checks = append(f.checks, &openCheck{Item: c})
}
