package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

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
