#!/usr/bin/env bash
# HAProxy's gzip hands out an event's last bytes only with the next event.
#
# Software:  HAProxy 2.6.12-1+deb12u4 (Debian 12); a plain python3 server and client on either side.
# Behaviour: with `compression algo gzip` and `compression type text/event-stream` HAProxy passes on at once most of what
#            its backend sent, but the last few bytes of each piece stay in its compressor until more comes. Among them is
#            the blank line that ends an event, without which a browser may not dispatch it. `option http-no-delay` is set
#            here, so this is not the wait that it takes away.
# Seen:      event 1: complete 1.00 s after it was sent, with event 2 (four times of four)
# For somebody who runs a stream: each event is told one event late; the last before a quiet hour an hour late. Nothing is
#            lost and no log shows it. Leave text/event-stream out of `compression type`.
# For pgbell: a row for HAProxy among the servers: no compression of text/event-stream.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT

# Debian packages, unpacked into $dir/root and not installed: name=version, or what there is of it today.
unpack() {
	cd "$dir"
	for package; do
		apt-get -qq -o APT::Sandbox::User=root download "$package" 2>/dev/null ||
			apt-get -qq -o APT::Sandbox::User=root download "${package%%=*}"
	done
	for package in *.deb; do dpkg -x "$package" root; done
	rm -f -- *.deb
}
unpack haproxy=2.6.12-1+deb12u4 libopentracing-c-wrapper0 libopentracing1 liblua5.3-0 libpcre2-8-0 libssl3
export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu

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
        for n in range(1, 7):
            event = b'data: %d %.3f\n\n' % (n, time.time())
            self.wfile.write(b'%x\r\n%s\r\n' % (len(event), event))
            self.wfile.flush()
            time.sleep(1)
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Stream)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
python3 server.py >server.port 2>/dev/null & pids+=($!)
until [ -s server.port ]; do sleep 0.1; done
port=$(python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])")

cat >haproxy.cfg <<CONFIG
defaults
    mode http
    option http-no-delay
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen site
    bind 127.0.0.1:$port
    compression algo gzip
    compression type text/event-stream
    server backend 127.0.0.1:$(cat server.port)
CONFIG
root/usr/sbin/haproxy -v | sed -n 1p
root/usr/sbin/haproxy -f haproxy.cfg -db >haproxy.log 2>&1 & pids+=($!)

timeout 30 python3 - "$port" <<'PYTHON'
import http.client, socket, sys, time, zlib
for attempt in range(50):
    try: socket.create_connection(('127.0.0.1', int(sys.argv[1]))).close(); break
    except OSError: time.sleep(0.1)
connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=10)
connection.request('GET', '/', headers={'Accept-Encoding': 'gzip'})
answer = connection.getresponse()
if answer.getheader('Content-Encoding') != 'gzip': sys.exit('not compressed: nothing to see')
unzip, text, late = zlib.decompressobj(31), b'', []
while len(late) < 4:
    text += unzip.decompress(answer.read1(65536))
    while b'\n\n' in text:
        event, text = text.split(b'\n\n', 1)
        number, sent = event.split()[1:]
        late.append(time.time() - float(sent))
        print('event %s: complete %.2f s after it was sent' % (number.decode(), late[-1]))
held = all(seconds > 0.9 for seconds in late)
print('each event was complete only with the next one' if held else 'not seen: events came whole')
sys.exit(0 if held else 1)
PYTHON
