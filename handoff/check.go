package handoff

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/internal/rootdir"
	"github.com/anolishq/anolis-handoff/validator"
)

// exportCheck is the name of the check that reads the project.
const exportCheck = "export"

// Check finds everything that an export of a project and the validation of its
// package would find, without writing anything. Every runtime profile of the
// project is checked, whatever opts.Variants says.
//
// Each problem is at the place in the project's own file, with a hint. The report
// is valid if ExportFile would write the package of all variants. Its Checks begin
// with export; its Files are empty, since there is no package. Fill in Package with
// the path of the project before the report is written: SARIF joins it with the
// file of each problem.
//
// When the project lacks something, so that there is nothing to validate, the
// checks of the package are listed as skipped. It returns the error of ctx, or says
// that an option is wrong.
func Check(ctx context.Context, project fs.FS, opts ExportOptions) (*validator.Report, error) {
	opts.Variants = exporter.AllVariants()
	draft, err := exporter.NewDraft(ctx, project, opts.Options)
	if err != nil {
		return nil, err
	}
	if opts.Validation.Policy == nil {
		opts.Validation.Policy = opts.Policy
	}
	files := draft.FS()
	if files == nil {
		report := &validator.Report{
			Version: validator.ReportVersion, Files: []validator.File{}, Checks: []string{exportCheck},
			Skipped: []validator.Skipped{{Check: "validate", Reason: "the project cannot be exported, so there is no package"}},
		}
		report.Add(draft.Problems()...)
		return report, nil
	}
	report, err := validator.FS(ctx, files, opts.Validation)
	if err != nil {
		return nil, err
	}
	report = inProject(report, draft.Source, draft.Problems())
	report.Files = []validator.File{}
	report.Checks = append([]string{exportCheck}, report.Checks...)
	report.Skipped = slices.DeleteFunc(report.Skipped, func(s validator.Skipped) bool { return s.Check == "archive" }) // there is none to read
	return report, nil
}

// CheckPath is Check of the project in directory dir, outside of which nothing is
// read. An empty opts.Name is the name of the directory. The Package of the report
// is dir. It also returns errors of opening the directory.
func CheckPath(ctx context.Context, dir string, opts ExportOptions) (*validator.Report, error) {
	root, err := openProject(dir, &opts)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	report, err := Check(ctx, root.FS(), opts)
	if err != nil {
		return nil, err
	}
	report.Package = filepath.ToSlash(filepath.Clean(dir))
	return report, nil
}

// openProject opens the directory of a project. If the options have no name, it sets the
// name of the directory.
func openProject(dir string, opts *ExportOptions) (*os.Root, error) {
	if opts.Name == "" {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, fmt.Errorf("project directory: %w", err)
		}
		opts.Name = filepath.Base(abs)
	}
	return rootdir.Open("project directory", dir)
}

// inProject is the report with every problem at its place in the project, together
// with what the export found. What both found is listed once.
func inProject(report *validator.Report, source func(validator.Problem) (validator.Problem, bool), found []validator.Problem) *validator.Report {
	moved := *report
	moved.Problems = nil
	type where struct {
		code         validator.Code
		file         string
		line, column int
	}
	seen := map[where]bool{}
	at := func(p validator.Problem) where { return where{p.Code, p.File, p.Line, p.Column} }
	var list []validator.Problem
	for _, p := range report.Problems {
		if there, ok := source(p); ok {
			p = there
		} else if p.File != "" {
			p.Message = "in the package, " + p.File + ": " + p.Message
			p.File, p.Pointer, p.Line, p.Column = "", "", 0, 0
		}
		seen[at(p)] = true
		list = append(list, p)
	}
	for _, p := range found {
		if !seen[at(p)] {
			list = append(list, p)
		}
	}
	moved.Add(list...)
	return &moved
}
