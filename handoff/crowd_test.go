package handoff_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/reproduce"
	"github.com/anolishq/anolis-handoff/internal/faulttest"
	"github.com/anolishq/anolis-handoff/internal/handofftest"
)

// TestCrowd has a thousand exports, validations and verbs at once, of the same project,
// the same archive and the same open packages: each gives what it gives alone.
func TestCrowd(t *testing.T) {
	const crowd = 1000
	project, options, open := faultProject(), faultOptions(), faultOpenOptions()
	files, others := faultPackages(t)
	archive := bytes.NewReader(archived(t, files, true))
	p, err := handoff.Open(t.Context(), archive, archive.Size(), open)
	if err != nil {
		t.Fatal(err)
	}
	other, released := openFault(t, others), editedRelease(files)
	work := []func(ctx context.Context) outcome{
		func(ctx context.Context) outcome {
			var b bytes.Buffer
			r, err := handoff.Export(ctx, &b, project, options)
			got := said(r, false, err)
			got.result += handofftest.Digest(b.Bytes())
			return got
		},
		func(ctx context.Context) outcome {
			r, err := handoff.Validate(ctx, archive, archive.Size(), open.Options)
			return said(r, false, err)
		},
		func(ctx context.Context) outcome {
			r, err := handoff.Check(ctx, project, options)
			return said(r, false, err)
		},
		func(ctx context.Context) outcome {
			p, err := handoff.OpenFS(ctx, files, open)
			return said(p.Report(), false, err)
		},
		func(ctx context.Context) outcome {
			r, err := handoff.Inspect(ctx, p)
			return said(r, false, err)
		},
		func(ctx context.Context) outcome {
			r, err := handoff.Diff(ctx, p, other)
			return said(r, false, err)
		},
		func(ctx context.Context) outcome {
			r, err := handoff.Drift(ctx, p, released)
			return said(r, false, err)
		},
		func(ctx context.Context) outcome {
			r, err := handoff.Reproduce(ctx, p, project, reproduce.Options{})
			return said(r, false, err)
		},
	}
	want := make([]outcome, len(work))
	for i, do := range work {
		if want[i] = do(t.Context()); want[i].err != nil {
			t.Fatal(want[i].err)
		}
	}
	before := runtime.NumGoroutine()
	begin := make(chan struct{})
	var all sync.WaitGroup
	failures := make(chan string, crowd)
	for i := range crowd {
		n := i % 2 // most are exports and validations
		if i%8 == 7 {
			n = i / 8 % len(work)
		}
		all.Go(func() {
			<-begin
			if got := work[n](t.Context()); got != want[n] {
				failures <- fmt.Sprintf("no. %d: %s, %v", n, got.result, got.err)
			}
		})
	}
	close(begin)
	all.Wait()
	close(failures)
	for failure := range failures {
		t.Error(failure)
	}
	faulttest.Settled(t, before, runtime.NumGoroutine)
}
