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

	"github.com/anolishq/anolis-handoff/handoff"
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
to standard output, and nothing else.`,
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
