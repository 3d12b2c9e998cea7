#!/usr/bin/env bash
# http-proxy, and webpack-dev-server with it, keeps a stream's backend open when the page has left.
#
# Software:  npm http-proxy 1.18.1, by itself and in webpack-dev-server 5.2.7 (http-proxy-middleware 2.0.12); Node.js 20.
#            For comparison vite 7.3.8 and http-proxy-middleware 3.0.11, which are right.
# Behaviour: a page opens an event stream through the proxy and leaves. The proxy takes no notice: its own request to the
#            backend stays open, and it goes on reading events that nobody gets, for as long as there are any.
# Seen:      http-proxy 1.18.1: open at the backend 1, 3 s after the page left: 1; webpack-dev-server 5.2.7: 1, 1;
#            http-proxy-middleware 3.0.11: 1, 0; vite 7.3.8: 1, 0
# For somebody who runs a stream: on a developer's machine each reload of the page leaves one more stream behind. A server
#            that limits streams of a person refuses the developer after some dozens of reloads; one that does not slowly
#            fills up. "Who is online" is wrong. In production http-proxy stands in front of streams too.
# For pgbell: PGBELL_MAX_STREAMS_PER_USER (32) is met after 32 reloads. A paragraph on developing behind a dev server: send
#            the stream straight to pgbell, or restart the dev server.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT
cd "$dir"
command -v npm >/dev/null || { echo 'needs Node.js 20 and npm' >&2; exit 2; }

echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts http-proxy@1.18.1 webpack@5.99.9 webpack-dev-server@5.2.7 vite@7.3.8 middleware3@npm:http-proxy-middleware@3.0.11
mkdir page
echo 'document.title = 1;' >page/index.js

cat >try.cjs <<'NODE'
const http = require('node:http');
const net = require('node:net');
const page = `${__dirname}/page`;
const rest = (ms) => new Promise((done) => setTimeout(done, ms));
const listen = (server) => new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));
const version = (name) => require(`${__dirname}/node_modules/${name}/package.json`).version;

let open = 0;
const backend = http.createServer((request, response) => {
	open++;
	response.writeHead(200, { 'content-type': 'text/event-stream' });
	const timer = setInterval(() => response.write('data: x\n\n'), 200);
	response.on('close', () => { open--; clearInterval(timer); });
});

const proxies = {
	async 'http-proxy'(target) {
		const proxy = require('http-proxy').createProxyServer({ target });
		proxy.on('error', () => {});
		return listen(http.createServer((request, response) => proxy.web(request, response)));
	},
	async 'webpack-dev-server'(target) {
		const compiler = require('webpack')({ mode: 'development', context: page, entry: './index.js', stats: 'none', infrastructureLogging: { level: 'none' } });
		const server = new (require('webpack-dev-server'))({ host: '127.0.0.1', port: 'auto', compress: false, hot: false, proxy: [{ context: ['/api'], target }] }, compiler);
		await server.start();
		return server.server.address().port;
	},
	async 'middleware3'(target) {
		const passOn = require('middleware3').createProxyMiddleware({ target });
		return listen(http.createServer((request, response) => passOn(request, response, () => {})));
	},
	async 'vite'(target) {
		const { createServer } = await import('vite');
		const server = await createServer({ configFile: false, root: page, logLevel: 'silent', optimizeDeps: { noDiscovery: true }, server: { host: '127.0.0.1', port: 0, proxy: { '/api': target } } });
		await server.listen();
		return server.httpServer.address().port;
	},
};

(async () => {
	const target = `http://127.0.0.1:${await listen(backend)}`;
	const left = {};
	for (const [name, start] of Object.entries(proxies)) {
		const client = net.connect(await start(target), '127.0.0.1');
		client.on('error', () => {});
		client.write('GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
		await new Promise((done) => { let text = ''; client.on('data', (piece) => { text += piece; if (text.includes('data: x')) done(); }); });
		const before = open;
		client.destroy();
		await rest(3000);
		console.log(`${version(name).startsWith('3.') ? 'http-proxy-middleware' : name} ${version(name)}: open at the backend ${before}, 3 s after the page left: ${open}`);
		left[name] = open;
		open = 0;
	}
	process.exit(left['http-proxy'] === 1 && left['webpack-dev-server'] === 1 && left['middleware3'] === 0 && left['vite'] === 0 ? 0 : 1);
})();
NODE
timeout 60 node try.cjs
