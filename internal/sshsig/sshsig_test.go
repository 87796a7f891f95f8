package sshsig

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

func committed(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("..", "..", "handoff", "signature", "testdata", "*.sig"))
	if err != nil || len(names) < 6 {
		t.Fatalf("%q, %v", names, err)
	}
	sigs := map[string][]byte{}
	for _, name := range names {
		if sigs[filepath.Base(name)], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return sigs
}

// TestColumns proves that the two widths in use are read, and no other.
func TestColumns(t *testing.T) {
	for name, sig := range committed(t) {
		blob, err := dearmor(sig)
		if err != nil {
			t.Fatal(err)
		}
		for columns := 60; columns <= 80; columns++ {
			if _, err := Parse(armor(blob, columns)); (err == nil) != (columns == 64 || columns == 70) {
				t.Errorf("%s, %d columns: %v", name, columns, err)
			}
		}
	}
}

// TestForms changes what stands in a signature and keeps the armor sound.
func TestForms(t *testing.T) {
	sig := committed(t)["ed25519.sig"]
	blob, err := dearmor(sig)
	if err != nil {
		t.Fatal(err)
	}
	replace := func(old, new string) []byte {
		if !bytes.Contains(blob, []byte(old)) {
			t.Fatalf("%q is not there", old)
		}
		return armor(bytes.Replace(blob, []byte(old), []byte(new), 1), sshColumns)
	}
	for name, test := range map[string]struct {
		armored []byte
		want    error
	}{
		"magic":        {replace("SSHSIG", "SSHSIX"), ErrFormat},
		"version 2":    {replace("SSHSIG\x00\x00\x00\x01", "SSHSIG\x00\x00\x00\x02"), ErrUnsupported},
		"no namespace": {replace("\x00\x00\x00\x0eanolis-handoff", "\x00\x00\x00\x00"), ErrFormat},
		"reserved":     {replace("anolis-handoff\x00\x00\x00\x00", "anolis-handoff\x00\x00\x00\x01x"), ErrFormat},
		"hash":         {replace("\x00\x00\x00\x06sha512", "\x00\x00\x00\x03md5"), ErrUnsupported},
		"key type":     {replace("\x00\x00\x00\x33\x00\x00\x00\x0bssh-ed25519", "\x00\x00\x00\x33\x00\x00\x00\x0bssh-ed25518"), ErrFormat},
		"algorithm":    {replace("\x00\x00\x00\x53\x00\x00\x00\x0bssh-ed25519", "\x00\x00\x00\x53\x00\x00\x00\x0bssh-ed25518"), ErrUnsupported},
		"more":         {armor(append(bytes.Clone(blob), 0), sshColumns), ErrFormat},
		"too long":     {make([]byte, MaxSize+1), ErrFormat},
		"nothing":      {nil, ErrFormat},
		"empty":        {[]byte(begin + end), ErrFormat},
		"text before":  {append([]byte("x\n"), sig...), ErrFormat},
		"text behind":  {append(bytes.Clone(sig), '\n'), ErrFormat},
		"a header":     {bytes.Replace(sig, []byte(begin), []byte(begin+"A: b\n\n"), 1), ErrFormat},
	} {
		if s, err := Parse(test.armored); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
}

// TestInnerForms puts other signatures into sound envelopes.
func TestInnerForms(t *testing.T) {
	digest := make([]byte, 64)
	for name, change := range map[string]func(s *ssh.Signature){
		"more behind":  func(s *ssh.Signature) { s.Rest = []byte{0} },
		"leading zero": func(s *ssh.Signature) { s.Blob = append([]byte{0, 0, 0, s.Blob[3] + 1, 0}, s.Blob[4:]...) },
		"more inside":  func(s *ssh.Signature) { s.Blob = append(s.Blob, 0) },
		"of RSA":       func(s *ssh.Signature) { s.Format = ssh.KeyAlgoRSASHA512 },
	} {
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		signer, err := ssh.NewSignerFromSigner(private)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Sign(signer, "anolis-handoff", digest); err != nil {
			t.Fatal(err)
		}
		sig, err := Sign(changed{signer, change}, "anolis-handoff", digest)
		if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v\n%s", name, err, sig)
		}
	}
}

// changed signs and then changes the signature.
type changed struct {
	ssh.Signer
	change func(*ssh.Signature)
}

func (c changed) Sign(r io.Reader, data []byte) (*ssh.Signature, error) {
	sig, err := c.Signer.Sign(r, data)
	if err == nil {
		c.change(sig)
	}
	return sig, err
}

func TestMatch(t *testing.T) {
	texts := []string{"", "a", "b", "ab", "aab", "abab", "aabb", "bbbb"}
	patterns := []string{"", "a*b*a*b", "?*?*?"}
	for first, round := 0, 0; round < 4; round++ { // all of up to four characters
		last := len(patterns)
		for _, p := range patterns[first:last] {
			for _, c := range []string{"a", "b", "*", "?"} {
				patterns = append(patterns, p+c)
			}
		}
		first = last
	}
	for _, pattern := range patterns {
		want := regexp.MustCompile("^" + strings.NewReplacer("*", ".*", "?", ".").Replace(pattern) + "$")
		for _, text := range texts {
			if got := match(text, pattern); got != want.MatchString(text) {
				t.Errorf("%q and %q: %t", text, pattern, got)
			}
		}
	}
}

// FuzzParse proves that no text makes Parse panic, and that there is one form of what
// it accepts.
func FuzzParse(f *testing.F) {
	for _, sig := range committed(f) {
		f.Add(sig)
	}
	f.Add([]byte(begin + "AAAA\n" + end))
	f.Fuzz(func(t *testing.T, armored []byte) {
		s, err := Parse(armored)
		if err != nil {
			if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrUnsupported) {
				t.Fatal(err)
			}
			return
		}
		s.Verify(make([]byte, 64))
		blob, err := dearmor(armored)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(armor(blob, sshColumns))
		if err != nil || again.Namespace != s.Namespace || !bytes.Equal(again.Key.Marshal(), s.Key.Marshal()) {
			t.Fatalf("%v, %v", again, err)
		}
	})
}

// FuzzParseAllowed proves that no list makes the reader panic, and that a list allows
// nobody who is not in it.
func FuzzParseAllowed(f *testing.F) {
	list, err := os.ReadFile(filepath.Join("..", "..", "handoff", "signature", "testdata", "allowed_signers"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(list))
	f.Add(`a,!b namespaces="a\"b",valid-after="20260101" ssh-ed25519 AAAA`)
	f.Add("\"a b\" cert-authority ssh-rsa AAAA\n")
	var keys []*Signature
	for _, sig := range committed(f) {
		s, err := Parse(sig)
		if err != nil {
			f.Fatal(err)
		}
		keys = append(keys, s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseAllowed([]byte(text), nil)
		if err != nil {
			if line := (*LineError)(nil); !errors.As(err, &line) {
				t.Fatal(err)
			}
			return
		}
		for _, s := range keys {
			principals, err := a.Check(s.Key, "anolis-handoff", "", time.Unix(1<<31, 0))
			if (err == nil) != (principals != "") {
				t.Fatalf("%q, %v", principals, err)
			}
		}
	})
}
