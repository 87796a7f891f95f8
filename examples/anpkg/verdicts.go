package main

import (
	"context"
	"io"
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
	path   string            // of the package, as messages have it
	report *validator.Report // nil if there is an error
	err    error
}

// verdicts validates the packages side by side and yields the verdicts in the
// order of the arguments, each as soon as it and those before it are known. When
// ctx is done the last ones may be missing. Nothing goes on when it returns.
func (c *validateVerb) verdicts(ctx context.Context) iter.Seq[verdict] {
	return func(yield func(verdict) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var working sync.WaitGroup
		defer working.Wait()
		defer cancel()

		begun := make(chan chan verdict, maxAhead)
		slots := make(chan struct{}, runtime.GOMAXPROCS(0))
		working.Go(func() {
			defer close(begun)
			for i := range c.packages {
				result := make(chan verdict, 1)
				select {
				case begun <- result:
				case <-ctx.Done():
					return
				}
				slots <- struct{}{}
				working.Go(func() {
					defer func() { <-slots }()
					result <- c.validate(ctx, i)
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

// validate gives the verdict on the package of an argument.
func (c *validateVerb) validate(ctx context.Context, i int) verdict {
	arg := c.packages[i]
	v := verdict{path: nameOf(arg)}
	if v.err = ctx.Err(); v.err != nil {
		return v
	}
	c.queue.set(i, "reading")
	defer c.queue.finish(i)
	opts := c.opts
	opts.Progress = func(check string) { c.queue.set(i, check) }
	if arg == dash {
		v.report, v.err = validateInput(ctx, c.in, opts)
	} else {
		v.report, v.err = handoff.ValidatePath(ctx, arg, opts)
	}
	return v
}

func validateInput(ctx context.Context, in io.Reader, opts validator.Options) (*validator.Report, error) {
	if isTerminal(in) {
		return nil, errTerminal
	}
	report, err := handoff.ValidateReader(ctx, in, opts)
	if report != nil {
		report.Package = stdinName
	}
	return report, err
}
