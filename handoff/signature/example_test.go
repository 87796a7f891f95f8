package signature_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/anolishq/anolis-handoff/handoff/signature"
)

// Sign a package with a private key, and check who signed it.
func Example() {
	ctx := context.Background()
	pkg := []byte("the bytes of rig.anpkg")

	key, err := signature.ParseKey(exampleKeyFile())
	if err != nil {
		panic(err)
	}
	sig, err := key.Sign(ctx, bytes.NewReader(pkg))
	if err != nil {
		panic(err)
	}

	allowed := "*@example.org namespaces=\"anolis-handoff\",valid-after=\"20260101Z\" " + key.Public() + "\n"
	verifier, err := signature.NewSSH([]byte(allowed), signature.SSHOptions{
		Principal: "alice@example.org",
		Time:      time.Date(2026, 4, 3, 12, 0, 0, 0, time.UTC),
	})
	if err != nil {
		panic(err)
	}
	signer, err := verifier.Check(ctx, bytes.NewReader(pkg), sig)
	fmt.Println(signer, err)

	_, err = verifier.Check(ctx, bytes.NewReader([]byte("another package")), sig)
	fmt.Println(errors.Is(err, signature.ErrChanged), err)
	// Output:
	// alice@example.org (ED25519 SHA256:tAXFyTXI8xtDaujAEcwJslAYc9/6FKcUkd2Lw0xDhPo) <nil>
	// true the package is not what was signed with the key ED25519 SHA256:tAXFyTXI8xtDaujAEcwJslAYc9/6FKcUkd2Lw0xDhPo, or the signature was changed
}

// exampleKeyFile stands for os.ReadFile("id_ed25519").
func exampleKeyFile() []byte {
	block, err := ssh.MarshalPrivateKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), "")
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(block)
}

// cosign checks signatures with the program cosign and a public key.
type cosign struct{ publicKey string }

func (c cosign) Verify(ctx context.Context, pkg io.Reader, sig []byte) (string, error) {
	return verifyWith(ctx, pkg, sig, c.publicKey, func(pkg, sig string) *exec.Cmd {
		return exec.CommandContext(ctx, "cosign", "verify-blob", "--key", c.publicKey, "--bundle", sig, pkg)
	})
}

// Plug in cosign.
func ExampleVerifier_cosign() {
	var v signature.Verifier = cosign{publicKey: "cosign.pub"}
	_ = v
}

// minisign checks signatures with the program minisign and a public key.
type minisign struct{ publicKey string }

func (m minisign) Verify(ctx context.Context, pkg io.Reader, sig []byte) (string, error) {
	return verifyWith(ctx, pkg, sig, m.publicKey, func(pkg, sig string) *exec.Cmd {
		return exec.CommandContext(ctx, "minisign", "-V", "-q", "-p", m.publicKey, "-m", pkg, "-x", sig)
	})
}

// Plug in minisign.
func ExampleVerifier_minisign() {
	var v signature.Verifier = minisign{publicKey: "minisign.pub"}
	_ = v
}

// verifyWith writes the package and its signature to files of its own, which nobody
// else can change, and has a program check them.
func verifyWith(ctx context.Context, pkg io.Reader, sig []byte, signer string, command func(pkg, sig string) *exec.Cmd) (string, error) {
	if len(sig) == 0 {
		return "", &signature.Error{Kind: signature.ErrMissing, Reason: "the package is not signed"}
	}
	dir, err := os.MkdirTemp("", "verify")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	file, err := os.Create(filepath.Join(dir, "package"))
	if err != nil {
		return "", err
	}
	defer file.Close()
	if _, err := io.Copy(file, pkg); err != nil {
		return "", err
	}
	name := filepath.Join(dir, "signature")
	if err := os.WriteFile(name, sig, 0o600); err != nil {
		return "", err
	}
	if out, err := command(file.Name(), name).CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", &signature.Error{Kind: signature.ErrChanged, Reason: string(bytes.TrimSpace(out))}
	}
	return signer, nil
}
