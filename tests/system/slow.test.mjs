// A client that does not read: what waits for it is bounded, it is ended with
// a reason, and it loses nothing.

import assert from 'node:assert';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { readMetrics, untilMetrics } from '../lib/metrics.mjs';
import { startSite } from '../lib/site.mjs';

const EVENTS = 600;
const EVENT_BYTES = 30_000; // in all more than every buffer on the way holds

let site, alice;

before(async () => {
	site = await startSite({ env: { PGBELL_HEARTBEAT_S: '4', PGBELL_BACKLOG_BYTES: '65536' } });
	alice = await site.signUp();
});
after(() => site.stop());

test('a client that stops reading is ended, with a reason, and resumes whole', async () => {
	const lazy = net.connect(site.port, '127.0.0.1');
	lazy.write(`GET /api/notifications/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${alice.token}\r\n\r\n`);
	await once(lazy, 'data');
	lazy.pause();
	const prompt = await site.stream(alice.token);
	await prompt.next('connected');
	for (let i = 0; i < EVENTS; i += 20)
		await site.sql(`insert into pgbell.notification (user_id, kind, data)
			select $1, 'big', jsonb_build_object('text', repeat('x', $2)) from generate_series(1, 20)`, [String(alice.id), EVENT_BYTES]);
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
