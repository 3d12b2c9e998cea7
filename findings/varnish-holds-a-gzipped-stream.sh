#!/usr/bin/env bash
# Varnish keeps a gzipped stream, its header included, from a client that does not take gzip.
#
# Software:  Varnish 7.1.1-2+deb12u1 (Debian 12) with its defaults; a plain python3 server behind it and client in front.
# Behaviour: Varnish asks the backend for gzip whoever its client is, and unpacks for clients that did not. A backend that
#            compresses events and flushes each is passed on at once to a client that takes gzip. One that does not gets
#            nothing, not even a status line, until the unpacked text fills a buffer of 32 KB, and then again until the next
#            32 KB.
# Seen:      with Accept-Encoding: gzip    first byte after 0.0 s
#            without                       no byte within 8 s, in which the backend sent 16 events
# For somebody who runs a stream: browsers take gzip, so the page works and every test with it; curl, a script, a probe and
#            many a library hang as if the stream were dead. Do not compress text/event-stream behind Varnish, or `set
#            beresp.do_gunzip = true` for it, which unpacks event by event.
# For pgbell: a row for Varnish among the servers: no gzip of the stream behind it. pgbell itself compresses nothing.
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
unpack varnish=7.1.1-2+deb12u1 libvarnishapi3=7.1.1-2+deb12u1 libjemalloc2
export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu:$dir/root/usr/lib/x86_64-linux-gnu/varnish

cat >server.py <<'PYTHON'
import http.server, sys, time, zlib
class Stream(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *args): pass
    def do_GET(self):
        print('the backend is asked with Accept-Encoding:', self.headers.get('Accept-Encoding'), file=sys.stderr, flush=True)
        self.send_response(200)
        self.send_header('Content-Type', 'text/event-stream')
        self.send_header('Cache-Control', 'no-store')
        self.send_header('Content-Encoding', 'gzip')
        self.send_header('Transfer-Encoding', 'chunked')
        self.end_headers()
        pack = zlib.compressobj(wbits=31)
        for n in range(1, 200):
            piece = pack.compress(b'data: %d\n\n' % n) + pack.flush(zlib.Z_SYNC_FLUSH)
            self.wfile.write(b'%x\r\n%s\r\n' % (len(piece), piece))
            self.wfile.flush()
            time.sleep(0.5)
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Stream)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
python3 server.py >server.port 2>server.log & pids+=($!)
until [ -s server.port ]; do sleep 0.1; done
site=$(free_port)
printf 'vcl 4.1;\nbackend stream { .host = "127.0.0.1"; .port = "%s"; }\n' "$(cat server.port)" >site.vcl

mkdir work
root/usr/sbin/varnishd -V 2>&1 | sed -n 1p
root/usr/sbin/varnishd -F -j none -n "$dir/work" -a "127.0.0.1:$site" -f "$dir/site.vcl" >varnish.log 2>&1 & pids+=($!)
await_port "$site"

result=0
timeout 60 python3 - "$site" <<'PYTHON' || result=$?
import socket, sys, time
def first_byte(header):
    client = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
    client.sendall(b'GET /%d HTTP/1.1\r\nHost: localhost\r\n%s\r\n' % (len(header), header))
    client.settimeout(8)
    start = time.time()
    try: return client.recv(65536) and time.time() - start
    except socket.timeout: return None
packed, plain = first_byte(b'Accept-Encoding: gzip\r\n'), first_byte(b'')
for name, seconds in ('with Accept-Encoding: gzip', packed), ('without', plain):
    print('%-30s %s' % (name, 'no byte within 8 s' if seconds is None else 'first byte after %.1f s' % seconds))
sys.exit(0 if packed is not None and plain is None else 1)
PYTHON
grep asked server.log
[ "$result" = 0 ]
