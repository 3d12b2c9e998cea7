#!/usr/bin/env bash
# postgres.js says that it is reconnecting its subscribe(), and never does.
#
# Software:  npm postgres 3.4.9; Node.js 20; PostgreSQL 15 (Debian 12) with wal_level = logical.
# Behaviour: subscribe() hears each change of a publication over a replication connection of its own. That connection ends, as at a
#            restart of the database: "Unexpected error during logical streaming - reconnecting" is on standard error. No other is
#            opened from then on, within a minute that was waited; onsubscribe is not called again, nothing is raised, queries work, and
#            listen() of the same object is back at once (as it is when the server was away for some seconds: tried beside).
# Seen:      before: subscribe 1, listen 1. Connections ended, 20 s later: subscribe 0, listen 1, replication connections 0, onsubscribe called 1 time
# For somebody who runs a stream: whatever is built upon it, as a cache or pages that follow a table, stands still after the first
#            restart, under a program that looks well. Give subscribe() its fourth argument, an error listener, and end the program in
#            it; the slot is a temporary one, so what was written meanwhile has to be read from the table anyway.
# For pgbell: a line in what others do. pgbell-stream looks behind its own number, whatever it has not heard (system/interruption).
set -euo pipefail

dir=$(mktemp -d)
cd "$dir"
bin=/usr/lib/postgresql/15/bin
[ -x $bin/initdb ] || { echo 'needs apt-get install postgresql-15' >&2; exit 2; }
command -v npm >/dev/null || { echo 'needs Node.js 20 and npm' >&2; exit 2; }
as_nobody() { if [ "$(id -u)" = 0 ]; then setpriv --reuid nobody --regid nogroup --clear-groups "$@"; else "$@"; fi; }
finish() { as_nobody $bin/pg_ctl -D "$dir/db/data" -s -m immediate stop 2>/dev/null || true; rm -rf "$dir"; }
trap finish EXIT

chmod 755 "$dir"
mkdir -m 755 db
[ "$(id -u)" != 0 ] || chown nobody db
as_nobody $bin/initdb -D "$dir/db/data" -U postgres -A trust -N >initdb.log
as_nobody $bin/pg_ctl -D "$dir/db/data" -l "$dir/db/log" -w -s \
	-o "-c listen_addresses= -c unix_socket_directories=$dir/db -c wal_level=logical" start
psql -XAtq -h "$dir/db" -p 5432 -U postgres -d postgres -c 'create table news (n int primary key)' -c 'create publication alltables for all tables'

echo '{ "private": true, "type": "module" }' >package.json
npm install --silent --no-audit --no-fund postgres@3.4.9
cat >try.js <<'NODE'
import postgres from 'postgres';
const connect = () => postgres({ host: process.argv[2], port: 5432, user: 'postgres', database: 'postgres' });
const rest = (ms) => new Promise((done) => setTimeout(done, ms));
const sql = connect();
const heard = { subscribe: 0, listen: 0, onsubscribe: 0 };
await sql.subscribe('*', () => heard.subscribe++, () => heard.onsubscribe++);
await sql.listen('ring', () => heard.listen++);
const writer = connect();
async function write(n) {
	Object.assign(heard, { subscribe: 0, listen: 0 });
	await writer`insert into news values (${n})`;
	await writer`select pg_notify('ring', '')`;
	await rest(1500);
	return [heard.subscribe, heard.listen];
}
const before = await write(1);
await writer`select pg_terminate_backend(pid) from pg_stat_activity where backend_type in ('client backend', 'walsender') and pid <> pg_backend_pid()`;
await rest(20_000);
const later = await write(2);
const [{ n }] = await writer`select count(*)::int as n from pg_stat_replication`;
console.log(`before: subscribe ${before[0]}, listen ${before[1]}; later: subscribe ${later[0]}, listen ${later[1]}`);
console.log(`replication connections: ${n}; onsubscribe was called ${heard.onsubscribe} time(s)`);
process.exit(JSON.stringify([before, later, n, heard.onsubscribe]) === '[[1,1],[0,1],0,1]' ? 0 : 1);
NODE
timeout 60 node try.js "$dir/db" 2>&1 | grep -v '^ \|^}'
