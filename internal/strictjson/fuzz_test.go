package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/anolishq/anolis-handoff/internal/doc"
)

// FuzzRead holds the reader against encoding/json: what it accepts is JSON with
// the same values, and of JSON it refuses only what it says it refuses.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		`{"schema_version":2,"meta":{"created":"2026-04-03T10:00:00Z"}}`,
		"[1,-0,1.5e3,1e400,123456789012345678901234567890]",
		`"\ud83d\ude00 \ud800 \u0000"`, `{"a":1,"\u0061":2}`, "\ufeff1", "[NaN]", "\"\xff\"",
		strings.Repeat("[", 201) + strings.Repeat("]", 201), strings.Repeat("7", 4301),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := Read(data)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Msg == "" {
				t.Fatalf("%T is no *Error", err)
			}
			if json.Valid(data) && !deliberate(err) {
				t.Fatalf("refused valid JSON: %v", err)
			}
			return
		}
		if !json.Valid(data) {
			t.Fatal("accepted what is not JSON")
		}
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		var want any
		if err := d.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if !equal(n, want) {
			t.Fatalf("got %s, want %v", canon(n), want)
		}

		out, err := Append(nil, n)
		if err != nil {
			if !strings.Contains(err.Error(), "cannot write a float") {
				t.Fatalf("cannot write what was read: %v", err)
			}
			return
		}
		again, err := Read(out)
		if err != nil || !equal(again, want) {
			t.Fatalf("read back %s: %v", out, err)
		}
		if out2, err := Append(nil, again); err != nil || !bytes.Equal(out, out2) {
			t.Fatalf("wrote %q, then %q: %v", out, out2, err)
		}
	})
}

// deliberate reports whether every reason is one where the reader is stricter
// than encoding/json on purpose.
func deliberate(err error) bool {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		ok := false
		for _, reason := range []string{"duplicate key", "surrogate pair", "not valid UTF-8", "nested deeper", "digits, more than"} {
			ok = ok || strings.Contains(line, reason)
		}
		if !ok {
			return false
		}
	}
	return true
}

func equal(n *doc.Node, v any) bool {
	switch v := v.(type) {
	case nil:
		return n.Kind == doc.Null
	case bool:
		return n.Kind == doc.Bool && n.Bool == v
	case string:
		return n.Kind == doc.String && n.Text == v
	case json.Number:
		if n.Kind == doc.Int {
			return n.Text == string(v) || n.Text == "0" && v == "-0"
		}
		f, _ := strconv.ParseFloat(string(v), 64)
		return n.Kind == doc.Float && n.Float == f
	case []any:
		if n.Kind != doc.Seq || len(n.Items) != len(v) {
			return false
		}
		for i, item := range n.Items {
			if !equal(item, v[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		if n.Kind != doc.Map || len(n.Entries) != len(v) {
			return false
		}
		for _, e := range n.Entries {
			if want, ok := v[e.Key.Text]; !ok || !equal(e.Value, want) {
				return false
			}
		}
		return true
	}
	return false
}

func benchDocument() []byte {
	var b strings.Builder
	b.WriteString(`{"schema_version": 2, "topology": {"providers": {`)
	for i := range 500 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n    \"provider" + strconv.Itoa(i) + `": {"kind": "sim", "enabled": true, "rate": 10.5, "devices": [{"id": "d1", "label": "Wärme", "address": 97}, null]}`)
	}
	b.WriteString("}}}")
	return []byte(b.String())
}

func BenchmarkRead(b *testing.B) {
	data := benchDocument()
	b.Run("strictjson", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Read(data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			var v any
			if err := json.Unmarshal(data, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}
