package validator

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/contract"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/hide"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/provider"
	"github.com/anolishq/anolis-handoff/internal/tree"
)

// validation is one package being validated: what is known about it so far.
type validation struct {
	ctx    context.Context
	opts   Options
	limits Limits
	search searchers
	files  fs.FS
	report *Report
	err    error // validation itself failed
	buf    []byte

	schemas   schemas
	names     *machine.Files          // of the package
	machine   *machine.Machine        // what the documents say, by role
	readings  map[reading]*doc.Node   // documents as they were read; nil if they could not be
	running   map[string]machine.Role // of files that the runtime or a provider reads
	documents map[string]*doc.Node    // the document of each file
	unread    map[string]bool         // files that should be documents and are none
	refused   map[string]bool         // names that are there and no files of the package
	gap       string                  // why there is a runtime profile whose config cannot be checked
	used      map[string]bool         // files that something refers to
	trees     map[string]*tree.File   // that the rehearsal reads; nil until they are checked
	treeSize  int

	content     contentSearch        // of the files while they are read first
	searched    map[string]*searched // what it found in them
	kept        int                  // findings in searched
	clean       []string             // files in which it found nothing
	nothing     searched             // that
	secretLines map[fileLine]bool    // of files in unread
	hiddenNames []string             // pairs: the name of a file with a secret in it, and what may be shown of it

	values   int                 // in documents, aliases followed
	count    map[problemKind]int // of problems, listed or not
	bySchema map[string]bool     // file and pointer of values that break the runtime schema
}

type fileLine struct {
	file string // as problems show it
	line int
}

type schemas struct {
	profile, runtime, provenance *contract.Schema
	providers                    map[string]*provider.Schema
}

// problem adds a problem of a whole file.
func (v *validation) problem(code Code, file, msg string) {
	v.at(code, file, nil, doc.Pos{}, msg)
}

// at adds a problem of a value.
func (v *validation) at(code Code, file string, path doc.Path, pos doc.Pos, msg string) {
	if code != CodeRuntimeSchema && v.enough(code, 1) {
		return
	}
	info, _ := Info(code)
	v.add(Problem{
		Severity: info.Severity, Code: code, File: showName(file), Pointer: path.Pointer(),
		Line: pos.Line, Column: pos.Column, Message: msg, Hint: info.Fix,
	})
}

// maxProblems is how many problems of one code and severity a report lists. One
// more then says how many there are besides.
const maxProblems = 1000

type problemKind struct {
	code     Code
	severity Severity
}

// enough reports whether no more problems of a code are listed, whose severity is the
// code's, and counts so many if so: then nobody needs to word them.
func (v *validation) enough(code Code, n int) bool {
	info, _ := Info(code)
	kind := problemKind{code, info.Severity}
	if v.count[kind] < maxProblems {
		return false
	}
	v.count[kind] += n
	return true
}

func (v *validation) add(p Problem) {
	kind := problemKind{p.Code, p.Severity}
	if v.count[kind]++; v.count[kind] <= maxProblems {
		v.report.Problems = append(v.report.Problems, p)
	}
	if p.Code == CodeRuntimeSchema {
		v.bySchema[p.File+"\x00"+p.Pointer] = true
	}
}

// addSurplus says how many problems are not listed.
func (v *validation) addSurplus() {
	for kind, n := range v.count {
		if n > maxProblems {
			v.report.Problems = append(v.report.Problems, Problem{
				Severity: kind.severity, Code: kind.code,
				Message: strconv.Itoa(n-maxProblems) + " more problems of this kind are not listed",
			})
		}
	}
}

// visited tells a test that a file was looked at.
func (v *validation) visited(stage, file string) {
	if v.opts.visit != nil {
		v.opts.visit(stage, file)
	}
}

// find returns the index of a file in the report.
func (v *validation) find(name string) (int, bool) {
	return slices.BinarySearchFunc(v.report.Files, name, func(f File, name string) int { return strings.Compare(f.Path, name) })
}

// has reports whether the package holds a file.
func (v *validation) has(name string) bool {
	_, ok := v.find(name)
	return ok
}

// size returns the size of a file in bytes.
func (v *validation) size(name string) int64 {
	if i, ok := v.find(name); ok {
		return v.report.Files[i].Size
	}
	return 0
}

// missing reports whether the package lacks a file. What was refused, or lies in a
// folder that was, has a problem of its own and is not missing.
func (v *validation) missing(name string) bool {
	if v.has(name) {
		return false
	}
	for ; name != "." && name != "/"; name = path.Dir(name) {
		if v.refused[name] {
			return false
		}
	}
	return true
}

// hasBelow reports whether name is a directory of the package.
func (v *validation) hasBelow(name string) bool {
	below := name + "/"
	i, _ := slices.BinarySearchFunc(v.report.Files, below, func(f File, below string) int { return strings.Compare(f.Path, below) })
	return i < len(v.report.Files) && strings.HasPrefix(v.report.Files[i].Path, below)
}

