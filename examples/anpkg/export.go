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

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
)

type exportCommand struct {
	dir, out string
	dataRoot string
	format   choice
	opts     handoff.ExportOptions
}

func runExport(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c, err := parseExport(args)
	switch {
	case errors.Is(err, errHelp):
		fmt.Fprint(stdout, exportHelp)
		return exitOK
	case err != nil:
		return usageError(stderr, "export", err)
	}
	o := outcome{dir: c.dir, out: c.out, variants: c.opts.Variants}
	o.result, o.err = c.export(ctx)
	if c.format.value == "json" {
		return printJSON(stdout, stderr, o)
	}
	return printText(stdout, stderr, o)
}

func parseExport(args []string) (*exportCommand, error) {
	c := &exportCommand{format: choice{"text", []string{"text", "json"}}}
	c.opts.Pins = map[string]string{}
	variants := "manual"
	flags := flag.NewFlagSet("export", flag.ContinueOnError)
	flags.StringVar(&variants, "variants", variants, "")
	flags.Var(pins(c.opts.Pins), "pin", "")
	flags.StringVar(&c.opts.Name, "name", "", "")
	flags.StringVar(&c.dataRoot, "data-root", "", "")
	flags.BoolVar(&c.opts.AllowInvalid, "allow-invalid", false, "")
	flags.Var(&c.format, "format", "")
	positional, err := parseFlags(flags, args)
	if err != nil {
		return nil, err
	}
	if c.opts.Variants, err = exporter.ParseVariants(variants); err != nil {
		return nil, fmt.Errorf("--%w", err)
	}
	switch len(positional) {
	case 0:
		return nil, errors.New("PROJECT_DIR is missing")
	case 1:
		c.dir = positional[0]
	case 2:
		c.dir, c.out = positional[0], positional[1]
		if c.out == "" {
			return nil, errors.New("OUT is empty")
		}
	default:
		return nil, fmt.Errorf("too many arguments: %q", positional[2:])
	}
	if c.dir == "" {
		return nil, errors.New("PROJECT_DIR is empty")
	}
	if c.opts.Name == "" {
		// "." and ".." have a name too.
		abs, err := filepath.Abs(c.dir)
		if err != nil {
			return nil, err
		}
		c.opts.Name = filepath.Base(abs)
	}
	if c.out == "" {
		c.out, err = defaultOut(c.opts.Name)
	}
	return c, err
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

func (c *exportCommand) export(ctx context.Context) (*handoff.Result, error) {
	if isProjectFile(c.dir, c.out) {
		return nil, fmt.Errorf("%s is a file of the project and no package; it would be lost", c.out)
	}
	if c.dataRoot != "" {
		root, err := os.OpenRoot(c.dataRoot)
		if err != nil {
			var p *fs.PathError
			if errors.As(err, &p) {
				err = p.Err
			}
			return nil, &fs.PathError{Op: "data root", Path: c.dataRoot, Err: err}
		}
		defer root.Close()
		c.opts.DataRoot = root.FS()
		c.opts.ProjectPath = below(c.dataRoot, c.dir)
	}
	return handoff.ExportFile(ctx, c.dir, c.out, c.opts)
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
