#!/usr/bin/env bash
# HAProxy makes a 302 of a FastCGI program's 201 that has a Location behind its Status.
#
# Software:  HAProxy 2.6.12-1+deb12u4 (Debian 12) as a FastCGI client (`proto fcgi`), nginx 1.22.1 (Debian 12) beside it; a
#            plain python3 FastCGI program.
# Behaviour: a CGI program that made something answers `Status: 201 Created` and `Location: /made/7`. RFC 3875 has a Location
#            stand for a 302 only where there is no Status, and says nothing of their order. HAProxy takes the last of the two:
#            Status and then Location is a 302, Location and then Status is a 201.
# Seen:      Status, Location: 302 through HAProxy, 201 through nginx; Location, Status: 201 through both
# For somebody who runs a site: a client that posts is sent on to what it has made and is shown that with a 200: it works in a
#            browser and fails in whatever looks for 201, and only where HAProxy speaks FastCGI itself.
# For pgbell: it writes Location before Status.
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
unpack haproxy=2.6.12-1+deb12u4 libopentracing-c-wrapper0 libopentracing1 liblua5.3-0 libpcre2-8-0 libssl3 nginx=1.22.1-9+deb12u4
export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu

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
def serve(connection):
    status, location = b'Status: 201 Created\r\n', b'Location: /made/7\r\n'
    head = location + status if b'/location-first' in uri_of(connection) else status + location
    connection.sendall(record(6, head + b'Content-Type: text/plain\r\n\r\nmade\n') + record(6) + record(3, bytes(8)))
    connection.close()
listener = socket.socket(socket.AF_UNIX)
listener.bind('fcgi.sock')
os.chmod('fcgi.sock', 0o666)
listener.listen(16)
while True: threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
PYTHON
chmod 755 "$dir"
python3 server.py 2>/dev/null & pids+=($!)
until [ -S fcgi.sock ]; do sleep 0.1; done
proxy=$(free_port)
cat >haproxy.cfg <<CONFIG
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
fcgi-app program
    docroot /srv
listen site
    bind 127.0.0.1:$proxy
    use-fcgi-app program
    server program unix@$dir/fcgi.sock proto fcgi
CONFIG
root/usr/sbin/haproxy -v | sed -n 1p
root/usr/sbin/haproxy -f haproxy.cfg -db >haproxy.log 2>&1 & pids+=($!)
await_port "$proxy"
server=$(free_port)
cat >nginx.conf <<CONFIG
daemon off; pid $dir/nginx.pid; error_log $dir/error.log; events { }
http {
    access_log off;
    client_body_temp_path $dir/body; fastcgi_temp_path $dir/fastcgi; proxy_temp_path $dir/proxy; uwsgi_temp_path $dir/uwsgi; scgi_temp_path $dir/scgi;
    server { listen 127.0.0.1:$server; location / { fastcgi_param REQUEST_URI \$request_uri; fastcgi_param REQUEST_METHOD GET; fastcgi_pass unix:$dir/fcgi.sock; } }
}
CONFIG
root/usr/sbin/nginx -v
root/usr/sbin/nginx -c "$dir/nginx.conf" -e "$dir/error.log" & pids+=($!)
await_port "$server"

status() { curl -s -m 5 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$1/$2"; }
seen=()
for path in status-first location-first; do
	seen+=("$(status "$proxy" $path)" "$(status "$server" $path)")
done
printf 'Status and then Location: HAProxy %s, nginx %s\nLocation and then Status: HAProxy %s, nginx %s\n' "${seen[@]}"
[ "${seen[*]}" = '302 201 201 201' ]
