package runtimerule

// httpSection is the section about HTTP, and whether HTTP is on: it is unless
// it is turned off, also where the schema asks for enabled before it looks.
func httpSection(config value) (http value, on bool) {
	http = config.key("http")
	return http, !http.key("enabled").isFalse()
}

// httpPort: HTTP that is on has a port.
func httpPort(config value, r *report) {
	http, on := httpSection(config)
	port := http.key("port")
	if !on || !port.isNumber() {
		return
	}
	if i, ok := readInteger(spelling(port.node)); ok && (i.zero() || !i.within(0, 65535)) {
		r.refuse(CodeHTTPPort, port, "use 1 to 65535, or turn HTTP off with enabled: false",
			"%s is no port, and HTTP is on", showNumber(port.node))
	}
}

// httpThreads: HTTP that is on has a thread.
func httpThreads(config value, r *report) {
	http, on := httpSection(config)
	threads := http.key("thread_pool_size")
	if !on || !threads.isNumber() {
		return
	}
	if i, ok := readInteger(spelling(threads.node)); ok && (i.zero() || i.minus) {
		r.refuse(CodeHTTPThreads, threads, "use at least 1, or turn HTTP off with enabled: false",
			"%s is too few, and HTTP is on", showNumber(threads.node))
	}
}

// httpWildcard: HTTP that is on does not let every origin use credentials. No
// origins mean every origin.
func httpWildcard(config value, r *report) {
	http, on := httpSection(config)
	if !on || !http.key("cors_allow_credentials").isTrue() {
		return
	}
	const hint = "list the origins, or set cors_allow_credentials: false"
	origins := http.key("cors_allowed_origins")
	switch {
	case !origins.present():
		r.refuse(CodeHTTPWildcard, http, hint, "has no cors_allowed_origins, which allows every origin, together with cors_allow_credentials")
	case origins.node.IsString() && origins.node.Text == "", origins.node.IsSeq() && len(origins.node.Items) == 0:
		r.refuse(CodeHTTPWildcard, origins, hint, "is empty, which allows every origin, together with cors_allow_credentials")
	case isWildcard(origins):
		r.refuse(CodeHTTPWildcard, origins, hint, "is the wildcard *, together with cors_allow_credentials")
	}
	for _, origin := range origins.items() {
		if isWildcard(origin) {
			r.refuse(CodeHTTPWildcard, origin, hint, "is the wildcard *, together with cors_allow_credentials")
		}
	}
}

func isWildcard(v value) bool { return v.node.IsString() && v.node.Text == "*" }
