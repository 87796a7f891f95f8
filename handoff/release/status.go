package release

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/handoff/inspect"
	"github.com/anolishq/anolis-handoff/internal/cause"
	"github.com/anolishq/anolis-handoff/internal/isotime"
	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/validator"
)

// StatusReport is what is installed in a directory of Unpack.
type StatusReport struct {
	Version int `json:"version"` // Version
	// ToolVersion is the version of the program that made it, as its caller says; the
	// library leaves it empty.
	ToolVersion string `json:"toolVersion,omitempty"`
	// Dir is the directory as the caller named it.
	Dir string `json:"dir"`
	// Current and Previous are the digests of the releases that the links name; empty
	// where there is no link.
	Current  string `json:"current,omitempty"`
	Previous string `json:"previous,omitempty"`
	// Releases are the current one, the previous one, and then the others by digest.
	Releases []Installed `json:"releases"`
	// Kept are the edited releases that an Unpack has replaced, by name. They are not
	// read.
	Kept []KeptRelease `json:"kept"`
	// Rollback is what Rollback would change; nil if there is nothing to go back to, or
	// one of the two cannot be read.
	Rollback *RollbackPreview `json:"rollback,omitempty"`
}

// Installed is a release in the directory.
type Installed struct {
	// Digest is the one that the release is named by, and Path its directory.
	Digest string `json:"digest"`
	Path   string `json:"path"`
	// Machine and DisplayName are those of its machine profile, and State is the time of
	// the project's state, in UTC.
	Machine     string `json:"machine,omitempty"`
	DisplayName string `json:"displayName,omitempty"`
	State       string `json:"state,omitempty"`
	// Pins are the released versions that belong to it, such as runtime 0.1.40.
	Pins []string `json:"pins,omitempty"`
	// Files is the number of its files, and Size their bytes.
	Files int   `json:"files"`
	Size  int64 `json:"size"`
	// Unpacked is when its directory was made, in UTC.
	Unpacked string `json:"unpacked,omitempty"`
	// Signer is who signed the package, as Unpack was told; nil if nobody has checked
	// that. SignerProblem says why the record of it cannot be read.
	Signer        *Signer `json:"signer,omitempty"`
	SignerProblem string  `json:"signerProblem,omitempty"`
	// Edited says that it is not any more what was unpacked. Unreadable says that
	// this is not known, because it could not be read. Problem says more: why it
	// could not be read, or why it is not a package any more.
	Edited     bool   `json:"edited"`
	Unreadable bool   `json:"unreadable"`
	Problem    string `json:"problem,omitempty"`
}

// KeptRelease is a release that was edited, and then replaced by Unpack.
type KeptRelease struct {
	// Digest names the package, and Path is the directory with the edited files.
	Digest string `json:"digest"`
	Path   string `json:"path"`
}

// RollbackPreview is what going back would change: the number of changes by risk, and
// the first of them in words.
type RollbackPreview struct {
	To     string   `json:"to"` // the digest
	High   int      `json:"high"`
	Medium int      `json:"medium"`
	Low    int      `json:"low"`
	First  []string `json:"first"`
}

// firstChanges is how many changes a preview has in words.
const firstChanges = 3

