#!/usr/bin/env bash
# In Firefox a stream that a service worker passes on is ended for good after 30 s.
#
# Software:  Firefox ESR 153.8.0 (Debian 12), driven by npm puppeteer-core 24.43.1; Node.js 20. In Chromium 156 it goes on.
# Behaviour: a site has the usual service worker, which answers each request of its pages with
#            `respondWith(fetch(event.request))`. A page's EventSource goes through it. Half a minute later Firefox ends the
#            idle worker, and the page's stream with it: readyState is CLOSED after one error event, so the browser does not
#            come back, although events came all along.
# Seen:      opened; CLOSED after 30 s, 1 error event; the same page without the worker is OPEN after 40 s
# For somebody who runs a stream: with an offline-ready site (most tools generate such a worker) Firefox has half a minute
#            of events after each load. Let the worker return without respondWith for the stream's address.
# For pgbell: a line beside the bell's "how to": leave /api/notifications/stream out of a service worker. The bell opens a
#            new EventSource after such an end, so it goes on with a gap each half minute.
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
command -v npm >/dev/null || { echo 'needs Node.js 20 and npm' >&2; exit 2; }
echo '{ "private": true, "type": "module" }' >package.json
npm install --silent --no-audit --no-fund puppeteer-core@24.43.1

# Firefox: the installed one, or Debian's unpacked, if what it needs is there.
firefox=$(command -v firefox-esr || true)
if [ -z "$firefox" ]; then
	unpack firefox-esr libvpx7 libevent-2.1-7
	firefox=$dir/root/usr/lib/firefox-esr/firefox-esr
	export LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu
	"$firefox" --version >/dev/null 2>&1 || { echo 'needs apt-get install firefox-esr' >&2; exit 2; }
fi
export firefox HOME=$dir

cat >try.js <<'NODE'
import http from 'node:http';
import puppeteer from 'puppeteer-core';
const worker = `
	self.addEventListener('install', () => self.skipWaiting());
	self.addEventListener('activate', (event) => event.waitUntil(clients.claim()));
	self.addEventListener('fetch', (event) => event.respondWith(fetch(event.request)));`;
const server = http.createServer((request, response) => {
	if (request.url === '/worker.js') return response.writeHead(200, { 'content-type': 'text/javascript' }).end(worker);
	if (request.url === '/') return response.writeHead(200, { 'content-type': 'text/html' }).end('a page');
	response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
	const timer = setInterval(() => response.write('data: x\n\n'), 500);
	response.on('close', () => clearInterval(timer));
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const browser = await puppeteer.launch({ browser: 'firefox', executablePath: process.env.firefox, headless: true });
console.log(await browser.version());

// Opens a stream and reports after 40 s, or when it is CLOSED.
const story = async (host, withWorker) => {
	const page = await browser.newPage();
	await page.goto(`http://${host}:${server.address().port}/`);
	const seen = await page.evaluate(async (withWorker) => {
		if (withWorker) {
			await navigator.serviceWorker.register('/worker.js');
			await new Promise((done) => { if (navigator.serviceWorker.controller) done(); else navigator.serviceWorker.oncontrollerchange = done; });
		}
		const start = Date.now();
		let events = 0;
		let errors = 0;
		const source = new EventSource('/stream');
		source.onmessage = () => events++;
		source.onerror = () => errors++;
		while (Date.now() - start < 40000 && source.readyState !== source.CLOSED) await new Promise((done) => setTimeout(done, 100));
		return { closed: source.readyState === source.CLOSED, seconds: (Date.now() - start) / 1000, events, errors };
	}, withWorker);
	console.log(`${withWorker ? 'with' : 'without'} a service worker: ${seen.closed ? 'CLOSED' : 'OPEN'} after ${seen.seconds.toFixed(1)} s, ${seen.events} events, ${seen.errors} error events`);
	return seen;
};
const [plain, passed] = await Promise.all([story('127.0.0.1', false), story('localhost', true)]);
await browser.close();
process.exit(passed.closed && passed.events > 20 && !plain.closed ? 0 : 1);
NODE
timeout 80 node try.js
