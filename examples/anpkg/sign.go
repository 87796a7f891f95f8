package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"time"

	"github.com/anolishq/anolis-handoff/handoff"
	"github.com/anolishq/anolis-handoff/handoff/signature"
)

func signCommand() command {
	return command{
		name:     "sign",
		operands: []operand{{name: "PACKAGE"}},
		summary:  "sign a package with an SSH key",
		about: `
The signature goes to PACKAGE.sig, as "ssh-keygen -Y sign -n anolis-handoff"
writes it. The key is a private key without a passphrase, or the public key of
one that the SSH agent holds (SSH_AUTH_SOCK).`,
		exits:   "0 signed, 1 not signed, 2 wrong use or unreadable",
		example: "anpkg sign --key ~/.ssh/id_ed25519.pub rig.anpkg",
		verb:    func() verb { return &signVerb{} },
	}
}

type signVerb struct{ key, signature string }

func (v *signVerb) flags(set *flag.FlagSet) {
	set.StringVar(&v.key, "key", "", "`FILE` the key; required")
	set.StringVar(&v.signature, "signature", "", "`FILE` write the signature here, not to PACKAGE.sig")
}

func (v *signVerb) run(ctx context.Context, args []string, std streams) int {
	if v.key == "" {
		return usageError(std, "sign", errors.New("--key is missing"))
	}
	text, err := readBounded(v.key, signature.MaxSize)
	if err != nil {
		tellError(std, "sign", v.key, err)
		return exitTrouble
	}
	key, closeKey, err := signingKey(ctx, text)
	if err != nil {
		tellError(std, "sign", v.key, err)
		return exitFailed
	}
	defer closeKey()
	file, err := os.Open(args[0])
	if err != nil {
		tellError(std, "sign", args[0], err)
		return exitTrouble
	}
	defer file.Close()
	progress := startProgress(&std, "sign", "reading "+args[0])
	defer progress.stop()
	sig, err := key.Sign(ctx, file)
	if failed := (*signature.Error)(nil); errors.As(err, &failed) {
		tellError(std, "sign", v.key, err)
		return exitFailed
	} else if err != nil {
		tellError(std, "sign", args[0], err)
		return exitTrouble
	}
	to := cmp.Or(v.signature, args[0]+signature.Suffix)
	err = handoff.ReplaceFile(ctx, to, func(w io.Writer) error {
		_, err := w.Write(sig)
		return err
	})
	if err != nil {
		tellError(std, "sign", to, err)
		return exitFailed
	}
	if _, err := fmt.Fprintln(std.out, printable(to)); err != nil {
		tellOutput(std, "sign", err)
		return exitFailed
	}
	return exitOK
}

