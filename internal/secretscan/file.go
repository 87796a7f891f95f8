package secretscan

import (
	"cmp"
	"errors"
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/strictjson"
)

// Scanner searches one file that is written to it, so that a stream can be
// searched while it is hashed or packed. It needs about 200 KiB of memory,
// whatever the size of the file and the length of its lines; for a YAML or JSON
// file also the file itself, up to Limits.Document, and its document.
//
// A Scanner is not safe for concurrent use.
type Scanner struct {
	file    *fileSearch
	list    []Finding
	allowed []Finding
	done    bool

	document []byte   // of a YAML or JSON file, until it is too large
	format   *format  // nil once the file is searched as text
	decoder  *decoder // of UTF-16, decided by the first two bytes
	head     []byte   // the first byte, as long as there is one only
	markup   bool     // the name says that the file is XML
	begun    bool     // the first byte that is not blank was seen
	xml      *xmlText // nil for a text that is not XML
	text     stream   // begun by open
}

// NewScanner begins the search of a file. The name decides how the file is
// read: .yaml and .yml as YAML, .json as JSON, everything else as text.
func (e *Engine) NewScanner(name string) *Scanner {
	return &Scanner{file: newFileSearch(e, name), format: formatOf(name)}
}

// Reset begins the search of another file, as NewScanner does, in the memory of the
// last one. What its Findings returned stays as it is.
func (s *Scanner) Reset(name string) {
	s.file.begin(name)
	*s = Scanner{file: s.file, format: formatOf(name), text: stream{buf: s.text.buf[:0]}}
}

// Document tells a scanner that was just made or reset that the file was read as a
// document already. The text of the file must be written all the same: its comments are
// searched, too.
func (s *Scanner) Document(root *doc.Node) {
	if s.format == nil {
		s.format = &format{"YAML", canonyaml.Read, inComments} // a document by its role
	}
	s.known(root)
}

// ScanNode searches the keys and values of a document that was read already, so
// that findings have the places of the file it was read from. Comments and
// other text between the values are not searched; a Scanner does that.
func (e *Engine) ScanNode(file string, root *doc.Node) []Finding {
	f := newFileSearch(e, file)
	f.document(root)
	list, _ := f.findings()
	return list
}

// ShownName is the name of a file as findings show it.
func (e *Engine) ShownName(name string) string { return newFileSearch(e, name).shown }

var errFinished = errors.New("write to a scanner whose findings were taken")

// Write searches the next bytes of the file. It takes all of p and fails only
// after Findings.
func (s *Scanner) Write(p []byte) (int, error) {
	if s.done {
		return 0, errFinished
	}
	if s.format == nil {
		s.raw(p)
		return len(p), nil
	}
	if len(s.document)+len(p) <= s.file.e.limits.document() {
		s.document = append(s.document, p...)
		return len(p), nil
	}
	s.file.unread("larger than the limit for "+s.format.name+" documents", 0, 0)
	s.open(leniently)
	s.raw(s.document)
	s.raw(p)
	s.format, s.document = nil, nil
	return len(p), nil
}

// Findings ends the search and returns what was found, ordered by line, column
// and rule. Further calls return the same.
func (s *Scanner) Findings() []Finding {
	if !s.done {
		s.done = true
		s.finish()
		s.list, s.allowed = s.file.findings()
	}
	return s.list
}

// Allowed ends the search and returns what the policy allows, each with the
// reason, in the order of Findings. Of one rule, no more are listed than findings.
func (s *Scanner) Allowed() []Finding {
	s.Findings()
	return s.allowed
}

func (s *Scanner) finish() {
	if s.format != nil {
		root, err := s.format.read(s.document)
		if err != nil {
			e := ReadErrorOf(err)
			s.file.unread("cannot be read as "+s.format.name, e.Line, e.Column)
			s.open(leniently)
			s.raw(s.document)
		} else {
			text := s.document
			s.known(root)
			s.raw(text)
		}
	}
	if s.text.search == nil {
		s.open(everywhere)
	}
	s.plain(s.head)
	if s.xml != nil {
		s.xml.close()
	}
	s.text.close()
}

