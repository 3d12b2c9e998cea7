#!/usr/bin/env bash
# Symfony's EventSourceHttpClient comes back when a stream breaks off, and never when it ends in good order.
#
# Software:  php-symfony-http-client 5.4.53+dfsg-0+deb12u1 with PHP 8.2 (Debian 12); a plain python3 server.
# Behaviour: a connection that breaks in the middle is opened again after the server's `retry:`, with Last-Event-ID, as in a
#            browser. An answer that ends as HTTP has it (the last chunk, or its length) is passed on as isLast() and not
#            opened again, however long the program goes on asking; the standard has a client reconnect there too.
# Seen:      in 6 s: broken off: opened 6 times, with Last-Event-ID from the second on; ended: opened once
# For somebody who runs a stream: servers end streams in good order when they restart or are reloaded, and on some hosts
#            after a fixed time. PHP programs that listen then hear nothing more until they are started again. In the loop,
#            call connect() anew when isLast() is true, with the last id, which one has to remember.
# For pgbell: a row in the table of other people's clients; pgbell ends streams in good order at SIGTERM and as CGI after
#            PGBELL_CGI_LIFETIME_S.
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
command -v php >/dev/null || { echo 'needs apt-get install php-cli' >&2; exit 2; }
unpack php-symfony-http-client=5.4.53+dfsg-0+deb12u1 php-psr-log php-psr-container php-symfony-deprecation-contracts php-symfony-http-client-contracts php-symfony-service-contracts

cat >server.py <<'PYTHON'
import http.server, sys, time
class Stream(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *args): pass
    def do_GET(self):
        print(self.path, self.headers.get('Last-Event-ID', 'none'), file=sys.stderr, flush=True)
        self.send_response(200)
        self.send_header('Content-Type', 'text/event-stream')
        self.send_header('Transfer-Encoding', 'chunked')
        self.end_headers()
        for n in range(1, 4):
            event = b'retry: 1000\nid: %d\ndata: x\n\n' % n
            self.wfile.write(b'%x\r\n%s\r\n' % (len(event), event))
            self.wfile.flush()
            time.sleep(0.1)
        if self.path == '/ended': self.wfile.write(b'0\r\n\r\n')
        self.close_connection = True
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Stream)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
python3 server.py >server.port 2>openings & pids+=($!)
until [ -s server.port ]; do sleep 0.1; done

cat >listen.php <<'PHP'
<?php
set_include_path('root/usr/share/php');
require 'Symfony/Component/HttpClient/autoload.php';
use Symfony\Component\HttpClient\Chunk\ServerSentEvent;
use Symfony\Component\HttpClient\EventSourceHttpClient;
use Symfony\Component\HttpClient\NativeHttpClient;

$client = new EventSourceHttpClient(new NativeHttpClient());
$stream = $client->connect($argv[1]);
$end = microtime(true) + 6;
$events = 0;
while (microtime(true) < $end) {
    foreach ($client->stream($stream, 1) as $chunk) {
        if (microtime(true) > $end) {
            break;
        }
        if (!$chunk->isTimeout() && $chunk instanceof ServerSentEvent) {
            $events++;
        }
    }
    usleep(50000);
}
echo "$events events";
PHP
php -v | sed -n 1p
for way in broken ended; do
	events=$(timeout 30 php listen.php "http://127.0.0.1:$(cat server.port)/$way")
	echo "$way: $events in 6 s, opened with Last-Event-ID:$(sed -n "s|^/$way||p" openings | tr '\n' ',')"
done
[ "$(grep -c '^/ended' openings)" = 1 ] && [ "$(grep -c '^/broken [1-3]' openings)" -ge 3 ]
