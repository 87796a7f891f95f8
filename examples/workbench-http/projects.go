package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"slices"
)

// projectName is what a project may be called. It has no dot and no separator,
// so that no name leads anywhere else.
var projectName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// projectInfo is a project at a glance: nothing in it was read.
type projectInfo struct {
	Name       string `json:"name"`
	Layout     string `json:"layout"` // canonical, system or none
	Exportable bool   `json:"exportable"`
}

// listProjects answers with the project folders, sorted by name. A folder whose
// name no project can have is left out.
func (s *server) listProjects(w *response, r *http.Request) error {
	entries, err := fs.ReadDir(s.projects.FS(), ".")
	if err != nil {
		return err
	}
	list := []projectInfo{}
	for _, e := range entries {
		if !projectName.MatchString(e.Name()) {
			continue
		}
		// Not e.IsDir: a link to a project beside it is one, too.
		if info, err := s.projects.Stat(e.Name()); err == nil && info.IsDir() {
			layout := s.layout(e.Name())
			list = append(list, projectInfo{e.Name(), layout, layout != "none"})
		}
	}
	slices.SortFunc(list, func(a, b projectInfo) int { return cmp.Compare(a.Name, b.Name) })
	return writeJSON(w, http.StatusOK, map[string]any{"projects": list})
}

// layout tells from its files what a folder could be.
func (s *server) layout(name string) string {
	for _, l := range []struct{ file, layout string }{{"machine-profile.yaml", "canonical"}, {"system.json", "system"}} {
		if info, err := s.projects.Stat(name + "/" + l.file); err == nil && info.Mode().IsRegular() {
			return l.layout
		}
	}
	return "none"
}

// checkName refuses a name that no project can have.
func checkName(name string) error {
	if projectName.MatchString(name) {
		return nil
	}
	return &failure{status: http.StatusBadRequest, problems: []problem{},
		err: errors.New("not a project name: want 1 to 64 letters, digits, - and _")}
}

// openProject opens the folder of a project, whose name was checked. Nothing
// outside of it can be reached through the result.
func (s *server) openProject(name string) (*os.Root, error) {
	// The slash lets only a folder be opened: a pipe would wait for a writer.
	root, err := s.projects.OpenRoot(name + "/")
	switch {
	case err == nil:
		return root, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, &failure{status: http.StatusNotFound, err: fmt.Errorf("there is no project %s", name)}
	}
	return nil, &failure{status: http.StatusBadRequest, problems: []problem{},
		err: fmt.Errorf("%s is no project folder: it is a file, cannot be read, or is a link that leaves the projects", name)}
}
