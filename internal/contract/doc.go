// Package contract says what the documents of a package have to look like.
//
// The Go types are the schemas: their fields, tags and comments become a JSON
// Schema when go generate runs, the result is committed (for editors too) and
// embedded, and a test keeps the two equal. Documents are not decoded into the
// types, because an export keeps what it does not understand: Check holds the
// document model against the schema and names the place of every violation.
package contract

//go:generate go run ./gen
