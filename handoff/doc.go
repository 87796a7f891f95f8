// Package handoff is the front door of the library: the verbs that people want,
// each a few lines over the packages exporter, redact and checksum.
//
// Export writes the package of a project to a stream, ExportFile that of a
// project directory to a file. Both are cancelled by their context and write
// nothing when the project has a problem; exporter.Problems, found with
// errors.As, lists all of them with file, line and reason.
package handoff
