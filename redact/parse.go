package redact

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/strictjson"
)

// format is what a file is read as.
type format struct {
	name     string
	read     func([]byte) (*doc.Node, error)
	comments mode // where assignments are looked for in the raw text
}

// formatOf goes by the extension, as the package format does; nil is text.
func formatOf(name string) *format {
	switch strings.ToLower(path.Ext(name)) {
	case ".yaml", ".yml":
		return &format{"YAML", canonyaml.Read, inComments}
	case ".json":
		return &format{"JSON", strictjson.Read, nowhere}
	}
	return nil
}

// ReadError says that a text cannot be read as YAML. It repeats no part of the
// text.
type ReadError struct {
	Line, Column int // of the first fault, from 1
	Reason       string
}

func (e *ReadError) Error() string {
	return fmt.Sprintf("redact: line %d, column %d: %s", e.Line, e.Column, e.Reason)
}

// readError keeps place and kind of a parser's error, but not its wording,
// which can name keys.
func readError(err error) *ReadError {
	e := &ReadError{Reason: "cannot be read"}
	var y *canonyaml.Error
	var j *strictjson.Error
	switch {
	case errors.As(err, &y):
		e.Line, e.Column = y.Pos.Line, y.Pos.Column
	case errors.As(err, &j):
		e.Line, e.Column = j.Pos.Line, j.Pos.Column
	}
	switch {
	case errors.Is(err, canonyaml.ErrDuplicateKey):
		e.Reason = "duplicate key"
	case errors.Is(err, canonyaml.ErrLimit):
		e.Reason = "nests too deeply or holds too many values"
	}
	return e
}
