package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/handoff/release"
)

func TestTellRelease(t *testing.T) {
	done := &release.Result{Version: 1, Digest: "d", Path: "rig/releases/d", Link: "rig/current", Removed: []string{}}
	text := "current:  rig/releases/d\nprevious: none\n"
	five := &release.ChangedError{Path: "p", Differences: []string{"a\n is missing", "b", "c", "d", "e"}}
	for _, test := range []struct {
		name         string
		release      *release.Result
		err          error
		code         int
		stdout, err2 string
	}{
		{"done", done, nil, 0, text, ""},
		{"done but", done, errors.New("sync rig: no\x1b"), 1, text,
			"anpkg unpack: it is current, but not all went well: sync rig: no\\x1b\n"},
		{"canceled", nil, fmt.Errorf("%w; rig/current is still x", context.Canceled), 1, "",
			"anpkg unpack: interrupted; rig/current is still x\n"},
		{"busy", nil, release.ErrBusy, 1, "",
			"anpkg unpack: another unpack or rollback is in progress; try again when it is done\n"},
		{"changed", nil, five, 1, "", "a\\n is missing\nb\nc\nd\ne\n" +
			"anpkg unpack: p was changed after it was unpacked: a\\n is missing; b; c; and more\n" +
			"    fix: Move p away and unpack its package again.\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			code := tellRelease(streams{noInput{}, &out, &errs}, "unpack", "text", "rig", test.release, test.err)
			if code != test.code || out.String() != test.stdout || errs.String() != test.err2 {
				t.Errorf("code %d, output %q, errors %q", code, out.String(), errs.String())
			}
		})
	}
}

type fullOutput struct{}

func (fullOutput) Write([]byte) (int, error) { return 0, errors.New("is full") }

func TestTellReleaseUnheard(t *testing.T) {
	done := &release.Result{Version: 1, Path: "rig/releases/d", Link: "rig/current", Previous: "e"}
	for _, format := range []string{"text", "json"} {
		var errs bytes.Buffer
		code := tellRelease(streams{noInput{}, fullOutput{}, &errs}, "unpack", format, "rig", done, nil)
		if code != 1 || !strings.Contains(errs.String(), "standard output: is full") {
			t.Errorf("%s: code %d, %q", format, code, errs.String())
		}
	}
}

func TestShellWord(t *testing.T) {
	for path, want := range map[string]string{
		"rig": "rig", "/srv/rig_1.0": "/srv/rig_1.0", "two words": "'two words'", "$HOME": "'$HOME'", "größe": "'größe'",
		"-rig": "./-rig", "- x": "'./- x'", "it's": "DIR", "a\nb": "DIR", "/": "'/'", "\xff": "DIR",
	} {
		if got := shellWord(path, "DIR"); got != want {
			t.Errorf("%q: got %s, want %s", path, got, want)
		}
	}
}
