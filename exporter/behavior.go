package exporter

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/project"
	"github.com/anolishq/anolis-handoff/internal/pytext"
	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/internal/xmltext"
	"github.com/anolishq/anolis-handoff/internal/zipfile"
)

// behavior is a behavior tree that a runtime config uses or another tree
// includes.
type behavior struct {
	files project.Files
	file  string // within files
	shown string // as a message names it
	key   string // equal for the same file only

	included bool // by another tree, and not used by a runtime config
}

// include is an include element of a packaged behavior.
type include struct {
	xmltext.Include
	in       behavior // the file that has it
	packaged string   // that file in the package
}

// tokenPrefix begins a path as the target machine will have it.
const tokenPrefix = "../anolis-projects/projects/"

// rewriteBehavior packages the behavior tree of a config and points the config
// at the copy.
func (b *builder) rewriteBehavior(c *project.Document) {
	automation := c.Root.Get("automation")
	if !automation.IsMap() {
		return
	}
	key := "behavior_tree"
	ref := behaviorRef(automation, key)
	if ref == nil {
		key = "behavior_tree_path"
		ref = behaviorRef(automation, key)
	}
	if ref == nil {
		return
	}
	at := &site{c.File, ref, b.pathOf(ref, doc.Path{"automation", key})}
	found, ok := b.findBehavior(pytext.Strip(ref.Text), at)
	if !ok {
		return
	}
	name := behaviorDir + path.Base(found.file)
	if !b.addBehavior(name, found, at) {
		return
	}
	packaged := doc.NewString(name)
	packaged.Pos = ref.Pos
	automation.Set("behavior_tree", packaged)
	automation.Delete("behavior_tree_path")
}

// addBehavior packages a behavior once. It returns false, with a fault, when
// another file has its name.
func (b *builder) addBehavior(name string, found behavior, at *site) bool {
	other, taken := b.behaviors[name]
	switch {
	case !taken:
		b.behaviors[name] = found
		if f, ok := b.addVerbatim(name, found, at); ok {
			b.findIncludes(f, found, at)
		}
	case other.key != found.key:
		b.faults.At(fault.Conflict, at.file, at.node, at.path, "two behavior trees are called "+
			show.Quote(strings.TrimPrefix(name, behaviorDir), 400)+": "+other.shown+" and "+found.shown)
		return false
	}
	return true
}

// behaviorRef is the string under a key, if it says anything.
func behaviorRef(automation *doc.Node, key string) *doc.Node {
	if n := automation.Get(key); n.IsString() && !pytext.IsBlank(n.Text) {
		return n
	}
	return nil
}

// findBehavior looks a reference up: in the project, in the data root, and last
// as a deploy token of this project.
func (b *builder) findBehavior(ref string, at *site) (behavior, bool) {
	if err := project.CheckRelative(ref); err != nil {
		b.faults.At(fault.UnsafePath, at.file, at.node, at.path, show.Quote(ref, 400)+" "+err.Error())
		return behavior{}, false
	}
	clean := path.Clean(ref)
	candidates := b.candidates(clean)
	for _, candidate := range candidates {
		_, err := candidate.files.Stat(candidate.file)
		if err == nil {
			return candidate, true
		}
		if !errors.Is(err, fs.ErrNotExist) {
			b.unusable(at, candidate.files, candidate.file, candidate.shown, err)
			return behavior{}, false
		}
	}
	if inside, ok := b.deployToken(clean); ok {
		readAs := show.Quote(ref, 400) + " is read as " + inside + " of this project"
		if _, err := b.files.Stat(inside); err != nil {
			b.unusable(at, b.files, inside, readAs, err)
			return behavior{}, false
		}
		b.note(fault.DeployToken, at, readAs)
		return behavior{files: b.files, file: inside, shown: inside, key: "project " + inside}, true
	}
	if len(candidates) == 0 {
		msg := show.Quote(ref, 400) + " leaves the project"
		if b.opts.DataRoot != nil && b.opts.ProjectPath != "" {
			msg += " and the data root"
		}
		b.faults.At(fault.UnsafePath, at.file, at.node, at.path, msg)
		return behavior{}, false
	}
	where := "file not found in the project"
	if b.opts.DataRoot != nil {
		where += " or the data root"
	}
	missing := fault.Fault{Code: fault.MissingFile, File: at.file, Pos: at.node.Pos, Msg: show.Quote(ref, 400) + ": " + where, Err: fs.ErrNotExist}.In(at.path)
	for _, candidate := range candidates {
		if near := candidate.files.NearMessage(candidate.file); near != "" {
			missing.Msg += "; " + near
			break
		}
	}
	b.faults.Add(missing)
	return behavior{}, false
}

// candidates are the files a reference may mean, first choice first.
func (b *builder) candidates(clean string) []behavior {
	var list []behavior
	inProject := func(file string) {
		list = append(list, behavior{files: b.files, file: file, shown: file, key: "project " + file})
	}
	inData := func(file string) {
		if prefix := b.opts.ProjectPath; prefix != "" && strings.HasPrefix(file, prefix+"/") {
			inProject(strings.TrimPrefix(file, prefix+"/"))
			return
		}
		list = append(list, behavior{files: b.directory(b.opts.DataRoot), file: file, shown: "data root: " + file, key: "data " + file})
	}
	if !project.Leaves(clean) {
		inProject(clean)
	} else if b.opts.DataRoot != nil && b.opts.ProjectPath != "" {
		if joined := path.Join(b.opts.ProjectPath, clean); !project.Leaves(joined) {
			inData(joined)
		}
	}
	if b.opts.DataRoot != nil && !project.Leaves(clean) {
		inData(clean)
	}
	return list
}

