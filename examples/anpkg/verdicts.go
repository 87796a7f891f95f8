package main

import (
	"context"
	"iter"
	"runtime"
	"sync"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/validator"
)

// maxAhead is how many verdicts are kept that wait for one before them.
const maxAhead = 64

// verdict is what became of one package.
type verdict struct {
	path   string
	report *validator.Report // nil if there is an error
	err    error
}

// verdicts validates the packages side by side and yields the verdicts in the
// order of the arguments, each as soon as it and those before it are known. When
// ctx is done the last ones may be missing. Nothing goes on when it returns.
func (c *validateCommand) verdicts(ctx context.Context) iter.Seq[verdict] {
	return func(yield func(verdict) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var working sync.WaitGroup
		defer working.Wait()
		defer cancel()

		begun := make(chan chan verdict, maxAhead)
		slots := make(chan struct{}, runtime.GOMAXPROCS(0))
		working.Go(func() {
			defer close(begun)
			for _, path := range c.packages {
				result := make(chan verdict, 1)
				select {
				case begun <- result:
				case <-ctx.Done():
					return
				}
				slots <- struct{}{}
				working.Go(func() {
					defer func() { <-slots }()
					result <- c.validate(ctx, path)
				})
			}
		})
		for result := range begun {
			if !yield(<-result) {
				return
			}
		}
	}
}

func (c *validateCommand) validate(ctx context.Context, path string) verdict {
	if err := ctx.Err(); err != nil {
		return verdict{path: path, err: err}
	}
	report, err := handoff.ValidatePath(ctx, path, c.opts)
	return verdict{path, report, err}
}
