package main

import (
	"errors"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
)

// handler answers a request, or returns the error to answer with.
type handler func(w *response, r *http.Request) error

// access is who may use a route.
type access int

const (
	forClients  access = iota // whoever has the token
	forBrowsers               // everybody who knows our name: the page asks for the token itself
	forProbes                 // everybody: it says nothing
)

// route is one method of one path.
type route struct {
	method, pattern string
	access          access
	gate            *gate // of heavy work; nil for light
	handle          handler
}

func (s *server) routes() []route {
	return []route{
		{http.MethodGet, "/", forBrowsers, nil, s.page},
		{http.MethodGet, "/healthz", forProbes, nil, s.health},
		{http.MethodGet, "/api/openapi.json", forClients, nil, s.openAPI},
		{http.MethodGet, "/api/schemas/{name}", forClients, nil, s.schema},
		{http.MethodGet, "/api/projects", forClients, nil, s.listProjects},
		{http.MethodPost, "/api/projects/{name}/export", forClients, s.exports, s.export},
		{http.MethodPost, "/api/packages/validate", forClients, s.checks, s.validatePackage},
		{http.MethodPost, "/api/packages/inspect", forClients, s.checks, s.inspectPackage},
		{http.MethodPost, "/api/packages/diff", forClients, s.checks, s.diffPackages},
	}
}

// newMux knows paths only: the mux's own answer to a wrong method would not be
// JSON.
func (s *server) newMux(routes []route) *http.ServeMux {
	endpoints := map[string]endpoint{}
	for _, rt := range routes {
		if endpoints[rt.pattern] == nil {
			endpoints[rt.pattern] = endpoint{}
		}
		endpoints[rt.pattern][rt.method] = rt
		if rt.method == http.MethodGet {
			endpoints[rt.pattern][http.MethodHead] = rt // net/http leaves the body out
		}
	}
	mux := http.NewServeMux()
	for pattern, e := range endpoints {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := s.answer(e, w.(*response), r); err != nil {
				s.fail(w.(*response), r, err)
			}
		})
	}
	return mux
}

// dispatch keeps paths from the mux that it would answer with a redirect.
func (s *server) dispatch(w *response, r *http.Request) {
	if p := r.URL.EscapedPath(); !strings.HasPrefix(p, "/") || path.Clean(p) != p {
		s.fail(w, r, errNotFound())
		return
	}
	s.mux.ServeHTTP(w, r)
}

// endpoint is the routes of one path by method.
type endpoint map[string]route

// answer lets a request through to its handler: who it is for, who it is from,
// what it wants, and whether there is room for it.
func (s *server) answer(e endpoint, w *response, r *http.Request) error {
	access := e.access()
	if access != forProbes {
		if err := s.checkHost(r); err != nil {
			return err
		}
	}
	if _, known := s.static[r.URL.Path]; access == forBrowsers && !known {
		return errNotFound() // whatever the method
	}
	if access == forClients {
		if err := s.authorize(w, r); err != nil {
			return err
		}
		if err := s.checkOrigin(r); err != nil {
			return err
		}
	}
	rt, ok := e[r.Method]
	if !ok {
		w.Header().Set("Allow", strings.Join(slices.Sorted(maps.Keys(e)), ", "))
		return &failure{status: http.StatusMethodNotAllowed, err: errors.New("this method is not allowed here")}
	}
	if access != forClients {
		return rt.handle(w, r)
	}
	if r.URL.RawQuery != "" { // an option that is not read must not be believed to work
		return &failure{status: http.StatusBadRequest, err: errors.New("this path takes no query parameters")}
	}
	leave, err := s.clients.enter(r)
	if err != nil {
		return err
	}
	defer leave()
	if rt.gate != nil {
		leave, err := rt.gate.enter()
		if err != nil {
			return err
		}
		defer leave()
	}
	return rt.handle(w, r)
}

// access is that of all methods of the path: a wrong method is no way around
// the token.
func (e endpoint) access() access {
	for _, rt := range e {
		return rt.access
	}
	return forClients
}

// checkOrigin refuses what another site makes a browser send (CSRF). Reading the
// answers is not allowed to other sites anyway: there are no CORS headers.
func (s *server) checkOrigin(r *http.Request) error {
	if err := s.origin.Check(r); err != nil {
		return &failure{status: http.StatusForbidden, err: errors.New("the request comes from a page of another site")}
	}
	return nil
}

func errNotFound() error {
	return &failure{status: http.StatusNotFound, err: errors.New("there is nothing at this path")}
}

// health says that the server answers.
func (s *server) health(w *response, r *http.Request) error {
	return writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}
