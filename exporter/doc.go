// Package exporter turns a commissioned machine project into a Handoff Package
// v1, byte for byte the one that the Python workbench makes of it.
//
//	root, err := os.OpenRoot("projects/rig-1")
//	pkg, err := exporter.Build(ctx, root.FS(), exporter.Options{Name: "rig-1"})
//	n, err := pkg.Write(ctx, file)
//
// Package handoff does this with a validation in between and replaces the output
// file at once or not at all. Most programs want that.
//
// # Input
//
// A project is a directory, given as an fs.FS, in one of two layouts: canonical
// (machine-profile.yaml, which wins if both are there) or system (system.json,
// schema_version 1 or 2). Only files that these documents name are read. Every
// runtime profile and provider config that the project declares must be readable,
// packaged or not.
//
// A path that is absolute, has a drive letter or a backslash, or leaves the project
// is refused, also when it leaves through a symbolic link. Use the file system of
// an os.Root to be safe from links that appear while the export runs.
//
// # Output
//
//	machine-profile.yaml           the manifest, paths rewritten
//	runtime/anolis-runtime.yaml    runtime config of the manual profile
//	runtime/anolis-runtime.V.yaml  of each further variant V asked for
//	runtime/behaviors/*            behavior trees, byte for byte
//	providers/ID.yaml              provider configs
//	meta/provenance.json           where the package comes from
//	meta/checksums.sha256          sha256sum of every other file
//
// Documents are parsed and written in canonical YAML. Telemetry tokens are removed
// from runtime configs; an export that would carry another secret fails.
//
// The package is a function of the project's files and the Options. There is no
// clock, no environment, no network and no randomness.
//
// # Problems
//
// Build finds every independent reason why a project cannot be exported, and
// returns all of them in one error, in which errors.As finds a
// validator.ProblemList. It never returns a package together with an error.
//
// Package.Notes lists what a person should know about a package that was made:
// values that YAML readers disagree about, runtime profiles, providers and included
// files that stay out, removed secrets. Their severity is note; what may be a
// secret is a warning.
//
// Problems and notes name the file, line and column that a person edits, and the
// code that validator.Info explains. They never show a secret. Package.Source
// moves a problem that a validation finds in the package to its place in the
// project.
//
// # Differences from the workbench
//
// Build refuses what the workbench exports although something is lost, hidden or
// outside of the project:
//
//   - duplicate keys in a file that is packaged, and half surrogate pairs in JSON
//   - paths that leave the project
//   - files over the Limits, and documents that are nested too deep or explode
//   - arguments that are neither text nor integers
//   - two behaviors with one file name
//   - secrets that only the wider default policy knows
//   - a provider file that is copied as it is and is not readable YAML, or is
//     larger than redact.Limits.Document, since it may hold a secret
//
// The documentation of internal/canonyaml lists the few YAML texts that it refuses
// and the workbench reads.
//
// Build accepts one thing more: a behavior path as the target machine will have it,
// ../anolis-projects/projects/NAME/FILE, means FILE of the project called NAME.
//
// # Limits
//
// Time and memory are linear in the size of the project. Documents are in memory,
// within the Limits; behaviors are streamed, whatever their size. Build and Write
// stop soon after their context is done.
package exporter
