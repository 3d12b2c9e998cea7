#!/usr/bin/env bash
# nginx's limit_rate does not limit an answer that is not buffered.
#
# Software:  nginx 1.22.1 (Debian 12; any packaged one is used, and printed); a plain python3 server behind it.
# Behaviour: `limit_rate 1k` in a location holds a buffered answer to 1 KB a second. With `proxy_buffering off` (or
#            `fastcgi_buffering off`, or a backend that sends `X-Accel-Buffering: no`, as streams do) the same line is
#            taken, and does nothing: the answer goes out as fast as it comes. The manual names this limit for
#            proxy_limit_rate, which is another directive; limit_rate's own page knows of no exception.
# Seen:      in 3 s: buffered 3 KB or so, not buffered all that there was (hundreds of KB)
# For somebody who runs a stream: a limit that was to keep one client from taking the line is not there for streams, and
#            nobody says so. What bounds a stream is its backend.
# For pgbell: nothing to mend: PGBELL_BACKLOG_BYTES bounds what a client can have; a sentence in the nginx recipe that
#            limit_rate is no help.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT
cd "$dir"
free_port() { python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"; }
await_port() { for _ in {1..100}; do (: </dev/tcp/127.0.0.1/"$1") 2>/dev/null && return; sleep 0.1; done; return 1; }
command -v nginx >/dev/null || { echo 'needs nginx: apt-get install nginx-light' >&2; exit 2; }

cat >server.py <<'PYTHON'
import http.server, time
class Stream(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *args): pass
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Type', 'text/event-stream')
        if self.path == '/says-so': self.send_header('X-Accel-Buffering', 'no')
        self.send_header('Transfer-Encoding', 'chunked')
        self.end_headers()
        for n in range(1, 1000):
            event = b'data: %-992d\n\n' % n
            self.wfile.write(b'%x\r\n%s\r\n' % (len(event), event))
            self.wfile.flush()
            time.sleep(0.01)
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Stream)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
python3 server.py >server.port 2>/dev/null & pids+=($!)
until [ -s server.port ]; do sleep 0.1; done
site=$(free_port)

cat >nginx.conf <<CONFIG
daemon off;
pid $dir/nginx.pid;
error_log $dir/error.log;
events {}
http {
    access_log off;
    client_body_temp_path $dir/body;
    proxy_temp_path $dir/proxy;
    fastcgi_temp_path $dir/fastcgi;
    uwsgi_temp_path $dir/uwsgi;
    scgi_temp_path $dir/scgi;
    proxy_http_version 1.1;
    limit_rate 1k;
    server {
        listen 127.0.0.1:$site;
        location /buffered { proxy_pass http://127.0.0.1:$(cat server.port); }
        location /not { proxy_buffering off; proxy_pass http://127.0.0.1:$(cat server.port); }
        location /says-so { proxy_pass http://127.0.0.1:$(cat server.port); }
    }
}
CONFIG
chmod 755 "$dir"
nginx -v 2>&1
nginx -p "$dir" -c "$dir/nginx.conf" 2>>start.log & pids+=($!)
await_port "$site"

timeout 60 python3 - "$site" <<'PYTHON'
import socket, sys, time
def taken(path):
    client, end, bytes = socket.create_connection(('127.0.0.1', int(sys.argv[1]))), time.time() + 3, 0
    client.sendall(b'GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n' % path)
    while time.time() < end:
        client.settimeout(max(end - time.time(), 0.01))
        try: bytes += len(client.recv(65536))
        except socket.timeout: break
    return bytes
buffered, off, says_so = taken(b'/buffered'), taken(b'/not'), taken(b'/says-so')
print('limit_rate 1k, in 3 s: buffered %d bytes, proxy_buffering off %d, X-Accel-Buffering: no %d' % (buffered, off, says_so))
sys.exit(0 if buffered < 20000 < 100000 < min(off, says_so) else 1)
PYTHON
