// Package validator gives the verdict on a Handoff Package v1: every fault, with
// its place, and never a pass that was not earned.
//
// # Input
//
// Archive validates a .anpkg file, FS an unpacked package. Nothing is extracted
// to disk except for the replay, and only what no other check objects to.
// Memory stays bounded whatever the package claims; see Limits.
//
// # Checks
//
//	archive             the zip file: what two readers could read differently, or what is unsafe to unpack
//	structure           the files that every package has
//	checksums           meta/checksums.sha256 against the content, both ways
//	documents           every YAML and JSON file is readable, without duplicate keys
//	secrets             the redaction policy over every file
//	profile-schema      machine-profile.yaml against its schema
//	profile-references  every path in it leads to a file of the package, in its folder
//	runtime-schema      every runtime config against its schema
//	runtime-rules       what the machine runtime demands beyond the schema
//	runtime-references  providers, --config arguments and behavior trees
//	providers           provider configs that are not mappings (warning)
//	behaviors           well-formed XML without document types
//	provenance          meta/provenance.json has what the contract asks
//	unreferenced        files that nothing leads to (warning)
//	reader-dependent    YAML values that readers disagree about (warning)
//	replay              the runtime itself, on a clean extraction, if it is given
//
// All checks run, whatever earlier ones found. One that could not look at
// everything is listed as skipped with the reason; an error elsewhere in the
// report then says what stood in its way.
//
// # Verdict
//
// A package is valid when no problem is an Error. A directory and an archive
// with the same files get the same problems, but for those of the zip format.
// The verdict is a function of the package and the options, except for the
// replay, which is the word of another program.
package validator
