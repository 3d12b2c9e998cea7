// One page of events to many streams of one person, side by side behind nginx: WebSockets of
// pgbell, its event streams, and npm `ws` with LISTEN, which keeps nothing and can replay nothing.
//
//   STREAMS=450 EVENTS=200 ROUNDS=3 node tests/bench/sockets.mjs
//
// Each event is awaited everywhere before the next, so that none is sent together with another.
// Processor time is what is compared, of the program and of nginx, per delivery: it is the same
// on a machine that does other things meanwhile.  Memory is what a stream adds to each.

import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { startNginx } from '../lib/nginx.mjs';
import { findFreePort, root, startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

const [STREAMS, EVENTS, ROUNDS] = ['STREAMS', 'EVENTS', 'ROUNDS'].map((name, i) => Number(process.env[name] || [450, 200, 3][i]));
const MARK = Buffer.from('new_notification');

process.env.PGBELL_BIN ??= join(root, 'build');
// npm ws + LISTEN: each payload goes to everybody of that person.
async function contend() {
	const [{ WebSocketServer }, { default: pg }] = await Promise.all([import('ws'), import('pg')]);
	const client = new pg.Client();
	await client.connect();
	const server = new WebSocketServer({ port: Number(process.argv[3]), host: '127.0.0.1', perMessageDeflate: false });
	client.on('notification', ({ payload }) => {
		for (const one of server.clients)
			one.send(payload);
	});
	await client.query('listen bench');
	process.on('disconnect', () => process.exit(0));
	process.send('ready');
}

// The processor time of processes, in seconds, and their memory, in bytes.
async function cost(pids) {
	let seconds = 0, bytes = 0;
	for (const pid of pids) {
		const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1].split(' ');
		seconds += (Number(fields[11]) + Number(fields[12])) / 100;
		const { 1: kb } = /^Pss:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/smaps_rollup`, 'utf8'));
		bytes += kb * 1024;
	}
	return { seconds, bytes };
}

async function childrenOf(parent) {
	const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
	const found = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').then((text) => Number(text.split(') ')[1].split(' ')[1]) === parent && Number(pid), () => false)));
	return found.filter(Boolean);
}

class Crowd {
	heard = 0;
	told = 0;
	#connections = [];
	#wanted = Infinity;
	#reached;

	async open(port, head) {
		for (let i = 0; i < STREAMS; i++) {
			const connection = net.connect(port, '127.0.0.1');
			let isFirst = true, rest = Buffer.alloc(0);
			connection.on('data', (bytes) => {
				this.heard += isFirst;
				isFirst = false;
				const chunk = Buffer.concat([rest, bytes]); // a mark may fall between two
				rest = chunk.subarray(-MARK.length + 1);
				for (let at = chunk.indexOf(MARK); at >= 0; at = chunk.indexOf(MARK, at + MARK.length))
					this.told++;
				if (this.told >= this.#wanted)
					this.#reached();
			});
			connection.write(head());
			this.#connections.push(connection);
			if (i % 100 === 99)
				await waitFor('some to open', () => this.heard === i + 1);
		}
	}

	until(told) {
		this.#wanted = told;
		return new Promise((resolve) => { this.#reached = resolve; });
	}

	close() {
		this.#connections.forEach((one) => one.destroy());
	}
}

async function run({ port, head, pids, write }) {
	const crowd = new Crowd();
	const empty = await Promise.all(pids.map(cost));
	await crowd.open(port, head);
	const before = await Promise.all(pids.map(cost));
	const began = Date.now();
	for (let i = 0; i < EVENTS; i++) {
		const all = crowd.until((i + 1) * STREAMS);
		await write(i);
		await all;
	}
	const after = await Promise.all(pids.map(cost));
	const wall_s = (Date.now() - began) / 1000;
	crowd.close();
	const micros = after.map(({ seconds }, i) => (seconds - before[i].seconds) * 1e6 / (STREAMS * EVENTS));
	const bytes = before.map((it, i) => Math.round((it.bytes - empty[i].bytes) / STREAMS));
	return { program_us: micros[0], nginx_us: micros[1], all_us: micros[0] + micros[1], program_bytes: bytes[0], nginx_bytes: bytes[1], deliveries_s: STREAMS * EVENTS / wall_s };
}

// A site of its own each time: memory is what the first streams of a process take.
async function measureOne(name, round) {
	const site = await startSite({ env: { PGBELL_MAX_STREAMS_PER_USER: String(2 * STREAMS), PGBELL_LOG_LEVEL: 'warning' } });
	const port = await findFreePort();
	const contender = fork(process.argv[1], ['contender', String(port)], { env: { ...process.env, PGHOST: site.env.PGHOST, PGPORT: site.env.PGPORT, PGDATABASE: site.env.PGDATABASE, PGUSER: 'pgbell_owner' } });
	await new Promise((resolve) => { contender.once('message', resolve); });
	const front = await startNginx({
		directory: join(site.state, 'front'), upstreams: { api: join(site.state, 'run/api.sock'), stream: join(site.state, 'run/stream.sock') },
		server: `location /contender { proxy_pass http://127.0.0.1:${port}; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; proxy_buffer_size 1k; }`,
	});
	const alice = await site.signUp();
	const writer = await site.connect();
	const upgrade = (path) => () => `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${alice.token}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`;
	const notify = () => writer.query(`select pgbell.notify($1, 'bench', '{"text":"an event of the usual length, with some words"}')`, [String(alice.id)]);
	const say = (i) => writer.query(`select pg_notify('bench', $1)`, [JSON.stringify({ event: 'new_notification', id: i, data: { id: i, kind: 'bench', data: { text: 'an event of the usual length, with some words' }, created_at: new Date().toISOString(), unread_count: i } })]);
	const nginx = await childrenOf(await site.pid('nginx')), other = await childrenOf(Number(await readFile(join(front.directory, 'nginx.pid'), 'utf8')));
	const stream = [[await site.pid('pgbell-stream')], nginx];
	const contenders = {
		'pgbell, WebSocket': { port: site.port, head: upgrade('/api/notifications/socket'), pids: stream, write: notify },
		'pgbell, SSE': { port: site.port, head: () => `GET /api/notifications/stream HTTP/1.0\r\nAuthorization: Bearer ${alice.token}\r\n\r\n`, pids: stream, write: notify },
		'npm ws + LISTEN': { port: Number(new URL(front.url).port), head: upgrade('/contender'), pids: [[contender.pid], other], write: say },
	};
	try {
		const got = await run(contenders[name]);
		console.log(JSON.stringify({ name, round, ...Object.fromEntries(Object.entries(got).map(([key, value]) => [key, Number(value.toFixed(2))])) }));
	} finally {
		contender.kill();
		await front.stop();
		await site.stop();
	}
}

if (process.argv[2] === 'contender')
	await contend();
else
	for (let round = 0; round < ROUNDS; round++)
		for (const name of ['pgbell, WebSocket', 'pgbell, SSE', 'npm ws + LISTEN'])
			await measureOne(name, round);
