#!/usr/bin/env bash
# In Firefox a click on a download ends the page's event stream, and the page is not told.
#
# Software:  Firefox ESR 153.8.0 (Debian 12), driven by npm puppeteer-core 24.43.1; Node.js 20. Chromium 156 does not do it.
# Behaviour: a page has an EventSource open. The person clicks a link that leads to no new page: a file that is offered for
#            download, or an answer 204. The page stays, its EventSource is CLOSED from the click on, for good, and no error
#            event is fired. A stream that the page reads by fetch() ends too, with "TypeError: Error in input stream".
#            Links to mailto: do no harm. A WebSocket ends as well, but is told: close, code 1001 (tried beside).
# Seen:      before the click: OPEN; 3 s after: CLOSED, error events 0, events since 0. Beside a link to mailto: OPEN.
# For somebody who runs a stream: on a site that offers any file, people in Firefox lose their stream at each download until
#            they load the page anew, and `onerror` is not called. Watch for silence (a heartbeat as a named event), or look
#            at readyState now and then, and open a new EventSource with the last id in its address. Links with the
#            attribute download, or target=_blank, and streams in a worker or SharedWorker are spared (tried).
# For pgbell: the bell comes back when two and a half heartbeats were silent; a look at readyState each second, or after
#            each click, would have it back at once, for all tabs that share the stream. A browser test in Firefox.
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
const rest = (ms) => new Promise((done) => setTimeout(done, ms));
const server = http.createServer((request, response) => {
	if (request.url === '/stream') {
		response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
		const timer = setInterval(() => response.write('data: x\n\n'), 200);
		response.on('close', () => clearInterval(timer));
	} else if (request.url === '/file') {
		response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-disposition': 'attachment; filename=a.bin' });
		response.end('a');
	} else if (request.url === '/nothing') {
		response.writeHead(204).end();
	} else {
		response.writeHead(200, { 'content-type': 'text/html' });
		response.end(`<a id=download href=/file>a file</a> <a id=nothing href=/nothing>204</a> <a id=mail href="mailto:a@site.example">mail</a>
			<script>let events = 0, errors = 0, read = 0, broke = '';
			const source = new EventSource('/stream');
			source.onmessage = () => events++;
			source.onerror = () => errors++;
			fetch('/stream', { cache: 'no-store' }).then(async (answer) => {
				const reader = answer.body.getReader();
				try { for (;;) { await reader.read(); read++; } } catch (error) { broke = String(error); }
			});
			</script>`);
	}
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const browser = await puppeteer.launch({ browser: 'firefox', executablePath: process.env.firefox, headless: true });
console.log(await browser.version());

const states = ['CONNECTING', 'OPEN', 'CLOSED'];
const look = (page) => page.evaluate(() => ({ state: source.readyState, events, errors, broke }));
const seen = {};
for (const link of ['mail', 'download', 'nothing']) {
	const page = await browser.newPage();
	await page.goto(`http://127.0.0.1:${server.address().port}/`);
	await page.waitForFunction(() => events > 2 && read > 2);
	const before = await look(page);
	await page.evaluate((id) => document.getElementById(id).click(), link);
	await rest(3000);
	const after = await look(page);
	console.log(`${link}: ${states[before.state]}, 3 s after the click ${states[after.state]}, error events ${after.errors}, events since ${after.events - before.events}, fetch: ${after.broke || 'goes on'}`);
	seen[link] = after;
	await page.close();
}
await browser.close();
const ended = ({ state, errors, broke }) => state === 2 && errors === 0 && broke !== '';
process.exit(ended(seen.download) && ended(seen.nothing) && seen.mail.state === 1 ? 0 : 1);
NODE
timeout 60 node try.js
