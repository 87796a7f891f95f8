package redact_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/doc"
	"github.com/anolishq/anolis-handoff/internal/secretscan"
	"github.com/anolishq/anolis-handoff/redact"
	"github.com/google/go-cmp/cmp"
)

func TestRedact(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		removed        []redact.Removal
	}{
		{"nothing", "a: 1\n", "a: 1\n", nil},
		{"influxdb", "telemetry:\n  enabled: true\n  influxdb:\n    url: http://x\n    token: abc\n    org: o\n",
			"telemetry:\n  enabled: true\n  influxdb:\n    url: http://x\n    org: o\n",
			[]redact.Removal{{"telemetry.influxdb.token", 5, 12}}},
		{"both", "telemetry:\n  influx_token: ''\n  influxdb:\n    token: null\n",
			"telemetry:\n  influxdb: {}\n",
			[]redact.Removal{{"telemetry.influx_token", 2, 17}, {"telemetry.influxdb.token", 4, 12}}},
		{"any value", "telemetry:\n  influx_token:\n    deep: [1]\n  a: 1\n", "telemetry:\n  a: 1\n",
			[]redact.Removal{{"telemetry.influx_token", 3, 5}}},
		{"not through a list", "telemetry:\n- influx_token: a\n", "telemetry:\n- influx_token: a\n", nil},
		{"not a mapping", "telemetry: 5\n", "telemetry: 5\n", nil},
		{"other places stay", "influxdb:\n  token: a\ntoken: b\n", "influxdb:\n  token: a\ntoken: b\n", nil},
		{"shared", "a: &x\n  token: a\n  b: 1\ntelemetry:\n  influxdb: *x\n", "a: &id001\n  b: 1\ntelemetry:\n  influxdb: *id001\n",
			[]redact.Removal{{"telemetry.influxdb.token", 2, 10}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, removed, err := redact.Default().Redact([]byte(c.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, string(got)); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.removed, removed); diff != "" {
				t.Errorf("removals (-want +got):\n%s", diff)
			}
			again, removed, err := redact.Default().Redact(got)
			if err != nil || string(again) != string(got) || len(removed) > 0 {
				t.Errorf("a second time: %q, %v, %v", again, removed, err)
			}
		})
	}
}

func TestRedactErrors(t *testing.T) {
	for _, text := range []string{"a: [", "token: " + password + "\ntoken: " + password + "\n", password + ": 1\n" + password + ": 2\n"} {
		_, _, err := redact.Default().Redact([]byte(text))
		var re *redact.ReadError
		if !errors.As(err, &re) || re.Line == 0 {
			t.Errorf("%q: %v", text, err)
		} else if strings.Contains(err.Error(), password[:8]) {
			t.Errorf("the error shows the secret: %v", err)
		}
	}
}

func TestRemove(t *testing.T) {
	root := doc.NewMap(doc.Field("a", doc.NewMap(doc.Field("b", doc.NewString("x")), doc.Field("c", doc.NewInt(1)))))
	paths := []string{"a.b", "a.b.c", "x.y", "a.c.d"}
	if diff := cmp.Diff([]secretscan.Removal{{Path: "a.b"}}, secretscan.Remove(root, paths)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if root.Get("a").Get("b") != nil || root.Get("a").Get("c") == nil {
		t.Error("the wrong key was removed")
	}
	if got := secretscan.Remove(nil, paths); got != nil {
		t.Errorf("of nothing: %v", got)
	}
}
