package main

import (
	"fmt"
	"io"
	"net/http"
	"slices"
)

// receiveParts stores the parts of a multipart/form-data body, each of which
// must be there once, in any order. The caller closes the files.
func (s *server) receiveParts(r *http.Request, names ...string) (_ map[string]*tempFile, err error) {
	if err := checkType(r, "multipart/form-data"); err != nil {
		return nil, err
	}
	const headers = 64 << 10 // of all parts, and what is between them
	if err := limitBody(r, int64(len(names))*s.cfg.maxPackage+headers); err != nil {
		return nil, err
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, errMultipart(names)
	}
	files := map[string]*tempFile{}
	defer func() {
		if err != nil {
			closeAll(files)
		}
	}()
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, bodyFailure(err)
		}
		name := part.FormName()
		if !slices.Contains(names, name) || files[name] != nil {
			return nil, errMultipart(names)
		}
		file, err := s.store(part)
		if err != nil {
			return nil, err
		}
		files[name] = file
	}
	if len(files) != len(names) {
		return nil, errMultipart(names)
	}
	// What follows the last part is ignored, but read: the end of the body is
	// what makes net/http watch for a client that leaves.
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, bodyFailure(err)
	}
	return files, nil
}

func closeAll(files map[string]*tempFile) {
	for _, f := range files {
		f.Close()
	}
}

func errMultipart(names []string) error {
	return &failure{status: http.StatusBadRequest, err: fmt.Errorf("want multipart/form-data with one package in each of the parts %q", names)}
}
