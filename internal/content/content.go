// Package content reads the documents of a validated package, for the verbs that
// say something about it, and shows their values without a secret.
package content

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode"

	"github.com/anolishq/anolis-handoff/internal/archive"
	"github.com/anolishq/anolis-handoff/internal/display"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/docfile"
	"github.com/anolishq/anolis-handoff/internal/nodediff"
	"github.com/anolishq/anolis-handoff/redact"
)

// The fixed files of a package.
const (
	ProfileFile    = "machine-profile.yaml"
	ProvenanceFile = "meta/provenance.json"
	ChecksumsFile  = "meta/checksums.sha256"
	BehaviorsDir   = "runtime/behaviors/"
)

// What the runtime uses where its config says nothing.
const (
	DefaultBind = "127.0.0.1"
	DefaultPort = 8080
)

// TokenVariable is where the runtime looks for the token of InfluxDB when its
// config has none (runtime-rules, "Deploy time").
const TokenVariable = "INFLUXDB_TOKEN"

// Content is what the documents of a package say. It is not safe for concurrent
// use.
type Content struct {
	Documents map[string]*Document // by file
	Views     *display.Views       // of the documents
	values    int                  // of one document at most
}

// Document is a YAML or JSON file of a package.
type Document struct {
	File string
	Root *doc.Node
	View *display.View // shows its values
}

// Load reads the documents of a validated package: those of at most size bytes, and
// of at most that many values all together, aliases followed. Of an invalid
// package, documents that cannot be read are not there. The error is that of ctx,
// of the policy, or of reading a file.
func Load(ctx context.Context, files fs.FS, policy *redact.Policy, size int64, values int) (*Content, error) {
	hider, err := display.New(policy)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	c, left := &Content{Documents: map[string]*Document{}, Views: hider.Views(), values: values}, values
	set, _ := archive.SetOf(files) // not the report, which hides names that are secrets
	for f := range set.Files() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		kind := docfile.KindOf(f.Name)
		if kind == docfile.None || f.Size > size {
			continue
		}
		data, err := fs.ReadFile(files, f.Name)
		if err != nil {
			return nil, err
		}
		d, err := c.Parse(f.Name, kind, data)
		if err != nil {
			continue // the report says why
		}
		if left -= doc.Count(d.Root, values+1); left >= 0 {
			c.Documents[f.Name] = d
		}
	}
	return c, nil
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
	return &Document{file, root, c.Views.View(file, root)}, nil
}

// Root returns the root of a document, or nil.
func (c *Content) Root(file string) *doc.Node {
	if d := c.Documents[file]; d != nil {
		return d.Root
	}
	return nil
}

// Runtime is a runtime profile and its config.
type Runtime struct {
	Profile string
	*Document
}

// Runtimes returns the runtime profiles with a config, in the order of the machine
// profile.
func (c *Content) Runtimes() []Runtime {
	var list []Runtime
	profiles := c.Root(ProfileFile).Get("runtime_profiles")
	if !profiles.IsMap() {
		return nil
	}
	for _, e := range profiles.Entries {
		if e.Value.IsString() {
			if d := c.Documents[e.Value.Text]; d != nil {
				list = append(list, Runtime{doc.KeyText(e.Key), d})
			}
		}
	}
	return list
}

// Slot is a secret that a package does not hold and the machine needs: the
// variable that supplies it, and the key whose value it is.
type Slot struct{ Variable, Path string }

// Slots returns the secrets that a runtime profile needs. A token that is empty or
// stands at its old place, telemetry.influx_token, is none: the runtime then takes
// it from the variable, too.
func (r Runtime) Slots() []Slot {
	on, token := Own(r.Root, "telemetry", "enabled"), Own(r.Root, "telemetry", "influxdb", "token")
	blank := token == nil || token.Kind == doc.Null || token.IsString() && strings.TrimSpace(token.Text) == ""
	if IsOn(on) && blank {
		return []Slot{{TokenVariable, "telemetry.influxdb.token"}}
	}
	return nil
}

// Own follows keys as the runtime does, which knows no merge keys (<<).
func Own(n *doc.Node, keys ...string) *doc.Node {
	for _, key := range keys {
		if !n.IsMap() {
			return nil
		}
		i := slices.IndexFunc(n.Entries, func(e doc.Entry) bool { return e.Key.IsString() && e.Key.Text == key && !e.Merged })
		if i < 0 {
			return nil
		}
		n = n.Entries[i].Value
	}
	return n
}

// IsOn reports whether a value is true, and IsOff whether it is false.
func IsOn(n *doc.Node) bool  { return n != nil && n.Kind == doc.Bool && n.Bool }
func IsOff(n *doc.Node) bool { return n != nil && n.Kind == doc.Bool && !n.Bool }

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

// What a file is called that is no file of a package.
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
