#!/usr/bin/env bash
# Drives the page of workbench-http in a real Chromium:
#
#   run.sh                        all tests
#   run.sh --test-name-pattern=X  arguments go to node --test
#
# Needs Go, Node 20.15 or newer with npm, and chromium on the PATH or in
# CHROMIUM. SCREENSHOTS=FOLDER also takes pictures of the page, to look at.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

CHROMIUM=${CHROMIUM:-$(command -v chromium)} || {
	echo "chromium is missing: apt-get install chromium, or set CHROMIUM" >&2
	exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
go build -o "$work/" .. ../../anpkg
export CHROMIUM WORKBENCH_HTTP=$work/workbench-http ANPKG=$work/anpkg
node --test --test-reporter=spec --test-concurrency=1 --test-timeout=120000 "$@" test/*.test.js
