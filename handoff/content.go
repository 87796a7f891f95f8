package handoff

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/anolishq/anolis-handoff/internal/archive"
	"github.com/anolishq/anolis-handoff/internal/display"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/docfile"
	"github.com/anolishq/anolis-handoff/validator"
)

// The fixed files of a package.
const (
	profileFile    = "machine-profile.yaml"
	provenanceFile = "meta/provenance.json"
	checksumsFile  = "meta/checksums.sha256"
	behaviorsDir   = "runtime/behaviors/"
)

// document is a YAML or JSON file of a package.
type document struct {
	file string
	root *doc.Node
	view *display.View // shows its values
}

// content is what the documents of a package say.
type content struct {
	documents map[string]*document // by file
	views     *display.Views       // of the documents
}

// load reads the documents of a package. Of an invalid package, those that cannot
// be read are not there, nor those beyond the limit of values.
func load(ctx context.Context, p *Package) (*content, error) {
	if p.FS() == nil {
		return nil, validator.ErrNoPackage
	}
	hider, err := display.New(p.Policy())
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	c, values := &content{documents: map[string]*document{}, views: hider.Views()}, 0
	set, _ := archive.SetOf(p.FS()) // not the report, which hides names that are secrets
	for f := range set.Files() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		kind := docfile.KindOf(f.Name)
		if kind == docfile.None || f.Size > p.Limits().Document {
			continue
		}
		data, err := fs.ReadFile(p.FS(), f.Name)
		if err != nil {
			return nil, err
		}
		d, err := parse(p, c.views, f.Name, kind, data)
		if err != nil {
			continue // the report says why
		}
		if values += doc.Count(d.root, p.Limits().Values+1); values <= p.Limits().Values {
			c.documents[f.Name] = d
		}
	}
	return c, nil
}

// errTooManyValues is about a document that is too large to look into.
var errTooManyValues = errors.New("holds more values than the limit allows")

// parse reads a document of the package, or another version of it, to be shown
// with others. The errors are those of docfile.Kind.Parse, or errTooManyValues.
func parse(p *Package, views *display.Views, file string, kind docfile.Kind, data []byte) (*document, error) {
	root, err := kind.Parse(data)
	switch {
	case err != nil:
		return nil, err
	case doc.Count(root, p.Limits().Values+1) > p.Limits().Values:
		return nil, errTooManyValues
	}
	return &document{file, root, views.View(file, root)}, nil
}

// root is that of a document, or nil.
func (c *content) root(file string) *doc.Node {
	if d := c.documents[file]; d != nil {
		return d.root
	}
	return nil
}

// runtimeProfile is a runtime profile and its config.
type runtimeProfile struct {
	profile string
	*document
}

// runtimes are the runtime profiles with a config, in the order of the machine
// profile.
func (c *content) runtimes() []runtimeProfile {
	var list []runtimeProfile
	profiles := c.root(profileFile).Get("runtime_profiles")
	if !profiles.IsMap() {
		return nil
	}
	for _, e := range profiles.Entries {
		if e.Value.IsString() {
			if d := c.documents[e.Value.Text]; d != nil {
				list = append(list, runtimeProfile{doc.KeyText(e.Key), d})
			}
		}
	}
	return list
}
