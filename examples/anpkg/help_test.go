package main

import (
	"strings"
	"testing"
)

// TestHelp has many ways to ask for help.
func TestHelp(t *testing.T) {
	ways := map[string][][]string{
		"":         {{"-h"}, {"-help"}, {"--help"}, {"help", "help"}, {"help", "--help"}},
		"export":   {{"--help", "export"}, {"export", "rig", "--variants", "all", "--help"}, {"export", "--help", "--frobnicate"}},
		"validate": {{"validate", "rig", "--help"}, {"validate", "--help", "--limit"}},
		"schema":   {{"schema", "report", "--help"}},
	}
	for _, name := range commandNames() {
		if name != "help" {
			ways[name] = append(ways[name], []string{name, "-h"}, []string{name, "-help"}, []string{name, "--help"})
		}
	}
	for topic, ways := range ways {
		_, want, _ := anpkg(strings.Fields("help " + topic)...)
		if want == "" {
			t.Fatalf("no help about %q", topic)
		}
		for _, args := range ways {
			if code, stdout, stderr := anpkg(args...); code != 0 || stdout != want || stderr != "" {
				t.Errorf("anpkg %q: exit %d, stderr %q, stdout %q", args, code, stderr, stdout)
			}
		}
	}
}

// TestHelpScreen has the general help fit a screen of 40 lines, with one left for the
// next command.
func TestHelpScreen(t *testing.T) {
	text := generalHelp()
	if code, stdout, stderr := anpkg(); code != 2 || stdout != "" || stderr != text {
		t.Errorf("without a command: exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	if n := strings.Count(text, "\n"); n > 39 {
		t.Errorf("%d lines", n)
	}
	checkWidth(t, "", text)
	for _, c := range commands() {
		if n := strings.Count(text, "\n  anpkg "+c.usage(false)+"   "); n != 1 {
			t.Errorf("%s is %d times in the help", c.name, n)
		}
	}
}

// TestHelpOfCommands has what everyone looks for in the help of each command.
func TestHelpOfCommands(t *testing.T) {
	for _, c := range commands() {
		text := c.help()
		checkWidth(t, c.name, text)
		if c.name == "help" {
			continue
		}
		_, set := c.prepare()
		wanted := []string{"\nUsage:\n  anpkg " + c.name, "\nExit codes: 0 ", ", 2 wrong use", "\nExample:\n  anpkg " + c.name + " "}
		if flags := flagHelp(set); flags != "" {
			wanted = append(wanted, " [flags] ", "\nFlags:\n"+flags)
		}
		for _, want := range wanted {
			if strings.Count(text, want) != 1 {
				t.Errorf("%q is %d times in the help of %s:\n%s", want, strings.Count(text, want), c.name, text)
			}
		}
	}
}

func checkWidth(t *testing.T, name, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); len(line) > helpWidth || strings.TrimRight(line, " ") != line {
			t.Errorf("help of %q: too wide, or with spaces at the end: %q", name, line)
		}
	}
}
