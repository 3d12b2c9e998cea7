#!/usr/bin/env bash
# workerd's EventSource comes back from an end, and gives up for good when nobody listens at that moment.
#
# Software:  npm workerd 1.20261117.1, the runtime of Cloudflare's workers, on Linux x64; a plain Node.js 20 server. For comparison npm
#            deno 2.9.6, whose EventSource goes on trying, as browsers do.
# Behaviour: a stream ends, or breaks off: the EventSource is CONNECTING, and asks again after `retry:`, with Last-Event-ID. Where
#            that attempt is refused at the socket, since the server is just being started again, it is CLOSED at once and makes no
#            other. The standard has it try again after a network error, however often; only an answer that is none of a stream
#            ends it. (A `retry:` below a second is a second.)
# Seen:      server away for 2.5 s after the first event. deno: opened again with Last-Event-ID 1; workerd: readyState 2, opened once
# For somebody who runs a stream: each restart of the server ends all such readers for good that come back within it; those that
#            come a second later live on. Look at readyState in onerror: where it is 2, make a new EventSource after a while; it
#            does not know the last id, so that has to go into the address.
# For pgbell: a row in the table of other people's clients. Starting pgbell-stream again refuses nobody, as the web server holds the port;
#            reload the web server rather than start it again.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT
cd "$dir"
command -v npm >/dev/null || { echo 'needs Node.js 20 and npm' >&2; exit 2; }
echo '{ "private": true, "type": "module" }' >package.json
npm install --silent --no-audit --no-fund workerd@1.20261117.1 deno@2.9.6

cat >server.js <<'NODE'
// Ends each stream after its first event, and is away for 2.5 s after the first stream.
import http from 'node:http';
let opened = 0;
const server = http.createServer((request, response) => {
	console.log(`opened with Last-Event-ID ${request.headers['last-event-id'] ?? 'none'}`);
	response.writeHead(200, { 'content-type': 'text/event-stream' });
	response.write(`retry: 1000\nid: ${++opened}\ndata: x\n\n`);
	if (opened > 1)
		return;
	setTimeout(() => {
		const { port } = server.address();
		server.close(() => setTimeout(() => server.listen(port, '127.0.0.1'), 2500));
		response.end();
		server.closeIdleConnections();
	}, 200);
});
server.listen(0, '127.0.0.1', () => console.error(server.address().port));
NODE
cat >listen.js <<'NODE'
export async function listen(url, name) {
	const stream = new EventSource(url);
	let errors = 0;
	stream.onerror = () => errors++;
	await new Promise((done) => setTimeout(done, 8000));
	console.log(`${name}: readyState ${stream.readyState} after 8 s, ${errors} errors`);
	stream.close();
}
NODE
echo "import { listen } from './listen.js'; await listen(Deno.args[0], 'deno');" >deno.js
echo "import { listen } from './listen.js'; export default { test: (_, { url }) => listen(url, 'workerd') };" >worker.js
for runtime in deno workerd; do
	node server.js >$runtime.openings 2>$runtime.port & pids+=($!)
	until [ -s $runtime.port ]; do sleep 0.1; done
	url=http://127.0.0.1:$(cat $runtime.port)/
	if [ $runtime = deno ]; then
		timeout 30 node_modules/.bin/deno run --quiet --allow-net deno.js "$url"
	else
		cat >workerd.capnp <<CONFIG
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = .worker), (name = "out", network = (allow = ["private"]))]);
const worker :Workerd.Worker = (
	modules = [(name = "worker", esModule = embed "worker.js"), (name = "listen.js", esModule = embed "listen.js")],
	bindings = [(name = "url", text = "$url")], compatibilityDate = "2026-11-01", globalOutbound = "out");
CONFIG
		timeout 30 node_modules/.bin/workerd test workerd.capnp
	fi 2>&1 | grep readyState
	echo "$runtime: $(tr '\n' ',' <$runtime.openings)"
done
[ "$(cat workerd.openings)" = 'opened with Last-Event-ID none' ] && grep -q 'Last-Event-ID 1' deno.openings
