package validator

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/anolishq/anolis-handoff/checksum"
	"github.com/anolishq/anolis-handoff/internal/cause"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/docfile"
	"github.com/anolishq/anolis-handoff/internal/hide"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/rehearsal"
	"github.com/anolishq/anolis-handoff/internal/replay"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
	"github.com/anolishq/anolis-handoff/internal/show"
	"github.com/anolishq/anolis-handoff/internal/steady"
	"github.com/anolishq/anolis-handoff/internal/zipfile"
)

// checkStructure demands the files that every package has.
func checkStructure(v *validation) string {
	what, hint := v.mistakenContent()
	for _, name := range []string{machine.ManifestFile, machine.RuntimeFile, machine.ProvenanceFile, machine.ChecksumsFile} {
		switch {
		case !v.missing(name):
		case v.hasBelow(name):
			v.problem(CodeMissingFile, name, "is a folder; a package needs a file here")
		case what != "":
			info, _ := Info(CodeMissingFile)
			v.add(Problem{Severity: info.Severity, Code: info.Code, File: name, Message: "a package needs this file; " + what, Hint: hint})
		default:
			v.problem(CodeMissingFile, name, "a package needs this file"+v.near(name))
		}
	}
	for _, f := range v.report.Files {
		if !norm.NFC.IsNormalString(f.Path) {
			v.problem(CodeNotNFC, f.Path, "the name is not in Unicode normalization form C, and some tools change it when they unpack")
		}
		if strings.HasPrefix(f.Path, ".") {
			v.problem(CodeLeadingDot, f.Path, "the name begins with a dot, which miniunzip drops when it unpacks")
		}
	}
	return ""
}

// list walks a file system that is not an archive and records its files. What a
// package cannot have is a problem and left out. It reports whether it came to
// the end: files beyond a limit are not looked at.
func (v *validation) list(fsys fs.FS) (all bool, err error) {
	var files []zipfile.File
	all = true
	known, ok := zipfile.SetOf(fsys) // just exported, so hashed before
	if !ok {
		known = &zipfile.Set{}
	}
	var total int64
	entries, begun := 0, false
	refuse := func(code Code, name, msg string) {
		v.refused[name] = true
		v.problem(code, name, msg)
	}
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if ctxErr := v.ctx.Err(); ctxErr != nil {
			return ctxErr
		}
		switch {
		case err != nil && name == ".":
			return err
		case err != nil:
			refuse(CodeUnreadable, name, "cannot be read: "+cause.Of(err).Error())
			return nil
		case name == "." && !begun && d.IsDir():
			begun = true
			return nil
		case name == ".": // or this would not end
			refuse(CodeUnreadable, "", "a folder lists a file without a name, or itself")
			return fs.SkipAll
		}
		if entries++; entries > v.limits.Entries {
			v.problem(CodeTooLarge, "", fmt.Sprintf("has more than %d files and folders", v.limits.Entries))
			all = false
			return fs.SkipAll
		}
		switch {
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			refuse(CodeFileType, name, "is "+typeName(d.Type())+", not a regular file")
			return nil
		}
		info, err := d.Info()
		if err != nil {
			refuse(CodeUnreadable, name, "cannot be read: "+cause.Of(err).Error())
			return nil
		}
		most := min(v.limits.File, v.limits.Total-total)
		if info.Size() > most {
			refuse(CodeTooLarge, name, v.tooLarge(info.Size()))
			return nil
		}
		f, hashed := known.Find(name)
		if !hashed {
			search := v.watch(name)
			f, err = zipfile.Hash(v.ctx, name, opener(fsys, name, most), search)
			if err == nil && search != nil {
				err = search.Close()
			}
		}
		switch {
		case v.ctx.Err() != nil:
			return v.ctx.Err()
		case errors.Is(err, errGrew): // and its size was a lie
			refuse(CodeTooLarge, name, v.tooLarge(most+1))
		case err != nil:
			refuse(CodeUnreadable, name, "cannot be read: "+cause.Of(err).Error())
		default:
			total += f.Size
			files = append(files, f)
		}
		return nil
	})
	if err != nil || !all {
		return false, err
	}
	return true, v.adopt(files)
}

var errGrew = errors.New("grew beyond the limit")

// tooLarge says which limit a file of at least size bytes is over.
func (v *validation) tooLarge(size int64) string {
	if size > v.limits.File {
		return fmt.Sprintf("is larger than %d bytes, the limit for a file", v.limits.File)
	}
	return fmt.Sprintf("exceeds the total size limit: all files together are larger than %d bytes", v.limits.Total)
}