// plain takes the bytes of a text in UTF-8. XML is known by the first character
// that is not blank, or by the name.
func (s *Scanner) plain(p []byte) {
	for !s.begun && len(p) > 0 {
		n := runEnd(p, 0, textLead)
		s.text.write(p[:n])
		if p = p[n:]; len(p) > 0 {
			s.begun = true
			if p[0] == '<' || s.markup {
				s.xml = newXMLText(s.text.write, s.text.mark)
				s.xml.column = s.text.column()
			}
		}
	}
	switch {
	case len(p) == 0:
	case s.xml != nil:
		s.xml.add(p)
	default:
		s.text.write(p)
	}
}

// textLead is what may stand before the first character of a text: blanks, and
// a byte order mark.
var textLead = set(" \t\r\n\xef\xbb\xbf")

// known searches a document and leaves the text around its values to be searched.
func (s *Scanner) known(root *doc.Node) {
	s.file.document(root)
	s.open(s.format.comments)
	s.format, s.document = nil, nil
}

// open begins the search of the raw text.
func (s *Scanner) open(m mode) {
	t := s.file.search
	t.reset(m)
	t.report = s.file.inText
	if m == leniently {
		t.report = s.file.inUnread
	}
	s.markup = m == everywhere && strings.EqualFold(path.Ext(s.file.original), ".xml")
	s.begun = m != everywhere // only text can be XML
	s.text.search, s.text.view.line = t, 1
}

// raw takes bytes of the file as they are; a mark at its begin says that they
// are UTF-16.
func (s *Scanner) raw(p []byte) {
	if s.text.search == nil {
		s.open(everywhere)
	}
	if s.decoder == nil {
		if len(s.head)+len(p) < 2 {
			s.head = append(s.head, p...)
			return
		}
		first := append(append(make([]byte, 0, 2), s.head...), p[:2-len(s.head)]...)
		s.decoder = decoderFor(first)
		s.decoder.decode(s.head, s.plain)
		s.head = nil
	}
	s.decoder.decode(p, s.plain)
}

// found is a finding before it is made safe to show.
type found struct {
	rule         int
	how          cause
	severity     Severity
	path         doc.Path
	inPath       bool // the finding is in a key or a value, at path
	line, column int
	more         bool   // stands for all that follow
	key          string // the key that counts, as it is
	reason       string
}

// fileSearch collects what the searches of one file find.
type fileSearch struct {
	e        *Engine
	original string
	shown    string      // the name of the file, as far as it may be shown
	name     fragments   // of shown, once there is a secret
	search   *textSearch // of the name, then of the text

	values *textSearch         // of the values of documents
	keys   map[string]keyMatch // of short keys, which most documents repeat

	list    []found
	count   []int // by rule
	allowed []found
	passed  []int // by rule: how many were allowed; nil if none was

	isDocument bool
	spots      spots    // the matches in a document's keys and values
	secrets    []string // what was found there: it may not show in any key path
}

func newFileSearch(e *Engine, name string) *fileSearch {
	f := &fileSearch{e: e, count: make([]int, e.rules()+1), search: newTextSearch(e)}
	f.begin(name)
	return f
}

// begin searches the name of another file, and drops what was found in the last one.
func (f *fileSearch) begin(name string) {
	clear(f.count)
	*f = fileSearch{e: f.e, original: name, count: f.count, search: f.search, values: f.values, keys: f.keys, list: f.list[:0]}
	var hits []hit
	t := f.search
	t.reset(everywhere)
	t.report = func(_ *view, h hit, _ int, _ func() int) bool {
		hits = append(hits, h)
		return true
	}
	t.all([]byte(name))
	f.shown = name
	if len(hits) > 0 {
		f.shown = hideRanges(name, hits)
	}
	for _, h := range hits {
		x := found{rule: h.rule, how: byFileName, key: h.key}
		if h.weak {
			x.severity = Warning
		}
		f.add(x)
	}
}

// What add did with a finding, if it did not list it.
const (
	dropped = -1 // allowed, or of no severity
	surplus = -2 // one too many
)

