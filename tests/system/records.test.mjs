// Abuse of the stream program's own socket: bytes that no web server sends.
// Each connection is answered or hung up on in time, and afterwards all is well.

import assert from 'node:assert';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pair, record, requestFastcgi, types } from '../lib/fastcgi.mjs';
import { readLog } from '../lib/logfmt.mjs';
import { readMetrics, untilMetrics } from '../lib/metrics.mjs';
import { startSite } from '../lib/site.mjs';
import { PATIENCE_MS } from '../lib/wait.mjs';

const { BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, GET_VALUES, GET_VALUES_RESULT, UNKNOWN } = types;
const INTAKE_S = 1;
const STREAM = '/api/notifications/stream';

let site, alice, socket;

before(async () => {
	site = await startSite({ env: { PGBELL_INTAKE_S: String(INTAKE_S) } });
	alice = await site.signUp();
	socket = join(site.state, 'run/stream.sock');
});
after(() => site.stop());

// A connection: what it is sent, what came back so far (records), and its end.
async function connect() {
	const wire = net.connect(socket);
	await once(wire, 'connect');
	let bytes = Buffer.alloc(0);
	const peer = { wire, records: [], text: '', send: (...parts) => wire.write(Buffer.concat(parts.map((part) => Buffer.from(part)))) };
	wire.on('error', () => {}); // hung up on while we were writing
	wire.on('data', (chunk) => {
		bytes = Buffer.concat([bytes, chunk]);
		for (let size; bytes.length >= 8 && bytes.length >= (size = 8 + bytes.readUInt16BE(4) + bytes[6]); bytes = bytes.subarray(size)) {
			const content = bytes.subarray(8, 8 + bytes.readUInt16BE(4));
			peer.records.push({ type: bytes[1], id: bytes.readUInt16BE(2), content });
			peer.text += bytes[1] === STDOUT ? content : '';
			wire.emit('record');
		}
	});
	peer.ended = new Promise((resolve) => wire.once('close', resolve));
	peer.until = async (holds) => {
		while (!holds(peer) && !wire.destroyed)
			await Promise.race([new Promise((resolve) => wire.once('record', resolve)), peer.ended]);
		assert.ok(holds(peer), `closed after ${JSON.stringify(peer.records)}`);
	};
	return peer;
}

const begin = (id = 1, role = 1) => record(BEGIN, Buffer.from([0, role, 0, 0, 0, 0, 0, 0]), id);
const paramsOf = (variables) => Buffer.concat(Object.entries(variables).map(pair));
const asking = (uri, more = {}) => ({ REQUEST_METHOD: 'GET', REQUEST_URI: uri, HTTP_AUTHORIZATION: `Bearer ${alice.token}`, ...more });
const whole = (variables, id = 1) => Buffer.concat([
	begin(id), record(PARAMS, paramsOf(variables), id), record(PARAMS, undefined, id), record(STDIN, undefined, id),
]);
// The first eight bytes of a record, whatever follows.
const header = (type, length, version = 1) => Buffer.from([version, type, 0, 1, length >> 8, length & 255, 0, 0]);

// Send it, and be hung up on; gives what came before.
async function hangsUp(...parts) {
	const peer = await connect();
	peer.send(...parts);
	await peer.ended;
	return peer;
}

// Bytes by chance, the same ones each time.
function* chance(seed) {
	for (let state = seed; ;) {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		yield state >>> 24;
	}
}

