package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/validator"
)

func exportCommand() command {
	return command{
		name:     "export",
		operands: []operand{{name: "PROJECT_DIR"}, {name: "OUT", optional: true}},
		summary:  "write a project's package",
		about: `
OUT is the file to write, by default ./NAME.anpkg with the name of the project
directory. It is replaced at once, or left alone when anything goes wrong or
the package would not be valid. The written path goes to standard output; notes,
warnings and errors go to standard error. With - as OUT the package itself goes
to standard output, and nothing else. The name of a project that is not here is
looked up in ANOLIS_DATA_DIR/projects, as the workbench does.`,
		exits: "0 written, 1 the export failed, 2 wrong use",
		example: `anpkg export --variants all examples/projects/bioreactor-bench bench.anpkg
anpkg export rig-1 - | ssh machine anpkg validate -`,
		verb: func() verb { return &exportVerb{} },
	}
}

type exportVerb struct {
	dir, out string
	dataRoot string
	format   string
	opts     handoff.ExportOptions
}

func (v *exportVerb) flags(set *flag.FlagSet) {
	runtimeVersionVar(set, &v.opts.Validation.RuntimeVersion)
	rehearsalVars(set, &v.opts.Validation)
	policyVar(set, &v.opts.Policy)
	set.Func("variants", "`manual|all|LIST` runtime profiles to package: the manual one (default), all, or names "+
		"separated by commas, to which the manual one is added", func(text string) (err error) {
		v.opts.Variants, err = parseVariants(text)
		return err
	})
	v.opts.Pins = map[string]string{}
	set.Var(pins(v.opts.Pins), "pin", "`COMPONENT=VERSION` released version of \"runtime\" or of a provider kind, "+
		"for system.json projects; may be repeated")
	set.StringVar(&v.opts.Name, "name", "", "`NAME` name of the project, if not that of its directory")
	set.StringVar(&v.dataRoot, "data-root", "", "`DIR` folder with behaviors that projects share")
	set.BoolVar(&v.opts.WithIncludes, "with-includes", false, "also package the files that behavior trees include")
	set.BoolVar(&v.opts.AllowMissingVariants, "allow-missing-variants", false, "let --variants all leave out a runtime profile whose file does not exist")
	set.BoolVar(&v.opts.Strict, "strict", false, "write nothing if there are warnings")
	set.BoolVar(&v.opts.AllowInvalid, "allow-invalid", false, "write the package even if it is not valid")
	formatVar(set, &v.format, "json is one object on standard output, also on failure", "text", "json")
}

func (v *exportVerb) run(ctx context.Context, args []string, std streams) int {
	err := v.setPaths(args)
	switch {
	case err != nil:
	case v.out != dash:
	case v.format == "json":
		err = errors.New("--format json and - as OUT both want standard output")
	case isTerminal(std.out):
		err = errors.New("standard output is a terminal, which cannot take a package; redirect it, or give a file as OUT")
	}
	if err != nil {
		return usageError(std, "export", err)
	}
	sent := &sentPackage{w: std.out} // not through the progress, which is for texts
	p := startProgress(&std, "export", "reading the project")
	defer p.stop()
	v.showIn(p)
	o := outcome{dir: v.dir, out: v.out, sent: sent, variants: v.opts.Variants}
	o.result, o.err = v.export(ctx, sent)
	if v.format == "json" {
		return o.printJSON(std)
	}
	return o.printText(std)
}

func (v *exportVerb) setPaths(args []string) error {
	v.dir = args[0]
	if dir := inDataDir(v.dir); dir != "" {
		if v.dataRoot == "" {
			v.dataRoot = filepath.Dir(filepath.Dir(dir))
		}
		v.dir = dir
	}
	if v.opts.Name == "" {
		// "." and ".." have a name too.
		abs, err := filepath.Abs(v.dir)
		if err != nil {
			return err
		}
		v.opts.Name = filepath.Base(abs)
	}
	if len(args) > 1 {
		v.out = args[1]
		return nil
	}
	out, err := defaultOut(v.opts.Name)
	v.out = out
	return err
}

// inDataDir returns the directory of a project that is named, and not here, among those
// of the workbench: ANOLIS_DATA_DIR/projects/NAME. It is "" for every other path.
func inDataDir(name string) string {
	data := os.Getenv("ANOLIS_DATA_DIR")
	if data == "" || name != filepath.Base(name) || name == "." || name == ".." {
		return ""
	}
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	dir := filepath.Join(data, "projects", name)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return ""
	}
	return dir
}

