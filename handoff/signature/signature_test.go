package signature_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/anolishq/anolis-handoff/handoff/signature"
	"github.com/anolishq/anolis-handoff/internal/sshsig"
)

// TestMatrix tries every sort of key with every way in which a signature can fail.
func TestMatrix(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			key := keys()[kind]
			other := newKey(t, "ed25519").PublicKey()
			public := key.PublicKey()
			good := sign(t, key, signature.Namespace, message)
			const alice = "alice@example.org"
			for _, test := range []struct {
				name      string
				allowed   string
				principal string
				pkg       string
				sig       []byte
				want      error
			}{
				{"right", line(alice, "", public), alice, message, good, nil},
				{"right, anybody", line("bob,alice@*", "", public), "", message, good, nil},
				{"right, among others", line("bob", "", other) + "# a comment\n\n" + line("*@example.org", `namespaces="git,anolis-*"`, public), alice, message, good, nil},
				{"right, in time", line(alice, `valid-after="20260403120000Z",valid-before="20260403120000Z"`, public)[:0] + line(alice, `valid-after="20260403Z",valid-before="202604031200Z"`, public), alice, message, good, nil},
				{"right by a second line", line(alice, `valid-before="20260101Z"`, public) + line(alice, "", public), alice, message, good, nil},
				{"wrong key", line(alice, "", other), alice, message, good, signature.ErrKey},
				{"wrong namespace", line(alice, "", public), alice, message, sign(t, key, "file", message), signature.ErrNamespace},
				{"namespace not allowed", line(alice, `namespaces="file,git"`, public), alice, message, good, signature.ErrNamespace},
				{"namespace taken away", line(alice, `namespaces="*,!anolis-handoff"`, public), alice, message, good, signature.ErrNamespace},
				{"expired", line(alice, `valid-before="20260403115959Z"`, public), alice, message, good, signature.ErrExpired},
				{"not yet valid", line(alice, `valid-after="20260403120001Z"`, public), alice, message, good, signature.ErrNotYetValid},
				{"other principal", line("bob", "", public), alice, message, good, signature.ErrPrincipal},
				{"principal taken away", line("*,!alice@example.org", "", public), alice, message, good, signature.ErrPrincipal},
				{"changed package", line(alice, "", public), alice, strings.ToUpper(message), good, signature.ErrChanged},
				{"longer package", line(alice, "", public), alice, message + "\n", good, signature.ErrChanged},
				{"shorter package", line(alice, "", public), alice, message[1:], good, signature.ErrChanged},
				{"empty package", line(alice, "", public), alice, "", good, signature.ErrChanged},
				{"signature of another package", line(alice, "", public), alice, message, sign(t, key, signature.Namespace, "x"), signature.ErrChanged},
				{"missing", line(alice, "", public), alice, message, nil, signature.ErrMissing},
				{"empty", line(alice, "", public), alice, message, []byte{}, signature.ErrMissing},
				{"no signature", line(alice, "", public), alice, message, []byte("hello\n"), signature.ErrFormat},
			} {
				v := verifier(t, test.allowed, test.principal)
				signer, err := v.Check(t.Context(), strings.NewReader(test.pkg), test.sig)
				if !errors.Is(err, test.want) || (err == nil) != (test.want == nil) {
					t.Errorf("%s: %v, want %v", test.name, err, test.want)
					continue
				}
				if test.want == nil {
					if signer.Fingerprint != ssh.FingerprintSHA256(public) || signer.Key == "" || test.principal != "" && signer.Principal != test.principal {
						t.Errorf("%s: %+v", test.name, signer)
					}
					continue
				}
				var typed *signature.Error
				if !errors.As(err, &typed) || typed.Reason == "" || signer != nil {
					t.Errorf("%s: %v is not typed", test.name, err)
				}
				if text, err := v.Verify(t.Context(), strings.NewReader(test.pkg), test.sig); err == nil || text != "" {
					t.Errorf("%s: Verify gives %q, %v", test.name, text, err)
				}
			}
		})
	}
}