// deployToken is the project path that a path on the target stands for.
func (b *builder) deployToken(clean string) (string, bool) {
	rest, ok := strings.CutPrefix(clean, tokenPrefix)
	if !ok {
		return "", false
	}
	dir, inside, ok := strings.Cut(rest, "/")
	if !ok || inside == "" {
		return "", false
	}
	id := b.project.Profile.Root.Get("machine_id")
	if dir != b.opts.Name && !(id.IsString() && id.Text == dir) {
		return "", false
	}
	return inside, true
}

// maxIncludes is how many include elements an export follows.
const maxIncludes = 1000

// addIncludes packages the files that packaged behaviors include, or notes that
// they stay out.
func (b *builder) addIncludes() {
	for i := 0; i < len(b.includes); i++ { // the list grows
		if b.ctx.Err() != nil {
			return
		}
		if i == maxIncludes {
			b.faults.Add(fault.Fault{Code: fault.Limit, File: b.includes[i].in.shown,
				Msg: "the behavior trees include more than " + strconv.Itoa(maxIncludes) + " files"})
			return
		}
		b.addInclude(b.includes[i])
	}
}

func (b *builder) addInclude(inc include) {
	at := &site{inc.in.shown, &doc.Node{Pos: inc.Pos}, nil}
	quoted := show.Quote(inc.Path, 400)
	refuse := func(code fault.Code, why string) {
		if b.opts.WithIncludes {
			b.faults.At(code, at.file, at.node, nil, "includes "+quoted+", which "+why)
		} else {
			b.note(code, at, "includes "+quoted+", which is not packed and "+why)
		}
	}
	if inc.Package {
		refuse(fault.UnsafePath, "is in a ROS package, and not in this project")
		return
	}
	if err := project.CheckRelative(inc.Path); err != nil {
		refuse(fault.UnsafePath, err.Error())
		return
	}
	source := path.Join(path.Dir(inc.in.file), inc.Path)
	name := path.Join(path.Dir(inc.packaged), inc.Path)
	if project.Leaves(source) || !strings.HasPrefix(name, behaviorDir) {
		refuse(fault.UnsafePath, "is outside of the folder of the behavior tree that begins with it")
		return
	}
	found := inc.in
	found.included = true
	prefix := func(s string) string { return strings.TrimSuffix(s, inc.in.file) + source }
	found.file, found.shown, found.key = source, prefix(inc.in.shown), prefix(inc.in.key)
	if other, packed := b.behaviors[name]; packed && other.key == found.key {
		return
	}
	if _, err := found.files.Stat(source); err != nil {
		f := found.files.Fault(source, err)
		refuse(f.Code, "cannot be read: "+f.Msg)
		return
	}
	if !b.opts.WithIncludes {
		b.note(fault.IncludeNotPacked, at, "includes "+quoted+", which is not packed")
		return
	}
	b.addBehavior(name, found, at)
}

// findIncludes notes what a behavior tree includes, which is read as it was hashed.
// Faults of the tree are for the validator.
func (b *builder) findIncludes(packed zipfile.File, from behavior, at *site) {
	f, err := packed.Open()
	if err != nil {
		b.unusable(at, from.files, from.file, from.shown, err)
		return
	}
	defer f.Close()
	verdict, err := xmltext.Check(b.ctx, f)
	var fault *xmltext.Error
	if err != nil && !errors.As(err, &fault) {
		if b.ctx.Err() == nil {
			b.unusable(at, from.files, from.file, from.shown, err)
		}
		return
	}
	for _, inc := range verdict.Includes {
		b.includes = append(b.includes, include{inc, from, packed.Name})
	}
}

// addVerbatim copies a project file byte for byte. It is read now for its digest and
// its secrets, and again when the package is written. It returns false, with a fault,
// when it cannot be read.
func (b *builder) addVerbatim(name string, from behavior, at *site) (packed zipfile.File, ok bool) {
	if b.ctx.Err() != nil {
		return packed, false
	}
	open := func() (io.ReadCloser, error) { return from.files.Open(from.file) }
	scanner := b.search.NewScanner(name) // by which a policy allows it, here and in the package
	f, err := zipfile.Hash(b.ctx, name, open, b.watch(name, scanner))
	if err != nil {
		if b.ctx.Err() == nil {
			b.unusable(at, from.files, from.file, from.shown, err)
		}
		return packed, false
	}
	if b.search.ShownName(name) == name { // nothing is in that, but in a folder that is not packaged there may be
		b.addFindings(from.shown, b.search.NewScanner(from.shown).Findings())
	}
	b.addFindings(from.shown, scanner.Findings())
	b.sources.files[name] = &origin{file: from.shown}
	b.entries = append(b.entries, f)
	return f, true
}

// watch reports the progress of reading a file.
func (b *builder) watch(name string, w io.Writer) io.Writer {
	if b.opts.Progress == nil {
		return w
	}
	return &watcher{w, Progress{Stage: StageRead, File: name}, b.opts.Progress}
}

type watcher struct {
	w      io.Writer
	state  Progress
	report func(Progress)
}

func (w *watcher) Write(p []byte) (int, error) {
	n, err := w.w.Write(p)
	w.state.Done += int64(n)
	w.report(w.state)
	return n, err
}
