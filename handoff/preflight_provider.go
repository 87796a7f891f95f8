package handoff

import (
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/display"
	"github.com/anolishq/anolis-handoff/internal/doc"
)

// configOption is the option before the config of a provider.
const configOption = "--config"

// providerEntry is an entry of the providers of a runtime config.
type providerEntry struct {
	id      string
	command *doc.Node   // nil if there is none
	config  *doc.Node   // the argument behind --config; nil if there is none
	args    []*doc.Node // the other arguments
}

// providersOf are the providers of a runtime config.
func (f *preflight) providersOf(r runtimeProfile) []providerEntry {
	entries, known := f.providers[r.document]
	if !known {
		entries = readProviders(r.document)
		f.providers[r.document] = entries
	}
	return entries
}

func readProviders(d *document) []providerEntry {
	list := own(d.root, "providers")
	if !list.IsSeq() {
		return nil
	}
	var entries []providerEntry
	for _, item := range list.Items {
		var e providerEntry
		if id := own(item, "id"); id.IsString() {
			e.id = clipName(id.Text)
		}
		if command := own(item, "command"); command.IsString() {
			e.command = command
		}
		if args := own(item, "args"); args.IsSeq() {
			e.args = slices.Clone(args.Items)
			at := slices.IndexFunc(e.args, func(n *doc.Node) bool { return n.IsString() && n.Text == configOption })
			if at >= 0 && at+1 < len(e.args) && e.args[at+1].IsString() {
				e.config = e.args[at+1]
				e.args = slices.Delete(e.args, at, at+2)
			}
		}
		entries = append(entries, e)
	}
	return entries
}

// commands looks at the programs of the providers.
func (f *preflight) commands(r runtimeProfile) {
	for _, p := range f.providersOf(r) {
		if p.command != nil {
			f.need(r, p.id, "command", p.command.Text, shownPath(r.view, p.command), func() verdict { return f.command(p.command.Text) })
		}
	}
}

func (f *preflight) command(name string) verdict {
	place, info, no := f.find(name)
	hint := "install the program there, or correct its path in the project and export again"
	switch {
	case f.isForeign(name):
		hint = "it is a path of Windows; " + correct
	case name != "" && !strings.ContainsAny(name, `/\`):
		hint = "the runtime looks for it in its working directory, not in PATH; write the path of the program"
	}
	switch {
	case no != nil:
		return no.hinting(hint)
	case !info.Mode().IsRegular():
		return verdict{CheckFailed, "is a " + typeName(info.Mode()) + ", not a program", hint}
	case !f.target.Windows && info.Mode().Perm()&0o111 == 0:
		return verdict{CheckFailed, "is there, but is not executable", "chmod +x it"}
	}
	return f.may(place, AccessExecute, "run", "let the user of the runtime run it (chmod, chown; a file system mounted noexec does not)")
}

// configs looks at the configs of the providers, where the runtime sends them.
func (f *preflight) configs(r runtimeProfile) {
	for _, p := range f.providersOf(r) {
		if p.config != nil {
			f.need(r, p.id, "config", p.config.Text, shownPath(r.view, p.config), func() verdict {
				return f.readable(p.config.Text, "unpack the package again")
			})
		}
	}
}

// files looks at the paths among the other arguments. A provider could make a file
// that is missing, so that is no failure.
func (f *preflight) files(r runtimeProfile) {
	for _, p := range f.providersOf(r) {
		for _, arg := range p.args {
			if name := pathIn(arg); name != "" && !isDevice(name) {
				f.need(r, p.id, "file", name, shownPart(r, arg, name), func() verdict { return f.file(name) })
			}
		}
	}
}

func (f *preflight) file(name string) verdict {
	_, _, no := f.find(name)
	switch {
	case no == nil:
		return verdict{CheckOK, "is there", ""}
	case no.status == CheckFailed:
		return verdict{CheckWarning, no.message, "put it there, unless the provider makes it"}
	}
	return *no
}

// pathIn is the path that an argument is, or has behind an = as an option does.
func pathIn(arg *doc.Node) string {
	if !arg.IsString() {
		return ""
	}
	text := arg.Text
	if strings.HasPrefix(text, "-") {
		_, text, _ = strings.Cut(text, "=")
	}
	for _, start := range []string{"/", "./", "../"} {
		if strings.HasPrefix(text, start) {
			return text
		}
	}
	return ""
}

// shownPart gives a path in an argument, hidden where the argument is.
func shownPart(r runtimeProfile, arg *doc.Node, name string) func() string {
	return func() string {
		if r.view.IsHidden(arg) {
			return display.Hidden
		}
		r.view.Clean(&name)
		return clipName(name)
	}
}
