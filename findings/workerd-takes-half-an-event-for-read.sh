#!/usr/bin/env bash
# workerd's EventSource sends back the id of an event that it has not shown, and makes two of one that is cut inside CRLF.
#
# Software:  npm workerd 1.20261117.1, the runtime of Cloudflare's workers, on Linux x64; a plain Node.js 20 server. For comparison npm
#            deno 2.9.6, which does as the standard has it.
# Behaviour: a stream breaks off behind an event's `id:` line, before its empty line. The half event is not shown, as it should be; but
#            its id is what the next request has as Last-Event-ID, so a server goes on behind it, and it is never shown. (The standard
#            takes the id over at the empty line.) And lines end with CRLF: where CR is the last byte that has come and LF the first of
#            what comes next, those are two line ends, so the event ends there; what follows is another event, without type.
# Seen:      id 1 whole, then `id: 2`, `data: …` and the break: Last-Event-ID deno 1, workerd 2. "event: named", CR | LF, "data: x":
#            deno named x; workerd message x
# For somebody who runs a stream: events are lost now and then, when connections break under load. Write `id:` as an event's last line,
#            so that only a cut between its last two line ends loses it, and end lines with LF.
# For pgbell: it does both (system/cut); a row in the table of other people's clients.
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
import http from 'node:http';
const server = http.createServer(async (request, response) => {
	response.writeHead(200, { 'content-type': 'text/event-stream' });
	if (request.url === '/lines') {
		response.write('event: named\r');
		await new Promise((done) => setTimeout(done, 300));
		response.write('\ndata: x\r\n\r\n');
	} else if (request.headers['last-event-id'] === undefined) {
		response.write('retry: 1000\n\nid: 1\ndata: whole\n\nid: 2\ndata: half\n');
		setTimeout(() => response.socket.destroy(), 300);
	} else {
		response.write(`event: back\ndata: ${request.headers['last-event-id']}\n\n`);
	}
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
NODE
cat >listen.js <<'NODE'
export async function listen(url, name) {
	const seen = [];
	const streams = ['/', '/lines'].map((path) => new EventSource(url + path));
	for (const stream of streams)
		for (const type of ['message', 'named', 'back'])
			stream.addEventListener(type, ({ data }) => seen.push(`${type === 'back' ? 'Last-Event-ID' : type} ${data}`));
	await new Promise((done) => setTimeout(done, 4000));
	streams.forEach((stream) => stream.close());
	console.log(`${name}: ${seen.sort().join(', ')}`);
}
NODE
node server.js >port & pids+=($!)
until [ -s port ]; do sleep 0.1; done
url=http://127.0.0.1:$(cat port)
echo "import { listen } from './listen.js'; await listen(Deno.args[0], 'deno');" >deno.js
timeout 30 node_modules/.bin/deno run --quiet --allow-net deno.js "$url" | tee seen
echo "import { listen } from './listen.js'; export default { test: (_, { url }) => listen(url, 'workerd') };" >worker.js
cat >workerd.capnp <<CONFIG
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = .worker), (name = "out", network = (allow = ["private"]))]);
const worker :Workerd.Worker = (
	modules = [(name = "worker", esModule = embed "worker.js"), (name = "listen.js", esModule = embed "listen.js")],
	bindings = [(name = "url", text = "$url")], compatibilityDate = "2026-11-01", globalOutbound = "out");
CONFIG
timeout 30 node_modules/.bin/workerd test workerd.capnp 2>&1 | grep -o 'workerd: .*' | tee -a seen
grep -qx 'deno: Last-Event-ID 1, message whole, named x' seen && grep -qx 'workerd: Last-Event-ID 2, message whole, message x' seen
