// Package replay asks a machine runtime what it thinks of the runtime configs of
// a package: it runs
//
//	<runtime> --check-config <config>
//
// in a clean extraction of the package, once for each config, and reports what
// came of it.
//
// This is the only package of the module that runs a process, and the only check
// that writes to the disk. What it guarantees:
//
//   - The runtime is the file that the caller named. It is never searched for in
//     PATH or in the package, and no file of the package is made executable.
//   - It gets exactly the two arguments above, an empty standard input and an
//     environment that consists of fixed values: nothing of the caller's, so that
//     no secret such as INFLUXDB_TOKEN reaches it. Options.Env adds to it.
//   - Its working directory is a fresh copy of the package, made for this one run
//     in a private directory. No name can lead out of that directory, no link and
//     no special file is made, and the copy is bounded in bytes and entries.
//   - It ends: with its answer, at the time limit or with the context. On Unix the
//     whole process group ends with it, also after a regular answer. A process
//     that left the group on purpose is not found, and on other systems only the
//     runtime itself is ended; neither can hold up the replay, which then stops
//     reading the output.
//   - Its output is read to the end however much it is, and kept up to a bound.
//     What is kept has the secrets masked by a function of the caller's, and
//     nothing in it that acts on a terminal.
//   - The directory is removed whatever happens, a panic of the package's file
//     system or of the mask included. Should that fail, it is an error.
//   - The result has neither times nor the name of the temporary directory in it:
//     a runtime that answers the same gives the same result.
//
// What it does not: the runtime is trusted code and runs with the rights of the
// caller, without limits on memory, disk or network. On Windows the working
// directory is the last place but PATH where a program looks for a DLL: a runtime
// that lacks one of its DLLs would load it from the package.
package replay
