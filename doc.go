// Package anolishandoff documents the Handoff Package v1 and this module. It
// holds no code; see packages handoff (the verbs), exporter, validator, redact
// and checksum.
//
// # The format
//
// A handoff package (.anpkg) carries everything that commissioning learned about
// a machine to the headless box that runs it:
//
//	machine-profile.yaml           the manifest: what the machine is, and where everything is
//	runtime/anolis-runtime.yaml    runtime config of the manual profile
//	runtime/anolis-runtime.V.yaml  runtime config of a further profile V, if packaged
//	runtime/behaviors/*            behavior trees, byte for byte
//	providers/ID.yaml              config of each provider
//	meta/provenance.json           source project, time, versions, redaction
//	meta/checksums.sha256          sha256sum of every other file
//
// It is a zip file with one possible spelling. Entries are sorted by path (byte
// order of the UTF-8) and stored without compression; sizes and CRC-32 stand in
// the local header; there are no data descriptors, extra fields, comments or
// directory entries. The time of every entry is 1980-01-01 00:00:00, the version
// made by is 2.0 on Unix (3), the version needed 2.0, the mode 0100644, and only
// names that are not ASCII carry the UTF-8 flag. Beyond 4 GiB, Zip64 is used as
// the ZIP specification says.
//
// YAML documents have one possible spelling, too: block style, two spaces,
// sequences level with their key, width 80, key order kept, everything but
// printable ASCII escaped in double quotes, repeated collections as anchors.
// Values are read by the rules of YAML 1.1. A value that another YAML reader
// could take for something else (on, 012, 1:30, 12e5) is kept, and reported.
//
// # Determinism
//
// The bytes of a package are a function of the project's files, its name and the
// export options. They do not depend on clock, time zone, locale, environment,
// operating system, directory, the order in which a file system lists its files,
// or the number of processors. They equal the bytes that the Python workbench
// writes: 300 recorded exports and 2,500 recorded YAML documents are compared in
// the tests, without an exception.
//
// The time in the provenance is the project's own creation time, or
// 1970-01-01T00:00:00Z.
//
// # Secrets
//
// telemetry.influxdb.token and telemetry.influx_token are removed from runtime
// configs; INFLUXDB_TOKEN supplies the token at deploy time. An export that would
// carry any other secret fails. What counts as one is a redact.Policy.
//
// # Threat model
//
// A project is trusted to say what the machine does, and with nothing else: it
// may be broken, may name files outside of itself, may hold symbolic links that
// leave it, documents that explode, files of any size, and files that change
// during the export. The answer is an error that names the place, and no file.
// A package is trusted with nothing; see package validator.
//
// No function of this module panics on any input, reads the network, the clock
// or the environment, or logs. A secret never appears in an error, a note, a
// finding, a report or any other result. docs/threat-model.md has all of it.
package anolishandoff