// defaultOut is the file that a project's package goes to by itself: one in the
// current directory, with a path that no other command takes for a flag.
func defaultOut(name string) (string, error) {
	out := name + ".anpkg"
	switch {
	case filepath.Base(out) != out || name == string(filepath.Separator):
		return "", fmt.Errorf("%q cannot be the name of a file; give OUT", name)
	case strings.HasPrefix(out, "-"):
		return "./" + out, nil
	}
	return out, nil
}

func (v *exportVerb) export(ctx context.Context, stdout io.Writer) (*handoff.Result, error) {
	if v.out != dash && isProjectFile(v.dir, v.out) {
		return nil, fmt.Errorf("%s is a file of the project and no package; it would be lost", v.out)
	}
	if v.dataRoot != "" {
		root, err := openFolder("data root", v.dataRoot)
		if err != nil {
			return nil, err
		}
		defer root.Close()
		v.opts.DataRoot = root.FS()
		v.opts.ProjectPath = below(v.dataRoot, v.dir)
	}
	if v.out != dash {
		return handoff.ExportFile(ctx, v.dir, v.out, v.opts)
	}
	root, err := openFolder("project directory", v.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return handoff.Export(ctx, stdout, root.FS(), v.opts)
}

// openFolder opens a folder that messages call what.
func openFolder(what, dir string) (*os.Root, error) {
	info, err := os.Stat(dir)
	var root *os.Root
	switch {
	case err != nil:
	case !info.IsDir(): // opening a pipe would wait
		err = &fs.PathError{Op: "open", Path: dir, Err: syscall.ENOTDIR}
	default:
		root, err = os.OpenRoot(dir)
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		err = &fs.PathError{Op: what, Path: dir, Err: p.Err}
	}
	return root, err
}

// isProjectFile reports whether out is there, in the project, and no archive as
// an earlier export would have left: a slip of the shell's completion.
func isProjectFile(dir, out string) bool {
	info, err := os.Stat(out)
	if err != nil || !info.Mode().IsRegular() || below(dir, out) == "" {
		return false
	}
	f, err := os.Open(out)
	if err != nil {
		return true
	}
	defer f.Close()
	start := make([]byte, 4)
	_, err = io.ReadFull(f, start)
	return err != nil || string(start) != "PK\x03\x04"
}

// below is the slash path of dir below root, or "" when it lies elsewhere.
func below(root, dir string) string {
	absRoot, err1 := filepath.Abs(root)
	absDir, err2 := filepath.Abs(dir)
	if err1 != nil || err2 != nil {
		return ""
	}
	rel, err := filepath.Rel(absRoot, absDir)
	if err != nil || !filepath.IsLocal(rel) || rel == "." {
		return ""
	}
	return filepath.ToSlash(rel)
}

func checkCommand() command {
	return command{
		name:     "check",
		operands: []operand{{name: "PROJECT_DIR"}},
		summary:  "find what is wrong with a project",
		about: `
Reads the project, makes the package of all its runtime profiles in memory and
validates it. Nothing is written. Each problem is at its place in the project's
own file. The report goes to standard output. There are colors on a terminal
unless NO_COLOR is set.`,
		exits: "0 no errors, 1 errors or, with --strict, warnings, 2 wrong use or unreadable",
		example: `anpkg check rig-1
anpkg check --format sarif --strict projects/rig-1 > rig-1.sarif`,
		verb: func() verb { return &checkVerb{} },
	}
}

type checkVerb struct {
	format   string
	strict   bool
	dataRoot string
	opts     handoff.ExportOptions
}

func (c *checkVerb) flags(set *flag.FlagSet) {
	runtimeVersionVar(set, &c.opts.Validation.RuntimeVersion)
	rehearsalVars(set, &c.opts.Validation)
	policyVar(set, &c.opts.Policy)
	formatVar(set, &c.format, "json is one object on one line, sarif is for code scanning", "text", "json", "sarif")
	set.BoolVar(&c.strict, "strict", false, "fail on warnings too")
	set.StringVar(&c.opts.Name, "name", "", "`NAME` name of the project, if not that of its directory")
	set.StringVar(&c.dataRoot, "data-root", "", "`DIR` folder with behaviors that projects share")
	set.BoolVar(&c.opts.WithIncludes, "with-includes", false, "check the files that behavior trees include, too")
	set.BoolVar(&c.opts.AllowMissingVariants, "allow-missing-variants", false, "do not fail on a runtime profile whose file does not exist")
	set.Func("runtime-bin", "`PATH` let this machine runtime check each runtime profile", func(name string) (err error) {
		c.opts.Validation.Runtime.Binary, err = findBinary(name)
		return err
	})
}

func (c *checkVerb) run(ctx context.Context, args []string, std streams) int {
	color := takesColor(std.out)
	if c.dataRoot != "" {
		root, err := openFolder("data root", c.dataRoot)
		if err != nil {
			tellError(std, "check", "", err)
			return exitTrouble
		}
		defer root.Close()
		c.opts.DataRoot, c.opts.ProjectPath = root.FS(), below(c.dataRoot, args[0])
	}
	report, err := handoff.CheckPath(ctx, args[0], c.opts)
	if err != nil {
		tellError(std, "check", args[0], err)
		return exitTrouble
	}
	report.Package, report.ToolVersion = fromHere(report.Package), toolVersion()
	switch c.format {
	case "json":
		err = report.WriteJSON(std.out)
	case "sarif":
		err = validator.WriteSARIF(std.out, report)
	default:
		err = report.WriteText(std.out, color)
	}
	refused := c.strict && report.Count(validator.Warning) > 0
	if err == nil && refused && report.Valid && c.format == "text" {
		_, err = fmt.Fprintln(std.out, "strict: refused, because there are warnings")
	}
	switch {
	case err != nil:
		tellOutput(std, "check", err)
		return exitTrouble
	case refused || !report.Valid:
		return exitFailed
	}
	return exitOK
}

// fromHere is the path of a directory from the working directory, if it is below
// it: code scanning wants paths from the root of the repository.
func fromHere(dir string) string {
	here, err := os.Getwd()
	if err != nil || !filepath.IsAbs(dir) {
		return dir
	}
	if path := below(here, dir); path != "" {
		return path
	}
	return dir
}

// variantsHint says how to package the runtime profiles that stayed out too, or
// "" when there are none.
func variantsHint(asked exporter.Variants, notes []validator.Problem) string {
	var list []string
	if text := asked.String(); text != "manual" {
		list = append(list, text)
	}
	omitted, listable := 0, true
	for _, n := range notes {
		if n.Code == validator.CodeOmittedVariant {
			omitted++
			name := lastKey(n.Pointer)
			list = append(list, name)
			listable = listable && isPlainWord(name)
		}
	}
	if omitted == 0 {
		return ""
	}
	hint := "to package " + count(omitted, "more runtime profile") + ", use --variants all"
	if listable {
		hint += " or --variants " + strings.Join(list, ",")
	}
	return hint
}

// lastKey is the last key of a JSON Pointer.
func lastKey(pointer string) string {
	key := pointer[strings.LastIndexByte(pointer, '/')+1:]
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(key)
}

// isPlainWord reports whether a shell and --variants take a name as it is.
func isPlainWord(name string) bool {
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-', r == '.':
		default:
			return false
		}
	}
	return name != ""
}

