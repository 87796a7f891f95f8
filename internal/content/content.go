// Package content reads the documents of a validated package, for the verbs that
// say something about it, and shows their values without a secret.
package content

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode"

	"github.com/anolishq/anolis-handoff/internal/display"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/docfile"
	"github.com/anolishq/anolis-handoff/internal/hide"
	"github.com/anolishq/anolis-handoff/internal/machine"
	"github.com/anolishq/anolis-handoff/internal/nodediff"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
	"github.com/anolishq/anolis-handoff/internal/zipfile"
)

// Content is what the documents of a package say. It is not safe for concurrent
// use.
type Content struct {
	// Machine answers every question about the machine.
	Machine   *machine.Machine
	Documents map[string]*Document // by file
	Views     *hide.Views          // of the documents
	values    int                  // of one document at most
}

// Document is a YAML or JSON file of a package.
type Document struct {
	File string
	Kind docfile.Kind
	Root *doc.Node
	View *display.View // shows its values
}

// Load reads the documents of a validated package: what the manifest or a config
// says is one, whatever its name, and every other file with the ending of one; those
// of at most size bytes, and of at most that many values all together, aliases
// followed. The version is the runtime's on the target; "" is the one that the
// package pins. Of an invalid package, documents that cannot be read are not there.
// It returns the error of ctx, of the policy, or of reading a file.
func Load(ctx context.Context, files fs.FS, policy secretscan.Config, size int64, values int, version string) (*Content, error) {
	search, err := secretscan.New(policy)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	l := loader{
		Content: &Content{Documents: map[string]*Document{}, Views: hide.New(search).Views(), values: values},
		ctx:     ctx, files: files, size: size, left: values,
	}
	l.set, _ = zipfile.SetOf(files) // not the report, which hides names that are secrets
	names := make([]string, 0, l.set.Len())
	for f := range l.set.Files() {
		names = append(names, f.Name)
	}
	l.Machine = machine.Read(machine.NewFiles(names), version, func(file string, role machine.Role) *doc.Node {
		kind := docfile.YAML
		if role == machine.Provenance {
			kind = docfile.JSON
		}
		return l.read(file, kind)
	})
	for _, name := range names {
		for _, role := range l.Machine.Roles[name] {
			if role == machine.ProviderConfig || role == machine.Provenance {
				l.Machine.Document(name, role) // nothing has asked for it yet
			}
		}
	}
	for _, name := range names {
		if kind := docfile.KindOf(name); kind != docfile.None {
			l.read(name, kind)
		}
	}
	return l.Content, l.err
}

// loader reads each document once, in the first way that somebody asks for.
type loader struct {
	*Content
	ctx   context.Context
	files fs.FS
	set   *zipfile.Set // of the files
	size  int64        // of a document at most
	left  int          // values that documents may still have
	err   error
}

func (l *loader) read(file string, kind docfile.Kind) *doc.Node {
	f, _ := l.set.Find(file)
	if d, known := l.Documents[file]; known || l.err != nil || f.Size > l.size {
		if d == nil {
			return nil
		}
		return d.Root
	}
	if l.err = l.ctx.Err(); l.err != nil {
		return nil
	}
	data, err := fs.ReadFile(l.files, file)
	if err != nil {
		l.err = err
		return nil
	}
	d, err := l.Parse(file, kind, data)
	if err != nil {
		return nil // the report says why
	}
	if l.left -= doc.Count(d.Root, l.values+1); l.left < 0 {
		return nil
	}
	l.Documents[file] = d
	return d.Root
}

// errTooManyValues is about a document that is too large to look into.
var errTooManyValues = errors.New("holds more values than the limit allows")

// Parse reads a document of the package, or another version of it, to be shown
// with others. The errors are those of docfile.Kind.Parse, or about too many
// values.
func (c *Content) Parse(file string, kind docfile.Kind, data []byte) (*Document, error) {
	root, err := kind.Parse(data)
	switch {
	case err != nil:
		return nil, err
	case doc.Count(root, c.values+1) > c.values:
		return nil, errTooManyValues
	}
	return &Document{file, kind, root, &display.View{View: c.Views.View(file, root)}}, nil
}

// KindOf returns how a file is to be read: as what it is read as already, or else as
// the ending of its name says.
func (c *Content) KindOf(file string) docfile.Kind {
	if d := c.Documents[file]; d != nil {
		return d.Kind
	}
	return docfile.KindOf(file)
}