// opener opens a file so that it yields the bytes that it states, and never more than
// most.
func opener(fsys fs.FS, name string, most int64) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		f, err := fsys.Open(name)
		if err != nil {
			return nil, err
		}
		info, err := f.Stat()
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return &bounded{steady.File(f, info.Size()), most}, nil
	}
}

type bounded struct {
	fs.File
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.File.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errGrew
	}
	return n, err
}

// adopt takes the files as the content of the package, but for those with names
// that a package cannot have.
func (v *validation) adopt(files []zipfile.File) error {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name
	}
	bad := map[int64]bool{}
	for _, f := range zipfile.CheckNames(names) {
		bad[f.Offset] = true
		v.refused[names[f.Offset]] = true
		f.Offset = 0 // an index here
		v.add(archiveProblem(f))
	}
	good := files[:0]
	for i, f := range files {
		if !bad[int64(i)] {
			good = append(good, f)
		}
	}
	set, err := zipfile.NewSet(good...)
	if err != nil {
		return err
	}
	v.setFiles(set)
	return nil
}

// setFiles makes set the content of the package.
func (v *validation) setFiles(set *zipfile.Set) {
	v.files = set.FS()
	names := make([]string, 0, set.Len())
	v.report.Files = make([]File, 0, set.Len())
	var sums strings.Builder // in one piece of memory
	sums.Grow(set.Len() * 2 * sha256.Size)
	var sum [2 * sha256.Size]byte
	for f := range set.Files() {
		hex.Encode(sum[:], f.SHA256[:])
		at := sums.Len()
		sums.Write(sum[:])
		names = append(names, f.Name)
		v.report.Files = append(v.report.Files, File{f.Name, f.Size, sums.String()[at:]})
	}
	v.names = machine.NewFiles(names)
}

// typeName names a file type for people.
func typeName(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode&fs.ModeDevice != 0:
		return "a device"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a file of an unknown kind"
}

// checkChecksums compares meta/checksums.sha256 with what is there. The digests
// of the files are those taken when the package was read.
func checkChecksums(v *validation) string {
	if !v.has(machine.ChecksumsFile) {
		return machine.ChecksumsFile + " is missing"
	}
	if v.sumsAreExact() {
		return ""
	}
	f, err := v.files.Open(machine.ChecksumsFile)
	if err != nil {
		v.err = err
		return ""
	}
	defer f.Close()
	manifest, deviations, err := checksum.ParseLenient(f)
	for _, d := range deviations {
		v.at(CodeChecksumsForm, machine.ChecksumsFile, nil, doc.Pos{Line: d.Line, Column: 1}, d.Msg)
	}
	var faults *checksum.SyntaxError
	switch {
	case err == nil:
	case errors.As(err, &faults):
		v.syntaxErrors(err)
		return machine.ChecksumsFile + " could not be read"
	case errors.Is(err, checksum.ErrTooLarge):
		v.problem(CodeChecksumsSyntax, machine.ChecksumsFile, err.Error())
		return machine.ChecksumsFile + " could not be read"
	default:
		v.err = err
		return ""
	}
	for _, e := range manifest { // sorted, as the files are
		if e.Path == machine.ChecksumsFile {
			v.problem(CodeChecksumsItself, machine.ChecksumsFile, "lists itself")
		} else if v.missing(e.Path) && !v.enough(CodeChecksumsMissing, 1) {
			v.problem(CodeChecksumsMissing, e.Path, "is listed in "+machine.ChecksumsFile+" and not in the package"+v.near(e.Path))
		}
	}
	var want []byte
	for _, f := range v.report.Files {
		for len(manifest) > 0 && manifest[0].Path < f.Path {
			manifest = manifest[1:]
		}
		listed := len(manifest) > 0 && manifest[0].Path == f.Path
		if listed {
			want = hex.AppendEncode(want[:0], manifest[0].Digest[:])
		}
		switch {
		case f.Path == machine.ChecksumsFile:
		case !listed:
			v.problem(CodeChecksumsUnlisted, f.Path, "is not listed in "+machine.ChecksumsFile)
		case string(want) != f.SHA256:
			v.problem(CodeChecksumsMismatch, f.Path, fmt.Sprintf("has a SHA-256 that begins with %.12s, and %s says %.12s", f.SHA256, machine.ChecksumsFile, want))
		}
	}
	return ""
}

