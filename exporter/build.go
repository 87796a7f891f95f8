package exporter

import (
	"context"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/internal/archive"
	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/project"
	"github.com/anolishq/anolis-handoff/redact"
)

// Files of a package.
const (
	profileFile    = "machine-profile.yaml"
	runtimeFile    = "runtime/anolis-runtime.yaml"
	behaviorDir    = "runtime/behaviors/"
	provenanceFile = "meta/provenance.json"
	checksumsFile  = "meta/checksums.sha256"
)

// Build makes the package of a project. The error is the context's when ctx is
// done, and Problems when the project cannot be exported.
//
// Build only builds: whether the result would be accepted at its destination is
// the validator's question.
func Build(ctx context.Context, projectFS fs.FS, opts Options) (*Package, error) {
	b := newBuilder(ctx, projectFS, opts)
	b.checkOptions()
	if p := project.Load(b.files, opts.Name, &b.faults); p != nil && b.search != nil {
		b.project = p
		b.build()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !b.faults.Empty() {
		return nil, b.problems()
	}
	set, err := b.archive()
	if err != nil {
		return nil, err
	}
	b.hideSecrets(nil)
	return &Package{name: opts.Name, set: set, notes: sortNotes(b.notes), sources: b.sources, progress: opts.Progress}, nil
}

// builder carries one export from project to files.
type builder struct {
	ctx     context.Context
	opts    Options
	policy  redact.Policy
	search  *redact.Searcher // nil when the policy is at fault
	limits  Limits
	files   project.Files
	project *project.Project
	faults  fault.List
	notes   []Note

	packaged  []string         // runtime profiles, manual first
	ids       []string         // providers of all of them, in order
	providers map[string]*site // where each provider is first named
	behaviors map[string]behavior
	sources   map[string]string // of verbatim files
	redacted  bool

	entries   []archive.File
	documents int64 // bytes of rewritten documents
}

// site is a value in a project file.
type site struct {
	file string
	node *doc.Node
	path doc.Path
}

// pathOf is the key path of a value in its project file. A system.json is
// rendered to documents in which its values have other paths.
func (b *builder) pathOf(n *doc.Node, path doc.Path) doc.Path {
	if n != nil {
		if source, ok := b.project.SourcePath(n.Pos); ok {
			return source
		}
	}
	return path
}

func newBuilder(ctx context.Context, projectFS fs.FS, opts Options) *builder {
	b := &builder{
		ctx: ctx, opts: opts, limits: opts.Limits.orDefault(), policy: redact.Default(),
		providers: map[string]*site{}, behaviors: map[string]behavior{}, sources: map[string]string{},
	}
	if opts.Policy != nil {
		b.policy = *opts.Policy
	}
	b.files = project.Files{FS: projectFS, MaxDocument: b.limits.Document}
	return b
}

func (b *builder) checkOptions() {
	option := func(msg string, err error) {
		b.faults.Add(fault.Fault{Code: fault.Option, Msg: msg, Err: err})
	}
	switch {
	case b.opts.Name == "":
		option("Options.Name is empty; it must be the project's name", nil)
	case !utf8.ValidString(b.opts.Name):
		option("Options.Name is not UTF-8 text", nil)
	}
	if b.opts.ProjectPath != "" && !fs.ValidPath(b.opts.ProjectPath) {
		option("Options.ProjectPath must be a slash path below the data root", nil)
	}
	var err error
	if b.search, err = b.policy.Searcher(); err != nil {
		option("Options.Policy: "+err.Error(), err)
	}
	for _, component := range slices.Sorted(maps.Keys(b.opts.Pins)) {
		if component == "" || b.opts.Pins[component] == "" {
			option("pin "+strconv.Quote(component)+" needs a component and a version", nil)
		}
	}
}

// build does everything that can find a fault.
func (b *builder) build() {
	for _, r := range b.project.Remarks {
		b.note(NoteCode(r.Code), &site{r.File, &doc.Node{Pos: r.Pos}, r.Path}, r.Msg)
	}
	selected, omitted := b.selectVariants()
	for _, v := range selected {
		b.addConfig(v)
	}
	b.addProviders()
	b.addProfile()
	b.addProvenance(omitted)
}

// archive adds the checksums, of the digests that were taken when the files were
// read, and closes the set.
func (b *builder) archive() (*archive.Set, error) {
	slices.SortFunc(b.entries, func(x, y archive.File) int { return strings.Compare(x.Name, y.Name) })
	manifest := make(checksum.Manifest, len(b.entries))
	for i, f := range b.entries {
		manifest[i] = checksum.Entry{Path: f.Name, Digest: f.SHA256}
	}
	text, err := manifest.MarshalText()
	if err == nil {
		var set *archive.Set
		if set, err = archive.NewSet(append(b.entries, archive.FromBytes(checksumsFile, text))...); err == nil {
			return set, nil
		}
	}
	b.faults.Add(fault.Fault{Code: fault.Conflict, Msg: err.Error(), Err: err})
	return nil, b.problems()
}

// addDocument writes a document into the package and looks at what it says.
func (b *builder) addDocument(name, source string, root *doc.Node) {
	if b.ctx.Err() != nil {
		return
	}
	b.noteReaders(source, root)
	b.checkSecrets(source, root)
	text := canonyaml.Append(nil, root)
	b.documents += int64(len(text))
	if b.documents > b.limits.Documents {
		b.faults.Add(fault.Fault{Code: fault.Limit, File: source, Msg: "the documents of the package are larger than " +
			strconv.FormatInt(b.limits.Documents, 10) + " bytes together"})
		return
	}
	b.addFile(archive.FromBytes(name, text))
}

func (b *builder) addFile(f archive.File) { b.entries = append(b.entries, f) }

func (b *builder) note(code NoteCode, at *site, msg string) {
	n := Note{Code: code, Message: msg}
	if at != nil {
		n.File, n.Pointer = at.file, at.path.Pointer()
		if len(at.path) > 0 {
			n.Path = at.path.String()
		}
		if at.node != nil {
			n.Line, n.Column = at.node.Line, at.node.Column
		}
	}
	b.notes = append(b.notes, n)
}
