package handoff

import (
	"cmp"
	"context"
	"io/fs"
	"slices"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/display"
	"github.com/anolishq/anolis-handoff/validator"
)

// DriftVersion is the version of the form of a DriftReport. It changes when a
// field changes its meaning or goes away, not when one is added.
const DriftVersion = 1

// DriftReport is how an unpacked release differs from its package.
type DriftReport struct {
	Version int `json:"version"` // DriftVersion
	// Package is that of the package's report, and Release the name the caller
	// gave the release; the library leaves it empty.
	Package string `json:"package"`
	Release string `json:"release"`
	// Digest is that of the package. ReleaseDigest is the one that the folder of
	// the release is named by, if the caller knows it; the library leaves it empty.
	Digest        string `json:"digest"`
	ReleaseDigest string `json:"releaseDigest,omitempty"`
	// Drifted says that there is any difference, or something that could not be
	// compared.
	Drifted bool `json:"drifted"`
	// Unchanged is the number of files that are as in the package.
	Unchanged int `json:"unchanged"`
	// Files is everything else: what is unreadable, then what has changed, is
	// missing and is extra, each sorted by path.
	Files []DriftFile `json:"files"`
	// MoreValues is the number of changed values that are not listed: at most 1000
	// are.
	MoreValues int `json:"moreValues,omitempty"`
}

// DriftState is what became of a file of a release.
type DriftState string

const (
	DriftUnreadable DriftState = "unreadable" // it could not be compared
	DriftChanged    DriftState = "changed"    // the release has something else there
	DriftMissing    DriftState = "missing"    // the release does not have it
	DriftExtra      DriftState = "extra"      // the package does not have it
)

// driftOrder is that of DriftReport.Files.
var driftOrder = [...]DriftState{DriftUnreadable, DriftChanged, DriftMissing, DriftExtra}

// DriftFile is a place where a release is not as its package.
type DriftFile struct {
	State DriftState `json:"state"`
	// Path is the slash path in the release. What looks like a secret is ***, and
	// bytes that are no UTF-8 are escaped.
	Path string `json:"path"`
	// Type is what the release has there: file, folder, symbolic link, device,
	// named pipe, socket or special file; empty for nothing. Links are not followed.
	Type string `json:"type"`
	// Packaged and Released are the file in the package and in the release; nil is
	// none.
	Packaged *FileVersion `json:"packaged,omitempty"`
	Released *FileVersion `json:"released,omitempty"`
	// Line is the first line that differs, from 1; 0 is unknown.
	Line int `json:"line,omitempty"`
	// Values is what a changed YAML or JSON file says now (New) and in the package
	// (Old), secrets hidden.
	Values []ValueChange `json:"values"`
	// Message says more, for people. It may be empty.
	Message string `json:"message,omitempty"`
	// Hint says what to do about it. It may be empty.
	Hint string `json:"hint,omitempty"`
}

// FileVersion is the content of a file.
type FileVersion struct {
	Size int64 `json:"size"` // in bytes
	// SHA256 is the digest in lower-case hexadecimal. It is empty where the content
	// was not read: of extra files, and of what is larger than the file of the
	// package and validator.Limits.Document.
	SHA256 string `json:"sha256,omitempty"`
}

// Drift compares an unpacked release with its package: every file and, for YAML
// and JSON, every value.
//
// The release is not trusted. Symbolic links in it are not followed but reported,
// if release is an fs.ReadLinkFS as the file system of an os.Root is. No file is
// read further than its size in the package, or validator.Limits.Document if that
// is more; of what the package does not have, nothing is read. At most
// validator.Limits.Entries further files and folders are looked at; what is then
// left is reported as unreadable or extra, never passed over. Limits are those
// with which p was opened. A file that becomes a named pipe in the moment before it
// is opened can make Open wait; one that opens with O_NONBLOCK does not.
//
// An error means that there is no report: ctx is done, the root of the release
// cannot be read, or the package has changed.
func Drift(ctx context.Context, p *Package, release fs.FS) (*DriftReport, error) {
	digest, err := p.Digest(ctx)
	if err != nil {
		return nil, err
	}
	c, err := load(ctx, p)
	if err != nil {
		return nil, err
	}
	d := &drifter{
		ctx: ctx, p: p, release: release, content: c,
		report:  &DriftReport{Version: DriftVersion, Package: p.Report().Package, Digest: digest, Files: []DriftFile{}},
		folders: map[string]place{}, packaged: map[string]bool{".": true},
		values: maxValues,
	}
	if err := d.run(); err != nil {
		return nil, err
	}
	return d.report, nil
}

// maxValues is how many changed values a report lists.
const maxValues = 1000

// drifter compares one release.
type drifter struct {
	ctx      context.Context
	p        *Package
	release  fs.FS
	content  *content // of the package
	report   *DriftReport
	folders  map[string]place // of the release, as far as files of the package are in them
	packaged map[string]bool  // files and folders of the package
	values   int              // changed values that may still be listed
	entries  int              // entries of the release that may still be looked at
}

func (d *drifter) run() error {
	for _, f := range d.p.Report().Files {
		d.addPackaged(f.Path)
	}
	d.entries = len(d.packaged) + d.p.Limits().Entries
	if err := d.walk("."); err != nil {
		return err
	}
	for _, f := range d.p.Report().Files {
		found, err := d.compare(f)
		switch {
		case err != nil:
			return err
		case found == nil:
			d.report.Unchanged++
		default:
			d.add(*found)
		}
	}
	d.report.Drifted = len(d.report.Files) > 0
	d.clean()
	slices.SortStableFunc(d.report.Files, func(a, b DriftFile) int {
		return cmp.Or(
			cmp.Compare(slices.Index(driftOrder[:], a.State), slices.Index(driftOrder[:], b.State)),
			cmp.Compare(a.Path, b.Path))
	})
	return nil
}

func (d *drifter) add(f DriftFile) {
	if f.Values == nil {
		f.Values = []ValueChange{}
	}
	f.Path = shownName(f.Path)
	d.report.Files = append(d.report.Files, f)
}

// clean makes what comes from the release fit to be shown: a document that was
// looked at later may have told what is a secret in an earlier one.
func (d *drifter) clean() {
	var texts []*string
	for i := range d.report.Files {
		f := &d.report.Files[i]
		texts = append(texts, &f.Path, &f.Message)
		for j := range f.Values {
			texts = append(texts, f.Values[j].texts()...)
		}
	}
	d.content.views.Clean(texts...)
	for i := range d.report.Files {
		f := &d.report.Files[i]
		if slices.ContainsFunc(f.Values, func(v ValueChange) bool { return v.New != nil && strings.Contains(v.New.Text, display.Hidden) }) {
			f.Hint = hintSecret
		}
	}
}

func packagedVersion(f validator.File) *FileVersion { return &FileVersion{f.Size, f.SHA256} }

// Count is the number of files in a state.
func (r *DriftReport) Count(s DriftState) int {
	n := 0
	for _, f := range r.Files {
		if f.State == s {
			n++
		}
	}
	return n
}
