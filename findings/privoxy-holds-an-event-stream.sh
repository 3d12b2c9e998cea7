#!/usr/bin/env bash
# Privoxy as Debian installs it holds an event stream of plain HTTP until it ends, or 4 MB have come together.
#
# Software:  privoxy 3.0.34-1 (Debian 12) with its own match-all.action, default.action and filters; a plain python3 server, which says
#            Cache-Control: no-store, no-transform.
# Guessed:   passed on at once: its filters are for pages and pictures, which a text/event-stream is not.
# Behaviour: match-all.action has +filter{…} and +deanimate-gifs for all addresses. A filter is for what is text, and by Privoxy's
#            reckoning that is each type that begins with text/, but for text/plain. What is filtered is first read to its end, or to
#            buffer-limit (4096 KB): of a stream not even the header comes through. no-transform is not looked at. What goes
#            through by CONNECT, as all of https and a browser's WebSocket do, is not touched.
# Seen:      text/event-stream: the header after 3.1 s, with the end; with -filter for that address: at once; text/plain: at once; CONNECT: at once
# For somebody who runs a stream: some visitors of a site or an intranet without TLS have no stream: the request hangs, without an error, and
#            the server sees a client that reads. A page needs a time within which a first event is there, and another way behind it.
# For pgbell: its client polls meanwhile, as for each stream that hangs; a line in deploy/README.md, "Web servers".
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
unpack privoxy=3.0.34-1 libmbedtls14 libmbedcrypto7 libmbedx509-1 libpcre3 libbrotli1
export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu:$dir/root/lib/x86_64-linux-gnu

cat >server.py <<'PYTHON'
import http.server, time
class Stream(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args): pass
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Type', 'text/plain' if self.path == '/plain' else 'text/event-stream')
        self.send_header('Cache-Control', 'no-store, no-transform')
        self.end_headers()
        for n in range(6):
            self.wfile.write(b'data: %d\n\n' % n)
            self.wfile.flush()
            time.sleep(0.5)
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Stream)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
python3 server.py >server.port 2>/dev/null & pids+=($!)
until [ -s server.port ]; do sleep 0.1; done
site=127.0.0.1:$(cat server.port)

proxy=$(free_port)
cp -r root/etc/privoxy etc
printf '{ -filter -deanimate-gifs }\n127.0.0.1/unfiltered\n' >>etc/user.action
printf '%s\n' "confdir $dir/etc" "logdir $dir" "listen-address 127.0.0.1:$proxy" >config
printf '%s\n' 'actionsfile match-all.action' 'actionsfile default.action' 'actionsfile user.action' 'filterfile default.filter' \
	'filterfile user.filter' 'buffer-limit 4096' >>config # as the installed config has them
root/usr/sbin/privoxy --version
root/usr/sbin/privoxy --no-daemon config 2>log & pids+=($!)
await_port "$proxy" || { cat log >&2; exit 2; }

begins() { LD_LIBRARY_PATH='' curl -s -m 20 -o body -w '%{time_starttransfer}' -x "http://127.0.0.1:$proxy" "$@"; }
stream=$(begins "http://$site/stream") unfiltered=$(begins "http://$site/unfiltered") plain=$(begins "http://$site/plain") tunnel=$(begins -p "http://$site/stream")
echo "begins after: text/event-stream $stream s, with -filter $unfiltered s, text/plain $plain s, by CONNECT $tunnel s"
awk -v a="$stream" -v b="$unfiltered" -v c="$plain" -v d="$tunnel" 'BEGIN { exit !(a > 2.5 && b < 1 && c < 1 && d < 1) }'
