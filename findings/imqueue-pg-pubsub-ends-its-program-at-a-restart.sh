#!/usr/bin/env bash
# @imqueue/pg-pubsub, which is to come back by itself, ends its program when its connection ends.
#
# Software:  npm @imqueue/pg-pubsub 1.10.0 with pg 8.23.1 ("^8.13.1" is asked for); pg-listen 1.7.0 and pg-pubsub 0.8.1 for comparison;
#            Node.js 20; PostgreSQL 15 (Debian 12).
# Guessed:   it comes back within its retryDelay, as the other two, and as its README says ("handy reconnect support out-of-the box").
# Behaviour: its backend ends, as at a restart of the database. After retryDelay (100 ms) it calls connect() of the same pg client once more,
#            which pg refuses ("Client has already been connected. You cannot reuse a client."), in a promise that nobody holds. With
#            an error listener as the README has it, the program ends by an unhandled rejection. Where one catches those, nothing is
#            heard from then on, and connect() is not tried again.
# Seen:      pg-listen, pg-pubsub: heard before 1, after 1; @imqueue/pg-pubsub: before 1, after 0, unhandled rejection
# For somebody who runs a stream: each restart of the database, each failover, ends the programs that listen, all at once; or they are deaf. Have a
#            supervisor start them again, and read what was missed.
# For pgbell: a row in deploy/README.md, "A listener of your own". pgbell-stream opens a new connection, and reads behind its own number.
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
as_nobody $bin/pg_ctl -D "$dir/db/data" -l "$dir/db/log" -w -s -o "-c listen_addresses= -c unix_socket_directories=$dir/db" start

echo '{ "private": true, "type": "module" }' >package.json
npm install --silent --no-audit --no-fund --legacy-peer-deps @imqueue/pg-pubsub@1.10.0 pg-listen@1.7.0 pg-pubsub@0.8.1 pg@8.23.1
cat >try.js <<'NODE'
import pg from 'pg';
const [,, host, name] = process.argv;
const at = { host, port: 5432, user: 'postgres', database: 'postgres' };
const rest = (ms) => new Promise((done) => setTimeout(done, ms));
const seen = { before: 0, after: 0, rejection: 'none' };
let when = 'before';
process.on('unhandledRejection', (error) => { seen.rejection = error?.message ?? String(error); });
const heard = () => seen[when]++;
const listeners = {
	async '@imqueue/pg-pubsub'() {
		const { PgPubSub } = await import('@imqueue/pg-pubsub');
		const listener = new PgPubSub({ ...at, singleListener: false }, { log() {}, info() {}, warn() {}, error() {} });
		listener.on('error', () => {});
		await listener.connect();
		listener.channels.on('ring', heard);
		await listener.listen('ring');
	},
	async 'pg-listen'() {
		const { default: { default: create } } = await import('pg-listen');
		const listener = create(at);
		listener.events.on('error', () => {});
		listener.notifications.on('ring', heard);
		await listener.connect();
		await listener.listenTo('ring');
	},
	async 'pg-pubsub'() {
		const { default: PubSub } = await import('pg-pubsub');
		await new PubSub(at, { log() {} }).addChannel('ring', heard);
	},
};
await listeners[name]();
const client = new pg.Client(at);
await client.connect();
const ring = async () => {
	await client.query('select pg_notify($1, $2)', ['ring', '{}']);
	await rest(500);
};
await ring();
when = 'after';
await client.query(`select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'`);
await rest(8000);
await ring();
console.log(`${name}: heard before ${seen.before}, after ${seen.after}, unhandled rejection: ${seen.rejection}`);
process.exit(0);
NODE
for name in pg-listen pg-pubsub @imqueue/pg-pubsub; do timeout 40 node try.js "$dir/db" $name 2>"$dir/errors" || { cat "$dir/errors" >&2; exit 1; }; done >seen
cat seen
diff seen - <<'EXPECTED'
pg-listen: heard before 1, after 1, unhandled rejection: none
pg-pubsub: heard before 1, after 1, unhandled rejection: none
@imqueue/pg-pubsub: heard before 1, after 0, unhandled rejection: Client has already been connected. You cannot reuse a client.
EXPECTED
