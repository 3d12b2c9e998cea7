#!/usr/bin/env bash
# Caddy makes a good end of an answer whose backend broke off in the middle.
#
# Software:  Caddy 2.6.2-5 (Debian 12); a plain python3 server behind it and client in front. nginx 1.22, lighttpd 1.4.69,
#            Apache 2.4.71, HAProxy 2.6 and Varnish 7.1 pass the break on.
# Behaviour: the backend of a chunked answer dies: its connection is gone without the last chunk. Caddy logs "aborting with
#            incomplete response" and sends its client the last chunk, as if all had been said.
# Seen:      straight to the backend: broken off; through Caddy: ended in good order
# For somebody who runs a stream: a browser comes back from either. Clients that take an end for an end (fetch-event-source
#            and Symfony's do) come back when any other server is in front, and are silent for good behind Caddy when the
#            backend crashes. A list that is loaded by the same way can be half and count as whole.
# For pgbell: a row for Caddy among the servers; say `closing` before an end that is meant, as pgbell does, and let clients
#            take an end without it for a break.
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

cat >server.py <<'PYTHON'
import http.server, time
class Stream(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *args): pass
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Type', 'text/event-stream')
        self.send_header('Transfer-Encoding', 'chunked')
        self.end_headers()
        for n in range(1, 4):
            event = b'data: %d\n\n' % n
            self.wfile.write(b'%x\r\n%s\r\n' % (len(event), event))
            self.wfile.flush()
            time.sleep(0.2)
        self.close_connection = True  # without the last chunk
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Stream)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
python3 server.py >server.port 2>/dev/null & pids+=($!)
until [ -s server.port ]; do sleep 0.1; done
site=$(free_port)
cat >caddyfile <<CONFIG
{
	admin off
	auto_https off
}
http://:$site {
	bind 127.0.0.1
	reverse_proxy 127.0.0.1:$(cat server.port)
}
CONFIG
export HOME=$dir XDG_DATA_HOME=$dir XDG_CONFIG_HOME=$dir
root/usr/bin/caddy version
root/usr/bin/caddy run --adapter caddyfile --config caddyfile 2>caddy.log & pids+=($!)
await_port "$site"

result=0
timeout 30 python3 - "$(cat server.port)" "$site" <<'PYTHON' || result=$?
import http.client, sys
def end(port):
    connection = http.client.HTTPConnection('127.0.0.1', int(port), timeout=10)
    connection.request('GET', '/')
    try: return 'ended in good order after %d events' % connection.getresponse().read().count(b'data:')
    except http.client.IncompleteRead as broken: return 'broken off after %d events' % broken.partial.count(b'data:')
straight, through = end(sys.argv[1]), end(sys.argv[2])
print('straight to the backend:', straight)
print('through Caddy:          ', through)
sys.exit(0 if straight.startswith('broken') and through.startswith('ended') else 1)
PYTHON
grep -o '"msg":"[^"]*incomplete[^"]*"' caddy.log || true
[ "$result" = 0 ]
