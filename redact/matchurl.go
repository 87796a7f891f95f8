package redact

import "bytes"

const maxUserinfo = 512

// matchURLPassword matches user:password@host in a URL. The anchor is the last
// character of the scheme and "://". A password that stands for another one,
// such as ${PASSWORD}, is none.
func matchURLPassword(win []byte, at int) (int, int, bool) {
	from := at + 4
	end := from
	for end < len(win) && end-from <= maxUserinfo && !authorityEnd[win[end]] {
		end++
	}
	authority := win[from:end]
	split := bytes.LastIndexByte(authority, '@')
	if split < 0 || !in(authority, split+1, hostStart) {
		return 0, 0, false
	}
	user, password, ok := bytes.Cut(authority[:split], []byte(":"))
	if !ok || len(password) == 0 || innocentURLPassword(user, password) {
		return 0, 0, false
	}
	return from + len(user) + 1, from + split, true
}

// innocentURLPassword knows what manuals write, and the port of an address that
// only looks like a URL.
func innocentURLPassword(user, password []byte) bool {
	if reference(password) || placeholder(password) || len(password) <= 5 && only(password, digits) {
		return true
	}
	switch string(bytes.ToLower(password)) {
	case "password", "pass", "passwd", "pwd", "secret", "token", "pw":
		switch string(bytes.ToLower(user)) {
		case "user", "username", "usr", "name", "login", "":
			return true
		}
	}
	return false
}

var (
	authorityEnd = set("\x00- /?#\"'<>\\`")
	hostStart    = set("A-Za-z0-9[_")
)
