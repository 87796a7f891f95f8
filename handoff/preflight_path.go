package handoff

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/cause"
	"github.com/anolishq/anolis-handoff/internal/display"
	"github.com/anolishq/anolis-handoff/internal/doc"
)

// shownPath gives a path as the package has it, unless it is too long.
func shownPath(view *display.View, n *doc.Node) func() string {
	return func() string { return clipName(view.Text(n)) }
}

// find describes a file of the target. A verdict is why it cannot.
func (f *preflight) find(name string) (place string, info fs.FileInfo, no *verdict) {
	t := &f.target
	place = name
	switch {
	case name == "":
		return "", nil, &verdict{CheckFailed, "is an empty path", correct}
	case t.Stat == nil:
		return "", nil, &verdict{CheckSkipped, "the files of the machine are not known", ""}
	case t.isRemote(name):
		return "", nil, &verdict{CheckSkipped, "it is on another machine, which is not contacted", "put it on this machine"}
	case !t.isAbsolute(name):
		if t.Dir == "" {
			return "", nil, &verdict{CheckSkipped, "the directory of the unpacked package is not known",
				"unpack it, and say where with --dir"}
		}
		if f.noDir {
			return "", nil, &verdict{CheckSkipped, "the directory of the unpacked package is not there", ""}
		}
		place = t.Dir + "/" + name
	}
	info, err := t.stat(place)
	switch {
	case err == nil:
		return place, info, nil
	case errors.Is(err, fs.ErrNotExist):
		return "", nil, &verdict{CheckFailed, "is not there", ""}
	case errors.Is(err, fs.ErrPermission):
		return "", nil, &verdict{CheckFailed, "cannot be reached: a directory above it is closed to this user",
			"run the preflight as the user of the runtime, or open the directory to it"}
	}
	return "", nil, &verdict{CheckFailed, "cannot be looked at: " + f.reason(err), ""}
}

const correct = "correct it in the project, and export again"

// may asks whether a file that is there can be used.
func (f *preflight) may(place string, mode AccessMode, able, hint string) verdict {
	if f.target.Access == nil {
		return verdict{CheckSkipped, "it is there; who may use it is not known", ""}
	}
	err := f.target.Access(place, mode)
	switch {
	case err == nil:
		return verdict{CheckOK, "is there and may be " + able, ""}
	case errors.Is(err, fs.ErrPermission):
		return verdict{CheckFailed, "is there, but may not be " + able + " by this user", hint}
	}
	return verdict{CheckFailed, "is there, but cannot be " + able + ": " + f.reason(err), hint}
}

// reason is what the target says, without the path that is said already.
func (f *preflight) reason(err error) string {
	text := cause.Of(err).Error()
	f.content.views.Clean(&text)
	return text
}

// readable looks for a file to read.
func (f *preflight) readable(name, missing string) verdict {
	place, info, no := f.find(name)
	switch {
	case no != nil:
		return no.hinting(missing)
	case !info.Mode().IsRegular():
		return verdict{CheckFailed, "is a " + typeName(info.Mode()) + ", not a file", missing}
	}
	return f.may(place, AccessRead, "read", "let the user of the runtime read it (chmod, chown)")
}

// hinting adds what to do, unless it is known better.
func (v verdict) hinting(hint string) verdict {
	if v.hint == "" && v.status == CheckFailed {
		v.hint = hint
	}
	return v
}

// isForeign reports whether a path is one of Windows on another system.
func (f *preflight) isForeign(name string) bool {
	return !f.target.Windows && strings.Contains(name, `\`)
}
