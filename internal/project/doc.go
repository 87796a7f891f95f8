// Package project reads a commissioned machine project into documents.
//
// A project is a directory in one of two layouts. The canonical layout has a
// machine-profile.yaml that names every other file. The system layout, from
// before it, has one system.json from which profile, runtime config and
// provider configs are rendered. Both end up as the same Project, so that
// whoever packages it need not know which one it was.
//
// Nothing outside the project is ever read: every reference is checked before
// it is opened, and so is every symbolic link on the way to it.
package project
