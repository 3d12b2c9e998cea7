#!/usr/bin/env bash
# libsoup takes a chunked answer that broke off in the middle for a whole one, and Mojo::UserAgent one with a Content-Length, too.
#
# Software:  libsoup 3.2.3-0+deb12u2 (what GNOME's programs and WebKitGTK ask with) through its GObject introspection, Mojolicious
#            9.31 (Debian 12); curl for comparison; a plain python3 server. Ruby's httpclient 2.8.3 does as libsoup (tried beside).
# Guessed:   an error in each, as in curl, and in Qt, pycurl, urllib3, Twisted, AnyEvent::HTTP, Tcl and Ruby's other clients (tried beside).
# Behaviour: an answer in chunks is whole when its last chunk is there, one with a Content-Length when as much is there (RFC 9112,
#            section 8). A server dies before that. libsoup's stream of the body ends as if all had come, and knows better only where
#            there was a Content-Length; Mojo's transaction has no error in either case ("Premature connection close" is for one
#            of which not even a status came).
# Seen:      chunked: curl error, libsoup end, Mojo no error; Content-Length: curl error, libsoup "Connection terminated unexpectedly", Mojo no error
# For somebody who runs a stream: a desktop or embedded client cannot tell a crash from an end that was meant, so it has to come back from both.
#            A list that is cut between two lines counts as whole; with Mojo compare its length with the Content-Length.
# For pgbell: a row for each in deploy/www/CLIENTS.md. Its streams say `closing` before an end that is meant, and each of its REST answers is
#            one JSON object, of which no part is whole.
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
unpack libsoup-3.0-0=3.2.3-0+deb12u2 gir1.2-soup-3.0=3.2.3-0+deb12u2 gir1.2-glib-2.0 gir1.2-freedesktop libgirepository-1.0-1 python3-gi=3.42.2-3+b1 libglib2.0-0 libpsl5 \
	libnghttp2-14 libsqlite3-0 libbrotli1 libffi8 libmount1 libblkid1 libmojolicious-perl=9.31+dfsg-1
export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu

cat >server.py <<'PYTHON'
import http.server, time
class Stream(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *args): pass
    def do_GET(self):
        chunked = self.path == '/chunked'
        self.send_response(200)
        self.send_header('Content-Type', 'text/event-stream')
        self.send_header('Transfer-Encoding', 'chunked') if chunked else self.send_header('Content-Length', '1000')
        self.end_headers()
        for n in range(1, 4):
            event = b'data: %d\n\n' % n
            self.wfile.write(b'%x\r\n%s\r\n' % (len(event), event) if chunked else event)
            self.wfile.flush()
            time.sleep(0.2)
        self.close_connection = True  # without the last chunk, or the rest
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Stream)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
python3 server.py >server.port 2>/dev/null & pids+=($!)
until [ -s server.port ]; do sleep 0.1; done
site=http://127.0.0.1:$(cat server.port)

cat >soup.py <<'PYTHON'
import sys, gi
gi.require_version('Soup', '3.0')
from gi.repository import GLib, Soup
body = Soup.Session().send(Soup.Message.new('GET', sys.argv[1]), None)
events = 0
try:
    while piece := body.read_bytes(4096, None).get_data(): events += piece.count(b'data:')
    print('%d events, end' % events)
except GLib.Error as error: print('%d events, error: %s' % (events, error.message))
PYTHON
cat >mojo.pl <<'PERL'
use Mojo::UserAgent;
my $done = Mojo::UserAgent->new->get($ARGV[0]);
my $events = () = $done->res->body =~ /data:/g;
print "$events events, ", ($done->error ? 'error: ' . $done->error->{message} : 'no error'), "\n";
PERL
soup() { GI_TYPELIB_PATH=$LD_LIBRARY_PATH/girepository-1.0 PYTHONPATH=root/usr/lib/python3/dist-packages timeout 20 /usr/bin/python3 soup.py "$1"; }
mojo() { PERL5LIB=root/usr/share/perl5 timeout 20 perl mojo.pl "$1"; }
with_curl() { LD_LIBRARY_PATH='' curl -s -m 20 "$1" >body && echo "$(grep -c data: body) events, end" || echo "$(grep -c data: body) events, error"; }
for path in chunked length; do
	for client in with_curl soup mojo; do echo "$path, $client: $($client "$site/$path" 2>&1)"; done
done >seen
cat seen
diff seen - <<'EXPECTED'
chunked, with_curl: 3 events, error
chunked, soup: 3 events, end
chunked, mojo: 3 events, no error
length, with_curl: 3 events, error
length, soup: 3 events, error: Connection terminated unexpectedly
length, mojo: 3 events, no error
EXPECTED
