package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// httpServer is the server of net/http with all its limits set. Its read and
// write timeouts are for the first bytes; see response.go for the others.
func (s *server) httpServer(base context.Context) *http.Server {
	return &http.Server{
		Handler:           s,
		ReadHeaderTimeout: s.cfg.headerTimeout,
		ReadTimeout:       s.cfg.headerTimeout + s.cfg.stallTimeout,
		WriteTimeout:      s.cfg.stallTimeout,
		IdleTimeout:       s.cfg.idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		// OPTIONS * is a request like others: it gets our headers and our log.
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
		BaseContext:                  func(net.Listener) context.Context { return base },
	}
}

// serve answers requests until ctx is done, and then lets those that run come
// to their end, for a limited time.
func (s *server) serve(ctx context.Context, ln net.Listener) error {
	base, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	srv := s.httpServer(base)
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(ln) }()
	s.log.Info("listening", "address", ln.Addr().String(), "token", s.cfg.token != "", "replay", s.cfg.runtimeBin != "")
	select {
	case err := <-ended: // the listener is broken
		abandon()
		srv.Close()
		s.awaitWork()
		return err
	case <-ctx.Done():
	}
	s.log.Info("shutting down")
	grace, stop := context.WithTimeout(base, s.cfg.shutdownTimeout)
	defer stop()
	err := srv.Shutdown(grace)
	if err != nil {
		err = errors.New("shutdown: the time is over, and requests were cut off")
		abandon()
		srv.Close()
	}
	<-ended
	s.awaitWork()
	s.log.Info("stopped")
	return err
}

// awaitWork lets abandoned handlers put their temporary files away.
func (s *server) awaitWork() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	s.exports.drain(ctx)
	s.checks.drain(ctx)
}