test('nonsense is hung up on', async () => {
	await hangsUp('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
	await hangsUp(header(BEGIN, 8, 0));
	await hangsUp(header(BEGIN, 8, 255));
	await hangsUp(header(BEGIN, 9), Buffer.alloc(9));
	await hangsUp(header(BEGIN, 0));
	await hangsUp(begin(0));
	await hangsUp(begin(), header(PARAMS, 4), [0xff, 0xff, 0xff, 0xff], header(PARAMS, 0));
	await hangsUp(begin(), header(PARAMS, 8), [0xff, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff], header(PARAMS, 0));
	await hangsUp(begin(), header(PARAMS, 2), [200, 200], header(PARAMS, 0));
	await hangsUp(begin(), record(ABORT));
	await Promise.all(Array.from({ length: 40 }, (_, seed) => {
		const random = chance(seed);
		const bytes = Buffer.from(Array.from({ length: 10 + seed * seed * 10 }, () => random.next().value));
		return hangsUp(seed % 2 ? bytes : Buffer.concat([begin(), bytes]));
	}));
});

test('a request that is cut anywhere, or never ends, is given up in time', async () => {
	const request = whole(asking(STREAM));
	const began = Date.now();
	const cuts = await Promise.all(Array.from({ length: request.length - 8 }, async (_, length) => {
		const peer = await connect();
		peer.send(request.subarray(0, Math.min(length, request.length - 17)));
		return peer;
	}));
	const drip = await connect();
	drip.send(begin());
	const timer = setInterval(() => drip.send(record(PARAMS, paramsOf({ X: 'y' }))), 50);
	await Promise.all([...cuts, drip].map((peer) => peer.ended));
	clearInterval(timer);
	assert.ok(Date.now() - began < PATIENCE_MS);
	assert.ok(cuts.every((peer) => peer.records.length === 0));
});

test('two hundred connections that say nothing keep nobody out', async () => {
	const silent = await Promise.all(Array.from({ length: 200 }, connect));
	const stream = await site.stream(alice.token);
	await stream.next('connected');
	await Promise.all(silent.map((peer) => peer.ended));
	await site.sql(`select pgbell.notify($1, 'test')`, [String(alice.id)]);
	await stream.next('new_notification');
	stream.close();
});

test('parameters without end are answered 431', async () => {
	const peer = await connect();
	peer.send(begin(), ...Array.from({ length: 40 }, (_, i) => record(PARAMS, paramsOf({ [`X${i}`]: 'x'.repeat(2000) }))));
	await peer.until(({ records }) => records.some(({ type }) => type === END));
	assert.match(peer.text, /^Status: 431 .*problem\+json.*"status":431/s);
	await peer.ended;
});

test('a record of a type that nobody knows is passed over or named as such', async () => {
	const peer = await connect();
	peer.send(record(99, Buffer.from('x'), 0), begin(), record(200, Buffer.alloc(60_000)), record(11, Buffer.from('x')), record(BEGIN + 11),
		whole(asking('/api/health')).subarray(16));
	await peer.until(({ records }) => records.some(({ type }) => type === END));
	const [unknown, ...rest] = peer.records;
	assert.deepEqual([unknown.type, unknown.id, unknown.content[0]], [UNKNOWN, 0, 99]);
	assert.match(peer.text, /^Status: 200 .*"status":"ok"/s);
	assert.ok(rest.every(({ type, id }) => id === 1 && [STDOUT, END].includes(type)));
});

test('questions about ourselves are answered before, between and behind', async () => {
	const asked = record(GET_VALUES, paramsOf({ FCGI_MPXS_CONNS: '', FCGI_MAX_REQS: '', X: 'y'.repeat(100) }), 0);
	const peer = await connect();
	peer.send(asked, begin(), asked, whole(asking('/api/health')).subarray(16));
	await peer.until(({ records }) => records.some(({ type }) => type === END));
	const answers = peer.records.filter(({ type }) => type === GET_VALUES_RESULT);
	assert.equal(answers.length, 2);
	assert.ok(answers.every(({ id, content }) => id === 0 && content.toString().includes('FCGI_MPXS_CONNS0')));
});

test('a second request on a connection is refused, and the first goes on', async () => {
	const peer = await connect();
	peer.send(begin(1), begin(2), begin(1), whole(asking('/api/health')).subarray(16));
	await peer.until(({ records }) => records.filter(({ type }) => type === END).length === 3);
	const ends = peer.records.filter(({ type }) => type === END);
	assert.deepEqual(ends.map(({ id, content }) => [id, content[4]]), [[2, 1], [1, 1], [1, 0]]);
	assert.match(peer.text, /^Status: 200 /);
});

test('another request id than one is served like any other', async () => {
	for (const id of [2, 255, 256, 65535]) {
		const peer = await connect();
		peer.send(whole(asking(STREAM), id));
		await peer.until(({ text }) => text.includes('event: connected'));
		assert.ok(peer.records.every((one) => one.id === id));
		peer.wire.destroy();
	}
});

test('a role other than responder is refused', async () => {
	for (const role of [0, 2, 3, 255])
		assert.deepEqual((await hangsUp(begin(1, role))).records.map(({ type, content }) => [type, content[4]]), [[END, 3]]);
});

test('input behind a request is passed over, an abort ends the stream', async () => {
	const peer = await connect();
	peer.send(whole(asking(STREAM)));
	await peer.until(({ text }) => text.includes('event: unread_count'));
	for (let i = 0; i < 100; i++)
		peer.send(record(STDIN, Buffer.alloc(65_000)));
	peer.send(begin(7), record(ABORT, undefined, 7), record(GET_VALUES, undefined, 0));
	await site.sql(`select pgbell.notify($1, 'test')`, [String(alice.id)]);
	await peer.until(({ text }) => text.includes('event: new_notification'));
	peer.send(record(ABORT));
	await peer.ended;
	const nonsense = await connect();
	nonsense.send(whole(asking(STREAM)));
	await nonsense.until(({ text }) => text.includes('event: connected'));
	nonsense.send('nonsense behind a request');
	await nonsense.ended;
});

test('parameters may hold any bytes, stand twice or be missing', async () => {
	const statusOf = async (variables) => (await requestFastcgi(socket, variables)).status;
	assert.equal(await statusOf({ REQUEST_METHOD: '', REQUEST_URI: '' }), 404);
	assert.equal(await statusOf({ REQUEST_METHOD: '', REQUEST_URI: STREAM }), 405);
	assert.equal(await statusOf({ REQUEST_METHOD: 'GET\0', REQUEST_URI: STREAM }), 405);
	for (const uri of ['\0', '/api/health\0', '/api/health\n', '/metrics/', '/🔔', '?', '/?\0', 'x'.repeat(60_000), '\r\nStatus: 200 OK\r\n\r\n'])
		assert.equal(await statusOf({ REQUEST_METHOD: 'GET', REQUEST_URI: uri }), 404);
	for (const authorization of ['Bearer a\0', 'Bearer a\nb', '\0', 'Bearer \r\nX: y', `Bearer ${'a'.repeat(60_000)}`])
		assert.equal(await statusOf({ ...asking(STREAM), HTTP_AUTHORIZATION: authorization }), 401);
	for (const cookie of ['pgbell_session=a\0', 'pgbell_session=a\nb', ';'.repeat(60_000), `pgbell_session=${'a'.repeat(60_000)}`])
		assert.equal(await statusOf({ REQUEST_METHOD: 'GET', REQUEST_URI: STREAM, HTTP_COOKIE: cookie }), 401);
	const peer = await connect();
	peer.send(begin(), record(PARAMS, paramsOf(asking('/api/health'))), record(PARAMS, paramsOf(asking('/metrics'))), record(PARAMS));
	await peer.until(({ records }) => records.some(({ type }) => type === END));
	assert.match(peer.text, /"status":"ok"/);
});

test('all is well afterwards, and the log told of what was wrong and of nothing else', async () => {
	await site.waitUntilRinging(alice);
	const known = ['started', 'database_connected', 'stream_opened', 'stream_closed', 'request_malformed', 'request_timed_out'];
	const log = await readLog(site, 'pgbell-stream');
	assert.deepEqual(log.filter(({ level, event }) => level === 'error' || !known.includes(event)), []);
	const metrics = await readMetrics(site);
	assert.equal(metrics.get('pgbell_streams_refused_total{reason="timed_out"}'), log.filter(({ event }) => event === 'request_timed_out').length);
	assert.equal(metrics.get('pgbell_streams_refused_total{reason="header"}'), 1);
	await untilMetrics(site, (now) => now.get('pgbell_streams') === 0 && now.get('pgbell_opens_waiting') === 0 &&
		now.get('pgbell_connections') === 1); // that of this very request
});
