// Package exporter turns a commissioned machine project into a Handoff Package
// v1, byte for byte the one that the Python workbench makes of it.
//
// # Input
//
// A project is a directory, given as an fs.FS, in one of two layouts: canonical
// (machine-profile.yaml, which wins if both are there) or system (system.json,
// schema_version 1 or 2). Only files that these documents refer to are read.
// A reference that is absolute, has a drive letter or a backslash, or leaves the
// project is refused, and so is one that leaves it through a symbolic link. To
// be safe from links that appear while the export runs, use the file system of
// an os.Root, as package handoff does.
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
// Documents are parsed and written in canonical YAML; see Note for values whose
// meaning depends on the reader. Telemetry tokens are removed from runtime
// configs, and an export that would carry any other secret fails.
//
// # Determinism
//
// The package is a function of the project's files, its name and the Options.
// There is no clock, no environment, no network and no randomness.
//
// # Where it differs from the workbench
//
// Build refuses what the workbench would export although something is lost,
// hidden or outside of the project: duplicate keys, NaN and half surrogate pairs
// in JSON, paths that leave the project, files over the Limits, documents that
// are nested too deep or explode, arguments that are no text or integer, two
// behaviors with one file name, and secrets that only the wider default policy
// knows. It also refuses a system project's verbatim provider file that is no
// readable YAML or larger than redact.Limits.Document: nobody can say that it
// holds no secret. The documentation of internal/canonyaml lists the few YAML texts that it refuses
// and the workbench reads.
//
// Build accepts one thing more: a behavior path that begins as the target
// machine will have it, ../anolis-projects/projects/NAME/, means a file of this
// project. And one thing is accepted against the contract, which asks to refuse
// it: Infinity in a system.json, because recorded exports have it. It is noted.
//
// # Faults
//
// Build finds every independent fault and returns all of them as Problems. It
// never returns a package together with an error.
package exporter
