package validator

import (
	"math"
	"time"

	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/zipfile"
	"github.com/anolishq/anolis-handoff/redact"
)

// Options is how a package is validated. The zero value is a good choice.
type Options struct {
	// Policy says what counts as a secret. Nil means redact.Default().
	Policy *redact.Policy

	// Limits bounds what a package may cost.
	Limits Limits

	// Schemas replaces schemas of this library, for a newer contract.
	Schemas Schemas

	// Runtime is the machine runtime to replay the package with. The zero value
	// means that there is no replay.
	Runtime Runtime

	// RuntimeVersion is the version of the runtime on the target, such as 0.1.40.
	// Empty means the one that the package pins. Rules of the runtime that came with
	// a version are applied by it.
	RuntimeVersion string

	// NoRehearsal leaves out the rehearsal of the start.
	NoRehearsal bool

	// Progress, if set, is called with the name of each check before it runs, from
	// the goroutine that validates, and must return quickly.
	Progress func(check string)

	visit func(stage, file string) // of a test that counts what was looked at
}

// NewestRuntime is the newest version of the machine runtime whose rules this version
// of the library knows.
const NewestRuntime = machine.NewestRuntime

// Limits bounds what a package may cost. Zero means the default. A package over
// a limit is invalid.
type Limits struct {
	// Entries is the number of files together with the folders they are in, and
	// of the entries of an archive. The default is 50,000.
	Entries int
	// File is the size in bytes of one file, unpacked. The default is 4 GiB.
	File int64
	// Total is the size in bytes of all files, unpacked. The default is 8 GiB.
	Total int64
	// Document is the size in bytes of a YAML or JSON file. The default is 2 MiB.
	Document int64
	// Values is the number of values of all documents together, aliases
	// followed. Each costs about 200 bytes of memory. The default is 100,000.
	Values int
}

const (
	defaultEntries  = 50_000
	defaultFile     = 4 << 30
	defaultTotal    = 8 << 30
	defaultDocument = 2 << 20
	defaultValues   = 100_000
)

// archive is the limits of an archive of that content: its headers come on top,
// and a caller who allows more entries allows a larger directory of them.
func (l Limits) archive() zipfile.Limits {
	const header, headers = 320, 16 << 20
	directory := max(headers, header*int64(l.Entries))
	return zipfile.Limits{
		Archive: l.Total + min(2*directory, math.MaxInt64-l.Total), Directory: directory,
		Entries: l.Entries, File: l.File, Total: l.Total,
	}
}

// MaxArchive is the size in bytes of the largest archive of such content: its
// headers come on top.
func (l Limits) MaxArchive() int64 { return l.OrDefault().archive().Archive }

// OrDefault has the defaults in the place of what is zero.
func (l Limits) OrDefault() Limits {
	if l.Entries <= 0 {
		l.Entries = defaultEntries
	}
	if l.File <= 0 {
		l.File = defaultFile
	}
	if l.Total <= 0 {
		l.Total = defaultTotal
	}
	if l.Document <= 0 {
		l.Document = defaultDocument
	}
	if l.Values <= 0 {
		l.Values = defaultValues
	}
	return l
}

// Schemas are JSON Schema texts that replace those of the library. An empty one
// means the library's. A schema must not refer to anything outside of itself.
type Schemas struct {
	MachineProfile []byte
	RuntimeConfig  []byte
	Provenance     []byte
	// Providers are schemas of provider configs, by the kind of provider, such as
	// bread for anolis-provider-bread. Each is a JSON Schema, or what the provider
	// prints for --config-schema: an object with config_schema_version and schema.
	Providers map[string][]byte
}

// Runtime is the machine runtime as a program.
type Runtime struct {
	// Binary is the path of the program; empty means no replay.
	Binary string
	// Timeout ends a run that takes longer. The default is 10 seconds.
	Timeout time.Duration
	// TempDir is where the package is unpacked for a run. The default is the
	// system's folder for temporary files.
	TempDir string
}
