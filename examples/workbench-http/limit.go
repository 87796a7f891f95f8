package main

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// retryAfter is when a refused client should come back: work takes
// milliseconds, so a place is free soon.
const retryAfter = time.Second

// gate bounds one kind of heavy work. Kinds have a gate each, so that many
// uploads do not keep anybody from exporting.
type gate struct {
	admitted chan struct{} // a place for each request that may hold a temporary file
	workers  chan struct{} // a place for each request that computes
	wait     time.Duration // for a worker
}

func newGate(inFlight, workers int, wait time.Duration) *gate {
	return &gate{admitted: make(chan struct{}, inFlight), workers: make(chan struct{}, workers), wait: wait}
}

func errBusy(text string) error {
	return &failure{status: http.StatusServiceUnavailable, retryAfter: retryAfter, err: errors.New(text)}
}

// enter admits a request from its first byte to its last, or refuses it at once:
// those that are admitted and do not work are the queue. A request that moves
// its bytes slowly has a place here, and no worker.
func (g *gate) enter() (leave func(), err error) {
	select {
	case g.admitted <- struct{}{}:
		return func() { <-g.admitted }, nil
	default:
		return nil, errBusy("the server has too much to do; try again")
	}
}

// work waits for a worker.
func (g *gate) work(ctx context.Context) (done func(), err error) {
	waiting, cancel := context.WithTimeout(ctx, g.wait)
	defer cancel()
	select {
	case g.workers <- struct{}{}:
		return func() { <-g.workers }, nil
	case <-waiting.Done():
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return nil, errBusy("no worker became free in time; try again")
	}
}

// drain waits until nobody is inside. Nobody may enter any more.
func (g *gate) drain(ctx context.Context) {
	for range cap(g.admitted) {
		select {
		case g.admitted <- struct{}{}:
			defer func() { <-g.admitted }()
		case <-ctx.Done():
			return
		}
	}
}

// clients counts the running requests of each address, so that one client
// leaves room for others.
type clients struct {
	max    int
	mu     sync.Mutex
	active map[netip.Prefix]int
}

func newClients(max int) *clients {
	return &clients{max: max, active: map[netip.Prefix]int{}}
}

// enter counts a request, or refuses it.
func (c *clients) enter(r *http.Request) (leave func(), err error) {
	client := clientOf(r)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.active[client] >= c.max {
		return nil, &failure{status: http.StatusTooManyRequests, retryAfter: retryAfter, err: errors.New("too many requests of this client at the same time; wait for one to end")}
	}
	c.active[client]++
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.active[client]--; c.active[client] == 0 {
			delete(c.active, client) // the map does not grow with all clients ever seen
		}
	}, nil
}

// peerOf is the address at the other end of the connection. Headers such as
// X-Forwarded-For are not believed.
func peerOf(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return peer.Addr().Unmap().WithZone("")
}

// clientOf is the peer's address, and of IPv6 its network: there a client has
// addresses without end.
func clientOf(r *http.Request) netip.Prefix {
	addr, bits := peerOf(r), 32
	if addr.Is6() {
		bits = 64
	}
	prefix, err := addr.Prefix(bits)
	if err != nil { // all peers without an address are one client
		return netip.Prefix{}
	}
	return prefix
}

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