// Root returns the root of a document, or nil.
func (c *Content) Root(file string) *doc.Node {
	if d := c.Documents[file]; d != nil {
		return d.Root
	}
	return nil
}

// Runtime is a runtime profile whose config can be read.
type Runtime struct {
	Profile string
	Config  *machine.Config
	*Document
}

// Runtimes returns the runtime profiles with a config that can be read, in the order
// of the manifest.
func (c *Content) Runtimes() []Runtime {
	var list []Runtime
	for _, p := range c.Machine.Profiles {
		if d := c.Documents[p.Config.File]; d != nil && p.Config.Root.Present() {
			list = append(list, Runtime{p.Name, p.Config, d})
		}
	}
	return list
}

// Own follows keys as the runtime does, which knows no merge keys (<<).
func Own(n *doc.Node, keys ...string) *doc.Node { return machine.Value{Node: n}.Keys(keys...).Node }

// IsOn reports whether a value is true, and IsOff whether it is false.
func IsOn(n *doc.Node) bool  { return machine.Value{Node: n}.IsTrue() }
func IsOff(n *doc.Node) bool { return machine.Value{Node: n}.IsFalse() }

// IsDevice reports whether a text names a device: it begins with /dev/, has no
// white space, and is no longer than a path of Linux can be.
func IsDevice(text string) bool {
	const longest = 4096
	return strings.HasPrefix(text, "/dev/") && len(text) <= longest && !strings.ContainsFunc(text, unicode.IsSpace)
}

// Value is a value of a document as people read it. The public packages have the
// same fields, with JSON names.
type Value struct {
	Text   string
	Line   int
	Column int
}

// Show returns a value as it is shown; nil for nil.
func Show(view *display.View, n *doc.Node) *Value {
	if n == nil {
		return nil
	}
	text := view.Value(n)
	if nodediff.IsDisputed(n) && !view.IsHidden(n) {
		text += " (written " + n.Source + ")"
	}
	return &Value{text, n.Line, n.Column}
}

// ItemName names the items of lists, so that one is compared with itself when it
// moved: providers have ids, automation parameters names, hooks the modes between
// which they run, and their calls the function of the device.
func ItemName(_ doc.Path, item *doc.Node) (string, bool) {
	for _, key := range []string{"id", "name"} {
		if n := item.Get(key); n.IsString() {
			return n.Text, true
		}
	}
	device, calls := item.Get("device_handle"), item.Get("calls")
	switch {
	case device.IsString(): // a call of a hook
		name := device.Text
		for _, key := range []string{"function_name", "function_id"} {
			if n := item.Get(key); n != nil {
				name += " " + doc.KeyText(n)
			}
		}
		return name, true
	case calls.IsSeq(): // a hook
		return anyMode(item.Get("from")) + "->" + anyMode(item.Get("to")), true
	}
	return "", false
}

func anyMode(n *doc.Node) string {
	if !n.IsString() {
		return "*"
	}
	return n.Text
}

// PathText returns a path for people, cut where it gets long: a key may be as long
// as a document and have many values below it. A key is there as a whole or not at
// all, so that a secret in it is still known for one.
func PathText(p doc.Path) string {
	var short doc.Path
	length := 0
	for _, step := range p {
		switch s := step.(type) {
		case string:
			s = ShortName(s)
			length += len(s)
			step = s
		case doc.Item:
			s.Name = ShortName(s.Name)
			length += len(s.Name)
			step = s
		}
		if length > longestPath {
			return short.String() + Cut
		}
		short = append(short, step)
	}
	return short.String()
}

const (
	longestPath = 400 // bytes of its keys
	// Cut stands for what is left out.
	Cut = "…"
)

// ShortName returns a name that people may read, or what stands for a longer one.
func ShortName(name string) string {
	if len(name) > longestPath {
		return Cut
	}
	return name
}

// The name of a file that is not a file of a package.
const (
	TypeFile   = "file"
	TypeFolder = "folder"
	TypeLink   = "symbolic link"
)

// TypeName names the type of a file for people.
func TypeName(mode fs.FileMode) string {
	switch mode.Type() &^ fs.ModeCharDevice {
	case 0:
		return TypeFile
	case fs.ModeDir:
		return TypeFolder
	case fs.ModeSymlink:
		return TypeLink
	case fs.ModeDevice:
		return "device"
	case fs.ModeNamedPipe:
		return "named pipe"
	case fs.ModeSocket:
		return "socket"
	}
	return "special file"
}
