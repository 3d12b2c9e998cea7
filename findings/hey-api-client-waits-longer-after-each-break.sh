#!/usr/bin/env bash
# The SSE client that @hey-api/openapi-ts generates waits twice as long after each break, for good, and is over at an end in good order.
#
# Software:  npm @hey-api/openapi-ts 0.99.0 with typescript 5.9.3, bundled by esbuild 0.28.2; Node.js 20.
# Guessed:   back after a break as `retry:` says, with Last-Event-ID; over at an end in good order.
# Behaviour: what it generates from a description of an address that answers text/event-stream comes back from a break, with Last-Event-ID.
#            It waits what `retry:` says times 2 to the number of attempts, up to 30 s, and that number is never set back, however
#            long a stream was well in between. sseMaxRetryAttempts counts well streams, too. An end in good order is the end of its loop,
#            without an error; a 401 is tried again and again, in those steps.
# Seen:      retry: 100, five streams of one event each that break off: asked again after 0.1, 0.2, 0.4, 0.8, 1.6 s with Last-Event-ID 1 to 5; the sixth
#            ends in good order: the loop is over, no error. sseMaxRetryAttempts 3: over after the third stream. 401: asked again
# For somebody who runs a stream: a page or program that has seen eight breaks in its life is deaf for half a minute after the ninth, and with
#            sseMaxRetryAttempts: 5 for good after five days with a reload of the server each. Behind nginx, where a FastCGI program that dies
#            ends its streams in good order, it never comes back. Write a loop around it that makes a new one, or take another client.
# For pgbell: a row in deploy/www/CLIENTS.md.
set -euo pipefail

dir=$(mktemp -d)
finish() { rm -rf "$dir"; }
trap finish EXIT
cd "$dir"
command -v npm >/dev/null || { echo 'needs Node.js 20 and npm' >&2; exit 2; }
echo '{ "private": true, "type": "module" }' >package.json
npm install --silent --no-audit --no-fund --legacy-peer-deps @hey-api/openapi-ts@0.99.0 typescript@5.9.3 esbuild@0.28.2
cat >api.json <<'JSON'
{
	"openapi": "3.1.0",
	"info": { "title": "A stream", "version": "1" },
	"paths": { "/stream": { "get": { "operationId": "stream", "responses": { "200": { "description": "events", "content": {
		"text/event-stream": { "schema": { "type": "string" } } } } } } } }
}
JSON
npx openapi-ts --input api.json --output out --plugins @hey-api/sdk @hey-api/client-fetch @hey-api/typescript >log 2>&1 || { cat log >&2; exit 2; }
cat >try.ts <<'NODE'
import http from 'node:http';
import { stream } from './out/sdk.gen';
const asked: { at: number; after?: string }[] = [];
let broke = 0;
const waits: string[] = [];
const server = http.createServer((request, response) => {
	if (broke) waits.push(((Date.now() - broke) / 1000).toFixed(1));
	asked.push({ at: Date.now(), after: request.headers['last-event-id'] as string });
	const n = asked.length;
	response.writeHead(200, { 'content-type': 'text/event-stream' });
	response.write(`retry: 100\nid: ${n}\ndata: event ${n}\n\n`);
	setTimeout(() => {
		broke = Date.now();
		if (n < 6) request.socket.destroy();
		else response.end();
	}, 300);
});
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
const errors: unknown[] = [];
const { stream: events } = await stream({ baseUrl: `http://127.0.0.1:${(server.address() as { port: number }).port}`, onSseError: (error) => errors.push(error) });
let had = 0;
for await (const event of events) if (event) had++;
const errorsBefore = errors.length;
await new Promise((done) => setTimeout(done, 1000));
const after = asked.map(({ after }) => after ?? 'none').join(' ');
console.log(`events ${had}; asked with Last-Event-ID ${after}; waits ${waits.join(' ')} s; errors ${errorsBefore}; over, and asked ${asked.length - 6} more times`);

// Streams that are well for a while, with a limit of attempts; and a refusal.
const count = async (status: number, options: object, ms: number) => {
	let times = 0;
	const other = http.createServer((request, response) => {
		times++;
		response.writeHead(status, { 'content-type': 'text/event-stream' });
		response.write(`retry: 100\nid: 1\ndata: well\n\n`);
		setTimeout(() => (status === 200 ? request.socket.destroy() : response.end()), 100);
	});
	await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
	const { stream: events } = await stream({ baseUrl: `http://127.0.0.1:${(other.address() as { port: number }).port}`, ...options });
	const loop = (async () => { for await (const event of events) if (event) had++; return 'over'; })();
	const how = await Promise.race([loop, new Promise((done) => setTimeout(() => done('goes on'), ms))]);
	return `${times} times, ${how}`;
};
const limited = await count(200, { sseMaxRetryAttempts: 3 }, 5000);
const refused = await count(401, { sseDefaultRetryDelay: 100 }, 2500);
console.log(`sseMaxRetryAttempts 3, streams that break off: asked ${limited}; 401: asked ${refused}`);
const near = [0.1, 0.2, 0.4, 0.8, 1.6].every((wait, n) => Math.abs(Number(waits[n]) - wait) <= 0.1 + wait / 4);
process.exit(limited === '3 times, over' && refused === '5 times, goes on' && after === 'none 1 2 3 4 5' && near && waits.length === 5 && errorsBefore === 5 ? 0 : 1);
NODE
npx esbuild try.ts --bundle --platform=node --format=esm --outfile=try.mjs --log-level=error
timeout 30 node try.mjs
