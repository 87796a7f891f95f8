// Package handoff is the front door of the library: the verbs that people want,
// each a few lines over the packages exporter, validator, redact and checksum.
//
// Export writes the package of a project to a stream, ExportFile that of a
// project directory to a file. Both are cancelled by their context, validate
// what they are about to write, and write nothing when the project has a problem
// (exporter.Problems lists all of them with file, line and reason) or the
// package would not be valid (*InvalidError has the report).
//
// Validate gives the verdict on an archive, ValidatePath on a file or a
// directory.
package handoff
