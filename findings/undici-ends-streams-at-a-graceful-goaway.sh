#!/usr/bin/env bash
# undici ends an HTTP/2 stream at once when nginx is reloaded, which is meant to let it run on.
#
# Software:  npm undici 7.30.2 with allowH2, and Node.js 20's own http2 for comparison; nginx 1.22.1 (Debian 12; any
#            packaged one is used, and printed).
# Behaviour: at a reload nginx sends GOAWAY with NO_ERROR and the number of the last stream, and serves open streams on.
#            That is what RFC 9113, 6.8, has such a frame for: streams up to that number go on. Node's http2 does so. undici
#            tears the connection down, and each stream on it fails with "terminated" in the same moment.
# Seen:      node:http2: goes on, 15 events in the 3 s after the reload; undici: "terminated" after 0.0 s
# For somebody who runs a stream: programs that listen over HTTP/2 with undici's fetch lose the stream at each reload of the
#            web server (which sends the same after keepalive_requests and keepalive_time), all in one moment, though it
#            drains as it should. They have to come back by themselves, with their last id and some jitter.
# For pgbell: a row in the table of other people's clients; nginx's worker_shutdown_timeout does not spread these.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT
cd "$dir"
free_port() { python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"; }
await_port() { for _ in {1..100}; do (: </dev/tcp/127.0.0.1/"$1") 2>/dev/null && return; sleep 0.1; done; return 1; }
command -v npm >/dev/null || { echo 'needs Node.js 20 and npm' >&2; exit 2; }
echo '{ "private": true, "type": "module" }' >package.json
for program in nginx openssl; do
	command -v $program >/dev/null || { echo "needs apt-get install nginx-light openssl" >&2; exit 2; }
done
npm install --silent --no-audit --no-fund undici@7.30.2
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost 2>/dev/null
site=$(free_port)
backend=$(free_port)
cat >nginx.conf <<CONFIG
daemon off;
pid $dir/nginx.pid;
error_log $dir/error.log;
events {}
http {
    access_log off;
    client_body_temp_path $dir/body;
    proxy_temp_path $dir/proxy;
    fastcgi_temp_path $dir/fastcgi;
    uwsgi_temp_path $dir/uwsgi;
    scgi_temp_path $dir/scgi;
    proxy_buffering off;
    proxy_http_version 1.1;
    server {
        listen 127.0.0.1:$site ssl http2;
        ssl_certificate $dir/cert.pem;
        ssl_certificate_key $dir/key.pem;
        location / { proxy_pass http://127.0.0.1:$backend; }
    }
}
CONFIG
chmod 755 "$dir"
nginx -v 2>&1
nginx -p "$dir" -c "$dir/nginx.conf" 2>>start.log & pids+=($!)
await_port "$site"

cat >try.js <<'NODE'
import http from 'node:http';
import http2 from 'node:http2';
import { readFileSync } from 'node:fs';
import { Agent, fetch } from 'undici';
const [site, backend] = process.argv.slice(2).map(Number);
const rest = (ms) => new Promise((done) => setTimeout(done, ms));
const server = http.createServer((request, response) => {
	response.writeHead(200, { 'content-type': 'text/event-stream' });
	const timer = setInterval(() => response.write('data: x\n\n'), 200);
	response.on('close', () => clearInterval(timer));
});
await new Promise((done) => server.listen(backend, '127.0.0.1', done));

const streams = { 'node:http2': { events: 0 }, undici: { events: 0 } };
let reloaded;
const end = (stream, why) => { stream.ended ??= `${why} after ${((Date.now() - reloaded) / 1000).toFixed(1)} s`; };

const session = http2.connect(`https://localhost:${site}`, { rejectUnauthorized: false });
session.on('goaway', (code) => console.log(`node:http2: GOAWAY with code ${code}`));
const own = streams['node:http2'];
session.request({ ':path': '/' }).on('data', () => own.events++).on('error', (error) => end(own, error.message)).on('close', () => end(own, 'closed'));

const dispatcher = new Agent({ allowH2: true, connect: { rejectUnauthorized: false } });
const other = streams.undici;
fetch(`https://localhost:${site}/`, { dispatcher }).then(async (answer) => {
	for await (const piece of answer.body) other.events += piece.length > 0 ? 1 : 0;
	end(other, 'ended');
}).catch((error) => end(other, `"${error.message}" (${error.cause?.message})`));

while (own.events < 5 || other.events < 5) await rest(50);
reloaded = Date.now();
const before = { 'node:http2': own.events, undici: other.events };
process.kill(Number(readFileSync('nginx.pid', 'utf8')), 'SIGHUP');
await rest(3000);
for (const [name, stream] of Object.entries(streams)) {
	console.log(`${name}: ${stream.ended ?? 'goes on'}, ${stream.events - before[name]} events in the 3 s after the reload`);
}
process.exit(!own.ended && own.events - before['node:http2'] > 10 && other.ended ? 0 : 1);
NODE
timeout 30 node try.js "$site" "$backend"
