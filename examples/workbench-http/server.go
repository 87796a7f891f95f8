package main

import (
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/anolishq/anolis-handoff/validator"
)

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
