#!/usr/bin/env bash
# nginx makes a good end of a FastCGI answer whose program broke off in the middle, and logs nothing.
#
# Software:  nginx 1.22.1-9+deb12u11 and h2o 2.2.5+dfsg2-7 (Debian 12), lighttpd 1.4.69 and HAProxy 2.6.12 (`proto fcgi`) for
#            comparison; plain python3 servers behind them.
# Guessed:   passed on, as nginx does it from an HTTP server.
# Behaviour: a FastCGI program says that its answer is whole by a record of its own (END_REQUEST). It dies, and its connection is gone
#            without one. nginx sends its client the last chunk, as if all had been said, with buffering and without, and has no line in
#            its error log; h2o does the same, of HTTP servers too. lighttpd and HAProxy break off in front as well. nginx in front of an
#            HTTP server that dies in the middle of a chunked answer breaks off, and logs "upstream prematurely closed connection".
# Seen:      nginx FastCGI: good order, no line; nginx HTTP: broken off, 1 line; h2o FastCGI and HTTP: good order; lighttpd, HAProxy: broken off
# For somebody who runs a stream: a client that takes an end for an end (fetch-event-source, Symfony's) comes back from a crash behind
#            any of the others and is silent for good behind nginx. A list that is made as it goes, without Content-Length, is half
#            and counts as whole; and who looks for what went wrong finds a 200 in the access log.
# For pgbell: it says `closing` before an end that is meant, its client comes back from any end, and its REST answers have a
#            Content-Length. deploy/www/CLIENTS.md says that other clients have to come back from an end, too.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT
cd "$dir"

# Debian packages, unpacked into root/ and not installed: name=version, or what there is of it today.
unpack() {
	apt-get -qq -o APT::Sandbox::User=root download "$@" 2>/dev/null ||
		apt-get -qq -o APT::Sandbox::User=root download "${@%%=*}"
	for package in *.deb; do dpkg -x "$package" root; done
	rm -f -- *.deb
}
free_port() { python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"; }
await_port() { for _ in {1..100}; do (: </dev/tcp/127.0.0.1/"$1") 2>/dev/null && return; sleep 0.1; done; return 1; }
unpack nginx=1.22.1-9+deb12u11 h2o=2.2.5+dfsg2-7 libuv1 libyaml-0-2 libwslay1 \
	haproxy=2.6.12-1+deb12u4 libopentracing-c-wrapper0 libopentracing1 liblua5.3-0 lighttpd=1.4.69-1 liblua5.4-0 libxxhash0 libpcre2-8-0 libnettle8
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

declare -A port
for name in fastcgi buffered http h2o-fastcgi h2o-http lighttpd haproxy; do port[$name]=$(free_port); done
chmod 755 "$dir"
cat >nginx.conf <<CONFIG
daemon off; master_process off; pid $dir/nginx.pid; error_log $dir/nginx.log;
events { }
http {
	access_log off;
	client_body_temp_path $dir/b; proxy_temp_path $dir/p; fastcgi_temp_path $dir/f; uwsgi_temp_path $dir/u; scgi_temp_path $dir/s;
	fastcgi_param REQUEST_METHOD \$request_method; fastcgi_param REQUEST_URI \$request_uri;
	server { listen 127.0.0.1:${port[fastcgi]}; location / { fastcgi_pass 127.0.0.1:$fastcgi; fastcgi_buffering off; } }
	server { listen 127.0.0.1:${port[buffered]}; location / { fastcgi_pass 127.0.0.1:$fastcgi; } }
	server { listen 127.0.0.1:${port[http]}; location / { proxy_pass http://127.0.0.1:$http; proxy_http_version 1.1; proxy_buffering off; } }
}
CONFIG
cat >h2o.conf <<CONFIG
num-threads: 1
hosts:
  "127.0.0.1:${port[h2o-fastcgi]}":
    listen: { host: 127.0.0.1, port: ${port[h2o-fastcgi]} }
    paths: { "/": { fastcgi.connect: { host: 127.0.0.1, port: $fastcgi, type: tcp } } }
  "127.0.0.1:${port[h2o-http]}":
    listen: { host: 127.0.0.1, port: ${port[h2o-http]} }
    paths: { "/": { proxy.reverse.url: "http://127.0.0.1:$http/" } }
CONFIG
[ "$(id -u)" != 0 ] || sed -i '1i user: nobody' h2o.conf
cat >lighttpd.conf <<CONFIG
server.bind = "127.0.0.1"
server.port = ${port[lighttpd]}
server.document-root = "$dir"
server.modules = ("mod_fastcgi")
server.stream-response-body = 2
fastcgi.server = ("/" => (("host" => "127.0.0.1", "port" => $fastcgi, "check-local" => "disable")))
CONFIG
cat >haproxy.cfg <<CONFIG
defaults
	mode http
	timeout connect 5s
	timeout client 60s
	timeout server 60s
fcgi-app program
	docroot /
frontend site
	bind 127.0.0.1:${port[haproxy]}
	default_backend program
backend program
	use-fcgi-app program
	server one 127.0.0.1:$fastcgi proto fcgi
CONFIG
root/usr/sbin/nginx -v
root/usr/sbin/nginx -p "$dir" -e "$dir/nginx.log" -c "$dir/nginx.conf" & pids+=($!)
root/usr/bin/h2o -c h2o.conf >h2o.log 2>&1 & pids+=($!)
root/usr/sbin/lighttpd -D -m root/usr/lib/lighttpd -f lighttpd.conf 2>lighttpd.log & pids+=($!)
root/usr/sbin/haproxy -db -f haproxy.cfg >haproxy.log 2>&1 & pids+=($!)
for name in "${!port[@]}"; do await_port "${port[$name]}" || { echo "$name did not start" >&2; cat ./*.log >&2; exit 2; }; done

# How the answer of this one ended, and how many lines nginx logged meanwhile.
: >nginx.log
ask() {
	local before after
	before=$(wc -l <nginx.log)
	end=$(timeout 20 python3 - "${port[$1]}" <<'PYTHON'
import http.client, sys
connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=10)
connection.request('GET', '/')
try: print('good order' if connection.getresponse().read().count(b'data:') == 3 else 'other')
except http.client.IncompleteRead as broken: print('broken off' if broken.partial.count(b'data:') == 3 else 'other')
PYTHON
	)
	after=$(wc -l <nginx.log)
	lines=$((after - before))
	echo "$1: $end, $lines lines in nginx's log"
	seen+="$1 $end $lines|"
}
seen=
for name in fastcgi buffered http h2o-fastcgi h2o-http lighttpd haproxy; do ask "$name"; done
[ "$seen" = 'fastcgi good order 0|buffered good order 0|http broken off 1|h2o-fastcgi good order 0|h2o-http good order 0|lighttpd broken off 0|haproxy broken off 0|' ]
