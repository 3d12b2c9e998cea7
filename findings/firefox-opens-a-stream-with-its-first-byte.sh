#!/usr/bin/env bash
# In Firefox a stream is open when its first byte is there, not when its header is.
#
# Software:  Firefox ESR 153.8.0 and Chromium 156.0.8078.108 (Debian 12), driven by npm puppeteer-core 24.43.1; Node.js 20.
#            WebKitGTK 2.50.6 does as Chromium does (fetch tried beside).
# Behaviour: the server sends the header of an event stream and has nothing to say for a while. In Chromium EventSource is
#            OPEN and fetch() has its answer then. Firefox waits for the first byte of the body: until it comes readyState is
#            CONNECTING, no open event is fired, and the promise of fetch() is pending. The standard has a page announce the
#            connection when the header of a good answer is there.
# Seen:      first byte 3 s behind the header. Firefox: open after 3.0 s, fetch() after 3.0 s; Chromium: 0.0 s, 0.0 s
# For somebody who runs a stream: a page that says "connecting" until the first notification, perhaps an hour; a client that
#            takes an opening of ten seconds for a failure never gets past it, in Firefox alone, and only where it is quiet.
#            Send a comment (":" and a newline) or `retry:` along with the header.
# For pgbell: its first event, `connected`, comes with the header. Whoever puts something in between that holds back small
#            pieces sees this first in Firefox.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT
cd "$dir"
command -v npm >/dev/null || { echo 'needs Node.js 20 and npm' >&2; exit 2; }
echo '{ "private": true, "type": "module" }' >package.json
npm install --silent --no-audit --no-fund puppeteer-core@24.43.1
for program in chromium firefox-esr; do
	command -v $program >/dev/null || { echo 'needs apt-get install chromium firefox-esr' >&2; exit 2; }
done
chromium=$(command -v chromium) firefox=$(command -v firefox-esr)
export chromium firefox HOME=$dir

cat >try.js <<'NODE'
import http from 'node:http';
import puppeteer from 'puppeteer-core';
const server = http.createServer((request, response) => {
	if (request.url === '/') return response.writeHead(200, { 'content-type': 'text/html' }).end('a page');
	response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
	response.flushHeaders();
	setTimeout(() => response.write('data: x\n\n'), 3000);
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));

async function tell(name, options) {
	const browser = await puppeteer.launch(options);
	console.log(await browser.version());
	const page = await browser.newPage();
	await page.goto(`http://127.0.0.1:${server.address().port}/`);
	const seconds = await page.evaluate(async () => {
		const times = [];
		for (const open of [
			() => new Promise((done) => { new EventSource('/stream').onopen = done; }),
			() => fetch('/other-stream', { cache: 'no-store' }),
		]) {
			const start = performance.now();
			await open();
			times.push((performance.now() - start) / 1000);
		}
		return times;
	});
	console.log(`${name}: EventSource open after ${seconds[0].toFixed(1)} s, fetch() after ${seconds[1].toFixed(1)} s`);
	await browser.close();
	return seconds;
}
const inFirefox = await tell('Firefox', { browser: 'firefox', executablePath: process.env.firefox, headless: true });
const inChromium = await tell('Chromium', { executablePath: process.env.chromium, args: ['--no-sandbox'] });
process.exit(inFirefox.every((s) => s > 2.9) && inChromium.every((s) => s < 2) ? 0 : 1);
NODE
timeout 90 node try.js
