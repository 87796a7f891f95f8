package redact

import (
	"bytes"
	"encoding/base64"
)

const pemBegin = "-----BEGIN "

// matchPEM matches the first line of a private key in PEM. The anchor is the
// end of that line, "PRIVATE KEY-----" or "PRIVATE KEY BLOCK-----". Text that
// only speaks of such a line has something else behind it.
func matchPEM(win []byte, at int) (int, int, bool) {
	from := max(0, at-40)
	begin := bytes.LastIndex(win[from:at], []byte(pemBegin))
	if begin < 0 {
		return 0, 0, false
	}
	begin += from
	for _, c := range win[begin+len(pemBegin) : at] {
		if !upperNum[c] && c != ' ' {
			return 0, 0, false
		}
	}
	end := at + bytes.Index(win[at:], []byte("-----")) + 5
	rest := win[end:]
	for cut := true; cut; {
		cut = false
		for _, filler := range [...]string{" ", "\t", "\r", `\r`, `\n`, `\`, `"`, "'", "+", ",", ";", "&#10;", "&#xA;", "&#13;", "&#xD;"} {
			if bytes.HasPrefix(rest, []byte(filler)) {
				rest, cut = rest[len(filler):], true
				break
			}
		}
	}
	key := runEnd(rest, 0, base64Std)
	return begin, end, len(rest) == 0 || key >= 16 || bytes.HasPrefix(rest, []byte("Proc-Type:"))
}

// matchEncodedPEM matches the first line of a private key in PEM that went
// through base64 once more. The anchor is the code of "-----BEGIN ".
func matchEncodedPEM(win []byte, at int) (int, int, bool) {
	end := min(runEnd(win, at, base64Std), at+64)
	end -= (end - at) % 4
	head := make([]byte, 48)
	n, err := base64.StdEncoding.Decode(head, win[at:end])
	return at, end, err == nil && !in(win, at-1, base64Std) && bytes.Contains(head[:n], []byte("PRIVATE KEY"))
}

// matchPuTTY matches the first line of a PuTTY key file, which holds a private
// key: "PuTTY-User-Key-File-", its version, a colon and the kind of the key.
func matchPuTTY(win []byte, at int) (int, int, bool) {
	i := at + len("PuTTY-User-Key-File-")
	end := runEnd(win, i, digits)
	if end == i || !bytes.HasPrefix(win[end:], []byte(": ")) {
		return 0, 0, false
	}
	kind := runEnd(win, end+2, alnumDash)
	return at, kind, kind > end+2
}
