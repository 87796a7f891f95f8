package release

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/anolishq/anolis-handoff/internal/cause"
)

// Signer is who signed a package, as its caller has checked: signature.Signer has the
// same fields.
type Signer struct {
	Principal   string `json:"principal"`   // such as alice@example.org
	Key         string `json:"key"`         // the sort of key, such as ED25519
	Fingerprint string `json:"fingerprint"` // of the key: SHA256:…
}

// String returns the signer in words.
func (s *Signer) String() string { return fmt.Sprintf("%s (%s %s)", s.Principal, s.Key, s.Fingerprint) }

// record is what is known of a release besides its files. It lies beside the release,
// where no drift sees it.
type record struct {
	Version int     `json:"version"`
	Signer  *Signer `json:"signer,omitempty"`
}

const (
	recordVersion = 1
	recordSuffix  = ".json"
	// maxRecord bounds what is read of a record, in bytes.
	maxRecord = 64 << 10
)

// isRecord reports whether a record has the name.
func isRecord(name string) bool {
	digest, ok := strings.CutSuffix(name, recordSuffix)
	return ok && isDigest(digest)
}

// writeRecord notes who signed the package with a digest. It replaces the record at
// once, or not at all. The caller syncs the directory.
func (s *store) writeRecord(digest string, signer *Signer) error {
	name := digest + recordSuffix
	fail := func(err error) error { return s.fail("write", releasesDir+"/"+name, err) }
	text, err := json.Marshal(record{recordVersion, signer})
	if err != nil {
		return fail(err)
	}
	temp, err := s.stagingName()
	if err != nil {
		return err
	}
	f, err := s.create(s.releases, temp)
	if err != nil {
		return fail(err)
	}
	_, err = f.Write(append(text, '\n'))
	if err == nil {
		err = setMode(f, fileMode)
	}
	if err == nil {
		err = s.sync(f, name)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = s.rename(s.releases, temp, name)
	}
	if err != nil {
		s.releases.Remove(temp) // if not, the next one does
		return fail(err)
	}
	return nil
}

// readRecord reads who signed the package with a digest: nil if that was not checked.
func readRecord(releases *os.Root, digest string) (*Signer, error) {
	name := digest + recordSuffix
	info, err := releases.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, cause.Of(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("it " + errIrregular.Error())
	}
	f, err := newLiveFS(releases).Open(name)
	if err != nil {
		return nil, cause.Of(err)
	}
	defer f.Close() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, maxRecord+1))
	if err != nil {
		return nil, cause.Of(err)
	}
	var r record
	if len(text) > maxRecord || json.Unmarshal(text, &r) != nil || r.Version < 1 {
		return nil, errors.New("it is not a record of unpack")
	}
	return r.Signer, nil
}
