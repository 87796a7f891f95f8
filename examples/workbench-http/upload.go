package main

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
)

// Types of a package in a request.
var packageTypes = []string{typeZip, "application/octet-stream"}

// checkType refuses a body of another media type.
func checkType(r *http.Request, want ...string) error {
	got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(want, got) {
		return &failure{status: http.StatusUnsupportedMediaType, err: fmt.Errorf("want Content-Type: %s", want[0])}
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return &failure{status: http.StatusUnsupportedMediaType, err: errors.New("want no Content-Encoding")}
	}
	return nil
}

func errTooLarge(max int64) error {
	return &failure{status: http.StatusRequestEntityTooLarge, err: fmt.Errorf("the body is larger than %d bytes, the limit of this server", max)}
}

// limitBody refuses a body that says it is too large before a byte of it is
// read, and stops reading one that says nothing.
func limitBody(r *http.Request, max int64) error {
	if r.ContentLength > max {
		return errTooLarge(max)
	}
	r.Body = http.MaxBytesReader(nil, r.Body, max)
	return nil
}

// bodyFailure is the answer to an error of reading a body.
func bodyFailure(err error) error {
	var tooLarge *http.MaxBytesError
	var known *failure
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &tooLarge):
		return errTooLarge(tooLarge.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &failure{status: http.StatusRequestTimeout, err: errors.New("the body came too slowly")}
	}
	return &failure{status: http.StatusBadRequest, err: errors.New("the body is broken, or ended too early")}
}

// readBody reads a small body as a whole.
func readBody(r *http.Request, max int64) ([]byte, error) {
	if err := limitBody(r, max); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, bodyFailure(err)
	}
	return data, nil
}

// receivePackage stores the body of a request. The caller closes the file.
func (s *server) receivePackage(r *http.Request) (*tempFile, error) {
	if err := checkType(r, packageTypes...); err != nil {
		return nil, err
	}
	if err := limitBody(r, s.cfg.maxPackage); err != nil {
		return nil, err
	}
	return s.store(r.Body)
}

// store copies a body to a temporary file, and leaves none after an error.
func (s *server) store(body io.Reader) (*tempFile, error) {
	file, err := s.temp.file(s.cfg.maxPackage)
	if err != nil {
		return nil, err
	}
	if err := copyBody(file, body); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// copyBody keeps apart what went wrong on the way here, which the client is
// told, and what went wrong with our disk.
func copyBody(to *tempFile, body io.Reader) error {
	buf := make([]byte, 32<<10)
	for {
		n, readErr := body.Read(buf)
		if _, err := to.Write(buf[:n]); err != nil {
			var tooLarge *sizeError
			if errors.As(err, &tooLarge) {
				return errTooLarge(tooLarge.max)
			}
			return err
		}
		if readErr == io.EOF {
			return nil
		}
		if readErr != nil {
			return bodyFailure(readErr)
		}
	}
}

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

// tempDir is a folder that only this process uses and only its user can enter.
type tempDir struct{ path string }

func newTempDir(parent string) (*tempDir, error) {
	path, err := os.MkdirTemp(parent, "workbench-http-*") // mode 0700
	if err != nil {
		return nil, err
	}
	return &tempDir{path}, nil
}

func (d *tempDir) remove() { os.RemoveAll(d.path) }

// tempFile is a file of bounded size that is gone after Close.
type tempFile struct {
	f        *os.File
	size     int64
	max      int64
	unlinked bool
}

// file makes an empty file.
func (d *tempDir) file(max int64) (*tempFile, error) {
	f, err := os.CreateTemp(d.path, "")
	if err != nil {
		return nil, err
	}
	// Where an open file can be removed, not even a crash leaves it behind.
	return &tempFile{f: f, max: max, unlinked: os.Remove(f.Name()) == nil}, nil
}

func (t *tempFile) Close() error {
	err := t.f.Close()
	if !t.unlinked {
		err = errors.Join(err, os.Remove(t.f.Name()))
	}
	return err
}

// sizeError reports that a file would become too large.
type sizeError struct{ max int64 }

func (e *sizeError) Error() string { return fmt.Sprintf("larger than %d bytes", e.max) }

func (t *tempFile) Write(p []byte) (int, error) {
	if int64(len(p)) > t.max-t.size {
		return 0, &sizeError{t.max}
	}
	n, err := t.f.Write(p)
	t.size += int64(n)
	return n, err
}

// ReadAt makes a tempFile an io.ReaderAt.
func (t *tempFile) ReadAt(p []byte, off int64) (int, error) { return t.f.ReadAt(p, off) }

// reader reads the file from its start.
func (t *tempFile) reader() io.Reader { return io.NewSectionReader(t.f, 0, t.size) }
