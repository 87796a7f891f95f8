package main

import (
	"fmt"
	"io"
	"net/http"
	"slices"
)

// maxFraming is the size of all that is in a multipart body besides the content
// of the parts: headers, which are held in memory, and what is between them.
const maxFraming = 64 << 10

// framing is a multipart body of which only a part's content may be large.
type framing struct {
	io.ReadCloser
	inContent bool
	left      int // bytes outside of the parts' content
}

func (f *framing) Read(p []byte) (int, error) {
	if f.inContent {
		return f.ReadCloser.Read(p)
	}
	if f.left <= 0 {
		return 0, &failure{status: http.StatusBadRequest, err: fmt.Errorf("there are more than %d bytes around the parts of the form", maxFraming)}
	}
	n, err := f.ReadCloser.Read(p[:min(len(p), f.left)])
	f.left -= n
	return n, err
}

// receiveParts stores the parts of a multipart/form-data body, each of which
// must be there once, in any order. The caller closes the files.
func (s *server) receiveParts(r *http.Request, names ...string) (_ map[string]*tempFile, err error) {
	if err := checkType(r, "multipart/form-data"); err != nil {
		return nil, err
	}

	if err := limitBody(r, int64(len(names))*s.cfg.maxPackage+maxFraming); err != nil {
		return nil, err
	}
	body := &framing{ReadCloser: r.Body, left: maxFraming}
	r.Body = body
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
		body.inContent = true
		file, err := s.store(part)
		body.inContent = false
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
