package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	progressAfter = time.Second            // work that takes less is not worth a line
	progressEvery = 200 * time.Millisecond // how often the line is drawn
)

// progress is a line on a terminal about work that takes long. It is erased
// before anything else is written, and drawn again after it. The nil progress
// shows nothing.
type progress struct {
	w       io.Writer
	command string
	begun   time.Time
	stopped chan struct{}
	ticking sync.WaitGroup

	mu      sync.Mutex
	text    string
	shown   string // what the terminal shows now, "" if nothing
	midLine bool   // somebody else's line is not complete
}

// startProgress begins to show how far a command is, if standard error is a
// terminal. What is written to a terminal must go through the streams as they
// are then. The caller must stop it.
func startProgress(std *streams, command, text string) *progress {
	if !takesEscapes(std.err) {
		return nil
	}
	return newProgress(std, command, text, isTerminal(std.out))
}

// newProgress is startProgress on a standard error that is a terminal; both says
// whether standard output is one, too.
func newProgress(std *streams, command, text string, both bool) *progress {
	p := &progress{w: std.err, command: command, text: printable(text), begun: time.Now(), stopped: make(chan struct{})}
	std.err = besideProgress{p, std.err}
	if both {
		std.out = besideProgress{p, std.out}
	}
	p.ticking.Go(func() {
		ticker := time.NewTicker(progressEvery)
		defer ticker.Stop()
		for {
			select {
			case <-p.stopped:
				return
			case <-ticker.C:
				p.draw()
			}
		}
	})
	return p
}

// set changes what the line says. The most important comes first, because a
// narrow terminal cuts the end off.
func (p *progress) set(text string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text = printable(text)
}

// stop erases the line for good.
func (p *progress) stop() {
	if p == nil {
		return
	}
	close(p.stopped)
	p.ticking.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
}

func (p *progress) draw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	elapsed := time.Since(p.begun)
	if elapsed < progressAfter || p.midLine {
		return
	}
	line := fmt.Sprintf("anpkg %s: %d s: %s", p.command, int(elapsed.Seconds()), p.text)
	if line == p.shown {
		return
	}
	// Without automatic margins the terminal cuts the line off at its width.
	fmt.Fprintf(p.w, "\r\x1b[?7l%s\x1b[K\x1b[?7h", line)
	p.shown = line
}

func (p *progress) erase() {
	if p.shown != "" {
		io.WriteString(p.w, "\r\x1b[K")
		p.shown = ""
	}
}

// besideProgress is a stream to the terminal that has a line of progress.
type besideProgress struct {
	p *progress
	w io.Writer
}

func (b besideProgress) Write(text []byte) (int, error) {
	b.p.mu.Lock()
	defer b.p.mu.Unlock()
	b.p.erase()
	if n := len(text); n > 0 {
		b.p.midLine = text[n-1] != '\n'
	}
	return b.w.Write(text)
}
