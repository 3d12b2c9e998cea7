#!/usr/bin/env bash
# HAProxy hands out each event of an HTTP/1.1 stream 0.2 s late until it is told not to.
#
# Software:  HAProxy 2.6.12-1+deb12u4 (Debian 12); a plain python3 server and client on either side.
# Behaviour: the backend sends one chunk a second, each a whole event. HAProxy writes it to the client at once, but tells
#            the kernel that more is to follow, since the answer has not ended; the kernel waits 200 ms for more before it
#            sends. `option http-no-delay` takes the wait away. Its page speaks of applications that need interactive
#            exchange within one request; that every event stream is one is easily missed.
# Seen:      as it comes: event 1: 0.205 s, event 2: 0.206 s, event 3: 0.205 s; with http-no-delay: 0.001 s
# For somebody who runs a stream: what takes a millisecond from the insert to the browser takes 200. Where events are
#            measured in front of HAProxy nothing is seen. Set `option http-no-delay` in the streams' frontend or defaults.
# For pgbell: a row for HAProxy among the servers, with this line.
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
            event = b'data: %d %.4f\n\n' % (n, time.time())
            self.wfile.write(b'%x\r\n%s\r\n' % (len(event), event))
            self.wfile.flush()
            time.sleep(1)
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Stream)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
python3 server.py >server.port 2>/dev/null & pids+=($!)
until [ -s server.port ]; do sleep 0.1; done
free_port() { python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"; }
plain=$(free_port)
told=$(free_port)

cat >haproxy.cfg <<CONFIG
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen as-it-comes
    bind 127.0.0.1:$plain
    server backend 127.0.0.1:$(cat server.port)
listen told
    bind 127.0.0.1:$told
    option http-no-delay
    server backend 127.0.0.1:$(cat server.port)
CONFIG
root/usr/sbin/haproxy -v | sed -n 1p
root/usr/sbin/haproxy -f haproxy.cfg -db >haproxy.log 2>&1 & pids+=($!)

timeout 60 python3 - "$plain" "$told" <<'PYTHON'
import http.client, socket, sys, time
def lateness(port):
    for attempt in range(50):
        try: socket.create_connection(('127.0.0.1', port)).close(); break
        except OSError: time.sleep(0.1)
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=10)
    connection.request('GET', '/')
    answer, late = connection.getresponse(), []
    while len(late) < 4:
        event = answer.read1(65536)
        late.append(time.time() - float(event.split()[2]))
    return late[1:]
plain, told = lateness(int(sys.argv[1])), lateness(int(sys.argv[2]))
print('as it comes:       ', ', '.join('%.3f s late' % seconds for seconds in plain))
print('with http-no-delay:', ', '.join('%.3f s late' % seconds for seconds in told))
held = min(plain) > 0.15 and max(told) < 0.1
print('each event was held for 200 ms' if held else 'not seen')
sys.exit(0 if held else 1)
PYTHON
