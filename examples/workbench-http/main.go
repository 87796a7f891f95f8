// Command workbench-http serves a folder of machine projects over HTTP: it
// exports handoff packages (.anpkg), checks, shows and compares them. It is a
// shell over the library, made to be copied.
//
// Run "workbench-http -help" for its flags; README.md has the rest.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // the server could not run, or had to cut requests off at its end
	exitUsage  = 2 // the configuration is wrong
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program but for the process around it. It serves until ctx
// is done.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	cfg, err := parseConfig(args, getenv, stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		fmt.Fprintf(stderr, "workbench-http: %v; see workbench-http -help\n", err)
		return exitUsage
	}
	if err := listenAndServe(ctx, cfg, slog.New(slog.NewJSONHandler(stderr, nil))); err != nil {
		fmt.Fprintf(stderr, "workbench-http: %v\n", err)
		return exitFailed
	}
	return exitOK
}

func listenAndServe(ctx context.Context, cfg config, log *slog.Logger) error {
	ln, err := net.Listen("tcp", cfg.listen)
	if err != nil {
		return err
	}
	defer ln.Close()
	if err := checkExposure(cfg, ln.Addr()); err != nil {
		return err
	}
	s, err := newServer(cfg, log)
	if err != nil {
		return err
	}
	defer s.close()
	return s.serve(ctx, ln)
}
