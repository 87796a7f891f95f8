package preflight

import (
	"path"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/show"
)

// tried is the path at which a relative one is looked for, as the runtime finds it
// from its working directory: up from where that really is. It is empty for an
// absolute path, and where the directory is not known.
func (f *preflight) tried(name string) string {
	t := &f.target
	if name == "" || t.Dir == "" || t.isAbsolute(name) || t.isRemote(name) {
		return ""
	}
	dir := f.realDir()
	if t.Windows {
		return dir + `\` + name
	}
	for {
		rest, here := strings.CutPrefix(name, "./")
		up := false
		if !here {
			rest, up = strings.CutPrefix(name, "../")
		}
		if up {
			switch path.Base(dir) {
			case ".", "..", "/": // one cannot know what is above
				up = false
			default:
				dir = path.Dir(dir)
			}
		}
		if !here && !up {
			break
		}
		name = strings.TrimLeft(rest, "/")
	}
	if dir == "." {
		return name
	}
	return strings.TrimSuffix(dir, "/") + "/" + name
}

// realDir is the working directory without symbolic links, as far as the target can
// tell.
func (f *preflight) realDir() string {
	if f.real == "" {
		f.real = f.target.Dir
		if f.target.Real != nil {
			if real, err := f.target.Real(f.target.Dir); err == nil && real != "" {
				f.real = real
			}
		}
	}
	return f.real
}

// command is a command line about a file, which a shell takes as it is. A path that
// holds a secret, or cannot be a word of one, is FILE.
func (f *preflight) shellCommand(command, name string) string {
	place := f.tried(name)
	if place == "" {
		place = name
	}
	clean := place
	f.content.Views.Clean(&clean)
	if clean != place {
		return command + " FILE"
	}
	return command + " " + show.Word(place, "FILE")
}
