#!/usr/bin/env bash
# Chromium does not post to another tab what it has read as JSON; Firefox posts it and does not write it as JSON.
#
# Software:  Chromium 156.0.8078.108 and Firefox ESR 153.8.0 (Debian 12), driven by npm playwright-core 1.60.0; Node.js 20.
# Behaviour: JSON.parse() takes objects in objects to any depth. The structured clone that postMessage(), BroadcastChannel and
#            structuredClone() make does not: Chromium raises a RangeError ("Maximum call stack size exceeded") in whoever posts.
#            Firefox clones any depth, and its JSON.stringify() raises an InternalError ("too much recursion") instead.
# Seen:      objects 1,000 deep: all of it works in both; 8,000 deep: in Chromium parse and stringify work and posting does not,
#            in Firefox parse and posting work and stringify does not. (The borders are about 4,000 and 6,000; in Node.js 20
#            structuredClone() ends below 2,000.)
# For somebody who shares one stream among tabs: a message that a server lets through, and that shows well in the tab that has the
#            stream, throws where it is passed on, and stops whatever came behind it in that turn. Catch it for each message, and
#            have the other tabs read for themselves; do not take one way for a test of the other.
# For pgbell: the tab that has the stream tells the others to read their list again when it cannot pass an event on.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
command -v npm >/dev/null || { echo 'needs Node.js 20 and npm' >&2; exit 2; }
for browser in chromium firefox-esr; do
	command -v $browser >/dev/null || { echo "needs apt-get install $browser" >&2; exit 2; }
done
echo '{ "private": true, "type": "module" }' >package.json
PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm install --silent --no-audit --no-fund playwright-core@1.60.0
export HOME=$dir

cat >try.js <<'NODE'
import { chromium, firefox } from 'playwright-core';
const look = (depth) => {
	const value = JSON.parse('{"in":'.repeat(depth) + '1' + '}'.repeat(depth));
	const works = (way) => { try { way(value); return 'works'; } catch (error) { return error.name; } };
	return {
		BroadcastChannel: works((it) => new BroadcastChannel('tabs').postMessage(it)),
		postMessage: works((it) => new MessageChannel().port1.postMessage(it)),
		structuredClone: works((it) => structuredClone(it)),
		'JSON.stringify': works((it) => JSON.stringify(it)),
	};
};
const seen = [];
for (const [engine, options] of [[chromium, { executablePath: '/usr/bin/chromium' }], [firefox, { executablePath: '/usr/bin/firefox-esr', channel: 'moz-firefox' }]]) {
	const browser = await engine.launch(options);
	const page = await browser.newPage();
	for (const depth of [1000, 8000]) {
		const ways = await page.evaluate(look, depth);
		seen.push(Object.values(ways).join(' '));
		console.log(`${engine.name()} ${browser.version()}, ${depth} deep: ${JSON.stringify(ways)}`);
	}
	await browser.close();
}
const wanted = ['works works works works', 'RangeError RangeError RangeError works', 'works works works works', 'works works works InternalError'];
process.exit(seen.join() === wanted.join() ? 0 : 1);
NODE
timeout 110 node try.js