// outcome is what became of an export.
type outcome struct {
	dir, out string
	sent     *sentPackage
	variants exporter.Variants // as asked for
	result   *handoff.Result   // nil unless the package was written
	err      error
}

// problems are the reasons in the project for a failure that left no report.
func (o outcome) problems() validator.ProblemList {
	var list validator.ProblemList
	if o.report() == nil {
		errors.As(o.err, &list)
	}
	return list
}

// report is the verdict for which the package was not written, or with which it
// was written; nil when there is none.
func (o outcome) report() *validator.Report {
	var refused *handoff.InvalidError
	var strict *handoff.StrictError
	switch {
	case errors.As(o.err, &refused):
		return refused.Report
	case errors.As(o.err, &strict):
		return strict.Report
	case o.result != nil:
		return o.result.Report
	}
	return nil
}

// refused reports whether the verdict kept the package from being written.
func (o outcome) refused() bool { return o.result == nil && o.report() != nil && !o.report().Valid }

// strict reports whether warnings kept the package from being written.
func (o outcome) strict() bool {
	var strict *handoff.StrictError
	return errors.As(o.err, &strict)
}

// verdict is what the report adds to problems and notes, at the places in the project:
// the notes, which come with a written package, know already what could be a secret or
// is read differently.
func (o outcome) verdict() []validator.Problem {
	if o.result == nil {
		if r := o.report(); r != nil {
			return r.Problems
		}
		return nil
	}
	var list []validator.Problem
	for _, p := range o.result.Problems {
		if p.Code != validator.CodeReader && p.Code != validator.CodeSuspicious {
			list = append(list, p)
		}
	}
	return list
}

