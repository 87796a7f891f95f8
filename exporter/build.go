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
	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/hide"
	"github.com/anolishq/anolis-handoff/internal/project"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/internal/zipfile"
	"github.com/anolishq/anolis-handoff/redact"
	"github.com/anolishq/anolis-handoff/validator"
)

// Files of a package.
const (
	profileFile    = "machine-profile.yaml"
	runtimeFile    = "runtime/anolis-runtime.yaml"
	behaviorDir    = "runtime/behaviors/"
	provenanceFile = "meta/provenance.json"
	checksumsFile  = "meta/checksums.sha256"
)

// Build makes the package of a project.
//
// A project that cannot be exported gives an error in which errors.As finds a
// validator.ProblemList: every independent reason, ordered by file, line and
// column. errors.Is finds the errors of the file system behind them. When ctx is
// done, it returns the error of ctx.
//
// Build only builds. Whether the package would be accepted at its destination is
// the validator's question; package handoff asks it.
func Build(ctx context.Context, projectFS fs.FS, opts Options) (*Package, error) {
	b, err := run(ctx, projectFS, opts)
	if err != nil {
		return nil, err
	}
	list, causes := b.problems()
	if b.faults.Errors() > 0 {
		errors := slices.DeleteFunc(list, func(p validator.Problem) bool { return p.Severity != validator.Error })
		return nil, &refusal{errors, causes}
	}
	return &Package{name: opts.Name, set: b.set, notes: list, sources: b.sources, progress: opts.Progress}, nil
}

// Draft describes a project before it is exported. It has more than Build returns:
// the notes of a project that cannot be exported, and the files of a package whose
// only faults are in their content, so that a validation can find the others. A
// Draft cannot be written.
//
// A Draft is immutable. It is safe for concurrent use if the project's file system
// is.
type Draft struct {
	problems validator.ProblemList
	set      *zipfile.Set
	sources  sources
}

// NewDraft reads a project as Build does. It returns the error of ctx.
func NewDraft(ctx context.Context, projectFS fs.FS, opts Options) (*Draft, error) {
	b, err := run(ctx, projectFS, opts)
	if err != nil {
		return nil, err
	}
	list, _ := b.problems()
	return &Draft{problems: list, set: b.set, sources: b.sources}, nil
}

// Problems returns the errors, warnings and notes of the project, ordered by file,
// line and column. Build succeeds if none is an error.
func (d *Draft) Problems() validator.ProblemList { return slices.Clone(d.problems) }

// FS returns the files of the package, or nil when some are missing. They can hold
// a secret that Build would refuse: validate them, and hand them to nobody.
func (d *Draft) FS() fs.FS {
	if d.set == nil {
		return nil
	}
	return d.set.FS()
}

// Source is Package.Source for the files of the draft.
func (d *Draft) Source(p validator.Problem) (validator.Problem, bool) { return d.sources.locate(p) }

// run does everything that Build and NewDraft share.
func run(ctx context.Context, projectFS fs.FS, opts Options) (*builder, error) {
	b, err := load(ctx, projectFS, opts)
	if err != nil {
		return nil, err
	}
	if b.project != nil {
		b.build()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b.hideNames()
	return b, nil
}

// load reads the documents that list what a project has. There is no project in the
// builder if they are at fault.
func load(ctx context.Context, projectFS fs.FS, opts Options) (*builder, error) {
	b := newBuilder(ctx, projectFS, opts)
	b.checkOptions()
	if projectFS != nil && b.search != nil {
		b.project = project.Load(ctx, b.files, opts.Name, &b.faults)
		b.sources.project = b.project
	}
	return b, ctx.Err()
}

// Profiles returns the names of the runtime profiles of a project, in its order: what
// Options.Variants can name. Manual is among them. Only the documents that list them are
// read, within the limits of opts. It returns the error of ctx, or the
// validator.ProblemList of a project whose profiles cannot be told.
func Profiles(ctx context.Context, projectFS fs.FS, opts Options) ([]string, error) {
	b, err := load(ctx, projectFS, opts)
	if err != nil {
		return nil, err
	}
	if b.project == nil {
		b.hideNames()
		list, causes := b.problems()
		return nil, &refusal{list, causes}
	}
	var names []string
	for _, v := range b.project.Variants {
		names = append(names, v.Name)
	}
	return names, nil
}

// builder carries one export from project to files.
type builder struct {
	ctx     context.Context
	opts    Options
	policy  redact.Policy
	search  *secretscan.Engine // nil when the policy is at fault
	hider   *hide.Hider        // nil, too
	limits  Limits
	files   project.Files
	project *project.Project
	faults  fault.List

	packaged  map[string]bool  // runtime profiles
	ids       []string         // providers of all of them, in order
	providers map[string]*site // where each provider is first named
	behaviors map[string]behavior
	includes  []include
	redacted  bool

	entries   []zipfile.File
	documents int64                  // bytes of rewritten documents
	roots     map[string][]*doc.Node // what the package has of each project file
	sources   sources
	set       *zipfile.Set // the package, once it is complete
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
		packaged: map[string]bool{}, providers: map[string]*site{}, behaviors: map[string]behavior{},
		roots: map[string][]*doc.Node{}, sources: sources{files: map[string]*origin{}},
	}
	if opts.Policy != nil {
		b.policy = *opts.Policy
	}
	b.files = b.directory(projectFS)
	return b
}