// TestEveryByte changes, removes and adds every byte of a signature and of a package.
func TestEveryByte(t *testing.T) {
	for _, kind := range kinds {
		key := keys()[kind]
		v := verifier(t, line("*", "", key.PublicKey()), "")
		sig := sign(t, key, signature.Namespace, message)
		refused := func(pkg, sig, what string, at int) {
			t.Helper()
			_, err := v.Check(t.Context(), strings.NewReader(pkg), []byte(sig))
			var typed *signature.Error
			if !errors.As(err, &typed) {
				t.Fatalf("%s: %s %d: %v", kind, what, at, err)
			}
		}
		bits := 1 // of each byte of the signature; all for one kind
		if kind == "ed25519" {
			bits = 8
		}
		for i := range sig {
			for bit := range bits {
				changed := []byte(string(sig))
				changed[i] ^= 1 << bit
				refused(message, string(changed), "signature changed at", i)
			}
			refused(message, string(sig[:i]), "signature ends at", i)
			refused(message, string(sig[:i])+string(sig[i+1:]), "signature lacks", i)
			refused(message, string(sig[:i])+"\n"+string(sig[i:]), "line feed at", i)
			if bits == 8 {
				refused(message, string(sig[:i])+"A"+string(sig[i:]), "A at", i)
			}
		}
		refused(message, string(sig)+"\n", "more behind", len(sig))
		refused(message, string(sig)+string(sig), "twice", len(sig))
		refused(message, strings.ReplaceAll(string(sig), "\n", "\r\n"), "CRLF", 0)
		for i := range len(message) {
			for bit := range 8 {
				changed := []byte(message)
				changed[i] ^= 1 << bit
				refused(string(changed), string(sig), "package changed at", i)
			}
			refused(message[:i], string(sig), "package ends at", i)
			refused(message[:i]+message[i+1:], string(sig), "package lacks", i)
		}
	}
}

