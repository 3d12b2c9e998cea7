#!/usr/bin/env bash
# In Chromium a stream that a service worker passes on comes back without Last-Event-ID.
#
# Software:  Chromium 156.0.8078.108 (Debian 12), driven by npm puppeteer-core 24.43.1; Node.js 20. Firefox ESR 153.8 passes
#            it on.
# Behaviour: a page's EventSource is cut and reconnects. It sends the id of its last event, until the site has a service
#            worker that answers with `respondWith(fetch(event.request))`: the worker is not shown the header, and what it
#            fetches does not have it.
# Seen:      without a worker Last-Event-ID at each opening: none, 3, 3, 3; with one: none, none, none, none
# For somebody who runs a stream: the day a site becomes offline-ready, replay stops working in Chromium, and nothing says
#            so: the stream is there, what was missed in between is not. Let the worker return without respondWith for the
#            stream's address, or carry the last id in the address.
# For pgbell: the bell has its last id in the address (last_event_id) and is not concerned; a page with an EventSource of
#            its own is. A line beside "How to": leave /api/notifications/stream out of a service worker.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT
cd "$dir"
command -v npm >/dev/null || { echo 'needs Node.js 20 and npm' >&2; exit 2; }
echo '{ "private": true, "type": "module" }' >package.json
npm install --silent --no-audit --no-fund puppeteer-core@24.43.1
chromium=$(command -v chromium) || { echo 'needs apt-get install chromium' >&2; exit 2; }
export chromium HOME=$dir

cat >try.js <<'NODE'
import http from 'node:http';
import puppeteer from 'puppeteer-core';
const worker = `
	self.addEventListener('install', () => self.skipWaiting());
	self.addEventListener('activate', (event) => event.waitUntil(clients.claim()));
	self.addEventListener('fetch', (event) => event.respondWith(fetch(event.request)));`;
const openings = { '127.0.0.1': [], localhost: [] };
const server = http.createServer((request, response) => {
	if (request.url === '/worker.js') return response.writeHead(200, { 'content-type': 'text/javascript' }).end(worker);
	if (request.url !== '/stream') return response.writeHead(200, { 'content-type': 'text/html' }).end('a page');
	openings[request.headers.host.split(':')[0]].push(request.headers['last-event-id'] ?? 'none');
	response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
	response.end('retry: 200\nid: 1\ndata: x\n\nid: 2\ndata: x\n\nid: 3\ndata: x\n\n');
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const browser = await puppeteer.launch({ executablePath: process.env.chromium, args: ['--no-sandbox'] });
console.log(await browser.version());

for (const host of Object.keys(openings)) {
	const page = await browser.newPage();
	await page.goto(`http://${host}:${server.address().port}/`);
	await page.evaluate(async (withWorker) => {
		if (withWorker) {
			await navigator.serviceWorker.register('/worker.js');
			await new Promise((done) => { if (navigator.serviceWorker.controller) done(); else navigator.serviceWorker.oncontrollerchange = done; });
		}
		globalThis.source = new EventSource('/stream');
	}, host === 'localhost');
	while (openings[host].length < 4) await new Promise((done) => setTimeout(done, 50));
	console.log(`${host === 'localhost' ? 'with a service worker' : 'without'}, Last-Event-ID: ${openings[host].slice(0, 4).join(', ')}`);
	await page.close();
}
await browser.close();
const list = (host) => openings[host].slice(0, 4).join();
process.exit(list('127.0.0.1') === 'none,3,3,3' && list('localhost') === 'none,none,none,none' ? 0 : 1);
NODE
timeout 60 node try.js
