#!/usr/bin/env bash
# lighttpd that may stream answers no longer compresses pages that come in pieces.
#
# Software:  lighttpd 1.4.69 with lighttpd-mod-deflate (Debian 12); a plain python3 server behind mod_proxy.
# Behaviour: with `server.stream-response-body = 0` mod_deflate compresses every answer of a listed type. With 1 or 2 it
#            compresses only those that are complete when their header is looked at. A page that its program sends in two
#            pieces goes out as it is, without Vary and without a word in the log; so does an event stream.
# Seen:      a page of 20,008 bytes in two pieces: 65 bytes with 0, 20,008 with 1 and with 2
# For somebody who runs a stream: the line that a stream needs, written for the whole server, makes other pages of the site
#            many times as large, and which ones hangs on how fast their program is. Write it inside the stream's own
#            condition. Nor can lighttpd be asked to compress a stream.
# For pgbell: deploy/lighttpd/pgbell.conf has the line inside its condition only; a comment there may say why it must stay
#            there.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT
cd "$dir"
free_port() { python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"; }
await_port() { for _ in {1..100}; do (: </dev/tcp/127.0.0.1/"$1") 2>/dev/null && return; sleep 0.1; done; return 1; }
for file in /usr/sbin/lighttpd /usr/lib/lighttpd/mod_deflate.so; do
	[ -e $file ] || { echo 'needs apt-get install lighttpd lighttpd-mod-deflate' >&2; exit 2; }
done

cat >server.py <<'PYTHON'
import http.server, time
class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *args): pass
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Transfer-Encoding', 'chunked')
        self.end_headers()
        for piece in b'{"a":"' + b'x' * 10000, b'x' * 10000 + b'"}':
            self.wfile.write(b'%x\r\n%s\r\n' % (len(piece), piece))
            self.wfile.flush()
            time.sleep(0.2)
        self.wfile.write(b'0\r\n\r\n')
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Page)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
python3 server.py >server.port 2>/dev/null & pids+=($!)
until [ -s server.port ]; do sleep 0.1; done

lighttpd -v | sed -n 1p
sizes=()
for streams in 0 1 2; do
	site=$(free_port)
	cat >lighttpd.$streams.conf <<CONFIG
server.bind = "127.0.0.1"
server.port = $site
server.document-root = "$dir"
server.errorlog = "$dir/error.log"
server.modules = ("mod_proxy", "mod_deflate")
server.stream-response-body = $streams
deflate.mimetypes = ("application/json", "text/")
deflate.allowed-encodings = ("gzip")
proxy.server = ("" => (("host" => "127.0.0.1", "port" => $(cat server.port))))
CONFIG
	lighttpd -D -f lighttpd.$streams.conf 2>start.log & pids+=($!)
	await_port "$site"
	sizes+=("$(python3 - "$site" <<'PYTHON'
import http.client, sys
connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=10)
connection.request('GET', '/', headers={'Accept-Encoding': 'gzip'})
print(len(connection.getresponse().read()))
PYTHON
)")
	echo "stream-response-body = $streams: ${sizes[-1]} bytes on the wire"
done
[ "${sizes[0]}" -lt 1000 ] && [ "${sizes[1]}" -gt 20000 ] && [ "${sizes[2]}" -gt 20000 ]
