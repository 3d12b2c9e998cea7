#!/usr/bin/env bash
# knex's trx.commit() resolves when the COMMIT failed.
#
# Software:  npm knex 3.3.0 with pg 8.23.1; Node.js 20; PostgreSQL 15 (Debian 12). For comparison sequelize 6.37.8 in the same style.
# Behaviour: `const trx = await knex.transaction()`, some inserts, `await trx.commit()`. A deferred constraint or trigger, a serialization
#            failure or a time limit is COMMIT's own error: PostgreSQL has rolled all of it back. trx.commit() resolves all the same, and
#            trx.isCompleted() is true; the error is in trx.executionPromise, which nobody has to look at, and no unhandled rejection is
#            raised. knex.transaction(async (trx) => …) rejects, as it should.
# Seen:      knex, commit(): resolved, rows 0, executionPromise "refused at commit"; knex, callback: "refused at commit"; sequelize, commit():
#            "refused at commit"
# For somebody who runs a stream: whatever does its work at commit, as an outbox or a numbered log, is where errors come, and a writer of
#            this style answers "201 created" for a row that is not there. Use the callback, or await trx.executionPromise after commit().
# For pgbell: numbers are given at commit; "An error of the commit" in deploy/README.md says how to hear of it.
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
psql -XAtq -h "$dir/db" -p 5432 -U postgres -d postgres -c "create table news (n int);
	create function refuse() returns trigger language plpgsql as 'begin raise ''refused at commit''; end';
	create constraint trigger refuse after insert on news deferrable initially deferred for each row execute function refuse()"

echo '{ "private": true, "type": "module" }' >package.json
npm install --silent --no-audit --no-fund knex@3.3.0 pg@8.23.1 sequelize@6.37.8
cat >try.js <<'NODE'
import knexModule from 'knex';
import { Sequelize } from 'sequelize';
const host = process.argv[2];
let unhandled = 0;
process.on('unhandledRejection', () => unhandled++);
const knex = knexModule({ client: 'pg', connection: { host, port: 5432, user: 'postgres', database: 'postgres' } });
const sequelize = new Sequelize({ dialect: 'postgres', host, port: 5432, username: 'postgres', database: 'postgres', logging: false });
let trx;
const ways = {
	'knex, commit()': async () => {
		trx = await knex.transaction();
		await trx('news').insert({ n: 1 });
		await trx.commit();
	},
	'knex, callback': () => knex.transaction((on) => on('news').insert({ n: 1 })),
	'sequelize, commit()': async () => {
		const transaction = await sequelize.transaction();
		await sequelize.query('insert into news values (1)', { transaction });
		await transaction.commit();
	},
};
const outcome = (promise) => promise.then(() => 'resolved', (error) => (/refused at commit/.test(error.message) ? '"refused at commit"' : error.message));
const seen = [];
for (const [name, way] of Object.entries(ways)) {
	seen.push(await outcome(way()));
	console.log(`${name}: ${seen.at(-1)}`);
}
seen.push(await outcome(trx.executionPromise), (await knex('news').count())[0].count);
await new Promise((done) => setTimeout(done, 200));
seen.push(unhandled);
console.log(`executionPromise: ${seen[3]}; rows: ${seen[4]}; unhandled rejections: ${seen[5]}`);
const refused = '"refused at commit"';
process.exit(JSON.stringify(seen) === JSON.stringify(['resolved', refused, refused, refused, '0', 0]) ? 0 : 1);
NODE
timeout 60 node try.js "$dir/db"
