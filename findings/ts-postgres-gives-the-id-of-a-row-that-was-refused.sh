#!/usr/bin/env bash
# ts-postgres resolves an insert, with its id, whose commit PostgreSQL refused.
#
# Software:  npm ts-postgres 2.0.4; Node.js 20; PostgreSQL 15 (Debian 12). For comparison pg 8.23.1 and postgrejs 2.23.1. (Bun 1.4.5's SQL, PGlite,
#            pg-promise, @databases/pg, Kysely, Drizzle and TypeORM reject: tried beside.)
# Guessed:   rejected with the database's error, as by the others.
# Behaviour: an insert with parameters and without a transaction is committed at the protocol's Sync. What a deferred constraint or trigger
#            refuses comes as an error behind the answer of the insert itself. ts-postgres has resolved by then, and drops it: query(), first() and
#            a loop over the rows have the id of a row that is not there, nothing is rejected or raised, and the next query works. An
#            explicit COMMIT that is refused is rejected.
# Seen:      pg, postgrejs: "refused at commit"; ts-postgres: resolved with id 3, no unhandled rejection; commit: "refused at commit"; rows 0
# For somebody who runs a stream: whatever does its work at commit, as an outbox or a numbered log, is where errors come, and a writer of this
#            kind answers "201 created" for a row that is not there. Write between begin and commit.
# For pgbell: numbers are given at commit; "An error of the commit" in deploy/README.md names it.
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
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
as_nobody $bin/pg_ctl -D "$dir/db/data" -l "$dir/db/log" -w -s -o "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$dir/db" start
psql -XAtq -h "$dir/db" -p "$port" -U postgres -d postgres -c "create table news (id serial, n int);
	create function refuse() returns trigger language plpgsql as 'begin raise ''refused at commit''; end';
	create constraint trigger refuse after insert on news deferrable initially deferred for each row execute function refuse()"

echo '{ "private": true, "type": "module" }' >package.json
npm install --silent --no-audit --no-fund ts-postgres@2.0.4 pg@8.23.1 postgrejs@2.23.1
cat >try.js <<'NODE'
import pg from 'pg';
import { Connection } from 'postgrejs';
import { connect } from 'ts-postgres';
const at = { host: '127.0.0.1', port: Number(process.argv[2]), user: 'postgres', database: 'postgres' };
let unhandled = 0;
process.on('unhandledRejection', () => unhandled++);
const plain = new pg.Client(at);
await plain.connect();
const postgrejs = new Connection(at);
await postgrejs.connect();
const ts = await connect(at);
const insert = 'insert into news (n) values ($1) returning id';
const outcome = (promise) => promise.then((value) => `resolved, ${value}`, (error) => (/refused at commit/.test(error.message) ? '"refused at commit"' : error.message));
console.log('pg:', await outcome(plain.query(insert, [1])));
console.log('postgrejs:', await outcome(postgrejs.query(insert, { params: [1] })));
console.log('ts-postgres:', await outcome(ts.query(insert, [1]).first().then((row) => `id ${row.id}`)));
console.log('ts-postgres, next query:', await outcome(ts.query('select 7 as seven').first().then((row) => row.seven)));
await ts.query('begin');
await ts.query(insert, [1]);
console.log('ts-postgres, commit:', await outcome(ts.query('commit')));
await new Promise((done) => setTimeout(done, 300));
console.log(`rows ${(await plain.query('select count(*) from news')).rows[0].count}, unhandled rejections ${unhandled}`);
process.exit();
NODE
timeout 60 node try.js "$port" >seen
cat seen
diff seen - <<'EXPECTED'
pg: "refused at commit"
postgrejs: "refused at commit"
ts-postgres: resolved, id 3
ts-postgres, next query: resolved, 7
ts-postgres, commit: "refused at commit"
rows 0, unhandled rejections 0
EXPECTED