// TestCommitted checks signatures that ssh-keygen made, and makes one of them again.
func TestCommitted(t *testing.T) {
	read := func(name string) []byte {
		t.Helper()
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	allowed, pkg := string(read("allowed_signers")), string(read("package"))
	for _, kind := range []string{"ed25519", "ecdsa256", "ecdsa384", "ecdsa521", "rsa3072", "ed25519-sha256"} {
		signer, err := verifier(t, allowed, kind+"@example.org").Check(t.Context(), strings.NewReader(pkg), read(kind+".sig"))
		if err != nil || signer.Principal != kind+"@example.org" {
			t.Errorf("%s: %v, %v", kind, signer, err)
		}
		if _, err := verifier(t, allowed, "").Check(t.Context(), strings.NewReader(pkg+"x"), read(kind+".sig")); !errors.Is(err, signature.ErrChanged) {
			t.Errorf("%s: changed: %v", kind, err)
		}
	}
	key, err := signature.ParseKey(privateFile(t, seeded()))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := key.Sign(t.Context(), strings.NewReader(pkg)); err != nil || string(got) != string(read("ed25519.sig")) {
		t.Errorf("signed again: %v\n%s", err, got)
	}
	if !strings.Contains(allowed, "ed25519@example.org "+key.Public()) {
		t.Errorf("%s is not in the list", key.Public())
	}
}

func TestNothingIsReadInVain(t *testing.T) {
	key := keys()["ed25519"]
	sig := sign(t, key, signature.Namespace, message)
	untouched := iotest.ErrReader(errors.New("was read"))
	other := newKey(t, "ed25519").PublicKey()
	if _, err := verifier(t, line("*", "", other), "").Check(t.Context(), untouched, sig); !errors.Is(err, signature.ErrKey) {
		t.Error(err)
	}
	if _, err := verifier(t, line("*", "", other), "").Check(t.Context(), untouched, nil); !errors.Is(err, signature.ErrMissing) {
		t.Error(err)
	}
	broken := errors.New("disk")
	v := verifier(t, line("*", "", key.PublicKey()), "")
	if _, err := v.Check(t.Context(), io.MultiReader(strings.NewReader(message), iotest.ErrReader(broken)), sig); !errors.Is(err, broken) {
		t.Error(err)
	}
	if _, err := v.Check(t.Context(), iotest.ErrReader(nil), sig); !errors.Is(err, io.ErrNoProgress) { // (0, nil) for ever
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := v.Check(ctx, strings.NewReader(message), sig); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestUnsupported(t *testing.T) {
	small := newKey(t, "rsa1024")
	if _, err := sshsig.Sign(small, signature.Namespace, make([]byte, 64)); !errors.Is(err, sshsig.ErrUnsupported) {
		t.Errorf("a short RSA key signed: %v", err)
	}
	untouched := newSecurityKey(t, seeded(), 0)
	if _, err := sshsig.Sign(untouched, signature.Namespace, make([]byte, 64)); !errors.Is(err, sshsig.ErrUnsupported) {
		t.Errorf("a security key signed without a touch: %v", err)
	}
	certified := &ssh.Certificate{Key: keys()["ed25519"].PublicKey(), CertType: ssh.UserCert, ValidBefore: ssh.CertTimeInfinity, ValidPrincipals: []string{"a"}}
	if err := certified.SignCert(strings.NewReader(strings.Repeat("x", 64)), keys()["ecdsa256"]); err != nil {
		t.Fatal(err)
	}
	for name, allowed := range map[string]string{
		"short RSA key":  line("*", "", small.PublicKey()),
		"certificate":    line("*", "", certified),
		"cert-authority": line("*", "cert-authority", keys()["ed25519"].PublicKey()),
	} {
		_, err := signature.NewSSH([]byte("# first\n"+allowed), signature.SSHOptions{Time: now})
		var typed *signature.AllowedSignersError
		if !errors.As(err, &typed) || typed.Line != 2 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNewSSH(t *testing.T) {
	allowed := []byte(line("*", "", keys()["ed25519"].PublicKey()))
	if _, err := signature.NewSSH(allowed, signature.SSHOptions{}); err == nil {
		t.Error("a verifier without a time")
	}
	for _, text := range []string{"", "# nobody\n", strings.Repeat(" ", signature.MaxAllowedSigners+1)} {
		var typed *signature.AllowedSignersError
		if _, err := signature.NewSSH([]byte(text), signature.SSHOptions{Time: now}); !errors.As(err, &typed) || typed.Line != 0 {
			t.Errorf("a list without keys: %v", err)
		}
	}
	var _ signature.Verifier = (*signature.SSH)(nil)
}

func TestParseKey(t *testing.T) {
	encrypted, err := ssh.MarshalPrivateKeyWithPassphrase(seeded(), "", []byte("s3cret"))
	if err != nil {
		t.Fatal(err)
	}
	whole := privateFile(t, seeded())
	for name, test := range map[string]struct {
		text []byte
		want error
	}{
		"encrypted":  {pemText(encrypted), signature.ErrEncrypted},
		"nothing":    {nil, signature.ErrPrivateKey},
		"no key":     {[]byte("s3cret"), signature.ErrPrivateKey},
		"cut":        {whole[:len(whole)/2], signature.ErrPrivateKey},
		"public key": {ssh.MarshalAuthorizedKey(keys()["ed25519"].PublicKey()), signature.ErrPrivateKey},
		"too long":   {make([]byte, signature.MaxSize+1), signature.ErrPrivateKey},
		"short RSA":  {privateFile(t, rsa1024(t)), signature.ErrUnsupported},
	} {
		_, err := signature.ParseKey(test.text)
		if !errors.Is(err, test.want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	if !signature.IsPrivateKey(whole) || signature.IsPrivateKey([]byte("ssh-ed25519 AAAA")) {
		t.Error("IsPrivateKey")
	}
}

func TestAgentKey(t *testing.T) {
	keyring := agent.NewKeyring()
	if err := keyring.Add(agent.AddedKey{PrivateKey: seeded()}); err != nil {
		t.Fatal(err)
	}
	rsaKey := rsa2048(t)
	if err := keyring.Add(agent.AddedKey{PrivateKey: rsaKey}); err != nil {
		t.Fatal(err)
	}
	connect := func() net.Conn {
		client, server := net.Pipe()
		t.Cleanup(func() { client.Close() })
		go agent.ServeAgent(keyring, server)
		return client
	}
	for _, private := range []any{seeded(), rsaKey} {
		signer, err := ssh.NewSignerFromKey(private)
		if err != nil {
			t.Fatal(err)
		}
		key, err := signature.AgentKey(connect(), ssh.MarshalAuthorizedKey(signer.PublicKey()))
		if err != nil {
			t.Fatal(err)
		}
		sig, err := key.Sign(t.Context(), strings.NewReader(message))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := verifier(t, line("*", "", signer.PublicKey()), "").Check(t.Context(), strings.NewReader(message), sig); err != nil {
			t.Error(err)
		}
		if key.Fingerprint() != ssh.FingerprintSHA256(signer.PublicKey()) {
			t.Error(key.Fingerprint())
		}
	}
	for name, test := range map[string]struct {
		public string
		want   error
	}{
		"another key":   {string(ssh.MarshalAuthorizedKey(keys()["ecdsa256"].PublicKey())), signature.ErrSign},
		"no public key": {"hello", signature.ErrFormat},
		"too long":      {strings.Repeat("#", signature.MaxSize+1), signature.ErrFormat},
	} {
		if _, err := signature.AgentKey(connect(), []byte(test.public)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	client := connect()
	client.Close()
	if _, err := signature.AgentKey(client, ssh.MarshalAuthorizedKey(keys()["ed25519"].PublicKey())); !errors.Is(err, signature.ErrSign) {
		t.Errorf("no agent: %v", err)
	}
}

// TestSignIsChecked proves that a wrong signature, as of a faulty agent, is not
// handed out.
func TestSignIsChecked(t *testing.T) {
	liar := &liar{keys()["ed25519"], keys()["sk-ed25519"]}
	if sig, err := sshsig.Sign(liar, signature.Namespace, make([]byte, 64)); err == nil {
		t.Errorf("%s", sig)
	}
	liar.other = newKey(t, "ed25519")
	if sig, err := sshsig.Sign(liar, signature.Namespace, make([]byte, 64)); err == nil {
		t.Errorf("%s", sig)
	}
	if _, err := signature.ParseKey(privateFile(t, seeded())); err != nil {
		t.Fatal(err)
	}
}

// liar signs with another key than it says.
type liar struct{ key, other ssh.Signer }

func (l *liar) PublicKey() ssh.PublicKey { return l.key.PublicKey() }

func (l *liar) Sign(r io.Reader, data []byte) (*ssh.Signature, error) { return l.other.Sign(r, data) }
