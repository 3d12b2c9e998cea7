#!/usr/bin/env bash
# socket.io's PostgreSQL adapter outlives the end of its connection only if somebody else hears its client's errors.
#
# Software:  npm @socket.io/postgres-adapter 0.5.0, socket.io 4.8.4, pg 8.23.1; Node.js 20; PostgreSQL 15 (Debian 12).
# Behaviour: the adapter keeps a client of the pool for LISTEN and opens another 1 to 3 s after its "end". It does not
#            listen for its "error", which comes first: what the pool is told of idle clients does not cover one that is
#            lent out, nor does the adapter's own errorHandler. So the error is raised in the program, which ends by it;
#            where errors are caught at the top the "end" never comes, and the adapter is deaf from then on, while clients
#            stay connected and sending works. With an error listener on each client of the pool it is back by itself.
# Seen:      connections ended as a restart ends them; as documented: raised "terminating connection due to administrator
#            command", 0 of 5 events; with pool.on('connect', (client) => client.on('error', …)): 5 of 5
# For somebody who runs a stream: any program that borrows a LISTEN client from a pg pool needs that listener. Try a restart
#            of the database before the database does.
# For pgbell: a line in what others do: one client more that goes deaf behind a green health check; system/interruption has
#            pgbell's own.
set -euo pipefail

dir=$(mktemp -d)
pids=()
finish() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap finish EXIT
cd "$dir"
command -v npm >/dev/null || { echo 'needs Node.js 20 and npm' >&2; exit 2; }
echo '{ "private": true, "type": "module" }' >package.json
bin=/usr/lib/postgresql/15/bin
[ -x $bin/initdb ] || { echo 'needs apt-get install postgresql-15' >&2; exit 2; }
npm install --silent --no-audit --no-fund @socket.io/postgres-adapter@0.5.0 socket.io@4.8.4 socket.io-client@4.8.4 pg@8.23.1

# A cluster of its own, on a unix socket only. PostgreSQL does not run as root.
as_nobody() { if [ "$(id -u)" = 0 ]; then setpriv --reuid nobody --regid nogroup --clear-groups "$@"; else "$@"; fi; }
chmod 755 "$dir"
mkdir cluster
[ "$(id -u)" != 0 ] || chown nobody cluster
as_nobody $bin/initdb -D cluster/data -U stream -A trust -N >initdb.log
postgres() { as_nobody $bin/pg_ctl -D cluster/data -l cluster/log -w -s -m fast -o "-c listen_addresses= -k $dir/cluster" "$@"; }
stop_all() { postgres stop || true; finish; }
trap stop_all EXIT
postgres start

cat >try.js <<'NODE'
import http from 'node:http';
import pg from 'pg';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import { createAdapter } from '@socket.io/postgres-adapter';
const [directory, way] = process.argv.slice(2);
const rest = (ms) => new Promise((done) => setTimeout(done, ms));
const database = { host: `${directory}/cluster`, user: 'stream', database: 'postgres' };
process.on('uncaughtException', (error) => console.log(`${way}: raised in the program: ${error.message}`));

async function host() {
	const pool = new pg.Pool(database);
	pool.on('error', () => {});
	if (way === 'listener') pool.on('connect', (client) => client.on('error', () => {}));
	const server = http.createServer();
	const site = new Server(server);
	site.adapter(createAdapter(pool, { errorHandler: (error) => console.log(`${way}: errorHandler: ${error.message}`) }));
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	return { site, port: server.address().port };
}
const [sender, receiver] = [await host(), await host()];
const client = io(`http://127.0.0.1:${receiver.port}`, { transports: ['websocket'] });
const heard = [];
client.on('event', (name) => heard.push(name));
await new Promise((done) => client.on('connect', done));
while (heard.length === 0) { sender.site.emit('event', 'before'); await rest(200); }

const end = new pg.Client(database);
await end.connect();
await end.query("select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()");
await end.end();
await rest(8000);
heard.length = 0;
for (let n = 0; n < 5; n++) { sender.site.emit('event', n); await rest(200); }
await rest(500);
console.log(`${way}: 8 s after the end ${heard.length} of 5 events arrived; the client is ${client.connected ? 'connected' : 'away'}`);
process.exit(heard.length === (way === 'listener' ? 5 : 0) ? 0 : 1);
NODE
timeout 40 node try.js "$dir" documented
timeout 40 node try.js "$dir" listener
