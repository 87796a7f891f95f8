package validator

import (
	"errors"
	"fmt"
	"io"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/cause"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/docfile"
	"github.com/anolishq/anolis-handoff/internal/strictjson"
)

// checkDocuments reads every YAML and JSON file of the package once.
func checkDocuments(v *validation) string {
	for _, f := range v.report.Files {
		if v.ctx.Err() != nil {
			return ""
		}
		switch kind := docfile.KindOf(f.Path); kind {
		case docfile.YAML:
			v.readDocument(f, kind, CodeYAMLSyntax)
		case docfile.JSON:
			v.readDocument(f, kind, CodeJSONSyntax)
		}
	}
	return ""
}

func (v *validation) readDocument(f File, kind docfile.Kind, syntax Code) {
	v.unread[f.Path] = true
	if f.Size > v.limits.Document {
		v.problem(CodeDocumentLimit, f.Path, fmt.Sprintf("is larger than %d bytes, the limit for a document", v.limits.Document))
		return
	}
	file, err := v.files.Open(f.Path)
	if err != nil {
		v.err = err
		return
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil {
		v.err = err
		return
	}
	root, err := kind.Parse(data)
	if err != nil {
		v.parseErrors(f.Path, syntax, err)
		return
	}
	if v.values += doc.Count(root, v.limits.Values+1); v.values > v.limits.Values {
		v.problem(CodeDocumentLimit, f.Path, fmt.Sprintf("the documents of the package hold more than %d values together", v.limits.Values))
		return
	}
	delete(v.unread, f.Path)
	v.documents[f.Path] = root
}

// parseErrors reports each fault that a parser found.
func (v *validation) parseErrors(file string, syntax Code, err error) {
	var list interface{ Unwrap() []error }
	if errors.As(err, &list) {
		for _, e := range list.Unwrap() {
			v.parseErrors(file, syntax, e)
		}
		return
	}
	code := syntax
	switch {
	case errors.Is(err, canonyaml.ErrDuplicateKey), errors.Is(err, strictjson.ErrDuplicateKey):
		code = CodeDuplicateKey
	case errors.Is(err, canonyaml.ErrLimit), errors.Is(err, strictjson.ErrLimit):
		code = CodeDocumentLimit
	}
	var y *canonyaml.Error
	var j *strictjson.Error
	switch {
	case errors.As(err, &y):
		v.at(code, file, y.Path, y.Pos, y.Msg)
	case errors.As(err, &j):
		v.at(code, file, j.Path, j.Pos, j.Msg)
	default:
		v.problem(code, file, cause.Of(err).Error())
	}
}
