package exporter

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/archive"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/fault"
	"github.com/anolishq/anolis-handoff/internal/project"
	"github.com/anolishq/anolis-handoff/internal/pytext"
)

// behavior is a behavior tree that a runtime config uses.
type behavior struct {
	files project.Files
	file  string // within files
	shown string // as a message names it
	key   string // equal for the same file only
}

// tokenPrefix begins a path as the target machine will have it.
const tokenPrefix = "../anolis-projects/projects/"

// rewriteBehavior packages the behavior tree of a config and points the config
// at the copy.
func (b *builder) rewriteBehavior(c config) {
	automation := c.root.Get("automation")
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
	at := &site{c.file, ref, b.pathOf(ref, doc.Path{"automation", key})}
	found, ok := b.findBehavior(pytext.Strip(ref.Text), at)
	if !ok {
		return
	}
	name := behaviorDir + path.Base(found.file)
	if other, taken := b.behaviors[name]; taken {
		if other.key != found.key {
			b.faults.At(fault.Conflict, c.file, ref, at.path, "two behavior trees are called "+strconv.Quote(path.Base(found.file))+": "+other.shown+" and "+found.shown)
			return
		}
	} else {
		b.behaviors[name] = found
		b.addVerbatim(name, found.shown, found.files, found.file, at)
	}
	packaged := doc.NewString(name)
	packaged.Pos = ref.Pos
	automation.Set("behavior_tree", packaged)
	automation.Delete("behavior_tree_path")
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
		b.faults.At(fault.UnsafePath, at.file, at.node, at.path, strconv.Quote(ref)+" "+err.Error())
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
			b.unusable(at, candidate.shown, err)
			return behavior{}, false
		}
	}
	if inside, ok := b.deployToken(clean); ok {
		readAs := strconv.Quote(ref) + " is read as " + inside + " of this project"
		if _, err := b.files.Stat(inside); err != nil {
			b.unusable(at, readAs, err)
			return behavior{}, false
		}
		b.note(NoteDeployToken, at, readAs)
		return behavior{b.files, inside, inside, "project " + inside}, true
	}
	if len(candidates) == 0 {
		msg := strconv.Quote(ref) + " leaves the project"
		if b.opts.DataRoot != nil && b.opts.ProjectPath != "" {
			msg += " and the data root"
		}
		b.faults.At(fault.UnsafePath, at.file, at.node, at.path, msg)
		return behavior{}, false
	}
	msg := strconv.Quote(ref) + ": file not found in the project"
	if b.opts.DataRoot != nil {
		msg += " or the data root"
	}
	b.faults.Add(fault.Fault{Code: fault.MissingFile, File: at.file, Pos: at.node.Pos, Msg: msg, Err: fs.ErrNotExist}.In(at.path))
	return behavior{}, false
}

// candidates are the files a reference may mean, first choice first.
func (b *builder) candidates(clean string) []behavior {
	var list []behavior
	inProject := func(file string) {
		list = append(list, behavior{b.files, file, file, "project " + file})
	}
	inData := func(file string) {
		if prefix := b.opts.ProjectPath; prefix != "" && strings.HasPrefix(file, prefix+"/") {
			inProject(strings.TrimPrefix(file, prefix+"/"))
			return
		}
		files := project.Files{FS: b.opts.DataRoot, MaxDocument: b.limits.Document}
		list = append(list, behavior{files, file, "data root: " + file, "data " + file})
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

// inProject is the project file a path means: a deploy token, or a relative
// path to a file that is there.
func (b *builder) inProject(ref string) (string, bool) {
	if project.CheckRelative(ref) != nil {
		return "", false
	}
	clean := path.Clean(ref)
	if inside, ok := b.deployToken(clean); ok {
		return inside, true
	}
	if project.Leaves(clean) {
		return "", false
	}
	_, err := b.files.Stat(clean)
	return clean, err == nil
}

// unusable reports a file that cannot be read at the place that names it.
func (b *builder) unusable(at *site, what string, err error) {
	f := project.FileFault(at.file, err)
	f.Pos, f.Msg = at.node.Pos, what+": "+f.Msg
	b.faults.Add(f.In(at.path))
}

// addVerbatim copies a project file byte for byte. It is read now for its
// digest and its secrets, and again when the package is written.
func (b *builder) addVerbatim(name, shown string, files project.Files, file string, at *site) {
	if b.ctx.Err() != nil {
		return
	}
	open := func() (io.ReadCloser, error) { return files.Open(file) }
	scanner := b.search.NewScanner(shown)
	f, err := archive.Hash(b.ctx, name, open, b.watch(name, scanner))
	if err != nil {
		if b.ctx.Err() == nil {
			b.unusable(at, shown, err)
		}
		return
	}
	b.addFindings(scanner.Findings())
	b.sources[name] = shown
	b.addFile(f)
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