// add lists a finding and says where, and whether its rule wants more.
func (f *fileSearch) add(x found) (index int, more bool) {
	if x.severity == "" {
		x.severity = f.e.severity(x.rule, x.how, false)
	}
	if x.severity == "" {
		return dropped, true
	}
	if len(f.e.allow) > 0 {
		keyPath := ""
		if x.inPath {
			keyPath = x.path.String()
		}
		if a := f.e.allowed(f.shown, keyPath, x.key, f.e.id(x.rule)); a != nil {
			return dropped, f.pass(x, a)
		}
	}
	limit := f.e.limits.findings()
	f.count[x.rule]++
	if f.count[x.rule] > limit+1 {
		return surplus, false
	}
	x.more = f.count[x.rule] > limit
	f.list = append(f.list, x)
	return len(f.list) - 1, !x.more
}

// pass lists an allowed finding, and says whether its rule wants more: not when
// there are many and all that this text could show is allowed, too.
func (f *fileSearch) pass(x found, a *Allow) bool {
	if f.passed == nil {
		f.passed = make([]int, len(f.count))
	}
	if f.passed[x.rule]++; f.passed[x.rule] <= f.e.limits.findings() {
		x.reason = a.Reason
		f.allowed = append(f.allowed, x)
		return true
	}
	return a.Key != "" || x.inPath && f.e.isKey(x.rule)
}

// unread reports that the file is not the document that its name says.
func (f *fileSearch) unread(reason string, line, column int) {
	f.add(found{rule: f.e.rules(), severity: Error, reason: reason, line: line, column: column})
}

// inText takes a hit in the raw text of the file.
func (f *fileSearch) inText(v *view, h hit, line int, column func() int) bool {
	return f.raw(v, h, line, column(), "")
}

// inUnread takes a hit in the raw text of a document that could not be read:
// what would be a value there is as bad as a value.
func (f *fileSearch) inUnread(v *view, h hit, line int, column func() int) bool {
	return f.raw(v, h, line, column(), f.e.severity(h.rule, h.how, true))
}

func (f *fileSearch) raw(v *view, h hit, line, column int, severity Severity) bool {
	secret := string(v.buf[h.start:h.end])
	x := found{rule: h.rule, how: h.how, severity: severity, key: h.key, line: line, column: column}
	if h.weak {
		x.severity = Warning
	}
	if s := f.spots.at(h.rule, secret, doc.Pos{Line: line, Column: column}); s != nil {
		switch {
		case s.index < 0:
			return true
		case !s.moved: // the same finding; the text knows its place better
			f.list[s.index].line, f.list[s.index].column = line, column
			s.moved = true
			return true
		}
		x.path, x.inPath = s.path, true
		if f.isDocument && x.key == "" {
			x.key = lastKey(s.path)
		}
	}
	f.hide(secret)
	_, more := f.add(x)
	return more
}

// hide remembers a secret that may not show anywhere.
func (f *fileSearch) hide(secret string) {
	if f.isDocument {
		f.secrets = append(f.secrets, secret)
	}
	if f.name == nil {
		f.name.add(f.shown, 0)
	}
	if f.name.any(secret) {
		f.shown, f.name = hideElements(f.shown, secret), nil
	}
}

// lastKey is the last key of a path.
func lastKey(p doc.Path) string {
	for i := len(p) - 1; i >= 0; i-- {
		if key, ok := p[i].(string); ok {
			return key
		}
	}
	return ""
}

// findings makes everything safe to show.
func (f *fileSearch) findings() (list, allowed []Finding) {
	n := len(f.list)
	f.list = append(f.list, f.allowed...)
	f.hidePaths()
	all := make([]Finding, 0, len(f.list))
	for _, x := range f.list {
		y := Finding{File: f.shown, Line: x.line, Column: x.column, Severity: x.severity}
		if x.inPath {
			y.Path, y.Pointer = x.path.String(), x.path.Pointer()
		}
		if x.rule == f.e.rules() {
			y.Rule, y.Message = Unread, x.reason+": only its text was searched"
		} else {
			y.Rule, y.Message, y.Reason = f.e.id(x.rule), f.e.describe(x.rule)+causeText[x.how], x.reason
		}
		if x.more {
			y.Message += moreText
		}
		all = append(all, y)
	}
	return Arrange(all[:n:n]), Arrange(all[n:])
}

