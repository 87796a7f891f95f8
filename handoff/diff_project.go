package handoff

import (
	"context"
	"io/fs"

	"github.com/anolishq/anolis-handoff/exporter"
)

// OptionsOf gives the options with which OpenProject makes of a project what the
// package p was made of, to compare the two: what p tells stands in for what opts
// leave out, as for Reproduce. An error is that of reading p, or of ctx.
func OptionsOf(ctx context.Context, p *Package, project fs.FS, opts ReproduceOptions) (exporter.Options, error) {
	c, err := load(ctx, p)
	if err != nil {
		return exporter.Options{}, err
	}
	complete, _ := c.told(project, p.Limits().Document).complete(opts)
	return complete, nil
}
