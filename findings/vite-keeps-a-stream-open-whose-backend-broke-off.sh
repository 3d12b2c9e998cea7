#!/usr/bin/env bash
# Vite's proxy, and browser-sync's and express-http-proxy, keep a page's stream open when its backend broke off.
#
# Software:  npm vite 8.3.8 (`server.proxy`), browser-sync 3.0.4, express-http-proxy 2.1.2 with express 5.3.0; http-proxy-middleware 4.2.1
#            and @fastify/http-proxy 11.6.3 with fastify 5.12.8 for comparison; Node.js 20.
# Guessed:   the break is passed on, as by all servers but those that make a good end of it.
# Behaviour: a backend dies in the middle of a chunked answer. The two of the comparison break off in front as well. The three do
#            nothing: no last chunk, no end of the connection, nothing logged. The page waits for more of an answer of which there is none.
#            A backend that ends its answer in good order is passed on by all.
# Seen:      break at 0.6 s; vite, browser-sync, express-http-proxy: the client is still waiting at 10 s; the others: broken off at once
# For somebody who runs a stream: while one develops, the backend is killed and started again all the time, and each time the open pages go deaf without
#            an error: an EventSource of the browser has no timeout, so it is reloading that helps. It looks like a fault of the stream. End
#            streams in good order at SIGTERM and SIGINT, or have the page count heartbeats.
# For pgbell: its client comes back when it has missed the heartbeats for 75 s, and pgbell-stream ends streams in good order when it is stopped;
#            deploy/examples/react/README.md says what a kill looks like.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT
cd "$dir"
command -v npm >/dev/null || { echo 'needs Node.js 20 and npm' >&2; exit 2; }
echo '{ "private": true, "type": "module" }' >package.json
npm install --silent --no-audit --no-fund --legacy-peer-deps vite@8.3.8 browser-sync@3.0.4 express@5.3.0 express-http-proxy@2.1.2 \
	http-proxy-middleware@4.2.1 fastify@5.12.8 @fastify/http-proxy@11.6.3
cat >try.js <<'NODE'
import http from 'node:http';
import { mkdtempSync } from 'node:fs';
import express from 'express';
import expressHttpProxy from 'express-http-proxy';
import fastify from 'fastify';
import fastifyHttpProxy from '@fastify/http-proxy';
import { createProxyMiddleware } from 'http-proxy-middleware';
import browserSync from 'browser-sync';
import { createServer } from 'vite';

const listen = (server) => new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));
const freePort = async () => {
	const server = http.createServer();
	const port = await listen(server);
	await new Promise((done) => server.close(done));
	return port;
};
// Three events, then its connection is gone, without the last chunk; or the end in good order.
const target = `http://127.0.0.1:${await listen(http.createServer((request, response) => {
	response.writeHead(200, { 'content-type': 'text/event-stream' });
	let events = 0;
	const timer = setInterval(() => {
		if (events++ < 3) return response.write('data: x\n\n');
		clearInterval(timer);
		if (request.url === '/stream/broken') response.socket.end();
		else response.end();
	}, 150);
}))}`;

const fronts = {
	async vite() {
		const port = await freePort();
		const server = await createServer({ configFile: false, root: mkdtempSync('www-'), logLevel: 'info', server: { port, host: '127.0.0.1', proxy: { '/stream': target } } });
		await server.listen();
		return port;
	},
	async 'browser-sync'() {
		const port = await freePort();
		await new Promise((done) => browserSync.create().init({ proxy: target, port, host: '127.0.0.1', ui: false, open: false, notify: false, online: false, logLevel: 'silent' }, done));
		return port;
	},
	'express-http-proxy': () => listen(http.createServer(express().use(expressHttpProxy(target)))),
	'http-proxy-middleware': () => listen(http.createServer(express().use(createProxyMiddleware({ target })))),
	async '@fastify/http-proxy'() {
		const server = fastify();
		server.register(fastifyHttpProxy, { upstream: target });
		await server.listen({ port: 0, host: '127.0.0.1' });
		return server.server.address().port;
	},
};
const end = (port, path) => new Promise((done) => {
	let events = 0;
	const timer = setTimeout(() => done(`${events} events, still waiting`), 10_000);
	const say = (how) => { clearTimeout(timer); done(`${events} events, ${how}`); };
	http.get({ host: '127.0.0.1', port, path }, (response) => {
		response.on('data', (piece) => { events += piece.toString().split('data:').length - 1; });
		response.on('end', () => say('good order'));
		response.on('error', () => say('broken off'));
	});
});
const seen = await Promise.all(Object.entries(fronts).map(async ([name, start]) => {
	const port = await start();
	return [name, await end(port, '/stream/whole'), await end(port, '/stream/broken')];
}));
for (const [name, whole, broken] of seen) console.log(`${name}: ended: ${whole}; broken off: ${broken}`);
const keeps = ['vite', 'browser-sync', 'express-http-proxy'];
process.exit(seen.every(([name, whole, broken]) => whole === '3 events, good order'
	&& broken === `3 events, ${keeps.includes(name) ? 'still waiting' : 'broken off'}`) ? 0 : 1);
NODE
timeout 60 node try.js