// check is one unit of validation. Adding one means adding it to allChecks.
type check struct {
	name string
	// run reports problems to v. It returns why it could not look at everything,
	// or "" when it did.
	run func(v *validation) (skipped string)
}

// allChecks in the order in which they run. Later ones rest on what earlier
// ones found and read.
func allChecks() []check {
	return []check{
		{"structure", checkStructure},
		{"checksums", checkChecksums},
		{"documents", checkDocuments},
		{"secrets", checkSecrets},
		{"profile-schema", checkProfileSchema},
		{"profile-references", checkProfileReferences},
		{"runtime-schema", checkRuntimeSchema},
		{"runtime-rules", checkRuntimeRules},
		{"runtime-references", checkRuntimeReferences},
		{"providers", checkProviders},
		{"behaviors", checkBehaviors},
		{"rehearsal", checkRehearsal},
		{"provenance", checkProvenance},
		{"unreferenced", checkUnreferenced},
		{"reader-dependent", checkReaders},
		{"replay", checkReplay},
	}
}

// runChecks fills the report.
func (v *validation) runChecks() error {
	for _, c := range allChecks() {
		if err := v.ctx.Err(); err != nil {
			return err
		}
		v.begin(c.name)
		skipped := c.run(v)
		if v.err != nil {
			return v.err
		}
		if err := v.ctx.Err(); err != nil {
			return err
		}
		if skipped != "" {
			v.report.Skipped = append(v.report.Skipped, Skipped{c.name, skipped})
		} else {
			v.report.Checks = append(v.report.Checks, c.name)
		}
	}
	v.finish()
	return nil
}

// begin tells the caller what comes next.
func (v *validation) begin(check string) {
	if v.opts.Progress != nil {
		v.opts.Progress(check)
	}
}

// skipAll lists every check as skipped.
func (v *validation) skipAll(reason string) {
	for _, c := range allChecks() {
		v.report.Skipped = append(v.report.Skipped, Skipped{c.name, reason})
	}
	v.finish()
}

// finish ends the validation: nothing is added to the report any more.
//
// A check may be left out behind an error, or because nobody asked for it. Anything
// else is an error of its own, so that no package passes on what was not looked at.
func (v *validation) finish() {
	if v.countErrors() == 0 && v.machine != nil {
		for _, g := range v.machine.Gaps {
			v.at(CodeUnchecked, g.In, g.Path, g.Pos(), "must be "+g.Want+"; otherwise it is not known which files the machine reads")
		}
	}
	if v.countErrors() == 0 {
		for _, s := range v.report.Skipped {
			notAsked := s.Check == archiveCheck || s.Check == "replay" && v.opts.Runtime.Binary == "" || s.Check == "rehearsal" && v.opts.NoRehearsal
			if !notAsked {
				v.problem(CodeUnchecked, "", "the check "+s.Check+" could not run: "+s.Reason)
			}
		}
	}
	v.addSurplus()
	v.hideSecrets()
	v.report.finish()
}

// hideSecrets takes secrets out of everything that the report shows. Checks quote
// values, keys and names to say what is wrong with them, and know nothing of
// secrets.
func (v *validation) hideSecrets() {
	documents := map[string]*hide.Document{} // by the name in problems
	for _, p := range v.report.Problems {
		documents[p.File] = v.search.hider.Document()
	}
	for file, root := range v.documents {
		if of := documents[showName(file)]; of != nil {
			of.Add(file, root)
		}
	}
	shown := v.search.hider.Report()
	for i := range v.report.Problems {
		p := &v.report.Problems[i]
		of := documents[p.File]
		// What a finding of the search says quotes nothing, and may use the words that
		// stand around the secret.
		words := of
		if p.Code == CodeSecret || p.Code == CodeSuspicious {
			words = nil
		} else {
			unread := v.secretLines[fileLine{p.File, p.Line}]
			if unread || of.IsAt(doc.Pos{Line: p.Line, Column: p.Column}) {
				p.Message = hide.Quotes(p.Message)
			}
			if unread {
				p.Pointer = hide.Elements(p.Pointer)
			}
		}
		shown.Message(&p.Message, words)
		shown.Name(&p.Pointer, of)
		shown.Name(&p.File, of)
	}
	for i := range v.report.Files {
		f := &v.report.Files[i]
		shown.Name(&f.Path, documents[showName(f.Path)])
	}
	for i := range v.report.Skipped {
		shown.Message(&v.report.Skipped[i].Reason, nil)
	}
	for i := range v.report.Replay {
		shown.Name(&v.report.Replay[i].Profile, nil)
		shown.Name(&v.report.Replay[i].Config, nil)
	}
	if r := v.report.Rehearsal; r != nil {
		for i := range r.Profiles {
			shown.Name(&r.Profiles[i].Profile, nil)
			shown.Name(&r.Profiles[i].Config, nil)
		}
		for _, list := range [][]string{r.Unjudged, r.Remarks} {
			for i := range list {
				shown.Message(&list[i], nil)
			}
		}
	}
	shown.Hide(v.hiddenNames...)
}
