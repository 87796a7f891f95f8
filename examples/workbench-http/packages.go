package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/diff"
	"github.com/anolishq/anolis-handoff/handoff/inspect"
	"github.com/anolishq/anolis-handoff/handoff/sheet"
	"github.com/anolishq/anolis-handoff/validator"
)

// validatePackage answers with the verdict on a package. A bad package is a good
// answer: its status is 200, too.
func (s *server) validatePackage(w *response, r *http.Request) error {
	pkg, err := s.receivePackage(r)
	if err != nil {
		return err
	}
	defer pkg.Close()
	return s.check(w, r, func(ctx context.Context) (result, error) {
		report, err := handoff.Validate(ctx, pkg, pkg.size, s.validation)
		if err != nil {
			return nil, err
		}
		return s.hideRuntime(report), nil
	})
}

// ofPackage answers with what say writes about an uploaded package, which must be valid.
func (s *server) ofPackage(w *response, r *http.Request, contentType string, say func(context.Context, io.Writer, *handoff.Package) error) error {
	pkg, err := s.receivePackage(r)
	if err != nil {
		return err
	}
	defer pkg.Close()
	return s.compute(w, r, contentType, func(ctx context.Context, to io.Writer) error {
		p, err := s.open(ctx, pkg, "the package")
		if err != nil {
			return err
		}
		return say(ctx, to, p)
	})
}

// inspectPackage answers with the summary of a package.
func (s *server) inspectPackage(w *response, r *http.Request) error {
	return s.ofPackage(w, r, typeJSON, func(ctx context.Context, to io.Writer, p *handoff.Package) error {
		summary, err := handoff.Inspect(ctx, p)
		if err != nil {
			return err
		}
		return stamp(summary).WriteJSON(to)
	})
}

// diffPackages answers with what changed from one package to another.
func (s *server) diffPackages(w *response, r *http.Request) error {
	files, err := s.receiveParts(r, "old", "new")
	if err != nil {
		return err
	}
	defer closeAll(files)
	return s.check(w, r, func(ctx context.Context) (result, error) {
		old, err := s.open(ctx, files["old"], "the old package")
		if err != nil {
			return nil, err
		}
		changed, err := s.open(ctx, files["new"], "the new package")
		if err != nil {
			return nil, err
		}
		return handoff.Diff(ctx, old, changed)
	})
}

// sheetOfPackage answers with the handoff sheet of a package: a document of its own,
// under a policy of its own.
func (s *server) sheetOfPackage(w *response, r *http.Request) error {
	return s.ofPackage(w, r, typeHTML, func(ctx context.Context, to io.Writer, p *handoff.Package) error {
		return s.writeSheet(ctx, w, to, p)
	})
}

func (s *server) writeSheet(ctx context.Context, w http.ResponseWriter, to io.Writer, p *handoff.Package) error {
	digest, err := p.Digest(ctx)
	if err != nil {
		return err
	}
	if err := handoff.Sheet(ctx, to, p, sheet.Options{}); err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", sheet.ContentSecurityPolicy(digest)+"; frame-ancestors 'none'; sandbox")
	return nil
}

// sheetOfProject answers with the sheet of the package that an export of a project
// would make, with all its runtime profiles.
func (s *server) sheetOfProject(w *response, r *http.Request) error {
	name := r.PathValue("name")
	if err := checkName(name); err != nil {
		return err
	}
	err := s.compute(w, r, typeHTML, func(ctx context.Context, to io.Writer) error {
		project, err := s.openProject(name)
		if err != nil {
			return err
		}
		defer project.Close()
		p, err := handoff.OpenProject(ctx, project.FS(), s.exportOptions(name, exportOptions{}))
		if err != nil {
			return err
		}
		defer p.Close()
		return s.writeSheet(ctx, w, to, p)
	})
	if err != nil {
		return s.exportFailure(err)
	}
	return nil
}

// pictures are those of a sheet.
type pictures []sheet.Picture

// WriteJSON writes the pictures with their titles.
func (list pictures) WriteJSON(w io.Writer) error {
	type picture struct {
		Title string `json:"title"`
		SVG   string `json:"svg"`
	}
	body := struct {
		Pictures []picture `json:"pictures"`
	}{[]picture{}}
	for _, p := range list {
		body.Pictures = append(body.Pictures, picture{p.Title, string(p.SVG)})
	}
	return handoff.WriteJSON(w, body)
}

