package redact

import "github.com/anolishq/anolis-handoff/internal/doc"

// Searcher is a policy made ready, for a caller who searches many files one by
// one. It is immutable and safe for concurrent use.
type Searcher struct {
	e *engine
}

// Searcher makes the policy ready. Later changes of the policy have no effect
// on it. The error is that of Validate.
func (p Policy) Searcher() (*Searcher, error) {
	e, err := newEngine(p)
	if err != nil {
		return nil, err
	}
	return &Searcher{e}, nil
}

// NewScanner begins the search of a file, as Policy.NewScanner does.
func (s *Searcher) NewScanner(name string) *Scanner { return s.e.scanner(name) }

// NewDocumentScanner begins the search of a file that was read as a document
// already, and spares reading it again. The text of the file must be written all
// the same: its comments are searched, too.
//
// It is for the packages of this module: the document model is internal.
func (s *Searcher) NewDocumentScanner(name string, root *doc.Node) *Scanner {
	scanner := s.e.scanner(name)
	scanner.known(root)
	return scanner
}

// ScanNode searches the keys and values of a document that was read already, so
// that findings have the places of the file it was read from. Comments and
// other text between the values are not searched; Scan does that.
//
// It is for the packages of this module: the document model is internal.
func (s *Searcher) ScanNode(file string, root *doc.Node) []Finding {
	f := newFileSearch(s.e, file)
	f.document(root)
	return f.findings()
}
