package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/anolishq/anolis-handoff/handoff"
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
	p, err := handoff.Open(ctx, pkg, pkg.size, handoff.OpenOptions{Validation: s.validation})
	var invalid *handoff.InvalidError
	if errors.As(err, &invalid) {
		report, err := toJSON(s.hideRuntime(invalid.Report))
		if err != nil {
			return nil, err
		}
		return nil, &failure{status: http.StatusUnprocessableEntity, err: errors.New(what + " is not valid"), report: report}
	}
	return p, err
}

// result is what the library writes as JSON by itself.
type result interface{ WriteJSON(io.Writer) error }

func toJSON(r result) ([]byte, error) {
	var b bytes.Buffer
	err := r.WriteJSON(&b)
	return b.Bytes(), err
}

// check answers with the result of a check when a worker is free for it.
func (s *server) check(w *response, r *http.Request, compute func(context.Context) (result, error)) error {
	var body []byte
	err := s.work(r.Context(), s.checks, func(ctx context.Context) error {
		result, err := compute(ctx)
		if err != nil {
			return err
		}
		body, err = toJSON(result)
		return err
	})
	if err != nil {
		return err
	}
	return writeBytes(w, http.StatusOK, typeJSON, body)
}