// picturesOfPackage answers with the pictures of the machine and its behavior trees.
func (s *server) picturesOfPackage(w *response, r *http.Request) error {
	return s.ofPackage(w, r, typeJSON, func(ctx context.Context, to io.Writer, p *handoff.Package) error {
		list, err := sheet.Pictures(ctx, p)
		if err != nil {
			return err
		}
		return pictures(list).WriteJSON(to)
	})
}

// open opens a package that must be valid to be looked into.
func (s *server) open(ctx context.Context, pkg *tempFile, what string) (*handoff.Package, error) {
	p, err := handoff.Open(ctx, pkg, pkg.size, handoff.OpenOptions{Options: s.validation})
	var invalid *handoff.InvalidError
	if errors.As(err, &invalid) {
		return nil, &invalidPackage{what, s.hideRuntime(invalid.Report)}
	}
	return p, err
}

// invalidPackage is why a package was not looked into.
type invalidPackage struct {
	what   string
	report *validator.Report
}

func (p *invalidPackage) Error() string { return p.what + " is not valid" }

// WriteJSON writes the error with the report.
func (p *invalidPackage) WriteJSON(w io.Writer) error {
	report, err := toJSON(p.report)
	if err != nil {
		return err
	}
	body, err := encodeJSON(errorBody{Error: p.Error(), Report: report})
	if err != nil {
		return err
	}
	_, err = w.Write(body)
	return err
}

// result is what can write itself as JSON.
type result interface{ WriteJSON(io.Writer) error }

// stamp gives a report the version of this program.
func stamp(r result) result {
	version := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
	}
	version = cmp.Or(version, "(devel)")
	switch r := r.(type) {
	case *validator.Report:
		r.ToolVersion = version
	case *inspect.Report:
		r.ToolVersion = version
	case *diff.Report:
		r.ToolVersion = version
	}
	return r
}

func toJSON(r result) ([]byte, error) {
	stamp(r)
	var b bytes.Buffer
	err := r.WriteJSON(&b)
	return b.Bytes(), err
}

// check answers with the result of a check when a worker is free for it. Like a
// package, it goes to a temporary file first: it may have many MiB, and a slow
// client must not keep them in memory.
func (s *server) check(w *response, r *http.Request, compute func(context.Context) (result, error)) error {
	return s.compute(w, r, typeJSON, func(ctx context.Context, to io.Writer) error {
		result, err := compute(ctx)
		if err != nil {
			return err
		}
		return stamp(result).WriteJSON(to)
	})
}

// compute is check for an answer of any type, which compute writes.
func (s *server) compute(w *response, r *http.Request, contentType string, compute func(context.Context, io.Writer) error) error {
	answer, err := s.temp.file(math.MaxInt64)
	if err != nil {
		return err
	}
	defer answer.Close()
	status := http.StatusOK
	err = s.work(r.Context(), s.checks, func(ctx context.Context) error {
		err := compute(ctx, answer)
		var invalid *invalidPackage
		if errors.As(err, &invalid) {
			status, contentType = http.StatusUnprocessableEntity, typeJSON
			return invalid.WriteJSON(answer)
		}
		return err
	})
	if err != nil {
		return err
	}
	return sendFile(w, status, contentType, answer)
}

// runtimeNames replaces the path of the machine runtime, which its output may
// well begin with. The library has masked the other paths that it knows.
func runtimeNames(binary string) *strings.Replacer {
	if binary == "" {
		return strings.NewReplacer()
	}
	names := []string{binary, "<runtime>"}
	if real, err := filepath.EvalSymlinks(binary); err == nil {
		names = append(names, real, "<runtime>")
	}
	return strings.NewReplacer(names...)
}

// hideRuntime takes the path of the runtime out of a report.
func (s *server) hideRuntime(r *validator.Report) *validator.Report {
	for i := range r.Problems {
		r.Problems[i].Message = s.runtime.Replace(r.Problems[i].Message)
	}
	for i := range r.Replay {
		r.Replay[i].Stdout = s.runtime.Replace(r.Replay[i].Stdout)
		r.Replay[i].Stderr = s.runtime.Replace(r.Replay[i].Stderr)
	}
	return r
}
