#!/usr/bin/env bash
# The proxy of Nuxt's server keeps a stream's backend open when the page has left, and the page's stream when the backend broke off.
#
# Software:  npm nitropack 2.13.6, the server that nuxt 4.5.2 builds with (h3 1.15.11), `routeRules: { '/api/**': { proxy: … } }`; Node.js 20. For
#            comparison nitro 3.0.0, its successor, and hono 4.13.19 (`proxy()` with @hono/node-server 2.1.9), which are right, as is Next.js 16.4.6 (`rewrites`:
#            tried beside).
# Guessed:   both are passed on.
# Behaviour: a built server, as it runs in production, passes /api on. A page opens an event stream through it and leaves: the request to the backend
#            stays open, and its events are read and go nowhere, for as long as there are any. A backend that dies in the middle of
#            its answer is logged as an error, "terminated"; the page gets no last chunk, and its connection is not closed, so it waits for more.
#            A backend that ends its answer in good order is passed on.
# Seen:      nitropack: 3 s after the page left open at the backend 1; 4 s after the break the page still waits. nitro 3, hono: 0; broken off
# For somebody who runs a stream: each page view leaves a stream behind that looks alive, since all that is written to it is read; a person who is
#            allowed so many has used them up after as many pages. Have the web server in front of Nuxt pass the stream's address to its
#            backend itself; then both are told.
# For pgbell: a paragraph in deploy/README.md, "Web servers". A person's streams are sounded before one more is refused, which finds none dead
#            here: page 33 is answered 429, as tried once.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT
cd "$dir"
command -v npm >/dev/null || { echo 'needs Node.js 20 and npm' >&2; exit 2; }

cat >backend.mjs <<'NODE'
import http from 'node:http';
let open = 0;
const server = http.createServer((request, response) => {
	if (request.url === '/api/open') return response.end(String(open));
	response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store, no-transform' });
	open++;
	let n = 0;
	const timer = setInterval(() => {
		response.write(`data: ${++n}\n\n`);
		if (n === 3 && request.url === '/api/break') response.socket.destroy();
		if (n === 3 && request.url === '/api/end') response.end();
	}, 300);
	response.on('close', () => { open--; clearInterval(timer); });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
NODE
node backend.mjs >backend.port & pids+=($!)
until [ -s backend.port ]; do sleep 0.1; done
backend=http://127.0.0.1:$(cat backend.port)

free_port() { python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
declare -A port
for name in nitropack nitro; do
	mkdir -p $name/routes
	echo '{ "private": true, "type": "module" }' >$name/package.json
	echo "export default { compatibilityDate: '2026-01-01', routeRules: { '/api/**': { proxy: '$backend/api/**' } } };" >$name/nitro.config.mjs
done
mkdir hono
echo '{ "private": true, "type": "module" }' >hono/package.json
(cd nitropack && npm install --silent --no-audit --no-fund nitropack@2.13.6 h3@1.15.11 && npx nitropack build >build.log 2>&1)
(cd nitro && npm install --silent --no-audit --no-fund nitro@3.0.0 vite && npx nitro build >build.log 2>&1)
(cd hono && npm install --silent --no-audit --no-fund hono@4.13.19 @hono/node-server@2.1.9)
cat >hono/server.mjs <<'NODE'
import { Hono } from 'hono';
import { proxy } from 'hono/proxy';
import { serve } from '@hono/node-server';
const app = new Hono();
app.all('/api/*', (c) => proxy(process.argv[2] + c.req.path, { ...c.req, headers: c.req.header() }));
serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: '127.0.0.1' });
NODE
for name in nitropack nitro hono; do
	port[$name]=$(free_port)
	program=$name/.output/server/index.mjs
	[ $name != hono ] || program=hono/server.mjs
	PORT=${port[$name]} HOST=127.0.0.1 node $program "$backend" >$name.log 2>&1 & pids+=($!)
	until (exec 3<>"/dev/tcp/127.0.0.1/${port[$name]}") 2>/dev/null; do sleep 0.1; done
done

cat >page.py <<'PYTHON'
import socket, sys, time, urllib.request
def read(port, path, seconds):  # what came, and whether the connection or the answer ended
    page = socket.create_connection(('127.0.0.1', port))
    page.sendall(b'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n' % path)
    came, until = b'', time.monotonic() + seconds
    page.settimeout(0.2)
    while time.monotonic() < until:
        try: piece = page.recv(65536)
        except TimeoutError: continue
        except OSError: return came, 'broken off'
        if not piece: return came, 'broken off'
        came += piece
        if came.endswith(b'0\r\n\r\n'): return came, 'ended'
    page.close()
    return came, 'waits'
name, port, backend = sys.argv[1], int(sys.argv[2]), sys.argv[3]
still_open = lambda: int(urllib.request.urlopen(backend + '/api/open').read())
before = still_open()
came, _ = read(port, b'/api/stream', 1.5)
time.sleep(3)
print('%s: page left: events %s, open at the backend 3 s later: %d' % (name, 'came' if came.count(b'data:') > 3 else 'late', still_open() - before))
print('%s: backend broke off: page %s; backend ended: page %s' % (name, read(port, b'/api/break', 4)[1], read(port, b'/api/end', 4)[1]))
PYTHON
for name in nitropack nitro hono; do timeout 60 python3 page.py $name "${port[$name]}" "$backend"; done >seen
cat seen
diff seen - <<'EXPECTED'
nitropack: page left: events came, open at the backend 3 s later: 1
nitropack: backend broke off: page waits; backend ended: page ended
nitro: page left: events came, open at the backend 3 s later: 0
nitro: backend broke off: page broken off; backend ended: page ended
hono: page left: events came, open at the backend 3 s later: 0
hono: backend broke off: page broken off; backend ended: page ended
EXPECTED
