package redact

import (
	"bytes"

	"github.com/anolishq/anolis-handoff/internal/anchors"
)

// matcher decides whether a secret is at an anchor. win is the part of the line
// around the anchor, up to lookaround bytes on either side, and at the offset of
// the anchor in it. A matcher sees the same window however the text arrives.
type matcher func(win []byte, at int) (start, end int, ok bool)

// prefixed matches from min to max bytes of chars behind the anchor (max 0: no
// limit), which is a text of length n. What stands before the anchor and behind
// the match must not continue it.
func prefixed(n int, chars *anchors.Set, min, max int) matcher {
	return func(win []byte, at int) (int, int, bool) {
		end := runEnd(win, at+n, chars)
		length := end - at - n
		if in(win, at-1, alnum) || length < min || max > 0 && length > max {
			return 0, 0, false
		}
		return at, end, random(win[at+n : end])
	}
}

// random reports whether a run of characters could be generated: not a row of
// x, not the word EXAMPLE in a manual.
func random(run []byte) bool {
	return distinct(run) >= 6 && !bytes.Contains(run, []byte("EXAMPLE")) &&
		!bytes.Contains(run, []byte("xxxx")) && !bytes.Contains(run, []byte("XXXX"))
}

// matchJWT matches three base64url parts of which the first two begin as JSON
// objects do. The anchor is the second begin: ".eyJ".
func matchJWT(win []byte, at int) (int, int, bool) {
	start := runStart(win, at, base64URL)
	payload := runEnd(win, at+1, base64URL)
	if at-start < 12 || !bytes.HasPrefix(win[start:], []byte("eyJ")) || payload-at < 12 {
		return 0, 0, false
	}
	if payload == len(win) {
		return start, payload, payload >= at+lookaround // a payload beyond the window
	}
	end := runEnd(win, payload+1, base64URL)
	return start, end, win[payload] == '.' && end-payload > 16
}

// matchInfluxV2 matches 64 bytes in base64url, which is what InfluxDB 2
// generates: 86 characters and "==". The anchor is the last of them and "==".
func matchInfluxV2(win []byte, at int) (int, int, bool) {
	start, end := runStart(win, at+1, base64URL), at+3
	if at+1-start != 86 || in(win, start-1, base64Any) || in(win, end, base64Any) {
		return 0, 0, false
	}
	run := win[start : at+1]
	// A digest of 64 bytes in hexadecimal is shorter on variety.
	return start, end, distinct(run) >= 20 && contains(run, digits)
}

// matchOpenAI matches sk- and a body around the marker T3BlbkFJ, the anchor.
func matchOpenAI(win []byte, at int) (int, int, bool) {
	start, end := runStart(win, at, base64URL), runEnd(win, at, base64URL)
	return start, end, bytes.HasPrefix(win[start:], []byte("sk-")) && end-start >= 40
}

// matchSendGrid matches SG. and two parts of 22 and 43 characters.
func matchSendGrid(win []byte, at int) (int, int, bool) {
	dot := runEnd(win, at+3, base64URL)
	if in(win, at-1, alnum) || dot-at-3 != 22 || dot == len(win) || win[dot] != '.' {
		return 0, 0, false
	}
	end := runEnd(win, dot+1, base64URL)
	return at, end, end-dot-1 == 43
}

// matchTelegram matches the number of a bot and its 35 characters. The anchor
// is the last digit and ":AA".
func matchTelegram(win []byte, at int) (int, int, bool) {
	start, end := runStart(win, at+1, digits), runEnd(win, at+2, base64URL)
	number := at + 1 - start
	return start, end, number >= 8 && number <= 10 && end-at-2 == 35
}

// matchSlackHook matches the path of an incoming webhook: T…/B…/… behind the
// anchor.
func matchSlackHook(win []byte, at int) (int, int, bool) {
	const anchor = "hooks.slack.com/services/"
	from := at + len(anchor)
	end := from
	for part := range 3 {
		stop := runEnd(win, end, alnum)
		if stop-end < 8 || part < 2 && (stop == len(win) || win[stop] != '/') {
			return 0, 0, false
		}
		end = stop
		if part < 2 {
			end++
		}
	}
	return at, end, random(win[from:end])
}

// matchAuthorization matches the value of an HTTP Authorization header. The
// anchor is the word in any case.
func matchAuthorization(win []byte, at int) (int, int, bool) {
	i := at + len("authorization")
	i = runEnd(win, i, quoteSpace)
	if !in(win, i, separators) {
		return 0, 0, false
	}
	i = runEnd(win, i+1, quoteSpace)
	schemeEnd := runEnd(win, i, alnum)
	switch string(bytes.ToLower(win[i:schemeEnd])) {
	case "bearer", "basic", "token":
	default:
		return 0, 0, false
	}
	start := runEnd(win, schemeEnd, spaces)
	end := runEnd(win, start, tokenChar)
	value := win[start:end]
	return start, end, start > schemeEnd && len(value) >= 16 && random(value) &&
		contains(value, letters) && (contains(value, digits) || contains(value, upper)) && !placeholder(value)
}

var (
	letters    = set("A-Za-z")
	upper      = set("A-Z")
	separators = set(":=,")
	quoteSpace = set(" \t\"'\\")
)