// sumsAreExact reports whether meta/checksums.sha256 is byte for byte what the exporter
// writes for these files, as in most packages. Its digest tells that, so it need not be
// read again, and the list of a large package is never in memory as a whole.
func (v *validation) sumsAreExact() bool {
	set, _ := zipfile.SetOf(v.files) // always there: see setFiles
	sum := sha256.New()
	const together = 1000
	part := make(checksum.Manifest, 0, min(set.Len(), together))
	flush := func() error {
		text, err := part.MarshalText()
		sum.Write(text)
		part = part[:0]
		return err
	}
	var want checksum.Digest
	for f := range set.Files() {
		if f.Name == machine.ChecksumsFile {
			want = f.SHA256
			continue
		}
		if part = append(part, checksum.Entry{Path: f.Name, Digest: f.SHA256}); len(part) == together && flush() != nil {
			return false
		}
	}
	return flush() == nil && checksum.Digest(sum.Sum(nil)) == want
}

func (v *validation) syntaxErrors(err error) {
	var list interface{ Unwrap() []error }
	if errors.As(err, &list) {
		for _, e := range list.Unwrap() {
			v.syntaxErrors(e)
		}
		return
	}
	var s *checksum.SyntaxError
	if errors.As(err, &s) {
		v.at(CodeChecksumsSyntax, machine.ChecksumsFile, nil, doc.Pos{Line: s.Line, Column: 1}, s.Msg)
	}
}

// searchers are a policy made ready to search, and to hide.
type searchers struct {
	*secretscan.Engine
	hider *hide.Hider
}

func searchersFor(opts Options, limits Limits) (searchers, error) {
	if opts.Policy != nil {
		if err := opts.Policy.Validate(); err != nil {
			return searchers{}, err
		}
	}
	config := secretscan.Of(opts.Policy)
	// What is read as a document here must be searched as one.
	config.Limits.Document = int(max(limits.Document, int64(config.Limits.Document)))
	e, err := secretscan.New(config)
	if err != nil {
		return searchers{}, err
	}
	return searchers{e, hide.New(e)}, nil
}

// checkSecrets searches every file for what must not leave the desk.
func checkSecrets(v *validation) string {
	slices.Sort(v.clean) // as the files are
	for _, f := range v.report.Files {
		found := v.searched[f.Path]
		for len(v.clean) > 0 && v.clean[0] < f.Path {
			v.clean = v.clean[1:]
		}
		if found == nil && len(v.clean) > 0 && v.clean[0] == f.Path {
			found = &v.nothing
		}
		if v.searchFile(f.Path, found); v.err != nil {
			return ""
		}
	}
	v.clean = nil
	return ""
}

// searchFile reports what the search of a file finds, or found before; found is nil if
// it was not searched.
func (v *validation) searchFile(name string, found *searched) {
	root := v.documents[name]
	if found == nil || root != nil {
		f, err := v.files.Open(name)
		if err != nil {
			v.err = err
			return
		}
		defer f.Close()
		scanner := v.content.begin(v, name)
		if root != nil {
			scanner.Document(root)
		}
		if v.err = v.copy(scanner, f); v.err != nil {
			return
		}
		found = &searched{scanner.Findings(), scanner.Allowed()}
	}
	v.visited("searched", name)
	v.secrets(found.findings)
	for _, f := range found.allowed {
		v.report.Allowed = append(v.report.Allowed, Allowed{
			File: showName(f.File), Pointer: f.Pointer, Line: f.Line, Column: f.Column, Rule: f.Rule, Reason: show.Line(f.Reason),
		})
	}
	for _, f := range found.findings {
		if f.File != name { // a secret is part of the name
			v.hiddenNames = append(v.hiddenNames, name, f.File, showName(name), showName(f.File))
			break
		}
	}
}

// searched is what the search of the text of a file came to.
type searched struct{ findings, allowed []secretscan.Finding }

// contentSearch searches a file when it is read for the first time, so that it need
// not be read again for that. A file that is a document by its name is searched once
// it was parsed.
type contentSearch struct {
	v       *validation
	name    string
	scanner *secretscan.Scanner // of one file after the other
}

// watch returns the search of a file, or nil if it is not searched now. It ends that
// of the file before.
func (v *validation) watch(name string) io.WriteCloser {
	if docfile.KindOf(name) != docfile.None || v.kept > maxKept {
		return nil
	}
	v.content.begin(v, name)
	return &v.content
}