// Status reports what is installed in a directory that Unpack made. It changes nothing
// and takes no lock: during an unpack it reports the state before or after. Every
// release is read to its end; the limits are for each. A directory that was not made
// by Unpack is a *ForeignError, one that cannot be read an *fs.PathError.
func Status(ctx context.Context, dir string, limits validator.Limits) (*StatusReport, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close() // it was only read
	s := &store{dir: dir, root: root}
	if err := s.readLinks(); err != nil {
		return nil, err
	}
	r := &StatusReport{Version: Version, Dir: dir, Current: s.current, Previous: s.previous, Releases: []Installed{}, Kept: []KeptRelease{}}
	releases, err := openDir(root, releasesDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &ForeignError{s.path(releasesDir), "is not there; unpack a package first"}
	}
	if err != nil {
		return nil, s.fail("open", releasesDir, err)
	}
	defer releases.Close()
	digests, err := names(releases)
	if err != nil {
		return nil, s.fail("read", releasesDir, err)
	}
	for _, name := range digests {
		if isKept(name) {
			r.Kept = append(r.Kept, KeptRelease{name[:digestLen], s.path(releasesDir, name)})
		}
	}
	digests = slices.DeleteFunc(digests, func(name string) bool { return !isDigest(name) })
	slices.SortFunc(digests, func(a, b string) int { return cmp.Or(s.rank(a)-s.rank(b), strings.Compare(a, b)) })
	opened := map[string]*validator.Package{}
	for _, digest := range digests {
		release, err := openDir(releases, digest)
		switch {
		case errors.Is(err, fs.ErrNotExist): // it was pruned meanwhile
			continue
		case err != nil:
			i := Installed{Digest: digest, Path: s.path(releasesDir, digest), Problem: cause.Of(err).Error()}
			i.Edited = errors.Is(err, syscall.ENOTDIR)
			i.Unreadable = !i.Edited
			r.Releases = append(r.Releases, i)
			continue
		}
		installed, p, err := readRelease(ctx, newLiveFS(release), digest, limits)
		if s.rank(digest) == 2 || err != nil {
			release.Close() // it was only read
		} else {
			defer release.Close()
			opened[digest] = p
		}
		if err != nil {
			return nil, err
		}
		installed.Path = s.path(releasesDir, digest)
		if installed.Signer, err = readRecord(releases, digest); err != nil {
			installed.SignerProblem = digest + recordSuffix + " cannot be read: " + err.Error()
		}
		r.Releases = append(r.Releases, installed)
	}
	if from, to := opened[s.current], opened[s.previous]; from != nil && to != nil && s.current != s.previous {
		if r.Rollback, err = preview(ctx, from, to, s.previous); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// rank orders releases: the current one, the previous one, all others.
func (s *store) rank(digest string) int {
	switch digest {
	case s.current:
		return 0
	case s.previous:
		return 1
	}
	return 2
}

// readRelease describes a release. The package is nil if it cannot be opened. It
// returns the error of ctx.
func readRelease(ctx context.Context, files fs.FS, digest string, limits validator.Limits) (Installed, *validator.Package, error) {
	i := Installed{Digest: digest}
	unreadable := func(why string) (Installed, *validator.Package, error) {
		i.Unreadable, i.Problem = true, why
		return i, nil, ctx.Err()
	}
	info, err := fs.Stat(files, ".")
	if err != nil {
		return unreadable(cause.Of(err).Error())
	}
	i.Unpacked = info.ModTime().UTC().Format(time.RFC3339)
	opts := validator.Options{Limits: limits, NoRehearsal: true}
	p, err := validator.OpenFS(ctx, files, validator.OpenOptions{Options: opts, AllowInvalid: true})
	var invalid *validator.InvalidError
	switch {
	case errors.As(err, &invalid):
		if why := firstUnreadable(invalid.Report); why != "" {
			return unreadable(why)
		}
		i.Edited, i.Problem = true, show.Count(invalid.Report.Count(validator.Error), "error")
		return i, nil, ctx.Err()
	case err != nil:
		return unreadable(cause.Of(err).Error())
	}
	got, err := p.Digest(ctx)
	if err != nil {
		return unreadable(cause.Of(err).Error())
	}
	summary, err := inspect.Package(ctx, p)
	if err != nil {
		return unreadable(cause.Of(err).Error())
	}
	i.Edited = got != digest
	i.Machine, i.DisplayName, i.State = summary.Machine.ID, summary.Machine.DisplayName, summary.Provenance.ExportedAt
	i.Files, i.Size = summary.Files, summary.Size
	for _, pin := range summary.Pins {
		if name, ok := strings.CutPrefix(pin.Path, "components."); ok && pin.Version != "" {
			i.Pins = append(i.Pins, strings.TrimPrefix(strings.TrimPrefix(name, "providers."), "optional.")+" "+pin.Version)
		}
	}
	return i, p, nil
}

// firstUnreadable is the first file that the system did not let us read, and why; ""
// if there is none.
func firstUnreadable(report *validator.Report) string {
	for _, p := range report.Problems {
		if p.Code == validator.CodeUnreadable {
			return cmp.Or(p.File, ".") + ": " + p.Message
		}
	}
	return ""
}

func preview(ctx context.Context, from, to *validator.Package, digest string) (*RollbackPreview, error) {
	changes, err := diff.Packages(ctx, from, to)
	if err != nil {
		return nil, err
	}
	r := &RollbackPreview{To: digest, First: []string{}}
	for _, c := range changes.Changes {
		switch c.Risk {
		case diff.High:
			r.High++
		case diff.Medium:
			r.Medium++
		default:
			r.Low++
		}
		if len(r.First) < firstChanges {
			r.First = append(r.First, c.Message)
		}
	}
	return r, nil
}

// WriteJSON writes the report as one JSON object on one line, with a line feed at its
// end. Lists are never null. It returns errors from w.
func (r *StatusReport) WriteJSON(w io.Writer) error { return show.JSON(w, r, "") }

// WriteText writes the report for people, with colors of ANSI terminals if wanted. All
// text from packages is made safe for a terminal. It returns errors from w.
func (r *StatusReport) WriteText(w io.Writer, color bool) error {
	t := &show.Text{Color: color}
	if r.Current == "" {
		t.Line("no release is current in ", r.Dir)
	}
	for _, i := range r.Releases {
		role := "other:    "
		switch i.Digest {
		case r.Current:
			role = "current:  "
		case r.Previous:
			role = "previous: "
		}
		t.WriteString(role)
		i.title(t)
		t.Line("    release   ", filepath.Base(i.Path))
		if i.Problem == "" {
			t.Line("    content   ", show.Count(i.Files, "file"), ", ", show.Count(i.Size, "byte"), ", unpacked ", i.Unpacked)
		} else if i.Unpacked != "" {
			t.Line("    unpacked  ", i.Unpacked)
		}
		if len(i.Pins) > 0 {
			t.Line("    versions  ", strings.Join(i.Pins, ", "))
		}
		switch {
		case i.SignerProblem != "":
			t.Line("    signed    not known: ", i.SignerProblem)
		case i.Signer != nil:
			t.Line("    signed    by ", i.Signer.String(), ", checked when it was unpacked")
		default:
			t.Line("    signed    not checked when it was unpacked")
		}
		switch {
		case i.Unreadable:
			t.Paint(show.Red, "    UNREADABLE ")
			t.Line("whether it was edited is not known: ", i.Problem)
		case i.Problem != "":
			t.Paint(show.Red, "    EDITED    ")
			t.Line("it cannot be read as a package any more: ", i.Problem)
		case i.Edited:
			t.Paint(show.Red, "    EDITED    ")
			t.Line("it is not what was unpacked; with its package, anpkg drift PACKAGE ", show.Word(i.Path, "DIR"), " shows what was changed")
		}
	}
	for _, k := range r.Kept {
		t.WriteString("edited:   ")
		t.Paint(show.Bold, show.Line(filepath.Base(k.Path)))
		t.Line(", kept when ", short(k.Digest), " was written again; unpack --prune removes it")
	}
	if b := r.Rollback; b != nil {
		t.Line("rollback: ", show.Count(b.High, "change"), " of high, ", show.Count(b.Medium, "change"), " of medium and ", show.Count(b.Low, "change"), " of low risk")
		for _, text := range b.First {
			t.Line("    ", text)
		}
	} else if at := slices.IndexFunc(r.Releases, func(i Installed) bool { return i.Digest == r.Previous && i.Digest != r.Current }); at >= 0 {
		why := "what it would change is not known"
		if r.Releases[at].Edited {
			why = "needs --force, because the previous release was edited"
		}
		t.Line("rollback: ", why)
	} else if r.Current != "" {
		t.Line("rollback: there is nothing to go back to")
	}
	return show.Write(w, t.Bytes())
}

// title is what a line says of the machine of a release.
func (i *Installed) title(t *show.Text) {
	if i.Problem != "" {
		t.Paint(show.Bold, "a release that cannot be read")
		t.Line()
		return
	}
	t.Paint(show.Bold, show.Line(cmp.Or(i.DisplayName, i.Machine, "a machine without a name")))
	what := ""
	if i.DisplayName != "" && i.Machine != "" {
		what = " (" + i.Machine + ")"
	}
	t.Line(what, ", state of ", cmp.Or(strings.Replace(i.State, isotime.Fallback, "unknown time", 1), "unknown time"))
}
