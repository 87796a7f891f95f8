// Package docfile knows which files of a package are documents.
package docfile

import (
	"context"
	"path"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/canonyaml"
	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/strictjson"
)

// Kind is how a file is to be read.
type Kind uint8

const (
	None Kind = iota // not a document
	YAML
	JSON
)

// KindOf goes by the extension.
func KindOf(name string) Kind {
	switch strings.ToLower(path.Ext(name)) {
	case ".yaml", ".yml":
		return YAML
	case ".json":
		return JSON
	}
	return None
}

// Parse reads a document of a kind other than None. The errors are those of
// canonyaml.ReadContext and strictjson.ReadContext.
func (k Kind) Parse(data []byte) (*doc.Node, error) {
	return k.ParseContext(context.Background(), data)
}

// ParseContext is Parse that stops with an error when ctx is done.
func (k Kind) ParseContext(ctx context.Context, data []byte) (*doc.Node, error) {
	if k == YAML {
		return canonyaml.ReadContext(ctx, data)
	}
	return strictjson.ReadContext(ctx, data)
}
