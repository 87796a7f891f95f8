package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func projectNames(t *testing.T, ts *testServer) []projectInfo {
	t.Helper()
	a := ts.get("/api/projects")
	var list struct{ Projects []projectInfo }
	if err := json.Unmarshal(a.body, &list); err != nil || a.status != 200 {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	return list.Projects
}

func TestProjects(t *testing.T) {
	projects := ownProjects(t, "sim-quickstart", "legacy-mixer")
	for _, file := range []string{"z_plain/README.md", "Both/system.json", "Both/machine-profile.yaml", "a.b/system.json", "b c/system.json", "file", "dir/system.json/x"} {
		writeFile(t, filepath.Join(projects, file), "")
	}
	ts := start(t, func(c *config) { c.projects = projects })
	want := []projectInfo{
		{"Both", "canonical", true}, {"dir", "none", false}, {"legacy-mixer", "system", true},
		{"sim-quickstart", "canonical", true}, {"z_plain", "none", false},
	}
	if diff := cmp.Diff(want, projectNames(t, ts)); diff != "" {
		t.Error(diff)
	}
	if err := os.RemoveAll(projects); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(projects, 0o777); err != nil {
		t.Fatal(err)
	}
	ts = start(t, func(c *config) { c.projects = projects })
	if a := ts.get("/api/projects"); string(a.body) != "{\"projects\":[]}\n" {
		t.Errorf("%s", a.body)
	}
}
