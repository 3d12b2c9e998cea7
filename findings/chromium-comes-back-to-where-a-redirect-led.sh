#!/usr/bin/env bash
# Chromium comes back to where a temporary redirect led, and never asks the stream's own address again.
#
# Software:  Chromium 156.0.8078.108 (Debian 12), Firefox ESR 153.8.0 for comparison, driven by npm puppeteer-core 24.43.1;
#            Node.js 20. WebKitGTK 2.50.6 does as Firefox does (tried beside).
# Behaviour: /stream answers 307 and leads to the server that has room. After an end Firefox asks /stream again, and is led to
#            wherever it leads now. Chromium goes straight to where it was led the first time, also when nobody is there any
#            more. (After a 301 Firefox goes straight there, too; WebKit does not.)
# Seen:      the first server ends the stream and is gone, /stream leads to a second one from then on. Chromium: /stream asked
#            once, second server reached 0 times within 6 s, readyState CONNECTING; Firefox: reached
# For somebody who runs a stream: a redirect that spreads streams over servers, or moves people to another host, holds
#            people in Chromium where they are until the page is loaded anew, and a server that is taken away keeps them
#            knocking. Lead them by the page (an address that it asks for first) or by a proxy, or let the page make a new
#            EventSource after some errors.
# For pgbell: it redirects nothing, and its bell makes a new EventSource with its own address after a few failures. A line
#            for proxies in front: no redirect of the stream.
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

const listen = async (answer) => {
	const server = http.createServer(answer);
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	return Object.assign(server, { address_: `http://127.0.0.1:${server.address().port}` });
};
const stream = (response) => {
	response.writeHead(200, { 'content-type': 'text/event-stream', 'access-control-allow-origin': '*' });
	response.write('retry: 300\nid: 1\ndata: x\n\n');
};

async function tell(name, options) {
	let asked = 0, reached = 0, leadsTo;
	const first = await listen((request, response) => stream(response));
	const second = await listen((request, response) => { reached++; stream(response); });
	const site = await listen((request, response) => {
		if (request.url !== '/stream') return response.writeHead(200, { 'content-type': 'text/html' }).end('a page');
		asked++;
		response.writeHead(307, { location: `${leadsTo.address_}/`, 'access-control-allow-origin': '*' }).end();
	});
	leadsTo = first;
	const browser = await puppeteer.launch(options);
	console.log(await browser.version());
	const page = await browser.newPage();
	await page.goto(site.address_);
	await page.evaluate(() => new Promise((done) => {
		globalThis.source = new EventSource('/stream');
		source.onmessage = done;
	}));
	leadsTo = second;
	first.closeAllConnections();
	first.close();
	for (let n = 0; n < 60 && reached === 0; n++) await new Promise((done) => setTimeout(done, 100));
	const state = await page.evaluate(() => ['CONNECTING', 'OPEN', 'CLOSED'][source.readyState]);
	console.log(`${name}: /stream asked ${asked} times, second server reached ${reached} times, readyState ${state}`);
	await browser.close();
	return reached;
}
const inChromium = await tell('Chromium', { executablePath: process.env.chromium, args: ['--no-sandbox'] });
const inFirefox = await tell('Firefox', { browser: 'firefox', executablePath: process.env.firefox, headless: true });
process.exit(inChromium === 0 && inFirefox > 0 ? 0 : 1);
NODE
timeout 90 node try.js
