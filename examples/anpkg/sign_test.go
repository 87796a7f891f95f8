package main

import (
	"bytes"
	"crypto/ed25519"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// TestSignWithAgent signs with a key that only an SSH agent has.
func TestSignWithAgent(t *testing.T) {
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte("a"), ed25519.SeedSize))
	keyring := agent.NewKeyring()
	if err := keyring.Add(agent.AddedKey{PrivateKey: private}); err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "agent") // short: the path of a socket has a limit
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	t.Chdir(dir)
	listener, err := net.Listen("unix", "socket")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go agent.ServeAgent(keyring, conn)
		}
	}()
	t.Setenv("SSH_AUTH_SOCK", filepath.Join(dir, "socket"))

	public, err := ssh.NewPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	other, err := ssh.NewPublicKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"key.pub": string(ssh.MarshalAuthorizedKey(public)), "other.pub": string(ssh.MarshalAuthorizedKey(other)),
		"signers": "me " + string(ssh.MarshalAuthorizedKey(public)), "a.anpkg": "any bytes",
	} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if code, stdout, stderr := anpkg("sign", "--key", "key.pub", "a.anpkg"); code != 0 || stdout != "a.anpkg.sig\n" {
		t.Fatalf("exit %d, %q, %q", code, stdout, stderr)
	}
	if code, stdout, stderr := anpkg("verify", "--allowed-signers", "signers", "a.anpkg"); code != 0 || !strings.HasPrefix(stdout, "a.anpkg: signed by me (ED25519 ") {
		t.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
	for file, want := range map[string]string{"other.pub": "the SSH agent does not have the key", "a.anpkg": "not an SSH public key"} {
		if code, _, stderr := anpkg("sign", "--key", file, "a.anpkg"); code != 1 || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d, %q", file, code, stderr)
		}
	}
	t.Setenv("SSH_AUTH_SOCK", filepath.Join(dir, "nobody"))
	if code, _, stderr := anpkg("sign", "--key", "key.pub", "a.anpkg"); code != 1 || !strings.Contains(stderr, "cannot be reached") {
		t.Errorf("exit %d, %q", code, stderr)
	}
}
