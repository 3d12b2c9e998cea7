#!/usr/bin/env bash
# In Deno a WebSocket that broke off closes with code 0, not with 1006.
#
# Software:  npm deno 2.9.6 on Linux x64; for comparison npm bun 1.4.5, and ws 8.18.3 as client on Node.js 20; ws as the server.
# Behaviour: a connection that ends without a close frame, or that was never made, is told by a close event with the code 1006 (RFC
#            6455, 7.1.5, and the standard of WebSockets), which is how a program tells "the line broke" from "the server
#            said so". Deno fires the event, with wasClean false, and with the code 0. Codes that a server sends come through.
# Seen:      broken off: deno 0, bun 1006, ws 1006; answered 503: 0, 1006, 1006; nobody there: 0, 1006, 1006; closed with 1012: 1012 each
# For somebody who runs a stream: a client that comes back where the code is 1006, or is 1001 to 1015, stays away under Deno after
#            the first break. Ask for what must end it (1000, codes of your own from 4000 on), and come back from all else.
# For pgbell: its clients do that; a sentence beside the codes of the WebSocket.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT
cd "$dir"
command -v npm >/dev/null || { echo 'needs Node.js 20 and npm' >&2; exit 2; }
echo '{ "private": true, "type": "module" }' >package.json
npm install --silent --no-audit --no-fund deno@2.9.6 bun@1.4.5 ws@8.18.3

cat >server.js <<'NODE'
import http from 'node:http';
import { WebSocketServer } from 'ws';
const sockets = new WebSocketServer({ noServer: true });
const server = http.createServer();
server.on('upgrade', (request, socket, head) => {
	if (request.url === '/503')
		return socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
	sockets.handleUpgrade(request, socket, head, (opened) => {
		opened.send('one');
		setTimeout(() => (request.url === '/1012' ? opened.close(1012, 'restart') : socket.destroy()), 200);
	});
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
NODE
cat >client.js <<'NODE'
export async function codes(Socket, port) {
	const seen = [];
	for (const address of [`${port}/`, `${port}/503`, '1/', `${port}/1012`])
		seen.push(await new Promise((done) => {
			const socket = new Socket(`ws://127.0.0.1:${address}`);
			socket.onerror = () => {};
			socket.onclose = ({ code }) => done(code);
		}));
	console.log(seen.join(' '));
}
NODE
node server.js >port & pids+=($!)
until [ -s port ]; do sleep 0.1; done
echo "import { codes } from './client.js'; await codes(WebSocket, Deno.args[0]);" >deno.js
echo "import { codes } from './client.js'; await codes(WebSocket, process.argv[2]);" >bun.js
echo "import { codes } from './client.js'; import Socket from 'ws'; await codes(Socket, process.argv[2]);" >ws.js
deno=$(timeout 30 node_modules/.bin/deno run --quiet --allow-net deno.js "$(cat port)")
bun=$(timeout 30 node_modules/.bin/bun bun.js "$(cat port)")
ws=$(timeout 30 node ws.js "$(cat port)")
printf '%s: broken off, answered 503, nobody there, closed with 1012: %s\n' deno "$deno" bun "$bun" ws "$ws"
[ "$deno" = '0 0 0 1012' ] && [ "$bun" = '1006 1006 1006 1012' ] && [ "$ws" = '1006 1006 1006 1012' ]
