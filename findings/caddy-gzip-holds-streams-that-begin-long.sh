#!/usr/bin/env bash
# Caddy with `encode gzip` holds a stream whose first piece has 512 bytes or more, and no other.
#
# Software:  Caddy 2.6.2-5 (Debian 12); a plain python3 server behind it and client in front.
# Behaviour: Caddy's page on reverse_proxy has it that answers of type text/event-stream are flushed at once. With `encode
#            gzip` (or zstd) in the site the first write decides: below 512 bytes the stream is left as it is and goes out
#            at once. From 512 bytes on it is compressed, and what the proxy flushes is flushed behind the compressor: the
#            client gets the header and the start of a gzip file, then nothing until some 64 KB of compressed text have come
#            together.
# Seen:      first event of 100 bytes: 7 events within 3 s; of 600 bytes: gzip, 0 events within 8 s
# For somebody who runs a stream: it works when it is tried, with short events, and stands still for whoever comes back to
#            much that was missed, since that is one long first write. The heartbeats that follow are held too, so clients
#            take the stream for dead and come back to the same. Leave the stream out: `@page not path /stream`, `encode
#            @page gzip`.
# For pgbell: a row for Caddy among the servers: no encode for the stream. Writing `connected` by itself, before the replay,
#            keeps the first write short.
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
        first = int(self.path[1:])
        for n in range(1, 60):
            event = b'data: %s\n\n' % (b'x' * (first - 8 if n == 1 else 92))
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
cat >caddyfile <<CONFIG
{
	admin off
	auto_https off
}
http://:$site {
	bind 127.0.0.1
	encode gzip
	reverse_proxy 127.0.0.1:$(cat server.port)
}
CONFIG
export HOME=$dir XDG_DATA_HOME=$dir XDG_CONFIG_HOME=$dir
root/usr/bin/caddy version
root/usr/bin/caddy run --adapter caddyfile --config caddyfile 2>caddy.log & pids+=($!)
await_port "$site"

timeout 60 python3 - "$site" <<'PYTHON'
import http.client, socket, sys, time, zlib
def events(first, seconds):
    connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=10)
    connection.request('GET', '/%d' % first, headers={'Accept-Encoding': 'gzip'})
    answer, end, text = connection.getresponse(), time.time() + seconds, b''
    coding = answer.getheader('Content-Encoding')
    unzip = zlib.decompressobj(31)
    while time.time() < end:
        answer.fp.raw._sock.settimeout(max(end - time.time(), 0.01))
        try: piece = answer.read1(65536)
        except socket.timeout: break
        text += unzip.decompress(piece) if coding else piece
    count = text.count(b'\n\n')
    print('first event of %d bytes: %s, %d events within %d s' % (first, coding or 'not compressed', count, seconds))
    return coding, count
short, long = events(100, 3), events(600, 8)
sys.exit(0 if short[0] is None and short[1] >= 5 and long == ('gzip', 0) else 1)
PYTHON
