package redact

import (
	"errors"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// Scanner searches one file that is written to it, so that a stream can be
// searched while it is hashed or packed. It needs about 200 KiB of memory,
// whatever the size of the file and the length of its lines; for a YAML or JSON
// file also the file itself, up to Limits.Document, and its document.
//
// A Scanner is not safe for concurrent use.
type Scanner struct {
	file *fileSearch
	list []Finding
	done bool

	document []byte   // of a YAML or JSON file, until it is too large
	format   *format  // nil once the file is searched as text
	decoder  *decoder // of UTF-16, decided by the first two bytes
	head     []byte   // the first byte, as long as there is one only
	text     *stream
}

// NewScanner begins the search of a file. The name decides how the file is
// read: .yaml and .yml as YAML, .json as JSON, everything else as text. The
// error is that of Validate.
func (p Policy) NewScanner(name string) (*Scanner, error) {
	e, err := newEngine(p)
	if err != nil {
		return nil, err
	}
	return e.scanner(name), nil
}

func (e *engine) scanner(name string) *Scanner {
	return &Scanner{file: newFileSearch(e, name), format: formatOf(name)}
}

var errFinished = errors.New("redact: write to a scanner whose findings were taken")

// Write searches the next bytes of the file. It takes all of p and fails only
// after Findings.
func (s *Scanner) Write(p []byte) (int, error) {
	if s.done {
		return 0, errFinished
	}
	if s.format == nil {
		s.raw(p)
		return len(p), nil
	}
	if len(s.document)+len(p) <= s.file.e.limits.document() {
		s.document = append(s.document, p...)
		return len(p), nil
	}
	s.file.unread("larger than the limit for "+s.format.name+" documents", 0, 0)
	s.open(leniently)
	s.raw(s.document)
	s.raw(p)
	s.format, s.document = nil, nil
	return len(p), nil
}

// Findings ends the search and returns what was found, ordered by line, column
// and rule. Further calls return the same.
func (s *Scanner) Findings() []Finding {
	if !s.done {
		s.done = true
		s.finish()
		s.list = s.file.findings()
	}
	return s.list
}

func (s *Scanner) finish() {
	if s.format != nil {
		root, err := s.format.read(s.document)
		if err != nil {
			e := readError(err)
			s.file.unread("cannot be read as "+s.format.name, e.Line, e.Column)
			s.open(leniently)
			s.raw(s.document)
		} else {
			text := s.document
			s.known(root)
			s.raw(text)
		}
	}
	if s.text == nil {
		s.open(everywhere)
	}
	s.text.write(s.head)
	s.text.close()
}

// known searches a document and leaves the text around its values to be searched.
func (s *Scanner) known(root *doc.Node) {
	s.file.document(root)
	comments := inComments // of a document under any other name
	if s.format != nil {
		comments = s.format.comments
	}
	s.open(comments)
	s.format, s.document = nil, nil
}

// open begins the search of the raw text.
func (s *Scanner) open(m mode) {
	t := newTextSearch(s.file.e, m)
	t.report = s.file.inText
	if m == leniently {
		t.report = s.file.inUnread
	}
	if m == everywhere || m == leniently {
		s.file.mute(t)
	}
	s.text = newStream(t.view)
}

// raw takes bytes of the file as they are; a mark at its begin says that they
// are UTF-16.
func (s *Scanner) raw(p []byte) {
	if s.text == nil {
		s.open(everywhere)
	}
	if s.decoder == nil {
		if len(s.head)+len(p) < 2 {
			s.head = append(s.head, p...)
			return
		}
		first := append(s.head, p[:2-len(s.head)]...)
		s.decoder = decoderFor(first)
		s.decoder.decode(s.head, s.text.write)
		s.head = nil
	}
	s.decoder.decode(p, s.text.write)
}