// failure is why the export failed, in one line; "" when it did not.
func (o outcome) failure() string {
	var why string
	switch {
	case o.err == nil:
		return ""
	case errors.Is(o.err, context.Canceled):
		why = "interrupted"
	case o.sent.err != nil:
		why = "standard output: " + o.sent.err.Error()
	case len(o.problems()) > 0:
		why = o.dir + ": " + count(len(o.problems()), "problem")
	case o.strict():
		why = o.dir + ": " + count(o.report().Count(validator.Warning), "warning") + ", which --strict refuses"
	case o.refused():
		why = o.dir + ": the package would be invalid: " + count(o.report().Count(validator.Error), "error")
	case errors.Is(o.err, exporter.ErrChanged):
		why = o.err.Error() + " (export again)"
	default:
		why = o.err.Error()
	}
	switch {
	case o.result != nil:
	case o.sent.size > 0:
		why += "; what was written is incomplete"
	default:
		why += "; nothing was written"
	}
	if o.refused() {
		why += " (--allow-invalid writes it all the same)"
	}
	return why
}

// printText writes the path to standard output, and everything said
// about it to standard error.
func (o outcome) printText(std streams) int {
	if o.result != nil {
		for _, n := range o.result.Notes {
			fmt.Fprintln(std.err, printable(n.Error()))
		}
		if hint := variantsHint(o.variants, o.result.Notes); hint != "" {
			fmt.Fprintf(std.err, "note: %s\n", printable(hint))
		}
	}
	for _, p := range o.problems() {
		fmt.Fprintln(std.err, printable(p.Error()))
	}
	for _, p := range o.verdict() {
		fmt.Fprintln(std.err, printable(p.Error()))
	}
	if o.err != nil {
		fmt.Fprintf(std.err, "anpkg export: %s\n", printable(o.failure()))
		return exitFailed
	}
	if r := o.report(); r != nil && !r.Valid {
		fmt.Fprintf(std.err, "warning: the package is invalid: %s; --allow-invalid wrote it all the same\n",
			count(r.Count(validator.Error), "error"))
	}
	if o.out == dash {
		return exitOK
	}
	if _, err := fmt.Fprintln(std.out, printable(o.out)); err != nil {
		return o.tellOutput(std, err)
	}
	return exitOK
}

// tellOutput reports that the answer could not be told.
func (o outcome) tellOutput(std streams, err error) int {
	if o.result != nil {
		err = fmt.Errorf("%w (the package is at %s)", err, o.out)
	}
	tellOutput(std, "export", err)
	return exitFailed
}

// report is the JSON form of an export, an object on one line. Version counts
// incompatible changes.
type report struct {
	Version  int                 `json:"version"`
	Tool     string              `json:"toolVersion"`
	Package  string              `json:"package,omitempty"` // as written; absent when nothing was
	Size     int64               `json:"size,omitempty"`
	SHA256   string              `json:"sha256,omitempty"`
	Error    string              `json:"error,omitempty"` // absent when all went well
	Problems []validator.Problem `json:"problems"`
	Notes    []validator.Problem `json:"notes"`
	// Report is the verdict on the package; absent when there was none to judge.
	Report *validator.Report `json:"report,omitempty"`
}

func newReport(o outcome) report {
	r := report{Version: 1, Tool: toolVersion(), Error: o.failure(), Problems: []validator.Problem{}, Notes: []validator.Problem{}, Report: o.report()}
	r.Problems = append(r.Problems, o.problems()...)
	if o.result != nil {
		r.Package, r.Size, r.SHA256 = o.out, o.result.Size, o.result.SHA256
		r.Notes = append(r.Notes, o.result.Notes...)
	}
	return r
}

func (o outcome) printJSON(std streams) int {
	if err := writeJSON(std.out, newReport(o)); err != nil {
		return o.tellOutput(std, err)
	}
	if o.err != nil {
		return exitFailed
	}
	return exitOK
}

// sentPackage is standard output when a package goes there.
type sentPackage struct {
	w    io.Writer
	size int64
	err  error
}

func (s *sentPackage) Write(data []byte) (int, error) {
	n, err := s.w.Write(data)
	s.size += int64(n)
	if err != nil {
		s.err = err
	}
	return n, err
}

// showIn has the progress show how far the export is.
func (v *exportVerb) showIn(p *progress) {
	if p == nil {
		return
	}
	v.opts.Progress = func(now exporter.Progress) { p.set(exportState(now)) }
	v.opts.Validation.Progress = func(check string) { p.set("checking the package: " + check) }
}

func exportState(now exporter.Progress) string {
	if now.Stage == exporter.StageWrite {
		return writingState(now.Done, now.Total, now.File)
	}
	return withFile("reading "+byteSize(now.Done), now.File)
}

// writingState says how far a writing is.
func writingState(done, total int64, file string) string {
	return withFile(fmt.Sprintf("writing %d%% of %s", done*100/max(total, 1), byteSize(total)), file)
}

func withFile(state, file string) string {
	if file == "" {
		return state
	}
	return state + ": " + file
}
