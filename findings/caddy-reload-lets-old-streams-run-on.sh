#!/usr/bin/env bash
# A Caddy that is reloaded keeps old streams for good, whatever its grace_period is.
#
# Software:  Caddy 2.6.2-5 (Debian 12); a plain python3 server behind it and client in front.
# Behaviour: grace_period is said to end, by force, what has not ended by itself when it is over, so that a reload can free
#            what the old configuration holds. After a reload Caddy logs "server shutdown", "context canceled"; an open
#            stream goes on, through the old configuration, for as long as it has something to say. Its backend is never
#            told to go.
# Seen:      grace_period 2s; 10 s after the reload the stream still has its events, one each half second
# For somebody who runs a stream: a backend that was taken out of the configuration, a header or a limit that was put in:
#            streams from before the reload do not know of it, and no time brings them round. To move people to a new
#            backend the backend itself has to end the streams; Caddy's reload does not (nginx has worker_shutdown_timeout).
# For pgbell: a row for Caddy among the servers: a reload cuts no stream; stop pgbell-stream with SIGTERM to have them come
#            back.
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
        for n in range(1, 200):
            event = b'data: %d\n\n' % n
            self.wfile.write(b'%x\r\n%s\r\n' % (len(event), event))
            self.wfile.flush()
            time.sleep(0.5)
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Stream)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
python3 server.py >server.port 2>/dev/null & pids+=($!)
until [ -s server.port ]; do sleep 0.1; done
site=$(free_port)
admin=$(free_port)

# The second configuration is another one: it sends a header more.
for header in before after; do
	cat >$header.caddyfile <<CONFIG
{
	admin 127.0.0.1:$admin
	auto_https off
	grace_period 2s
}
http://:$site {
	bind 127.0.0.1
	header X-Configuration $header
	reverse_proxy 127.0.0.1:$(cat server.port)
}
CONFIG
done
export HOME=$dir XDG_DATA_HOME=$dir XDG_CONFIG_HOME=$dir
root/usr/bin/caddy version
root/usr/bin/caddy run --adapter caddyfile --config before.caddyfile 2>caddy.log & pids+=($!)
await_port "$site"

timeout 60 python3 - "$site" <<'PYTHON'
import http.client, subprocess, sys, time
def opened():
    connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=5)
    connection.request('GET', '/')
    answer = connection.getresponse()
    return answer, answer.getheader('X-Configuration')
stream, configuration = opened()
print('stream opened, configuration "%s"' % configuration)
time.sleep(1)
subprocess.run('root/usr/bin/caddy reload --adapter caddyfile --config after.caddyfile'.split(), stderr=subprocess.DEVNULL, check=True)
start, last, ended = time.time(), 0, False
while time.time() - start < 10:
    event = stream.read1(65536)
    if not event: ended = True; break
    last = int(event.split()[-1])
waited = time.time() - start
print('a new request after the reload: configuration "%s"' % opened()[1])
print('the stream from before: %s %.1f s after the reload, at event %d' % ('ended' if ended else 'still runs', waited, last))
sys.exit(1 if ended else 0)
PYTHON
grep -o '"msg":"server shutdown","error":"[^"]*"' caddy.log
