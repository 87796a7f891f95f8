package main

import (
	"context"
	"errors"
	"net/http"
)

// work runs a computation when a worker of its gate is free, for a limited time.
func (s *server) work(ctx context.Context, g *gate, compute func(context.Context) error) error {
	done, err := g.work(ctx)
	if err != nil {
		return err
	}
	defer done()
	limited, cancel := context.WithTimeout(ctx, s.cfg.workTimeout)
	defer cancel()
	err = compute(limited)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return &failure{status: http.StatusServiceUnavailable, retryAfter: retryAfter,
			err: errors.New("the work took longer than this server allows")}
	}
	return err
}
