package main

import (
	"fmt"
	"sync"
)

// queue has a progress show the one of many packages that is waited for: the
// first in order that is not done.
type queue struct {
	p     *progress
	names []string

	mu    sync.Mutex
	doing []string // with each; "" if it has not begun
	done  []bool
	first int // not done
}

func newQueue(p *progress, args []string) *queue {
	q := &queue{p: p, doing: make([]string, len(args)), done: make([]bool, len(args))}
	for _, arg := range args {
		q.names = append(q.names, nameOf(arg))
	}
	return q
}

// set tells what is being done with a package.
func (q *queue) set(i int, doing string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.doing[i] = doing
	if i == q.first {
		q.show()
	}
}

// finish tells that nothing more is done with a package.
func (q *queue) finish(i int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.done[i] = true; q.first < len(q.done) && q.done[q.first]; q.first++ {
	}
	q.show()
}

func (q *queue) show() {
	if q.first == len(q.names) {
		return
	}
	text := q.names[q.first] + ": " + q.doing[q.first]
	if len(q.names) > 1 {
		text = fmt.Sprintf("%d of %d, %s", q.first+1, len(q.names), text)
	}
	q.p.set(text)
}
