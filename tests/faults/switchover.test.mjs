// Primary and standby change places and change back, as Patroni's switchover does it: the
// primary is stopped in good order, the standby has all of it and is promoted, the old primary
// follows the new one.  Nobody is told twice, nothing is missing, and nobody has to read a list again.

import assert from 'node:assert';
import { appendFile, chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { startSite } from '../lib/site.mjs';
import { Standby, promote } from '../lib/standby.mjs';
import { waitFor } from '../lib/wait.mjs';
import { writePrograms } from './programs.mjs';
import { until } from './wait.mjs';

let state, site, standby, hosts;

before(async () => {
	state = await mkdtemp(join(tmpdir(), 'pgbell-faults-'));
	await chmod(state, 0o755);
	hosts = `${join(state, 'site/run')},${join(state, 'standby')}`;
	const either = { PGHOST: hosts, PGTARGETSESSIONATTRS: 'read-write' };
	await writePrograms(join(state, 'bin'), { 'pgbell-stream': either, 'pgbell-api': either });
	site = await startSite({ state: join(state, 'site'), streams: 2, apis: 1, env: { PGBELL_BIN: join(state, 'bin'), PGBELL_FLOOR_S: '3600' } });
	standby = await Standby.start(site, join(state, 'standby'));
});

after(async () => {
	try {
		await site?.stop();
	} finally {
		await standby?.stop();
		await rm(state, { recursive: true, force: true });
	}
});

// Somebody writes all the time, to whichever takes it, and knows how many were taken.
class Writer {
	count = 0;
	#open = true;

	constructor(user) {
		this.ended = this.#run(String(user.id));
	}

	async #run(user) {
		while (this.#open)
			for (const host of hosts.split(','))
				await this.#write(host, user).catch(() => {});
	}

	async #write(host, user) {
		const client = new pg.Client({ host, database: 'pgbell', user: 'pgbell_owner' });
		client.on('error', () => {});
		try {
			await client.connect();
			for (; this.#open; this.count++)
				await client.query("insert into pgbell.notification (user_id, kind) values ($1, 'test')", [user]);
		} finally {
			await client.end().catch(() => {});
		}
	}

	stop() {
		this.#open = false;
		return this.ended;
	}
}

const data = () => join(state, 'site/pg');
const configuration = () => join(data(), 'postgresql.conf');

// The site's own is started again by its supervisor as long as it finds its settings.
async function stopPrimary() {
	const pid = await site.pid('postgres');
	await rename(configuration(), `${configuration()}.away`);
	process.kill(pid, 'SIGINT'); // fast; it waits for the standby to have all
	await waitFor('its end', async () => await site.pid('postgres').catch(() => 0) !== pid);
}

async function followStandby() {
	await writeFile(join(data(), 'standby.signal'), '');
	await appendFile(join(data(), 'postgresql.auto.conf'), `primary_conninfo = 'host=''${standby.host}'' port=5432 user=postgres'\n`);
	await rename(`${configuration()}.away`, configuration());
	const client = await until('the old primary follows', async () => {
		const it = new pg.Client({ host: site.env.PGHOST, database: 'pgbell', user: 'postgres' });
		it.on('error', () => {});
		await it.connect();
		return it;
	});
	await until('it is fed', async () => (await standby.client.query("select from pg_stat_replication where state = 'streaming'")).rowCount === 1);
	return client;
}

test('streams go on exactly while primary and standby change places and change back', async (t) => {
	const user = await site.signUp();
	const streams = await Promise.all(Array.from({ length: 6 }, () => site.stream(user.token)));
	for (const stream of streams)
		await stream.next('connected');
	const writer = new Writer(user);
	t.after(() => writer.stop());
	const goesOn = async (what) => {
		const { count } = writer;
		await waitFor(`writing goes on ${what}`, () => writer.count > count + 20);
		await site.waitUntilHealthy();
	};
	await goesOn('at first');
	await stopPrimary();
	await standby.promote();
	await goesOn('at the standby');
	const old = await followStandby();
	await standby.stop();
	await promote(old);
	await goesOn('at the old primary');
	await writer.stop();

	const { rows } = await old.query("select seq from pgbell.event where address = $1 and type = 'new_notification' order by seq", [String(user.id)]);
	assert.ok(rows.length >= writer.count);
	for (const stream of streams) {
		while (stream.events.findLast((event) => event.event === 'new_notification')?.id !== rows.at(-1).seq)
			await stream.next('new_notification');
		assert.equal(stream.isEnded, undefined, 'the stream stayed open');
		assert.equal(stream.events.some(({ event }) => event === 'reset'), false);
		assert.deepEqual(stream.events.filter(({ event }) => event === 'new_notification').map(({ id }) => id), rows.map(({ seq }) => seq));
	}
	const list = await site.api('GET', '/api/notifications/unread-count', { token: user.token });
	assert.equal(list.body.unread_count, rows.length);
	await old.end();
});