// hidePaths hides the steps of every key path that holds a part of a secret of
// this file.
func (f *fileSearch) hidePaths() {
	var parts fragments
	for i, x := range f.list {
		parts.add(x.path.String(), i)
		parts.add(x.path.Pointer(), i)
		for _, step := range x.path {
			if key, ok := step.(string); ok {
				parts.add(key, i)
			}
		}
	}
	for _, secret := range f.secrets {
		parts.take(secret, func(i int) {
			f.list[i].path = hideSteps(f.list[i].path)
		})
	}
}

// Finding is a place where a rule found something. It holds no part of what was
// found: steps of Path and Pointer, and elements of File, that could be the
// secret or a part of it appear as ***.
type Finding struct {
	File     string
	Path     string // key path, such as providers[0].token; empty for text outside of keys and values
	Pointer  string // the same path as a JSON Pointer (RFC 6901)
	Line     int    // from 1; 0 for the file as a whole
	Column   int    // from 1, in characters
	Rule     string // the ID of the rule
	Severity Severity
	Message  string
	Reason   string // why an allowed finding is allowed
}

func compareFindings(a, b Finding) int {
	return cmp.Or(
		cmp.Compare(a.File, b.File),
		cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Column, b.Column),
		cmp.Compare(a.Rule, b.Rule),
		cmp.Compare(a.Path, b.Path),
		cmp.Compare(a.Severity, b.Severity),
		cmp.Compare(a.Message, b.Message),
	)
}

// Arrange sorts findings and drops repeated ones.
func Arrange(list []Finding) []Finding {
	slices.SortFunc(list, compareFindings)
	return slices.Compact(list)
}

// cause is how a rule came to its finding.
type cause uint8

const (
	bySelf     cause = iota // a shape in text or a value, a string under a key
	byKeyText               // a shape or an assignment in the text of a key
	byMapping               // a string inside a mapping below a key
	byText                  // an assignment in text
	byPair                  // the value of an option, or beside a name
	byNumber                // a number that nobody quoted
	byFileName              // a shape or an assignment in the name of the file
)

var causeText = [...]string{
	bySelf:     "",
	byKeyText:  " (in the name of a key)",
	byMapping:  " (inside a mapping below the key)",
	byText:     " (assigned in text)",
	byPair:     " (the value of an option or of a named parameter)",
	byNumber:   " (a number)",
	byFileName: " (in the name of the file)",
}

// moreText ends the message of the finding that stands for all that follow.
const moreText = ": the first of more findings of this rule that are not listed"

// format is what a file is read as.
type format struct {
	name     string
	read     func([]byte) (*doc.Node, error)
	comments mode // where assignments are looked for in the raw text
}

// formatOf goes by the extension, as the package format does; nil is text.
func formatOf(name string) *format {
	switch strings.ToLower(path.Ext(name)) {
	case ".yaml", ".yml":
		return &format{"YAML", canonyaml.Read, inComments}
	case ".json":
		return &format{"JSON", strictjson.Read, nowhere}
	}
	return nil
}

// ReadError says that a text cannot be read as YAML. It repeats no part of the
// text.
type ReadError struct {
	Line, Column int // of the first fault, from 1
	Reason       string
}

// ReadErrorOf keeps place and kind of a parser's error, but not its wording,
// which can name keys.
func ReadErrorOf(err error) *ReadError {
	e := &ReadError{Reason: "cannot be read"}
	var y *canonyaml.Error
	var j *strictjson.Error
	switch {
	case errors.As(err, &y):
		e.Line, e.Column = y.Pos.Line, y.Pos.Column
	case errors.As(err, &j):
		e.Line, e.Column = j.Pos.Line, j.Pos.Column
	}
	switch {
	case errors.Is(err, canonyaml.ErrDuplicateKey):
		e.Reason = "duplicate key"
	case errors.Is(err, canonyaml.ErrLimit):
		e.Reason = "nests too deeply or holds too many values"
	}
	return e
}

const (
	// Hidden stands for what may not be shown.
	Hidden = "***"
	// Fragment is how many bytes of a secret may not show.
	Fragment = 8
	// Shortest is the length in bytes of the shortest secret that is hidden where
	// else it appears: shorter ones cannot be told from the words of any key.
	Shortest = 6
)

// fragments finds out which of many texts share a fragment with a secret.
type fragments map[string][]int

