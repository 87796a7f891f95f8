package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/anolishq/anolis-handoff/handoff"
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

// inspectPackage answers with the summary of a package.
func (s *server) inspectPackage(w *response, r *http.Request) error {
	pkg, err := s.receivePackage(r)
	if err != nil {
		return err
	}
	defer pkg.Close()
	return s.check(w, r, func(ctx context.Context) (result, error) {
		p, err := s.open(ctx, pkg, "the package")
		if err != nil {
			return nil, err
		}
		return handoff.Inspect(ctx, p)
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

func toJSON(r result) ([]byte, error) {
	var b bytes.Buffer
	err := r.WriteJSON(&b)
	return b.Bytes(), err
}

// check answers with the result of a check when a worker is free for it. Like a
// package, it goes to a temporary file first: it may have many MiB, and a slow
// client must not keep them in memory.
func (s *server) check(w *response, r *http.Request, compute func(context.Context) (result, error)) error {
	answer, err := s.temp.file(math.MaxInt64)
	if err != nil {
		return err
	}
	defer answer.Close()
	status := http.StatusOK
	err = s.work(r.Context(), s.checks, func(ctx context.Context) error {
		result, err := compute(ctx)
		var invalid *invalidPackage
		if errors.As(err, &invalid) {
			status = http.StatusUnprocessableEntity
			return invalid.WriteJSON(answer)
		}
		if err != nil {
			return err
		}
		return result.WriteJSON(answer)
	})
	if err != nil {
		return err
	}
	return sendFile(w, status, typeJSON, answer)
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
