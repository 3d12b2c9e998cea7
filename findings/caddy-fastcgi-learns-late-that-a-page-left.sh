#!/usr/bin/env bash
# Caddy tells an HTTP backend at once of a client that left, and a FastCGI backend some events later.
#
# Software:  Caddy 2.6.2-5 (Debian 12); plain python3 backends of both kinds, and a client in front.
# Behaviour: a page opens an event stream through reverse_proxy and leaves. A backend that speaks HTTP has its connection
#            closed in that moment. One behind `transport fastcgi` keeps it: Caddy notices when it cannot write, and since
#            what it flushes reports no error, that is when an event comes behind the one that failed.
# Seen:      the client leaves after 2 events; HTTP: the backend's connection ends without another event; FastCGI: after 4
#            or 5 more, of one each half second
# For somebody who runs a stream: with a heartbeat each half minute a stream of somebody who left lives for two minutes or
#            more. Who is online is wrong for so long, and a limit of streams a person is met by reloading a page. An HTTP
#            server between (or a backend that speaks it) takes that away.
# For pgbell: a row for Caddy among the servers: seen some four heartbeats later. At a person's limit it writes a word to each of
#            that person's streams before it refuses one.
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
import os, socket, struct, sys, threading, time
def record(kind, content=b''): return struct.pack('>BBHHBB', 1, kind, 1, len(content), 0, 0) + content
def uri_of(connection):
    text = b''
    while True:
        _, kind, _, length, padding, _ = struct.unpack('>BBHHBB', connection.recv(8, socket.MSG_WAITALL))
        content = connection.recv(length + padding, socket.MSG_WAITALL) if length + padding else b''
        if kind == 4: text += content[:length]
        if kind == 5 and length == 0: return text.split(b'REQUEST_URI', 1)[1]
def event(n): return b'data: %d\n\n' % n
HEADER = b'Content-Type: text/event-stream\r\n'
def stream(connection, begin, frame, name):
    begin()
    for n in range(1, 30):
        connection.sendall(frame(event(n)))
        print(name, 'event', flush=True)
        connection.settimeout(0.5)
        try:
            if connection.recv(1) == b'': break
        except socket.timeout: continue
        except OSError: break
    print(name, 'closed', flush=True)
def fastcgi(connection):
    uri_of(connection)
    stream(connection, lambda: connection.sendall(record(6, HEADER + b'\r\n')), lambda text: record(6, text), 'fastcgi')
def http(connection):
    while b'\r\n\r\n' not in connection.recv(65536): pass
    stream(connection, lambda: connection.sendall(b'HTTP/1.1 200 OK\r\n' + HEADER + b'Transfer-Encoding: chunked\r\n\r\n'),
        lambda text: b'%x\r\n%s\r\n' % (len(text), text), 'http')
for name, serve in (('fcgi.sock', fastcgi), ('http.sock', http)):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(name)
    listener.listen(16)
    def loop(listener=listener, serve=serve):
        while True:
            connection = listener.accept()[0]
            def safely(connection=connection):
                try: serve(connection)
                except OSError: print(serve.__name__, 'closed', flush=True)
            threading.Thread(target=safely, daemon=True).start()
    threading.Thread(target=loop, daemon=True).start()
time.sleep(100)
PYTHON
python3 server.py >events 2>/dev/null & pids+=($!)
until [ -S http.sock ]; do sleep 0.1; done
site=$(free_port)
cat >caddyfile <<CONFIG
{
	admin off
	auto_https off
}
http://127.0.0.1:$site {
	handle /fastcgi {
		reverse_proxy unix/$dir/fcgi.sock {
			transport fastcgi
		}
	}
	handle /http {
		reverse_proxy unix/$dir/http.sock
	}
}
CONFIG
export HOME=$dir XDG_DATA_HOME=$dir XDG_CONFIG_HOME=$dir
root/usr/bin/caddy version
root/usr/bin/caddy run --adapter caddyfile --config caddyfile 2>caddy.log & pids+=($!)
await_port "$site"

timeout 60 python3 - "$site" <<'PYTHON'
import socket, sys, time
def count(name, what): return open('events').read().count('%s %s' % (name, what))
def further(name):
    client = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
    client.sendall(b'GET /%s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\n\r\n' % (name.encode(), sys.argv[1].encode()))
    text = b''
    while b'data: 2\n\n' not in text: text += client.recv(65536)
    before = count(name, 'event')
    client.close()
    for _ in range(200):
        if count(name, 'closed'): break
        time.sleep(0.1)
    return count(name, 'event') - before
http, fastcgi = further('http'), further('fastcgi')
print('HTTP:    the backend was told after %d events more' % http)
print('FastCGI: the backend was told after %d events more' % fastcgi)
sys.exit(0 if http <= 1 and 3 <= fastcgi < 27 else 1)
PYTHON