func (s *contentSearch) begin(v *validation, name string) *secretscan.Scanner {
	if s.v, s.name = v, name; s.scanner == nil {
		s.scanner = v.search.NewScanner(name)
	} else {
		s.scanner.Reset(name)
	}
	return s.scanner
}

// maxKept is how many findings are kept before more files are left for later.
const maxKept = 10_000

func (s *contentSearch) Write(p []byte) (int, error) { return s.scanner.Write(p) }

// Close keeps the findings. It must be called at the end of the content.
func (s *contentSearch) Close() error {
	found := &searched{s.scanner.Findings(), s.scanner.Allowed()}
	if n := len(found.findings) + len(found.allowed); n > 0 {
		s.v.searched[s.name] = found
		s.v.kept += n
	} else {
		s.v.clean = append(s.v.clean, s.name)
	}
	return nil
}

// secrets reports findings.
func (v *validation) secrets(findings []secretscan.Finding) {
	for _, f := range findings {
		if f.Rule == secretscan.Unread && v.unread[f.File] {
			continue // checkDocuments said why
		}
		if v.unread[f.File] {
			v.secretLines[fileLine{showName(f.File), f.Line}] = true
		}
		code := CodeSuspicious
		if f.Severity == secretscan.Error {
			code = CodeSecret
		}
		info, _ := Info(code)
		v.add(Problem{
			Severity: info.Severity, Code: code, File: showName(f.File), Pointer: f.Pointer, Line: f.Line, Column: f.Column,
			Message: f.Message + " (" + f.Rule + ")", Hint: info.Fix + f.AllowHint(),
		})
	}
}

// checkReplay has the runtime itself look at every runtime profile.
func checkReplay(v *validation) string {
	if v.opts.Runtime.Binary == "" {
		return "no runtime was given"
	}
	if n := v.countErrors(); n > 0 {
		return "the package has " + show.Count(n, "error") + "; it is not unpacked"
	}
	if v.gap != "" || len(v.machine.Profiles) == 0 {
		return cmp.Or(v.gap, "there is no runtime profile to ask about")
	}
	configs := make([]string, len(v.machine.Profiles))
	var placeholders []string
	for i, p := range v.machine.Profiles {
		configs[i] = p.File
		for _, slot := range p.Slots() {
			if value := slot.Variable + "=placeholder"; !slices.Contains(placeholders, value) {
				placeholders = append(placeholders, value)
			}
		}
	}
	runs, err := replay.Check(v.ctx, v.files, configs, replay.Options{
		Binary: v.opts.Runtime.Binary, Timeout: v.opts.Runtime.Timeout, TempDir: v.opts.Runtime.TempDir,
		MaxExtract: v.limits.Total, Mask: v.search.hider.Output, Env: placeholders,
	})
	if err != nil {
		v.err = err
		return ""
	}
	for i, run := range runs {
		r := v.machine.Profiles[i]
		v.report.Replay = append(v.report.Replay, Replay{
			Profile: r.Name, Config: r.File, Outcome: string(run.Outcome), ExitCode: run.ExitCode, Signal: run.Signal,
			Stdout: run.Stdout, Stderr: run.Stderr, Truncated: run.Truncated,
		})
		if code, msg := replayProblem(run); code != "" {
			v.at(code, r.File, nil, doc.Pos{}, "runtime profile "+quote(r.Name)+": "+msg)
		}
	}
	return ""
}

func (v *validation) countErrors() int { return v.report.Count(Error) }

// replayProblem is what a run means for the verdict; "" is nothing.
func replayProblem(run replay.Run) (Code, string) {
	switch run.Outcome {
	case replay.Accepted:
		return "", ""
	case replay.Refused:
		return CodeReplayRefused, cmp.Or(run.Message, "the runtime refuses it")
	case replay.TimedOut:
		return CodeReplayTimeout, run.Err
	case replay.Crashed:
		return CodeReplayCrashed, run.Err
	}
	return CodeReplayFailed, run.Err
}