// add enters every fragment of text, under a number that is not lower than those
// before.
func (f *fragments) add(text string, owner int) {
	if *f == nil {
		*f = fragments{}
	}
	for n := Shortest; n <= Fragment; n++ {
		for i := 0; i+n <= len(text); i++ {
			owners := (*f)[text[i:i+n]]
			if len(owners) == 0 || owners[len(owners)-1] != owner {
				(*f)[text[i:i+n]] = append(owners, owner)
			}
		}
	}
}

// shared yields the fragments that secret has in common with the texts.
func (f fragments) shared(secret string) iter.Seq[string] {
	return func(yield func(string) bool) {
		n := min(len(secret), Fragment)
		if n < Shortest || len(f) == 0 {
			return
		}
		for i := 0; i+n <= len(secret); i++ {
			if _, ok := f[secret[i:i+n]]; ok && !yield(secret[i:i+n]) {
				return
			}
		}
	}
}

// take calls visit with the number of every text that shares a fragment with
// secret, some numbers more than once, and forgets these fragments: thousands of
// secrets and texts can have the same ones.
func (f fragments) take(secret string, visit func(owner int)) {
	for part := range f.shared(secret) {
		for _, owner := range f[part] {
			visit(owner)
		}
		delete(f, part)
	}
}

func (f fragments) any(secret string) bool {
	for range f.shared(secret) {
		return true
	}
	return false
}

// hideSteps hides the keys of a path.
func hideSteps(p doc.Path) doc.Path {
	out := make(doc.Path, len(p))
	for i, step := range p {
		if _, ok := step.(string); ok {
			step = Hidden
		}
		out[i] = step
	}
	return out
}

// hideElements hides the elements of a file name that share a fragment with
// secret; the whole name when only several of them together do.
func hideElements(name, secret string) string {
	elements := strings.Split(name, "/")
	for i, e := range elements {
		var f fragments
		f.add(e, 0)
		if f.any(secret) {
			elements[i] = Hidden
		}
	}
	name = strings.Join(elements, "/")
	var f fragments
	f.add(name, 0)
	if f.any(secret) {
		return Hidden
	}
	return name
}

// hideRanges hides the parts of a file name that were found to be secrets.
func hideRanges(name string, hits []hit) string {
	hits = slices.Clone(hits)
	slices.SortFunc(hits, func(a, b hit) int { return a.start - b.start })
	var b strings.Builder
	last := 0
	for _, h := range hits {
		if h.start >= last {
			b.WriteString(name[last:h.start] + Hidden)
		}
		last = max(last, h.end)
	}
	return b.String() + name[last:]
}

// plainKeys are the names that may show below a key such as "tokens", where
// any other name could be the secret.
func plainKey(key string) bool {
	switch strings.ToLower(key) {
	case "token", "tokens", "value", "values", "name", "key", "keys", "id", "type", "kind", "user", "username",
		"password", "passwd", "secret", "secrets", "credential", "credentials", "api_key", "apikey", "access_key",
		"private_key", "url", "host", "port", "org", "bucket", "path", "file", "env", "influxdb", "auth", "default",
		"read", "write", "admin", "primary", "secondary", "description", "enabled":
		return true
	}
	return false
}

// AllowEntry returns the entry of a policy's allow-list that allows the finding, as
// YAML, or "" for a file that could not be read.
func (f Finding) AllowEntry() string {
	if f.Rule == Unread {
		return ""
	}
	what := "file: " + strconv.Quote(pattern(f.File))
	if f.Path != "" {
		what = "path: " + strconv.Quote(pattern(f.Path))
	}
	return "allow: [{" + what + ", rule: " + strconv.Quote(f.Rule) + `, reason: "why it is not a secret"}]`
}

// AllowHint says how to allow the finding, to be read behind other advice; "" if it
// cannot be allowed.
func (f Finding) AllowHint() string {
	entry := f.AllowEntry()
	if entry == "" {
		return ""
	}
	return " If it is not a secret, put this into a policy file: " + entry
}

// pattern returns a pattern that matches a text. What is hidden in it matches all.
func pattern(text string) string {
	parts := strings.Split(text, Hidden)
	for i, part := range parts {
		parts[i] = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(part)
	}
	return strings.Join(parts, "*")
}