// directory gives access to the project, or to the data root.
func (b *builder) directory(fsys fs.FS) project.Files {
	return project.Files{FS: fsys, MaxDocument: b.limits.Document, Folders: map[string]map[string]string{}}
}

func (b *builder) checkOptions() {
	option := func(msg string, err error) {
		b.faults.Add(fault.Fault{Code: fault.Option, Msg: msg, Err: err})
	}
	if b.files.FS == nil {
		option("the project's file system is nil", nil)
	}
	switch {
	case b.opts.Name == "":
		option("Options.Name is empty; it must be the project's name", nil)
	case !utf8.ValidString(b.opts.Name):
		option("Options.Name is not valid UTF-8", nil)
	}
	if b.opts.ProjectPath != "" && !fs.ValidPath(b.opts.ProjectPath) {
		option("Options.ProjectPath must be a slash path below the data root", nil)
	}
	var err error
	if b.opts.Policy != nil {
		err = b.opts.Policy.Validate()
	}
	if err != nil {
		option("Options.Policy: "+err.Error(), err)
	} else {
		b.search, _ = secretscan.New(secretscan.Of(b.opts.Policy)) // Validate saw to it
		b.hider = hide.New(b.search)
	}
	for _, component := range slices.Sorted(maps.Keys(b.opts.Pins)) {
		if component == "" || b.opts.Pins[component] == "" {
			option("pin "+show.Quote(component, 400)+" needs a component and a version", nil)
		}
	}
}

// build does everything that can find a fault.
func (b *builder) build() {
	selected, omitted := b.selectVariants()
	for _, v := range selected {
		b.addConfig(v)
	}
	b.addIncludes()
	b.addProviders()
	b.project.CheckUnpackaged(b.ctx, func(variant string) bool { return b.packaged[variant] },
		func(id string) bool { return b.providers[id] != nil }, &b.faults)
	b.addProfile()
	b.addProvenance(omitted)
	if b.ctx.Err() == nil && b.complete() {
		b.close()
	}
}

// complete reports whether there is a package to validate: whatever is wrong is in
// what its files say, or is a runtime profile that it does without.
func (b *builder) complete() bool {
	for _, f := range b.faults.Sorted() {
		if f.Severity != fault.Error {
			continue
		}
		switch f.Code {
		case fault.Secret, fault.Schema, fault.MissingVariant:
		default:
			return false
		}
	}
	return true
}

// close adds the checksums, of the digests that were taken when the files were
// read, and closes the set.
func (b *builder) close() {
	slices.SortFunc(b.entries, func(x, y zipfile.File) int { return strings.Compare(x.Name, y.Name) })
	manifest := make(checksum.Manifest, len(b.entries))
	for i, f := range b.entries {
		manifest[i] = checksum.Entry{Path: f.Name, Digest: f.SHA256}
	}
	text, err := manifest.MarshalText()
	if err == nil {
		b.set, err = zipfile.NewSet(append(b.entries, zipfile.FromBytes(checksumsFile, text))...)
	}
	if err != nil {
		b.faults.Add(fault.Fault{Code: fault.Conflict, Msg: err.Error(), Err: err})
	}
}

// addDocument writes a document into the package and looks at what it says.
func (b *builder) addDocument(name string, d *project.Document) {
	if b.ctx.Err() != nil || b.documents > b.limits.Documents {
		return
	}
	b.noteReaders(d.File, d.Root)
	b.addFindings(d.File, b.search.ScanNode(d.File, d.Root))
	b.roots[d.File] = append(b.roots[d.File], d.Root)
	text := canonyaml.AppendMost(nil, d.Root, b.limits.Documents-b.documents)
	b.documents += int64(len(text))
	if b.documents > b.limits.Documents {
		b.faults.Add(fault.Fault{Code: fault.Limit, File: d.File, Msg: "the documents of the package are larger than " +
			strconv.FormatInt(b.limits.Documents, 10) + " bytes together"})
		return
	}
	b.sources.files[name] = &origin{file: d.File, root: d.Root, packaged: text, text: d.Text}
	b.entries = append(b.entries, zipfile.FromBytes(name, text))
}

func (b *builder) note(code fault.Code, at *site, msg string) {
	if at == nil {
		b.faults.Note(code, "", nil, nil, msg)
		return
	}
	b.faults.Note(code, at.file, at.node, at.path, msg)
}
