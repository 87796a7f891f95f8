package main

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/release"
)

func driftCommand() command {
	return command{
		name:     "drift",
		operands: []operand{{name: "PACKAGE", stdin: true}, {name: "DIR"}},
		summary:  "tell what was changed on a machine",
		about: `
DIR is a folder that PACKAGE was unpacked to: one with releases, of which the
current one is compared, or the folder of one release. Files that were changed,
are missing or were added are listed; for YAML and JSON, the values. Symbolic
links are not followed, and a secret is never shown.`,
		exits:   "0 no drift, 1 drift, 2 wrong use, or something could not be compared",
		example: "anpkg drift rig-1.anpkg /opt/rig-1",
		verb:    func() verb { return &driftVerb{} },
	}
}

type driftVerb struct{ format string }

func (v *driftVerb) flags(set *flag.FlagSet) {
	formatVar(set, &v.format, "json is one object", "text", "json")
}

func (v *driftVerb) run(ctx context.Context, args []string, std streams) int {
	progress := startProgress(&std, "drift", "reading the package")
	defer progress.stop()
	p, done, err := openPackage(ctx, std, args[0], handoff.OpenOptions{})
	if err != nil {
		tellError(std, "drift", nameOf(args[0]), err)
		return exitTrouble
	}
	defer done()
	unpacked, err := openRelease(args[1])
	if err != nil {
		tellError(std, "drift", args[1], err)
		return exitTrouble
	}
	defer unpacked.Close()
	progress.set("comparing " + unpacked.name)
	report, err := handoff.Drift(ctx, p, newLiveFS(unpacked.Root))
	if err != nil {
		tellError(std, "drift", args[1], err)
		return exitTrouble
	}
	report.Release, report.ReleaseDigest = unpacked.name, unpacked.digest
	if v.format == "json" {
		err = report.WriteJSON(std.out)
	} else {
		err = report.WriteText(std.out, takesColor(std.out))
	}
	if err != nil {
		tellOutput(std, "drift", err)
		return exitTrouble
	}
	return driftCode(report)
}

// driftCode is the exit code for a report.
func driftCode(report *release.DriftReport) int {
	switch {
	case report.Count(release.Unreadable) > 0:
		return exitTrouble
	case report.Drifted:
		return exitFailed
	}
	return exitOK
}

// unpackedRelease is the folder of an unpacked package.
type unpackedRelease struct {
	*os.Root
	name   string
	digest string // that the folder is named by, or ""
}

// liveFS is a folder in which others write meanwhile. A file that becomes a pipe in
// the moment before it is opened must not make us wait.
type liveFS struct {
	fs.ReadLinkFS
	root *os.Root
}

func newLiveFS(root *os.Root) liveFS { return liveFS{root.FS().(fs.ReadLinkFS), root} }

func (l liveFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	f, err := l.root.OpenFile(name, os.O_RDONLY|noWait, 0)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// openRelease opens the current release of a folder with releases, or the folder
// itself.
func openRelease(dir string) (*unpackedRelease, error) {
	root, err := openFolder("release", dir)
	if err != nil {
		return nil, err
	}
	target, err := root.Readlink("current")
	if err != nil || !isReleasePath(filepath.ToSlash(target)) {
		return &unpackedRelease{root, dir, folderDigest(dir)}, nil
	}
	defer root.Close()
	current, err := root.OpenRoot("current")
	var p *fs.PathError
	if errors.As(err, &p) {
		return nil, &fs.PathError{Op: "release", Path: dir, Err: errors.New("the link current cannot be followed: " + p.Err.Error())}
	}
	if err != nil {
		return nil, err
	}
	return &unpackedRelease{current, filepath.Join(dir, "current"), path.Base(filepath.ToSlash(target))}, nil
}

var digestName = regexp.MustCompile(`^[0-9a-f]{64}$`)

// isReleasePath reports whether unpack could have made a link to this path.
func isReleasePath(target string) bool {
	return path.Dir(target) == "releases" && digestName.MatchString(path.Base(target))
}

// folderDigest is the digest in the name of a release's folder, or "".
func folderDigest(dir string) string {
	resolved, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return ""
	}
	if resolved, err = filepath.Abs(resolved); err != nil || !digestName.MatchString(filepath.Base(resolved)) {
		return ""
	}
	return filepath.Base(resolved)
}
