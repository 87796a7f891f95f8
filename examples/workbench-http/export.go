package main

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"github.com/anolishq/anolis-handoff/validator"
	"io"
	"net/http"
	"path/filepath"

	"github.com/anolishq/anolis-handoff/exporter"
	"github.com/anolishq/anolis-handoff/handoff"
)

const typeZip = "application/zip"

// export answers with the package of a project. It goes to a temporary file
// first: the headers need its size and digest, the work is over before a slow
// client takes the first byte, and nothing can fail in the middle of the answer
// but the connection.
func (s *server) export(w *response, r *http.Request) error {
	name := r.PathValue("name")
	if err := checkName(name); err != nil {
		return err
	}
	opts, err := readExportOptions(r)
	if err != nil {
		return err
	}
	pkg, err := s.temp.file(s.cfg.maxPackage)
	if err != nil {
		return err
	}
	defer pkg.Close()
	var result *handoff.Result
	err = s.work(r.Context(), s.exports, func(ctx context.Context) error {
		result, err = s.exportTo(ctx, pkg, name, opts)
		return err
	})
	if err != nil {
		return s.exportFailure(err)
	}
	return sendPackage(w, pkg, name, result)
}

// exportTo writes the package of the project called name, by the same code as
// anpkg export does.
func (s *server) exportTo(ctx context.Context, to io.Writer, name string, opts exportOptions) (*handoff.Result, error) {
	project, err := s.openProject(name)
	if err != nil {
		return nil, err
	}
	defer project.Close()
	export := handoff.ExportOptions{
		Options:    exporter.Options{Name: name, Variants: opts.variants, Pins: opts.pins},
		Validation: s.validation,
	}
	if s.dataRoot != nil {
		export.DataRoot = s.dataRoot.FS()
		export.ProjectPath = filepath.Base(s.projectsPath()) + "/" + name
	}
	return handoff.Export(ctx, to, project.FS(), export)
}

// exportFailure is the answer to each way in which an export fails.
func (s *server) exportFailure(err error) error {
	var (
		problems validator.ProblemList
		invalid  *handoff.InvalidError
		tooLarge *sizeError
	)
	bad := &failure{status: http.StatusBadRequest}
	switch {
	case errors.As(err, &invalid):
		bad.err = errors.New("the package would be invalid")
		bad.problems = projectProblems(s.hideRuntime(invalid.Report).Problems)
	case errors.Is(err, exporter.ErrChanged) && errors.As(err, &problems):
		bad.err = errors.New("the project cannot be exported; try again")
		bad.problems = projectProblems(problems)
	case errors.As(err, &problems):
		bad.err = errors.New("the project cannot be exported")
		bad.problems = projectProblems(problems)
	case errors.As(err, &tooLarge):
		bad.err = errors.New("the project cannot be exported")
		bad.problems = projectProblems(validator.ProblemList{{Severity: validator.Error, Code: validator.CodeTooLarge,
			Message: fmt.Sprintf("the package would be larger than %d bytes, the limit of this server", tooLarge.max)}})
	default:
		return err
	}
	return bad
}

// sendPackage answers with a finished package.
func sendPackage(w *response, pkg *tempFile, name string, result *handoff.Result) error {
	sum, err := hex.DecodeString(result.SHA256)
	if err != nil {
		return err
	}
	digest := base64.StdEncoding.EncodeToString(sum)
	h := w.Header()
	h.Set("Content-Disposition", `attachment; filename="`+name+`.anpkg"`) // a name needs no escapes
	h.Set("ETag", `"`+result.SHA256+`"`)
	h.Set("Repr-Digest", "sha-256=:"+digest+":") // RFC 9530
	h.Set("Digest", "sha-256="+digest)           // RFC 3230, for older clients
	return sendFile(w, http.StatusOK, typeZip, pkg)
}
