// Package handoff is the front door of the library: the verbs that people want, over
// the packages exporter, validator, redact and checksum.
//
// # Making a package
//
// Export writes the package of a project to a stream, ExportFile that of a project
// directory to a file. Both are cancelled by their context, validate what they are
// about to write, and write nothing when the project has a problem
// (validator.ProblemList lists all of them with file, line and reason) or the package
// would not be valid (*InvalidError has the report). Check finds all of that without
// writing, for every runtime profile of the project. All of them name the places in
// the project's own files.
//
// # Trusting a package
//
// Validate returns the verdict on an archive, ValidatePath on a file or a directory.
// Open, OpenFS and OpenPath validate too, and return a Package to work with;
// OpenProject returns the one that an export would write. All other verbs take a
// Package, so none of them reads what was not checked.
//
// # Working with a package
//
// Each verb has a package of its own below this one, with its options, its results
// and its documentation. The functions here are shorthands.
//
//	Inspect    inspect    what the package says about its machine
//	Diff       diff       what changed from one package to another, ranked by risk
//	Unpack     release    makes it the current release of a directory, whole or not at all
//	Rollback   release    makes the previous release current again, in one step
//	Drift      release    what was changed in a release since it was unpacked
//	Reproduce  reproduce  whether a project still gives the package, and if not, why
//	Preflight  preflight  whether a machine has what the package needs
//
// Each returns a result with a text form for people (WriteText) and a JSON form for
// programs (WriteJSON). The JSON form has a version, which changes when a field
// changes its meaning or goes away, and not when one is added. Results and errors
// never contain a secret: what the policy calls one is shown as ***. The text forms
// are safe for a terminal; other texts can hold what a terminal obeys.
//
// # Where the machine is touched
//
// ExportFile, Unpack and Rollback write to the disk, OpenPath, ValidatePath and
// CheckPath read from it, and none of them anywhere else than in the paths they are given. Preflight
// asks the functions of its Target. Nothing here reads the clock, the environment or
// the network.
package handoff
