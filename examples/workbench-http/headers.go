package main

import "net/http"

// securityHeaders are on every answer. There are no CORS headers: no other site
// has any business here.
var securityHeaders = [...]struct{ name, value string }{
	{"Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
		"form-action 'none'; frame-ancestors 'none'; base-uri 'none'"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Referrer-Policy", "no-referrer"},
	{"X-Content-Type-Options", "nosniff"},
}

func setHeaders(h http.Header) {
	h.Set("Cache-Control", "no-store") // unless the handler knows better
	for _, s := range securityHeaders {
		h.Set(s.name, s.value)
	}
}
