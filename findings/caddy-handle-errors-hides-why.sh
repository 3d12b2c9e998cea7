#!/usr/bin/env bash
# Caddy no longer says why it answered 502 in a site that has a handle_errors, whatever that is for.
#
# Software:  Caddy 2.6.2-5 (Debian 12), two sites whose backend is not there.
# Behaviour: a proxy that cannot reach its backend logs "dial unix …: no such file or directory" at the level error. With a
#            handle_errors in the site, even one that is for another path, the answer is the same 502 and the line is gone: what
#            a handle_errors has looked at counts as dealt with, and is logged at debug.
# Seen:      without: 502 and 1 line of error; with one for /never alone: 502 and none; with `debug`: 502 and 2 lines of debug
# For somebody who runs a site: a page for errors, or a stream's 502 made something that a browser comes back from, costs the
#            reason of all that goes wrong in that site. The access log has the 502, and no more. Turn `debug` on to look, or do
#            without handle_errors where lb_try_duration will do.
# For pgbell: the recipe bridges restarts by lb_try_duration; its handle_errors is commented out and says what it costs.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT
cd "$dir"

# Debian packages, unpacked into root/ and not installed: name=version, or what there is of it today.
unpack() {
	for package; do
		apt-get -qq -o APT::Sandbox::User=root download "$package" 2>/dev/null ||
			apt-get -qq -o APT::Sandbox::User=root download "${package%%=*}"
	done
	for package in *.deb; do dpkg -x "$package" root; done
	rm -f -- *.deb
}
free_port() { python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"; }
await_port() { for _ in {1..100}; do (: </dev/tcp/127.0.0.1/"$1") 2>/dev/null && return; sleep 0.1; done; return 1; }
unpack caddy=2.6.2-5
export HOME=$dir XDG_DATA_HOME=$dir XDG_CONFIG_HOME=$dir
root/usr/bin/caddy version

# The status of a site with these lines, and how many lines of this level say why.
ask() {
	local port pid
	port=$(free_port)
	printf '{\n\tadmin off\n\tauto_https off\n\t%s\n}\nhttp://127.0.0.1:%s {\n%s\n\treverse_proxy unix/%s/nothing.sock\n}\n' "$1" "$port" "$2" "$dir" >caddyfile
	root/usr/bin/caddy run --adapter caddyfile --config caddyfile 2>caddy.log & pid=$!
	pids+=("$pid")
	await_port "$port"
	seen=$(curl -s -m 5 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/")
	kill "$pid"
	wait "$pid" || true
	seen="$seen $(grep '"level":"'"$3"'"' caddy.log | grep -c 'no such file' || true)"
}
never='	handle_errors {
		@never path /never
		respond @never "an error"
	}'
ask '' '' error && without=$seen
ask '' "$never" error && with=$seen
ask debug "$never" debug && debug=$seen
echo "without handle_errors:            $without line of error"
echo "with one that is for /never:      $with lines of error"
echo "with that one, and with debug:    $debug lines of debug"
[ "$without, $with, $debug" = '502 1, 502 0, 502 2' ]
