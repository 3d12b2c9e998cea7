// Rings without end: what is heard while a read rests is heard together, so
// that writers are not kept from their work by whoever listens to them.

import assert from 'node:assert';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Follower } from '../lib/follower.mjs';
import { readMetrics } from '../lib/metrics.mjs';
import { startSite } from '../lib/site.mjs';

const PEOPLE = 40;
const WRITERS = 6;
const INSERTS = 12 * PEOPLE; // of each writer, who goes round

let site, pid, followers;

before(async () => {
	site = await startSite({ apis: 1, env: { PGBELL_FLOOR_S: '3600', PGBELL_HEARTBEAT_S: '3600' } });
	pid = await site.pid('pgbell-stream');
	const tokens = await site.sql(`select s.token from generate_series(1, $1) i, pgbell.create_session('h' || i) s order by i`, [PEOPLE]);
	followers = tokens.map(({ token }) => new Follower(`${site.url}/api/notifications/stream`, token));
	await Promise.all(followers.map((follower) => follower.until(() => follower.seq === 0)));
});
after(async () => {
	for (const follower of followers)
		follower.close();
	await site.stop();
});

// How often the process has slept and been woken, and how often it has read.
async function count() {
	const status = await readFile(`/proc/${pid}/status`, 'utf8');
	return { wakeups: Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)[1]), reads: (await readMetrics(site)).get('pgbell_reads_total') };
}

async function insertAll(writer) {
	const client = await site.connect();
	for (let i = 0; i < INSERTS; i++)
		await client.query({ name: 'ring', text: `insert into pgbell.notification (user_id, kind) values ($1, 'ring')`, values: [`h${1 + (7 * writer + i) % PEOPLE}`] });
}

test('thousands of rings in a row wake the process a few times for each read, and everybody gets everything in order', async (t) => {
	const rings = WRITERS * INSERTS;
	const before = await count();
	await Promise.all(Array.from({ length: WRITERS }, (_, writer) => insertAll(writer)));
	await Promise.all(followers.map((follower) => follower.until(() => follower.seq === rings / PEOPLE)));
	const after = await count();
	const [wakeups, reads] = [after.wakeups - before.wakeups, after.reads - before.reads];
	t.diagnostic(`${rings} rings: ${reads} reads, ${wakeups} wakeups`);
	// On a slow machine each ring is a read; otherwise, heard one by one, they would be more than this.
	assert.ok(wakeups < rings / 4 + 4 * reads + 200, `${wakeups} wakeups for ${rings} rings and ${reads} reads`);
});
