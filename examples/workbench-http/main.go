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
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/anolishq/anolis-handoff/redact"
	"github.com/anolishq/anolis-handoff/validator"
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

// config is everything that the operator decides. Nothing of it ever comes from
// a request.
type config struct {
	listen   string   // address and port
	hosts    []string // names that clients may use, besides those of the loopback
	projects string   // folder with one folder for each project
	// sharedBehaviors also looks for behaviors in the folder above projects, as
	// the workbench does.
	sharedBehaviors bool
	tempDir         string // where the private folder for temporary files is made
	token           string // empty: requests need none

	runtimeBin     string // empty: packages are not replayed
	policy         *redact.Policy
	runtimeTimeout time.Duration

	maxPackage   int64 // bytes of a package, packed or unpacked, exported or uploaded
	workers      int   // computations of one kind at the same time
	maxInFlight  int   // requests of one kind that hold a temporary file
	maxPerClient int   // requests of one address at the same time

	headerTimeout   time.Duration // to send the headers
	stallTimeout    time.Duration // to move the next 64 KiB of a body
	idleTimeout     time.Duration // of a connection between two requests
	queueTimeout    time.Duration // to wait for a worker
	workTimeout     time.Duration // to compute an answer
	shutdownTimeout time.Duration // to finish what runs at the end
}

func defaultConfig() config {
	return config{
		listen:         "127.0.0.1:8077",
		runtimeTimeout: 10 * time.Second,

		maxPackage:   64 << 20,
		workers:      runtime.GOMAXPROCS(0),
		maxInFlight:  64,
		maxPerClient: 16,

		headerTimeout:   10 * time.Second,
		stallTimeout:    30 * time.Second,
		idleTimeout:     2 * time.Minute,
		queueTimeout:    10 * time.Second,
		workTimeout:     time.Minute,
		shutdownTimeout: 30 * time.Second,
	}
}

