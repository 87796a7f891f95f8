package validator

import (
	_ "embed"
	"io"

	"github.com/anolishq/anolis-handoff/internal/show"
)

//go:embed report.schema.json
var reportSchema string

// ReportSchema is the JSON Schema (draft 2020-12) of what Report.WriteJSON
// writes. It is generated from the type Report. A document of a later minor
// version of this library may have further properties, and the schema allows
// them.
func ReportSchema() []byte { return []byte(reportSchema) }

// WriteJSON writes the report as one JSON object on one line, with a line feed
// at its end. Its form is that of ReportSchema; the property version tells of
// incompatible changes.
//
// Lists are never null, though replay is left out if there was none. The text is
// valid UTF-8 whatever the report holds, has no character that a terminal acts
// on, and equal reports give equal bytes. An error is that of w.
func (r *Report) WriteJSON(w io.Writer) error {
	out := *r
	out.Files = notNil(out.Files)
	out.Problems = notNil(out.Problems)
	out.Checks = notNil(out.Checks)
	out.Skipped = notNil(out.Skipped)
	return show.JSON(w, out, "")
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
