// A client that does not read: what waits for it is bounded, it is ended with
// a reason, and it loses nothing.

import assert from 'node:assert';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { readMetrics, untilMetrics } from '../lib/metrics.mjs';
import { startSite } from '../lib/site.mjs';
import { frameOf, openSocket, PONG } from '../lib/websocket.mjs';

const EVENTS = 600;
const EVENT_BYTES = 30_000; // in all more than every buffer on the way holds

let site, alice;

before(async () => {
	site = await startSite({ env: { PGBELL_HEARTBEAT_S: '4', PGBELL_BACKLOG_BYTES: '65536' } });
	alice = await site.signUp();
});
after(() => site.stop());

async function notify(person, events) {
	for (let i = 0; i < events; i += 20)
		await site.sql(`insert into pgbell.notification (user_id, kind, data)
			select $1, 'big', jsonb_build_object('text', repeat('x', $2)) from generate_series(1, 20)`, [String(person.id), EVENT_BYTES]);
}

test('a client that stops reading is ended, with a reason, and resumes whole', async () => {
	const lazy = net.connect(site.port, '127.0.0.1');
	lazy.write(`GET /api/notifications/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${alice.token}\r\n\r\n`);
	await once(lazy, 'data');
	lazy.pause();
	const prompt = await site.stream(alice.token);
	await prompt.next('connected');
	await notify(alice, EVENTS);
	for (let i = 1; i <= EVENTS; i++)
		assert.equal((await prompt.next('new_notification')).id, String(i), 'a slow tab holds up no other');
	await untilMetrics(site, (now) => now.get('pgbell_streams_closed_total{reason="slow"}') > 0);
	lazy.destroy();
	assert.equal((await readMetrics(site)).get('pgbell_streams'), 1);

	const again = await site.stream(alice.token, { lastEventId: 1 });
	for (let i = 2; i <= EVENTS; i++)
		assert.equal((await again.next('new_notification')).id, String(i));
	again.close();
	prompt.close();
});

// Straight at the program: a web server would take in megabytes for it.
test('a WebSocket that is there and reads nothing is closed with 1013 behind what it was sent, and resumes whole', async () => {
	const FEW = 40, SLOW = 'pgbell_streams_closed_total{reason="slow"}';
	const bob = await site.signUp();
	const lazy = await openSocket(`${site.state}/run/websocket.sock`, '/api/notifications/socket', { headers: { Authorization: `Bearer ${bob.token}` } });
	await lazy.next('connected');
	lazy.connection.pause();
	const before = (await readMetrics(site)).get(SLOW);
	await notify(bob, FEW);
	await untilMetrics(site, (now) => {
		lazy.write(frameOf(PONG));
		return now.get(SLOW) > before;
	});
	lazy.connection.resume();
	assert.equal((await lazy.closed).code, 1013);
	const told = lazy.events.filter(({ event }) => event === 'new_notification').map(({ id }) => id);
	assert.ok(told.length > 0 && told.length < FEW, `it was sent ${told.length}`);
	assert.deepEqual(told, told.map((_, i) => i + 1));

	const again = await site.socket(bob.token, { query: { last_event_id: told.length } });
	for (let i = told.length + 1; i <= FEW; i++)
		assert.equal((await again.next('new_notification')).id, i);
	again.close();
});
