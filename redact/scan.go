package redact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/cause"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
	"github.com/anolishq/anolis-handoff/internal/steady"
)

// Finding is a place where a rule found something. It holds no part of what was
// found: steps of Path and Pointer, and elements of File, that could be the
// secret or a part of it appear as ***.
type Finding struct {
	File     string   `json:"file"`
	Path     string   `json:"path,omitempty"`    // key path, such as providers[0].token; empty for text outside of keys and values
	Pointer  string   `json:"pointer,omitempty"` // the same path as a JSON Pointer (RFC 6901)
	Line     int      `json:"line,omitempty"`    // from 1; 0 for the file as a whole
	Column   int      `json:"column,omitempty"`  // from 1, in characters
	Rule     string   `json:"rule"`              // the ID of the rule
	Severity Severity `json:"severity"`
	Message  string   `json:"message"`
	Reason   string   `json:"reason,omitempty"` // Allow.Reason, of what is allowed
}

// String formats the finding on one line:
// runtime/anolis-runtime.yaml:7:12: error: token-key: a string under ... (telemetry.influxdb.token)
func (f Finding) String() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", f.Line, f.Column)
	}
	fmt.Fprintf(&b, ": %s: %s: %s", f.Severity, f.Rule, f.Message)
	if f.Path != "" {
		fmt.Fprintf(&b, " (%s)", f.Path)
	}
	return b.String()
}

func publicFindings(list []secretscan.Finding) []Finding {
	out := make([]Finding, len(list))
	for i, f := range list {
		out[i] = Finding{f.File, f.Path, f.Pointer, f.Line, f.Column, f.Rule, Severity(f.Severity), f.Message, f.Reason}
	}
	return out
}

// Searcher is a policy made ready, for a caller who searches many files one by
// one. It is immutable and safe for concurrent use. The zero Searcher finds
// nothing.
type Searcher struct {
	e *secretscan.Engine
}

// Searcher makes the policy ready. Later changes of the policy have no effect
// on it. It returns the error of Validate.
func (p Policy) Searcher() (*Searcher, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	e, err := secretscan.New(secretscan.Of(&p))
	return &Searcher{e}, err
}

// NewScanner begins the search of a file, as Policy.NewScanner does.
func (s *Searcher) NewScanner(name string) *Scanner {
	e := s.e
	if e == nil {
		e, _ = secretscan.New(secretscan.Config{}) // the zero policy has no fault
	}
	return &Scanner{e.NewScanner(name)}
}

// Scanner searches one file that is written to it, so that a stream can be
// searched while it is hashed or packed. It needs about 200 KiB of memory,
// whatever the size of the file and the length of its lines; for a YAML or JSON
// file also the file itself, up to Limits.Document, and its document.
//
// A Scanner is not safe for concurrent use. Searcher.NewScanner and
// Policy.NewScanner make one; the zero Scanner takes nothing.
type Scanner struct {
	s *secretscan.Scanner
}

// NewScanner begins the search of a file. The name decides how the file is
// read: .yaml and .yml as YAML, .json as JSON, everything else as text. The
// error is that of Validate.
func (p Policy) NewScanner(name string) (*Scanner, error) {
	s, err := p.Searcher()
	if err != nil {
		return nil, err
	}
	return s.NewScanner(name), nil
}

var errFinished = errors.New("redact: write to a scanner whose findings were taken")

// Write searches the next bytes of the file. It takes all of p and fails only
// after Findings or Allowed.
func (s *Scanner) Write(p []byte) (int, error) {
	if s.s == nil {
		return 0, errFinished
	}
	n, err := s.s.Write(p)
	if err != nil {
		err = errFinished
	}
	return n, err
}

// Findings ends the search and returns what was found, ordered by line, column
// and rule. Further calls return the same.
func (s *Scanner) Findings() []Finding {
	if s.s == nil {
		return nil
	}
	return publicFindings(s.s.Findings())
}

// Allowed ends the search and returns what the policy allows: each finding has the
// reason of the entry that allows it. The order and the limit are those of
// Findings.
func (s *Scanner) Allowed() []Finding {
	if s.s == nil {
		return nil
	}
	return publicFindings(s.s.Allowed())
}

// Scan searches every file of a file system, in lexical order, and returns the
// findings ordered by file, line, column and rule. Memory is bounded by one
// Scanner.
//
// It returns the error of Validate or of ctx, or an *fs.PathError: a file that
// cannot be read, or an entry that is neither a directory nor a regular file.
// Nothing is skipped; the findings up to the error are returned with it. An error of
// fsys can be found in that *fs.PathError, whose text has no secret.
func (p Policy) Scan(ctx context.Context, fsys fs.FS) ([]Finding, error) {
	s, err := p.Searcher()
	if err != nil {
		return nil, err
	}
	if fsys == nil {
		return nil, errors.New("redact: there is no file system to search")
	}
	var all []secretscan.Finding
	err = fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return s.hideName(name, err)
		case entry.IsDir():
			return ctx.Err()
		case !entry.Type().IsRegular():
			return s.hideName(name, errIrregular)
		}
		f, err := fsys.Open(name)
		if err != nil {
			return s.hideName(name, err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return s.hideName(name, err)
		}
		list, err := s.scan(ctx, name, steady.Sized(f, info.Size()))
		all = append(all, list...)
		if err != nil {
			return s.hideName(name, err)
		}
		return nil
	})
	return publicFindings(secretscan.Arrange(all)), err
}

var errIrregular = errors.New("neither a directory nor a regular file")

// hideName makes an error about a file that does not show a secret in its name or
// reason. The error itself can still be found in it.
func (s *Searcher) hideName(name string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &fs.PathError{Op: "scan", Path: s.e.ShownName(name), Err: &reason{s.e.ShownName(cause.Of(err).Error()), err}}
}

// reason is an error with a text that may be shown.
type reason struct {
	text string
	err  error
}

func (r *reason) Error() string { return r.text }
func (r *reason) Unwrap() error { return r.err }

// ScanFile searches one file. The name decides how it is read, as for
// NewScanner, and appears in the findings. It returns the error of Validate or of
// ctx, or an *fs.PathError with that of r; the findings up to there are returned with
// it.
func (p Policy) ScanFile(ctx context.Context, name string, r io.Reader) ([]Finding, error) {
	s, err := p.Searcher()
	if err != nil {
		return nil, err
	}
	list, err := s.scan(ctx, name, r)
	if err != nil {
		return publicFindings(list), s.hideName(name, err)
	}
	return publicFindings(list), nil
}

func (s *Searcher) scan(ctx context.Context, name string, r io.Reader) ([]secretscan.Finding, error) {
	scanner := s.e.NewScanner(name)
	r = steady.Reader(r)
	buf := make([]byte, 64<<10)
	for {
		if err := ctx.Err(); err != nil {
			return scanner.Findings(), err
		}
		n, err := r.Read(buf)
		scanner.Write(buf[:n])
		switch {
		case err == io.EOF:
			return scanner.Findings(), nil
		case err != nil:
			return scanner.Findings(), err
		}
	}
}
