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
