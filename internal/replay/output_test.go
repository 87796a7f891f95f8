package replay

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf8"
)

const secret = "s3cr3t-0123456789-abcdef"

func mask(text string) string { return strings.ReplaceAll(text, secret, "***") }

func TestFlood(t *testing.T) {
	opts := options(t)
	opts.MaxOutput = 1 << 10
	for _, tt := range []struct {
		actions []string
		want    Outcome
	}{
		{[]string{"flood 200"}, Accepted},            // the line comes last
		{[]string{"flood 20", "refuse no"}, Refused}, // so does this
		{[]string{"flood 20", "exit 0"}, Odd},        // none
		{[]string{`stdout "Config valid: x\n"`, "flood 20", "exit 0"}, Accepted},
	} {
		got := one(t, opts, tt.actions...)
		if got.Outcome != tt.want || !got.Truncated || len(got.Stdout) != 1<<10 || len(got.Stderr) != 1<<10 {
			t.Errorf("%v: got %s, truncated %v, %d and %d bytes", tt.actions, got.Outcome, got.Truncated, len(got.Stdout), len(got.Stderr))
		}
		if first := tt.actions[0][0] == 's'; (got.Message == "Config valid: x") != first {
			t.Errorf("%v: message %q", tt.actions, got.Message)
		}
	}
}

func TestSecretIsMasked(t *testing.T) {
	opts := options(t)
	opts.Mask = mask
	got := one(t, opts, `stdout "token is `+secret+`\n"`, "refuse bad token "+secret)
	if got.Stdout != "token is ***\n" || got.Stderr != warning+"ERROR: bad token ***\n" || got.Message != "ERROR: bad token ***" || got.Truncated {
		t.Errorf("got %q, %q, %q, truncated %v", got.Stdout, got.Stderr, got.Message, got.Truncated)
	}
}

// Wherever the bounds fall, and however much the masks before it shift the text,
// no part of a secret that could be told from the rest is left.
func TestNoPartOfASecretIsLeft(t *testing.T) {
	const limit = 200
	remove := func(text string) string { return strings.ReplaceAll(text, secret, "") }
	names := (&place{dir: "/nowhere/x", real: "/nowhere/x"}).names()
	for shift := range len(secret) {
		for _, unit := range []string{secret, secret + " ", strings.Repeat(" ", 180) + secret} {
			for _, n := range []int{1, 5, 2000} {
				for _, mask := range []func(string) string{mask, remove} {
					c := &capture{keep: limit + slack, want: acceptedLine}
					io.WriteString(c, strings.Repeat(" ", shift)+strings.Repeat(unit, n))
					text, _ := c.text(true, names, Options{MaxOutput: limit, Mask: mask})
					if len(text) > limit || strings.ContainsAny(text, secret) {
						t.Fatalf("shift %d, %d times %q: left %q", shift, n, unit, text)
					}
				}
			}
		}
	}
}

func TestUnfinishedLine(t *testing.T) {
	names := strings.NewReplacer()
	for _, tt := range []struct {
		in, whole, ended string
	}{
		{"", "", ""},
		{"a", "a", ""},
		{"a\n", "a\n", "a\n"},
		{"a\nb", "a\nb", "a\n"},
		{"a\nbé\xc3", "a\nbé\uFFFD", "a\n"},
	} {
		c := &capture{keep: 1 << 20, want: acceptedLine}
		io.WriteString(c, tt.in)
		whole, cut := c.text(true, names, Options{MaxOutput: 100})
		if whole != tt.whole || cut {
			t.Errorf("%q: got %q, cut %v, want %q", tt.in, whole, cut, tt.whole)
		}
		ended, cut := c.text(false, names, Options{MaxOutput: 100})
		if ended != tt.ended || cut != (tt.ended != tt.in) {
			t.Errorf("%q of an ended process: got %q, cut %v, want %q", tt.in, ended, cut, tt.ended)
		}
	}
}

func TestNames(t *testing.T) {
	p := &place{dir: "/tmp/anpkg-replay-1", real: "/private/tmp/anpkg-replay-1"}
	in := "/private/tmp/anpkg-replay-1/package/a /tmp/anpkg-replay-1/package /tmp/anpkg-replay-1/temp/b /tmp/anpkg-replay-1 anpkg-replay-1"
	want := "<package>/a <package> <temp>/b <temp> <temp>"
	if got := p.names().Replace(in); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestClip(t *testing.T) {
	for n, want := range []string{"", "a", "a", "aé", "aé", "aé", "aé€"} {
		if got := clip("aé€", n); got != want {
			t.Errorf("%d bytes: got %q, want %q", n, got, want)
		}
	}
}

// The line is found where strings would find it, however the output is cut into
// writes.
func FuzzCapture(f *testing.F) {
	for _, text := range []string{"", "Config valid: x", "\nConfig valid: ", "Config\nConfig valid: \n", "xConfig valid: ",
		"ConfiConfig valid: ", "\n\nConfig valid:\n", "Config valid: \x1b[0m\r\n\u202e\xff\x00"} {
		f.Add(text, 3)
	}
	f.Fuzz(func(t *testing.T, text string, keep int) {
		keep = max(0, keep%(1<<16))
		a := &capture{keep: keep, want: acceptedLine}
		b := &capture{keep: keep, want: acceptedLine}
		io.WriteString(a, text)
		io.Copy(struct{ io.Writer }{b}, iotest.OneByteReader(strings.NewReader(text)))
		want := strings.Contains("\n"+text, "\n"+acceptedLine)
		if a.found != want || b.found != want {
			t.Errorf("found %v and %v, want %v", a.found, b.found, want)
		}
		if kept := []byte(text[:min(keep, len(text))]); !bytes.Equal(a.kept, kept) || !bytes.Equal(b.kept, kept) || a.more != (keep < len(text)) || b.more != a.more {
			t.Errorf("kept %q and %q, more %v and %v", a.kept, b.kept, a.more, b.more)
		}
		shown := printable(text)
		if !utf8.ValidString(shown) {
			t.Errorf("not UTF-8: %q", shown)
		}
		for _, r := range shown {
			if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
				t.Errorf("%U left in %q", r, shown)
			}
		}
		if again := printable(shown); again != shown {
			t.Errorf("%q became %q", shown, again)
		}
	})
}

func BenchmarkCapture(b *testing.B) {
	block := bytes.Repeat([]byte("0123456789abcde\n"), 1<<12)
	b.SetBytes(int64(len(block)))
	c := &capture{keep: 64 << 10, want: acceptedLine}
	for b.Loop() {
		c.Write(block)
	}
	if c.found {
		b.Fatal(fmt.Sprint("found a line in ", len(block)))
	}
}