// checkRehearsal rehearses the start of every runtime profile. What it finds are
// warnings: the contract calls such a package valid.
func checkRehearsal(v *validation) string {
	switch {
	case v.opts.NoRehearsal:
		return "it was switched off"
	case v.gap != "":
		return v.gap
	}
	result, err := rehearsal.Rehearse(v.ctx, v.machine, v.files, rehearsal.Options{Schemas: v.schemas.providers, Trees: v.trees})
	v.trees = nil // who goes on to use the package needs them no more
	if err != nil {
		v.err = err
		return ""
	}
	unreadable := map[string]bool{} // trees that are an error already
	for _, p := range v.report.Problems {
		unreadable[p.File] = unreadable[p.File] || p.Code == CodeBehaviorXML
	}
	refused := map[fileLine]bool{}
	for _, f := range result.Findings {
		code := Code(f.Code)
		if code == CodeStartTree {
			if refused[fileLine{showName(f.File), f.Line}] = true; unreadable[showName(f.File)] {
				continue
			}
		}
		if v.enough(code, 1) {
			continue
		}
		message := f.Message
		if len(f.Profiles) < len(result.Profiles) {
			message += " (" + profileList(f.Profiles) + ")"
		}
		info, _ := Info(code)
		hint := sentence(f.Hint)
		if hint == "" {
			hint = info.Fix
		}
		v.add(Problem{
			Severity: info.Severity, Code: code, File: showName(f.File), Pointer: f.Path.Pointer(),
			Line: f.Line, Column: f.Column, Message: message, Hint: hint,
		})
	}
	// The rehearsal has judged the include, and says more.
	v.report.Problems = slices.DeleteFunc(v.report.Problems, func(p Problem) bool {
		return p.Code == CodeIncludeNotPacked && refused[fileLine{p.File, p.Line}]
	})
	v.report.Rehearsal = rehearsed(result, v.report.Problems)
	return ""
}

// refusals tells for the runtime configs with errors whether the runtime refuses them:
// yes where a rule of the runtime itself is broken, unknown where the contract asks for
// more than every runtime does.
func refusals(problems []Problem) map[string]machine.Answer {
	refused := map[string]machine.Answer{}
	for _, p := range problems {
		info, _ := Info(p.Code)
		switch {
		case p.Severity != Error:
		case info.Check == "runtime-rules" || p.Code == CodeReplayRefused || p.Code == CodeReplayCrashed:
			refused[p.File] = machine.Yes
		case refused[p.File] != machine.Yes:
			refused[p.File] = machine.Unknown
		}
	}
	return refused
}

// rehearsed sums a rehearsal up. What the other checks found in the config of a profile
// counts, too: a runtime that refuses its config starts nothing.
func rehearsed(result *rehearsal.Result, problems []Problem) *Rehearsal {
	refused := refusals(problems)
	r := &Rehearsal{Starts: true, Unjudged: []string{}, Profiles: []Start{}}
	unknown := map[string][]string{} // providers, with the profiles that run them
	var ids []string
	for _, p := range result.Profiles {
		starts := p.Starts
		if refusal, found := refused[showName(p.File)]; refusal == machine.Yes {
			starts = machine.No
		} else if found && starts == machine.Yes {
			starts = machine.Unknown
		}
		r.Starts = r.Starts && starts != machine.No
		r.Profiles = append(r.Profiles, Start{showName(p.Name), showName(p.File), [...]string{"unknown", "yes", "no"}[starts], p.Automation})
		for _, id := range p.Unknown {
			if unknown[id] == nil {
				ids = append(ids, id)
			}
			unknown[id] = append(unknown[id], p.Name)
		}
		for _, remark := range p.Remarks {
			if !slices.Contains(r.Remarks, remark) && len(r.Remarks) < manyRemarks {
				r.Remarks = append(r.Remarks, remark)
			}
		}
	}
	for i, id := range ids {
		if i == manyRemarks {
			r.Unjudged = append(r.Unjudged, "and "+show.Count(len(ids)-i, "more provider"))
			break
		}
		text := "the config of provider " + show.Quote(id, 64) + ": no schema of its kind is known"
		if len(unknown[id]) < len(result.Profiles) {
			text += " (" + profileList(unknown[id]) + ")"
		}
		r.Unjudged = append(r.Unjudged, text)
	}
	return r
}

// manyRemarks are as many as a person reads.
const manyRemarks = 50

// profileList names runtime profiles in a message.
func profileList(names []string) string {
	const most = 4
	shown := make([]string, 0, most)
	for _, name := range names[:min(len(names), most)] {
		shown = append(shown, show.Quote(name, 64))
	}
	text := "profile "
	if len(names) > 1 {
		text = "profiles "
	}
	text += strings.Join(shown, ", ")
	if more := len(names) - most; more > 0 {
		text += " and " + strconv.Itoa(more) + " more"
	}
	return text
}
