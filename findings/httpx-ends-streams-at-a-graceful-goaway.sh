#!/usr/bin/env bash
# httpx ends an HTTP/2 stream when nginx is reloaded; curl, Go, libsoup and Qt let it run on.
#
# Software:  python3-httpx 0.23.3-1 with python3-httpcore 0.16.3-1 and h2 4.1.0 (Debian 12), `http2=True`; curl for comparison; nginx 1.22.1
#            (Debian 12; any packaged one is used, and printed).
# Guessed:   it goes on, as RFC 9113, 6.8, has it for streams up to the number in a GOAWAY without an error. (Guessed of Qt 6.4: it ends.)
# Behaviour: at a reload nginx sends GOAWAY with NO_ERROR and the number of the last stream, and serves open streams on. httpx raises
#            RemoteProtocolError, "ConnectionTerminated error_code:0", where the next piece would have come. Over HTTP/1.1, which httpx speaks by
#            itself, nothing happens. Go 1.19, libsoup 3.2.3 and Qt 6.4.2 go on, as curl does (tried beside).
# Seen:      curl: 10 or more events after the reload; httpx over HTTP/1.1: as many; over HTTP/2: 0 or 1, RemoteProtocolError
# For somebody who runs a stream: programs that listen so lose it at each reload of the web server, all in one moment, though it drains as it
#            should, and by an error that reads like a fault of the server. A stream needs no HTTP/2: leave it off.
# For pgbell: a word in its row of deploy/www/CLIENTS.md.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT
cd "$dir"
for program in nginx openssl curl; do
	command -v $program >/dev/null || { echo "needs apt-get install nginx-light openssl curl" >&2; exit 2; }
done

# Debian packages, unpacked into root/ and not installed: name=version, or what there is of it today.
unpack() {
	apt-get -qq -o APT::Sandbox::User=root download "$@" 2>/dev/null ||
		apt-get -qq -o APT::Sandbox::User=root download "${@%%=*}"
	for package in *.deb; do dpkg -x "$package" root; done
	rm -f -- *.deb
}
free_port() { python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"; }
await_port() { for _ in {1..100}; do (: </dev/tcp/127.0.0.1/"$1") 2>/dev/null && return; sleep 0.1; done; return 1; }
unpack python3-httpx=0.23.3-1 python3-httpcore=0.16.3-1 python3-h2 python3-hpack python3-hyperframe python3-h11 python3-anyio python3-sniffio python3-certifi \
	python3-idna python3-rfc3986
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost 2>/dev/null

cat >server.py <<'PYTHON'
import http.server, sys, time
class Stream(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args): pass
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Type', 'text/event-stream')
        self.end_headers()
        for n in range(60):
            self.wfile.write(b'data: %d\n\n' % n)
            time.sleep(0.2)
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Stream).serve_forever()
PYTHON
site=$(free_port)
backend=$(free_port)
python3 server.py "$backend" 2>/dev/null & pids+=($!)
cat >nginx.conf <<CONFIG
daemon off; pid $dir/nginx.pid; error_log $dir/error.log;
events { }
http {
	access_log off; proxy_buffering off;
	client_body_temp_path $dir/b; proxy_temp_path $dir/p; fastcgi_temp_path $dir/f; uwsgi_temp_path $dir/u; scgi_temp_path $dir/s;
	server {
		listen 127.0.0.1:$site ssl http2;
		ssl_certificate $dir/cert.pem; ssl_certificate_key $dir/key.pem;
		location / { proxy_pass http://127.0.0.1:$backend; }
	}
}
CONFIG
chmod 755 "$dir"
nginx -v
nginx -p "$dir" -c "$dir/nginx.conf" 2>start.log & pids+=($!)
await_port "$site" && await_port "$backend"

cat >listen.py <<'PYTHON'
import sys, httpx
with httpx.Client(http2=sys.argv[2] == '2', verify=False, timeout=10) as client, client.stream('GET', sys.argv[1]) as answer:
    assert answer.http_version == ('HTTP/2' if sys.argv[2] == '2' else 'HTTP/1.1')
    try:
        for line in answer.iter_lines(): print(line.strip(), flush=True)
    except httpx.HTTPError as error: print(type(error).__name__, flush=True)
PYTHON
for version in 1 2; do
	PYTHONPATH=root/usr/lib/python3/dist-packages timeout 20 /usr/bin/python3 listen.py "https://127.0.0.1:$site/" $version >httpx$version 2>errors$version & pids+=($!)
done
curl -sNk --http2 -m 20 "https://127.0.0.1:$site/" >curled & pids+=($!)
touch curled
for listener in httpx1 httpx2 curled; do
	for _ in {1..100}; do grep -q data: $listener && break; sleep 0.1; done
done
declare -A before
for listener in httpx1 httpx2 curled; do before[$listener]=$(grep -c data: $listener); done
kill -HUP "$(cat nginx.pid)"
sleep 4
declare -A more
for listener in httpx1 httpx2 curled; do
	more[$listener]=$(($(grep -c data: $listener) - before[$listener]))
	echo "$listener: ${more[$listener]} events after the reload, $(grep Error $listener || echo 'no error')"
done
[ "${more[curled]}" -ge 10 ] && [ "${more[httpx1]}" -ge 10 ] && [ "${more[httpx2]}" -le 3 ] && grep -q RemoteProtocolError httpx2
