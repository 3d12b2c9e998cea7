#!/usr/bin/env bash
# Two Cookie fields reach a FastCGI program in three ways: joined with a comma, joined with a semicolon, or twice.
#
# Software:  Apache 2.4.71-1~deb12u1 (mod_proxy_fcgi), nginx 1.22.1-9+deb12u11, lighttpd 1.4.69-1 (Debian 12); a plain python3 FastCGI
#            program.
# Behaviour: browsers send one Cookie field (RFC 6265); a proxy that adds a cookie by adding a field, as HAProxy's
#            `http-request add-header Cookie …` does, makes them two. Apache joins all fields of a name with ", ", as HTTP allows for
#            lists, which cookies are none of; lighttpd joins cookies with "; "; nginx passes on both fields, each as a variable of
#            the same name, of which a program that looks one up sees the first or the last.
# Seen:      HTTP_COOKIE behind Apache: "first=1, second=2"; lighttpd: "first=1; second=2"; nginx: "first=1" and "second=2"
# For somebody who signs people in: behind that proxy nobody is signed in, or whoever has the other cookie is not. Read at semicolons,
#            Apache's is one cookie of the value "1, second=2". Have the proxy put its cookie into the field that is there; in nginx
#            `fastcgi_param HTTP_COOKIE $http_cookie;` gives one variable, joined with "; ".
# For pgbell: nginx's recipe makes HTTP_COOKIE of $http_cookie, which is one; behind Apache two fields sign nobody in.
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
unpack apache2-bin=2.4.71-1~deb12u1 libapr1 libaprutil1 nginx=1.22.1-9+deb12u11 lighttpd=1.4.69-1 libpcre2-8-0 libnghttp2-14 liblua5.3-0 \
	libnettle8 libxxhash0 libcrypt1 libcurl4 libjansson4 libbrotli1 libxml2 libicu72
export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu
root=$dir/root

cat >server.py <<'PYTHON'
import os, socket, struct, threading
def record(kind, content=b''): return struct.pack('>BBHHBB', 1, kind, 1, len(content), 0, 0) + content
def variables(connection):
    text = b''
    while True:
        _, kind, _, length, padding, _ = struct.unpack('>BBHHBB', connection.recv(8, socket.MSG_WAITALL))
        content = connection.recv(length + padding, socket.MSG_WAITALL) if length + padding else b''
        if kind == 4: text += content[:length]
        if kind == 5 and length == 0: break
    def length_at(at): return (text[at], at + 1) if text[at] < 128 else (struct.unpack('>I', text[at:at + 4])[0] & 0x7fffffff, at + 4)
    at = 0
    while at < len(text):
        name, at = length_at(at)
        value, at = length_at(at)
        yield text[at:at + name], text[at + name:at + name + value]
        at += name + value
def serve(connection):
    cookies = b' and '.join(b'"%s"' % value for name, value in variables(connection) if name == b'HTTP_COOKIE')
    connection.sendall(record(6, b'Content-Type: text/plain\r\n\r\n' + cookies) + record(6) + record(3, bytes(8)))
    connection.close()
listener = socket.socket(socket.AF_UNIX)
listener.bind('fcgi.sock')
os.chmod('fcgi.sock', 0o666)
listener.listen(16)
while True: threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
PYTHON
chmod 755 "$dir"
python3 server.py & pids+=($!)
until [ -S fcgi.sock ]; do sleep 0.1; done
apache=$(free_port) nginx=$(free_port) lighttpd=$(free_port)

modules=$root/usr/lib/apache2/modules
cat >httpd.conf <<CONFIG
ServerRoot "$dir"
ServerName localhost
Listen 127.0.0.1:$apache
PidFile "$dir/httpd.pid"
ErrorLog "$dir/httpd.log"
DefaultRuntimeDir "$dir"
$(for name in mpm_event authz_core proxy proxy_fcgi; do echo "LoadModule ${name}_module $modules/mod_$name.so"; done)
ProxyPass / unix:$dir/fcgi.sock|fcgi://program/
CONFIG
cat >nginx.conf <<CONFIG
daemon off;
pid $dir/nginx.pid;
error_log $dir/nginx.log;
events { }
http {
	access_log off;
	client_body_temp_path $dir/n1; proxy_temp_path $dir/n2; fastcgi_temp_path $dir/n3; uwsgi_temp_path $dir/n4; scgi_temp_path $dir/n5;
	server { listen 127.0.0.1:$nginx; location / { fastcgi_pass unix:$dir/fcgi.sock; fastcgi_param REQUEST_METHOD \$request_method; } }
}
CONFIG
cat >lighttpd.conf <<CONFIG
server.document-root = "$dir"
server.bind = "127.0.0.1"
server.port = $lighttpd
server.modules = ("mod_fastcgi")
fastcgi.server = ("/" => (("socket" => "$dir/fcgi.sock", "check-local" => "disable")))
CONFIG
"$root/usr/sbin/apache2" -D FOREGROUND -f "$dir/httpd.conf" >>httpd.log 2>&1 & pids+=($!)
"$root/usr/sbin/nginx" -e "$dir/nginx.log" -c "$dir/nginx.conf" >>nginx.log 2>&1 & pids+=($!)
"$root/usr/sbin/lighttpd" -D -f "$dir/lighttpd.conf" -m "$root/usr/lib/lighttpd" >>lighttpd.log 2>&1 & pids+=($!)

failed=0
look() {
	local seen
	await_port "$2" || { cat "$1.log" httpd.log >&2; exit 1; }
	seen=$(python3 - "$2" <<'PYTHON'
import socket, sys
client = socket.create_connection(('127.0.0.1', int(sys.argv[1])), 20)
client.sendall(b'GET / HTTP/1.0\r\nHost: localhost\r\nCookie: first=1\r\nCookie: second=2\r\n\r\n')
answer = b''
while piece := client.recv(65536): answer += piece
print(answer.split(b'\r\n\r\n', 1)[1].decode())
PYTHON
)
	printf '%-10s HTTP_COOKIE: %s\n' "$1" "$seen"
	[ "$seen" = "$3" ] || failed=1
}
look apache "$apache" '"first=1, second=2"'
look nginx "$nginx" '"first=1" and "second=2"'
look lighttpd "$lighttpd" '"first=1; second=2"'
exit $failed