// parseConfig reads the command line and, for the token only, the environment.
func parseConfig(args []string, getenv func(string) string, help io.Writer) (config, error) {
	cfg := defaultConfig()
	flags := flag.NewFlagSet("workbench-http", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // we report errors ourselves
	flags.StringVar(&cfg.listen, "listen", cfg.listen, "`address` to listen on; one that is not loopback needs a token")
	flags.Func("host", "`name` or IP address that clients may use for this server, besides localhost; repeatable", func(name string) error {
		host, ok := cleanHost(name)
		if !ok {
			return errors.New("want a host name or IP address, without a port")
		}
		cfg.hosts = append(cfg.hosts, host)
		return nil
	})
	flags.StringVar(&cfg.projects, "projects", "", "`folder` that holds the project folders (required)")
	flags.BoolVar(&cfg.sharedBehaviors, "shared-behaviors", false, "also look for behaviors in the folder above -projects")
	tokenFile := flags.String("token-file", "", "`file` with the bearer token; or set "+tokenVariable)
	flags.StringVar(&cfg.tempDir, "temp-dir", "", "`folder` for temporary files (default the system's)")
	flags.Func("policy", "YAML `file` with findings about secrets that are allowed, and further rules", func(name string) error {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		policy, err := redact.ReadPolicy(text)
		cfg.policy = &policy
		return err
	})
	flags.StringVar(&cfg.runtimeBin, "runtime-bin", "", "machine runtime `program` to replay each package with (default none)")
	flags.DurationVar(&cfg.runtimeTimeout, "runtime-timeout", cfg.runtimeTimeout, "time limit of one run of -runtime-bin")
	flags.Func("max-package", "largest package in `MiB`, packed or unpacked (default 64)", func(text string) error {
		mib, err := strconv.ParseInt(text, 10, 64)
		if err != nil || mib < 1 || mib > 4096 {
			return errors.New("want a number of MiB from 1 to 4096")
		}
		cfg.maxPackage = mib << 20
		return nil
	})
	flags.IntVar(&cfg.workers, "workers", cfg.workers, "exports, and likewise checks, that compute at the same time")
	flags.IntVar(&cfg.maxInFlight, "max-in-flight", cfg.maxInFlight, "exports, and likewise checks, that are accepted at the same time")
	flags.IntVar(&cfg.maxPerClient, "max-per-client", cfg.maxPerClient, "requests of one IP address at the same time")
	flags.DurationVar(&cfg.stallTimeout, "stall-timeout", cfg.stallTimeout, "time to move the next 64 KiB of a body")
	flags.DurationVar(&cfg.queueTimeout, "queue-timeout", cfg.queueTimeout, "time that a request waits for a worker")
	flags.DurationVar(&cfg.workTimeout, "work-timeout", cfg.workTimeout, "time that an export or check may compute")
	flags.DurationVar(&cfg.shutdownTimeout, "shutdown-timeout", cfg.shutdownTimeout, "time to finish what runs after SIGTERM")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(help)
		fmt.Fprintln(help, "Usage: workbench-http -projects FOLDER [flags]")
		flags.PrintDefaults()
		return cfg, err
	} else if err != nil {
		return cfg, err
	}
	if flags.NArg() > 0 {
		return cfg, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	var err error
	if cfg.token, err = readToken(*tokenFile, getenv(tokenVariable)); err != nil {
		return cfg, err
	}
	if cfg.runtimeBin != "" {
		if cfg.runtimeBin, err = exec.LookPath(cfg.runtimeBin); err != nil {
			return cfg, fmt.Errorf("-runtime-bin: %w", err)
		}
		if cfg.runtimeBin, err = filepath.Abs(cfg.runtimeBin); err != nil {
			return cfg, fmt.Errorf("-runtime-bin: %w", err)
		}
	}
	return cfg, cfg.check()
}

// check refuses what would make a limit no limit.
func (c config) check() error {
	if c.projects == "" {
		return errors.New("-projects is missing")
	}
	for _, n := range []struct {
		flag  string
		value int
	}{{"workers", c.workers}, {"max-in-flight", c.maxInFlight}, {"max-per-client", c.maxPerClient}} {
		if n.value < 1 {
			return fmt.Errorf("-%s must be at least 1", n.flag)
		}
	}
	for _, d := range []struct {
		flag  string
		value time.Duration
	}{
		{"runtime-timeout", c.runtimeTimeout}, {"stall-timeout", c.stallTimeout}, {"queue-timeout", c.queueTimeout},
		{"work-timeout", c.workTimeout}, {"shutdown-timeout", c.shutdownTimeout},
	} {
		if d.value <= 0 {
			return fmt.Errorf("-%s must be above 0, such as 30s", d.flag)
		}
	}
	host, _, err := net.SplitHostPort(c.listen)
	if err != nil {
		return fmt.Errorf("-listen %q: want ADDRESS:PORT", c.listen)
	}
	if ip := net.ParseIP(strings.Trim(host, "[]")); (host == "" || ip != nil && ip.IsUnspecified()) && len(c.hosts) == 0 {
		return fmt.Errorf("-listen %q is every address of this machine: name with -host what clients call it", c.listen)
	}
	return nil
}

// checkExposure refuses to be reachable from other machines without a token. It
// judges the address in use: a name such as localhost can mean anything.
func checkExposure(cfg config, addr net.Addr) error {
	tcp, ok := addr.(*net.TCPAddr)
	if ok && tcp.IP.IsLoopback() || cfg.token != "" {
		return nil
	}
	return fmt.Errorf("%s is reachable from other machines: set a bearer token in %s or with -token-file", addr, tokenVariable)
}

// maxHeaderBytes bounds the headers of a request; net/http answers 431 beyond.
const maxHeaderBytes = 16 << 10

// server is the state of the program: folders, limits, and nothing about
// projects or packages, so that any number of servers can share the work.
type server struct {
	cfg   config
	hosts []string
	log   *slog.Logger

	projects *os.Root
	dataRoot *os.Root // nil without shared behaviors
	temp     *tempDir

	clients *clients
	exports *gate
	checks  *gate

	validation validator.Options
	runtime    *strings.Replacer // see hideRuntime
	origin     *http.CrossOriginProtection
	static     map[string]asset
	mux        *http.ServeMux
}

// newServer opens the folders. close must follow.
func newServer(cfg config, log *slog.Logger) (_ *server, err error) {
	s := &server{
		cfg: cfg, hosts: ownHosts(cfg), log: log,
		clients: newClients(cfg.maxPerClient),
		exports: newGate(cfg.maxInFlight, cfg.workers, cfg.queueTimeout),
		checks:  newGate(cfg.maxInFlight, cfg.workers, cfg.queueTimeout),
		runtime: runtimeNames(cfg.runtimeBin),
		origin:  http.NewCrossOriginProtection(),
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.projects, err = os.OpenRoot(cfg.projects); err != nil {
		return nil, err
	}
	if cfg.sharedBehaviors {
		if s.dataRoot, err = os.OpenRoot(filepath.Dir(s.projectsPath())); err != nil {
			return nil, err
		}
	}
	if s.temp, err = newTempDir(cfg.tempDir); err != nil {
		return nil, err
	}
	if s.static, err = loadStatic(webFiles); err != nil {
		return nil, err
	}
	s.validation = validator.Options{
		Policy: cfg.policy,
		// What an upload unpacks to costs as much time as what it is.
		Limits:  validator.Limits{File: cfg.maxPackage, Total: cfg.maxPackage},
		Runtime: validator.Runtime{Binary: cfg.runtimeBin, Timeout: cfg.runtimeTimeout, TempDir: s.temp.path},
	}
	s.mux = s.newMux(s.routes())
	return s, nil
}

// projectsPath has the name of the folder in it, even if the flag was ".".
func (s *server) projectsPath() string {
	if abs, err := filepath.Abs(s.cfg.projects); err == nil {
		return abs
	}
	return s.cfg.projects
}

// close gives everything back. The temporary files are gone by then, but for
// what a crash of the runtime left behind.
func (s *server) close() {
	if s.projects != nil {
		s.projects.Close()
	}
	if s.dataRoot != nil {
		s.dataRoot.Close()
	}
	if s.temp != nil {
		s.temp.remove()
	}
}

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
