package signature_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/pem"
	"io"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/anolishq/anolis-handoff/handoff/signature"
	"github.com/anolishq/anolis-handoff/internal/sshsig"
)

// now is when packages are judged.
var now = time.Date(2026, 4, 3, 12, 0, 0, 0, time.UTC)

const message = "PK: a package, as far as a signature is concerned"

// kinds are all sorts of keys that may sign.
var kinds = []string{"ed25519", "ecdsa256", "ecdsa384", "ecdsa521", "rsa2048", "rsa-sha256", "sk-ed25519", "sk-ecdsa"}

// newKey makes a key of a kind, always another one.
func newKey(t testing.TB, kind string) ssh.Signer {
	t.Helper()
	var private crypto.Signer
	var err error
	switch kind {
	case "ed25519", "sk-ed25519":
		_, private, err = ed25519.GenerateKey(rand.Reader)
	case "ecdsa256", "sk-ecdsa":
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ecdsa384":
		private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ecdsa521":
		private, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "rsa1024":
		private, err = rsa.GenerateKey(rand.Reader, 1024)
	default:
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	return signerOf(t, kind, private)
}

// keys makes one key of each kind, once.
var keys = sync.OnceValue(func() map[string]ssh.Signer {
	made := map[string]ssh.Signer{}
	for _, kind := range kinds {
		made[kind] = newKey(fatal{}, kind)
	}
	return made
})

// fatal is a test that only fails.
type fatal struct{ testing.TB }

func (fatal) Helper()           {}
func (fatal) Fatal(args ...any) { panic(args) }

func signerOf(t testing.TB, kind string, private crypto.Signer) ssh.Signer {
	t.Helper()
	signer, err := ssh.NewSignerFromSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	switch kind {
	case "rsa-sha256":
		return sha256Signer{signer.(ssh.AlgorithmSigner)}
	case "sk-ed25519", "sk-ecdsa":
		return newSecurityKey(t, private, 1)
	}
	return signer
}

// sha256Signer signs with rsa-sha2-256, whatever it is asked for.
type sha256Signer struct{ ssh.AlgorithmSigner }

func (s sha256Signer) SignWithAlgorithm(r io.Reader, data []byte, _ string) (*ssh.Signature, error) {
	return s.AlgorithmSigner.SignWithAlgorithm(r, data, ssh.KeyAlgoRSASHA256)
}

// securityKey is a FIDO key as PROTOCOL.u2f of OpenSSH describes it.
type securityKey struct {
	public  ssh.PublicKey
	private crypto.Signer
	flags   byte
}

func newSecurityKey(t testing.TB, private crypto.Signer, flags byte) *securityKey {
	t.Helper()
	var wire []byte
	switch public := private.Public().(type) {
	case ed25519.PublicKey:
		wire = ssh.Marshal(struct {
			Type        string
			Key         []byte
			Application string
		}{ssh.KeyAlgoSKED25519, public, "ssh:"})
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		wire = ssh.Marshal(struct {
			Type, Curve string
			Point       []byte
			Application string
		}{ssh.KeyAlgoSKECDSA256, "nistp256", point, "ssh:"})
	}
	public, err := ssh.ParsePublicKey(wire)
	if err != nil {
		t.Fatal(err)
	}
	return &securityKey{public, private, flags}
}

func (k *securityKey) PublicKey() ssh.PublicKey { return k.public }

func (k *securityKey) Sign(r io.Reader, data []byte) (*ssh.Signature, error) {
	application, digest := sha256.Sum256([]byte("ssh:")), sha256.Sum256(data)
	rest := []byte{k.flags, 0, 0, 0, 7}
	original := bytes.Join([][]byte{application[:], rest, digest[:]}, nil)
	sig := &ssh.Signature{Format: k.public.Type(), Rest: rest}
	if private, ok := k.private.(*ecdsa.PrivateKey); ok {
		sum := sha256.Sum256(original)
		x, y, err := ecdsa.Sign(r, private, sum[:])
		if err != nil {
			return nil, err
		}
		sig.Blob = ssh.Marshal(struct{ R, S *big.Int }{x, y})
		return sig, nil
	}
	var err error
	sig.Blob, err = k.private.Sign(r, original, crypto.Hash(0))
	return sig, err
}

// sign makes a signature of a text.
func sign(t testing.TB, signer ssh.Signer, namespace, text string) []byte {
	t.Helper()
	digest := sha512.Sum512([]byte(text))
	sig, err := sshsig.Sign(signer, namespace, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

// line is a line of a list of allowed signers.
func line(principals, options string, key ssh.PublicKey) string {
	return strings.Join(strings.Fields(principals+" "+options+" "+string(ssh.MarshalAuthorizedKey(key))), " ") + "\n"
}

func verifier(t testing.TB, allowed, principal string) *signature.SSH {
	t.Helper()
	v, err := signature.NewSSH([]byte(allowed), signature.SSHOptions{Time: now, Principal: principal})
	if err != nil {
		t.Fatalf("%v in\n%s", err, allowed)
	}
	return v
}

// privateFile is the file of a private key.
func privateFile(t testing.TB, private crypto.PrivateKey) []byte {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(block)
}

// seeded is the key of the committed signatures, so that no key is committed.
func seeded() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
}

func rsa1024(t testing.TB) *rsa.PrivateKey { return rsaOf(t, 1024) }
func rsa2048(t testing.TB) *rsa.PrivateKey { return rsaOf(t, 2048) }

func rsaOf(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func pemText(block *pem.Block) []byte { return pem.EncodeToMemory(block) }
