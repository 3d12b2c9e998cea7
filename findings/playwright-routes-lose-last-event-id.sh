#!/usr/bin/env bash
# A Playwright route on an event stream never sees Last-Event-ID, and route.fetch() loses it.
#
# Software:  npm playwright-core 1.65.1 with Chromium 156.0.8078.108 (Debian 12); Node.js 20.
# Behaviour: the browser comes back to a stream with Last-Event-ID. In a page.route() handler neither request.headers() nor
#            allHeaders(), which is to have those that the browser adds, has it. route.continue() lets it through to the
#            server; route.fetch() followed by route.fulfill(), the way to look at a real answer or change it, sends what it
#            sees, so the server is asked without it. A stream that is made up by fulfill() cannot answer as a server would.
# Seen:      after id 5: allHeaders() has none; the server gets 5 with continue(), none with fetch()
# For somebody who runs a stream: a browser test that puts a route on the stream tests no resuming: the server starts from
#            now each time, and a client that loses events passes; one that has them twice fails. Let such tests have a real
#            server, or continue().
# For pgbell: its browser tests use a real site and no routes on the stream; so it should stay.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT
cd "$dir"
command -v npm >/dev/null || { echo 'needs Node.js 20 and npm' >&2; exit 2; }
echo '{ "private": true, "type": "module" }' >package.json
PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm install --silent --no-audit --no-fund playwright-core@1.65.1
chromium=$(command -v chromium) || { echo 'needs apt-get install chromium' >&2; exit 2; }
export chromium HOME=$dir

cat >try.js <<'NODE'
import http from 'node:http';
import { chromium } from 'playwright-core';
let asked = [];
const server = http.createServer((request, response) => {
	if (request.url !== '/stream') {
		return response.writeHead(200, { 'content-type': 'text/html' }).end('<script>new EventSource("/stream")</script>');
	}
	asked.push(request.headers['last-event-id'] ?? 'none');
	response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
	response.end('retry: 200\nid: 5\ndata: x\n\n');
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const browser = await chromium.launch({ executablePath: process.env.chromium, args: ['--no-sandbox'] });
console.log(browser.version());

const seen = {};
for (const way of ['no route', 'continue', 'fetch']) {
	const shown = [];
	asked = [];
	const page = await browser.newPage();
	if (way !== 'no route') {
		await page.route('**/stream', async (route) => {
			shown.push((await route.request().allHeaders())['last-event-id'] ?? 'none');
			if (way === 'continue') await route.continue();
			else await route.fulfill({ response: await route.fetch() });
		});
	}
	await page.goto(`http://127.0.0.1:${server.address().port}/`);
	while (asked.length < 3) await new Promise((done) => setTimeout(done, 50));
	seen[way] = asked.slice(0, 3).join();
	console.log(`${way}: the handler is shown ${shown.slice(0, 3).join(', ') || '-'}; the server gets ${asked.slice(0, 3).join(', ')}`);
	if (shown.some((id) => id !== 'none')) seen.shown = true;
	await page.unrouteAll({ behavior: 'ignoreErrors' });
	await page.close();
}
await browser.close();
process.exit(seen['no route'] === 'none,5,5' && seen.continue === 'none,5,5' && seen.fetch === 'none,none,none' && !seen.shown ? 0 : 1);
NODE
timeout 60 node try.js
