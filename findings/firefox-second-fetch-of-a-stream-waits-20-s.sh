#!/usr/bin/env bash
# In Firefox the second fetch() of one stream waits 20 s for its header, in whichever tab it is.
#
# Software:  Firefox ESR 153.8.0 (Debian 12), driven by npm puppeteer-core 24.43.1; Node.js 20. Chromium 156 does not do it.
# Behaviour: a stream that one page reads by fetch() is still being written to the cache's entry; a fetch() of the same
#            address from the same page or another tab is held until Firefox gives up waiting for that entry, after 20 s.
#            That the answer says `Cache-Control: no-store` does not help, nor does `cache: 'no-cache'` or another header in
#            the request; `cache: 'no-store'` in the request does. EventSource asks so by itself.
# Seen:      second fetch in the same page 20.0 s, in another tab 20.0 s, with cache: 'no-store' 0.0 s; second EventSource
#            0.0 s
# For somebody who runs a stream: clients that read streams by fetch(), for the sake of a header or a POST, stand still for
#            20 s in the second tab. On the server nothing shows: the request is not sent. Give them `cache: 'no-store'`.
# For pgbell: its bell uses EventSource and is not concerned; a line for those who bring a client of their own.
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
const server = http.createServer((request, response) => {
	if (request.url === '/') return response.writeHead(200, { 'content-type': 'text/html' }).end('a page');
	response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
	response.write('data: x\n\n');
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const browser = await puppeteer.launch({ browser: 'firefox', executablePath: process.env.firefox, headless: true });
console.log(await browser.version());
const open = async () => {
	const page = await browser.newPage();
	await page.goto(`http://127.0.0.1:${server.address().port}/`);
	return page;
};
// Seconds until the header is there, 30 at most.
const wait = (page, address, cache) => page.evaluate(async (address, cache) => {
	const start = performance.now();
	const opened = cache === 'EventSource'
		? new Promise((done) => { new EventSource(address).onopen = done; })
		: fetch(address, cache ? { cache } : {});
	await Promise.race([opened, new Promise((done) => setTimeout(done, 30000))]);
	return (performance.now() - start) / 1000;
}, address, cache);

const seen = {};
async function tell(name, cache) {
	const address = `/stream/${encodeURIComponent(name)}`;
	const one = await open();
	const other = name === 'in another tab' ? await open() : one;
	const first = await wait(one, address, cache);
	seen[name] = await wait(other, address, cache);
	console.log(`${name}: first ${first.toFixed(1)} s, second ${seen[name].toFixed(1)} s`);
	await Promise.all([...new Set([one, other])].map((page) => page.close()));
}
await tell('with cache: no-store', 'no-store');
await tell('EventSource', 'EventSource');
await Promise.all([tell('in the same page'), tell('in another tab')]);
await browser.close();
process.exit(seen['in the same page'] > 15 && seen['in another tab'] > 15 && seen['with cache: no-store'] < 5 && seen.EventSource < 5 ? 0 : 1);
NODE
timeout 90 node try.js
