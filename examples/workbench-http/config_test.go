package main

import (
	"errors"
	"flag"
	"strings"
	"testing"
	"time"
)

func noVariables(string) string { return "" }

func TestConfig(t *testing.T) {
	var help strings.Builder
	cfg, err := parseConfig([]string{
		"-projects", "p", "--listen", "[::1]:9", "-host", "Rig.Example.", "-host", "[2001:DB8::1]", "-max-package", "3", "-workers", "2",
		"-max-in-flight", "5", "-max-per-client", "6", "-stall-timeout", "7s", "-shared-behaviors", "-temp-dir", "t",
	}, func(name string) string { return map[string]string{tokenVariable: testToken}[name] }, &help)
	if err != nil || help.Len() > 0 {
		t.Fatal(err, help.String())
	}
	if cfg.projects != "p" || cfg.listen != "[::1]:9" || strings.Join(cfg.hosts, " ") != "rig.example 2001:db8::1" || cfg.maxPackage != 3<<20 ||
		cfg.workers != 2 || cfg.maxInFlight != 5 || cfg.maxPerClient != 6 || cfg.stallTimeout != 7*time.Second || !cfg.sharedBehaviors ||
		cfg.tempDir != "t" || cfg.token != testToken || cfg.runtimeBin != "" {
		t.Errorf("%+v", cfg)
	}
	cfg, err = parseConfig([]string{"-projects", "p"}, noVariables, &help)
	if err != nil || cfg.listen != "127.0.0.1:8077" || cfg.token != "" || cfg.runtimeBin != "" || cfg.sharedBehaviors || len(cfg.hosts) != 0 {
		t.Errorf("defaults: %+v, %v", cfg, err)
	}
}

func TestConfigRefuses(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"", "-projects is missing"},
		{"-projects p more", "unexpected argument"},
		{"-projects p -token x", "not defined: -token"}, // processes are listed with their flags
		{"-projects p -workers 0", "-workers must be at least 1"},
		{"-projects p -max-in-flight -1", "-max-in-flight must be"},
		{"-projects p -max-per-client 0", "-max-per-client must be"},
		{"-projects p -stall-timeout 0", "-stall-timeout must be"},
		{"-projects p -work-timeout -1s", "-work-timeout must be"},
		{"-projects p -queue-timeout 0s", "-queue-timeout must be"},
		{"-projects p -shutdown-timeout 0s", "-shutdown-timeout must be"},
		{"-projects p -runtime-timeout 0s", "-runtime-timeout must be"},
		{"-projects p -max-package 0", "MiB from 1 to 4096"},
		{"-projects p -max-package 4097", "MiB from 1 to 4096"},
		{"-projects p -max-package 1M", "MiB from 1 to 4096"},
		{"-projects p -host a:1", "without a port"},
		{"-projects p -host http://a", "without a port"},
		{"-projects p -host=", "without a port"},
		{"-projects p -listen 8077", "want ADDRESS:PORT"},
		{"-projects p -listen :8077", "name with -host"},
		{"-projects p -listen 0.0.0.0:8077", "name with -host"},
		{"-projects p -listen [::]:8077", "name with -host"},
		{"-projects p -token-file /nonexistent/token", "-token-file: "},
		{"-projects p -runtime-bin /nonexistent/runtime", "-runtime-bin: "},
	} {
		_, err := parseConfig(strings.Fields(test.args), noVariables, nil)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.args, err)
		}
	}
}

func TestHelp(t *testing.T) {
	var help strings.Builder
	if _, err := parseConfig([]string{"--help"}, noVariables, &help); !errors.Is(err, flag.ErrHelp) {
		t.Error(err)
	}
	for _, want := range []string{"Usage: workbench-http -projects FOLDER", "-token-file", tokenVariable, "-runtime-bin", "127.0.0.1:8077"} {
		if !strings.Contains(help.String(), want) {
			t.Errorf("the help lacks %s:\n%s", want, help.String())
		}
	}
}