// signingKey is the key of a file: a private key, or one that the agent has.
func signingKey(ctx context.Context, text []byte) (*signature.Key, func(), error) {
	if signature.IsPrivateKey(text) {
		key, err := signature.ParseKey(text)
		return key, func() {}, err
	}
	socket := os.Getenv("SSH_AUTH_SOCK")
	if socket == "" {
		return nil, nil, errors.New("is not a private key, and no SSH agent could have a public one: SSH_AUTH_SOCK is not set")
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, nil, fmt.Errorf("the SSH agent of SSH_AUTH_SOCK cannot be reached: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() }) // it may ask its user
	key, err := signature.AgentKey(conn, text)
	if err != nil {
		conn.Close()
	}
	return key, func() { stop(); conn.Close() }, err
}

func verifyCommand() command {
	return command{
		name:     "verify",
		operands: []operand{{name: "PACKAGE"}},
		summary:  "tell who signed a package",
		about: `
The signature is PACKAGE.sig, of anpkg sign or ssh-keygen -Y sign. The allowed
signers are a list in the form of OpenSSH, see ssh-keygen(1). Nothing of the
package is read but its bytes: anpkg validate says whether it is sound.`,
		exits:   "0 signed by an allowed signer, 1 not so, 2 wrong use or unreadable",
		example: "anpkg verify --allowed-signers /etc/anolis/allowed_signers rig.anpkg",
		verb:    func() verb { return &verifyVerb{} },
	}
}

type verifyVerb struct {
	format string
	signatureFlags
}

// signatureFlags say which signature a package must have.
type signatureFlags struct {
	allowed, signer, signature string

	found *signature.Signer // of the package that openSigned has opened
}

func (f *signatureFlags) flags(set *flag.FlagSet) {
	set.StringVar(&f.allowed, "allowed-signers", "", "`FILE` who may sign")
	set.StringVar(&f.signer, "signer", "", "`PRINCIPAL` who must have signed, such as alice@example.org")
	set.StringVar(&f.signature, "signature", "", "`FILE` the signature, if it is not PACKAGE.sig")
}

func (v *verifyVerb) flags(set *flag.FlagSet) {
	v.signatureFlags.flags(set)
	formatVar(set, &v.format, "json is one object", "text", "json")
}

// signatureVerdict is what verify has in JSON.
type signatureVerdict struct {
	Version int    `json:"version"`
	Tool    string `json:"toolVersion"`
	Package string `json:"package"`
	Signed  bool   `json:"signed"` // by an allowed signer
	*signature.Signer
	Reason string `json:"reason,omitempty"` // why not
}

func (v *verifyVerb) run(ctx context.Context, args []string, std streams) int {
	if v.allowed == "" {
		return usageError(std, "verify", errors.New("--allowed-signers is missing"))
	}
	progress := startProgress(&std, "verify", "reading "+args[0])
	defer progress.stop()
	verdict := signatureVerdict{Version: 1, Tool: toolVersion(), Package: args[0]}
	file, err := os.Open(args[0])
	if err != nil {
		tellError(std, "verify", args[0], err)
		return exitTrouble
	}
	defer file.Close()
	signer, at, err := v.check(ctx, args[0], file)
	var failed *signature.Error
	switch {
	case errors.As(err, &failed):
		verdict.Reason = failed.Reason
	case err != nil:
		tellError(std, "verify", at, err)
		return exitTrouble
	default:
		verdict.Signed, verdict.Signer = true, signer
	}
	switch {
	case v.format == "json":
		err = handoff.WriteJSON(std.out, verdict)
	case verdict.Signed:
		_, err = fmt.Fprintln(std.out, printable(args[0]+": signed by "+signer.String()))
	default:
		_, err = fmt.Fprintln(std.out, printable(args[0]+": "+verdict.Reason))
	}
	if err != nil {
		tellOutput(std, "verify", err)
		return exitTrouble
	}
	if !verdict.Signed {
		return exitFailed
	}
	return exitOK
}

// check checks the signature of a package that is open. An error that is not about
// the signature is about the file at.
func (f *signatureFlags) check(ctx context.Context, name string, pkg io.Reader) (signer *signature.Signer, at string, err error) {
	list, err := readBounded(f.allowed, signature.MaxAllowedSigners)
	if err != nil {
		return nil, f.allowed, err
	}
	verifier, err := signature.NewSSH(list, signature.SSHOptions{Time: time.Now(), Zone: time.Local, Principal: f.signer})
	if err != nil {
		return nil, f.allowed, err
	}
	at = cmp.Or(f.signature, name+signature.Suffix)
	sig, err := readBounded(at, signature.MaxSize)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, at, &signature.Error{Kind: signature.ErrMissing, Reason: "the package is not signed: there is no " + at}
	}
	if err != nil {
		return nil, at, err
	}
	signer, err = verifier.Check(ctx, pkg, sig)
	return signer, name, err
}

// openSigned opens a package after its signature was checked: nothing of it is parsed
// before, and what is opened are the bytes that were checked.
func (f *signatureFlags) openSigned(ctx context.Context, _ streams, name string, opts handoff.OpenOptions) (*handoff.Package, func(), error) {
	if info, err := os.Stat(name); name == dash || err == nil && !info.Mode().IsRegular() {
		return nil, nil, errors.New("only a file can have a signature")
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	fail := func(err error) (*handoff.Package, func(), error) {
		file.Close() // it was only read
		return nil, nil, err
	}
	sum := sha256.New()
	signer, at, err := f.check(ctx, name, io.TeeReader(file, sum))
	if err != nil {
		var failed *signature.Error
		if at != name && !errors.As(err, &failed) {
			err = fmt.Errorf("%s: %s", at, reason(err))
		}
		return fail(err)
	}
	info, err := file.Stat()
	if err != nil {
		return fail(err)
	}
	p, err := handoff.Open(ctx, file, info.Size(), opts)
	var invalid *handoff.InvalidError
	if errors.As(err, &invalid) {
		invalid.Report.Package = name
	}
	if err != nil {
		return fail(err)
	}
	f.found = signer
	p.Report().Package = name
	if p.Report().SHA256 != hex.EncodeToString(sum.Sum(nil)) {
		return fail(errors.New("changed while it was read"))
	}
	return p, func() { p.Close(); file.Close() }, nil
}

// readBounded reads a file, and one byte more than the most that is of use.
func readBounded(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most+1))
}
