#!/usr/bin/env bash
# Apache tells its client that a FastCGI program broke off in the middle when its KeepAliveTimeout is over, and not before.
#
# Software:  Apache 2.4.71-1~deb12u1 (Debian 12, mpm_event) with mod_proxy_fcgi, and with mod_proxy_http for comparison; plain python3
#            servers behind it.
# Guessed:   the break is passed on at once.
# Behaviour: a program dies in the middle of an answer that Apache has flushed so far. Apache logs "Failed to read FastCGI header" in that
#            moment, sends no last chunk, which is right, and then keeps the connection open as if another request could come on it. So
#            the client waits for more of an answer of which there is none, until KeepAliveTimeout ends the connection. With `KeepAlive
#            Off`, and with an HTTP server behind mod_proxy_http, it is told at once.
# Seen:      break at 0.6 s; KeepAliveTimeout 2: the client knows at 2.6 s; the default of 5: at 5.7 s; KeepAlive Off: at 0.6 s; HTTP: always at 0.6 s
# For somebody who runs a stream: after a crash of the program pages are without it, and do not know, for as long as somebody has set
#            KeepAliveTimeout. Behind nginx, lighttpd and HAProxy they are told at once.
# For pgbell: a row for Apache among the servers: keep KeepAliveTimeout at a few seconds. A stop in good order ends streams at once.
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
unpack apache2-bin=2.4.71-1~deb12u1 libapr1 libaprutil1 libaprutil1-dbd-sqlite3 libpcre2-8-0 libcrypt1
export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu

cat >server.py <<'PYTHON'
import os, socket, struct, sys, threading, time
def record(kind, content=b''): return struct.pack('>BBHHBB', 1, kind, 1, len(content), 0, 0) + content
def fastcgi(connection):
    while True:
        _, kind, _, length, padding, _ = struct.unpack('>BBHHBB', connection.recv(8, socket.MSG_WAITALL))
        if length + padding: connection.recv(length + padding, socket.MSG_WAITALL)
        if kind == 5 and length == 0: break
    return b'', lambda text: record(6, text)
def http(connection):
    while b'\r\n\r\n' not in connection.recv(65536): pass
    return b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n', None
def serve(connection, start):
    try:
        status, frame = start(connection)
        head = status + b'Content-Type: text/event-stream\r\n\r\n'
        connection.sendall(frame(head) if frame else head)
        for n in range(3):
            event = b'data: %d\n\n' % n
            connection.sendall(frame(event) if frame else b'%x\r\n%s\r\n' % (len(event), event))
            time.sleep(0.2)
    except OSError: pass
    connection.close()  # without END_REQUEST, without the last chunk
for port, start in ((int(sys.argv[1]), fastcgi), (int(sys.argv[2]), http)):
    listener = socket.create_server(('127.0.0.1', port))
    def loop(listener=listener, start=start):
        while True: threading.Thread(target=serve, args=(listener.accept()[0], start), daemon=True).start()
    threading.Thread(target=loop, daemon=True).start()
time.sleep(100)
PYTHON
fastcgi=$(free_port) http=$(free_port)
python3 server.py "$fastcgi" "$http" 2>/dev/null & pids+=($!)

two=$(free_port) five=$(free_port) off=$(free_port)
site() { printf 'Listen 127.0.0.1:%s\n<VirtualHost 127.0.0.1:%s>\n%s\nProxyPass /fastcgi fcgi://127.0.0.1:%s/ flushpackets=on\nProxyPass /http http://127.0.0.1:%s/ flushpackets=on\n</VirtualHost>\n' "$1" "$1" "$2" "$fastcgi" "$http"; }
{
	printf '%s\n' "ServerRoot $dir" "DefaultRuntimeDir $dir" "PidFile $dir/pid" "ErrorLog $dir/error.log" 'ServerName localhost'
	[ "$(id -u)" != 0 ] || printf '%s\n' 'User nobody' 'Group nogroup'
	for module in mpm_event authz_core proxy proxy_fcgi proxy_http; do printf 'LoadModule %s_module root/usr/lib/apache2/modules/mod_%s.so\n' $module $module; done
	site "$two" 'KeepAliveTimeout 2'
	site "$five" ''
	site "$off" 'KeepAlive Off'
} >apache.conf
root/usr/sbin/apache2 -v | head -n 1
root/usr/sbin/apache2 -X -f "$dir/apache.conf" & pids+=($!)
for port in "$fastcgi" "$http" "$two" "$five" "$off"; do await_port "$port" || { cat error.log >&2; exit 2; }; done

timeout 60 python3 - "$two" "$five" "$off" <<'PYTHON'
import http.client, sys, time
def known_after(port, path):
    connection, start = http.client.HTTPConnection('127.0.0.1', int(port), timeout=15), time.time()
    connection.request('GET', path)
    try: connection.getresponse().read()
    except http.client.IncompleteRead as broken:
        if broken.partial.count(b'data:') == 3: return time.time() - start
    return -1
held = True
for path in ('/fastcgi', '/http'):
    two, five, off = (known_after(port, path) for port in sys.argv[1:])
    print('%-9s KeepAliveTimeout 2: %.1f s, the default: %.1f s, KeepAlive Off: %.1f s' % (path, two, five, off))
    late = path == '/fastcgi'
    held = held and (2 < two < 4 and 5 < five < 7.5 if late else 0 < two < 1.8 and 0 < five < 1.8) and 0 < off < 1.8
sys.exit(0 if held else 1)
PYTHON
