// The primary is lost for good and a standby promoted in its place: the
// streams stay open and go on, because both connections of pgbell-stream know
// both hosts and ask for the one that takes writes.  Who was told what the
// standby never had is reset; who was not goes on exactly.

import assert from 'node:assert';
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startSite } from '../lib/site.mjs';
import { Standby } from '../lib/standby.mjs';
import { writePrograms } from './programs.mjs';
import { until } from './wait.mjs';

const STREAMS = 6;

let state, primary, standby, site;

before(async () => {
	state = await mkdtemp(join(tmpdir(), 'pgbell-faults-'));
	await chmod(state, 0o755);
	primary = join(state, 'site/run');
	const hosts = `${primary},${join(state, 'standby')}`;
	const programs = join(state, 'bin');
	await writePrograms(programs, { 'pgbell-stream': { PGHOST: hosts, PGTARGETSESSIONATTRS: 'read-write' } });
	site = await startSite({
		state: join(state, 'site'), streams: 2, apis: 1,
		env: {
			PGBELL_BIN: programs,
			PGBELL_LISTEN_URL: `host=${hosts} port=5432 user=pgbell_stream dbname=pgbell target_session_attrs=read-write`,
			PGBELL_CANARY_S: '1', PGBELL_FLOOR_S: '3600',
		},
	});
	standby = await Standby.start(site, join(state, 'standby'));
});

after(async () => {
	await standby?.stop();
	try {
		await site?.stop();
	} finally {
		await rm(state, { recursive: true, force: true });
	}
});

test('streams go on from a standby that was promoted, and those whose number is lost are told', async () => {
	const { id, token } = await site.signUp();
	const insert = (client) => client.query("insert into pgbell.notification (user_id, kind) values ($1, 'test') returning id", [String(id)]);
	const streams = await Promise.all(Array.from({ length: STREAMS }, () => site.stream(token)));
	for (const stream of streams)
		await stream.next('connected');
	const writer = await site.connect();
	for (let i = 0; i < 10; i++)
		await insert(writer);
	await standby.catchUp(site);

	// What is told from here on never reaches the standby.
	const [{ pid: sender }] = await site.superuser('select pid from pg_stat_replication');
	process.kill(sender, 'SIGSTOP');
	for (let i = 0; i < 3; i++)
		await insert(writer);
	for (const stream of streams)
		for (let seq = 1; seq <= 13; seq++)
			assert.equal((await stream.next('new_notification')).id, String(seq));

	await rename(join(state, 'site/pg/postgresql.conf'), join(state, 'site/pg/postgresql.conf.gone')); // it does not come back
	process.kill(await site.pid('postgres'), 'SIGKILL');
	process.kill(sender, 'SIGKILL');
	await standby.promote();
	for (let i = 0; i < 10; i++)
		await insert(standby.client); // the log is longer again than what they were told

	for (const stream of streams) {
		await stream.next('reset');
		assert.equal(stream.isEnded, undefined, 'the stream stayed open');
	}
	await site.waitUntilHealthy();
	const { rows: [{ seq }] } = await standby.client.query('select seq from pgbell.inbox where address = $1', [String(id)]);
	const here = await site.stream(token, { lastEventId: 10 });
	await here.next('connected');
	streams.push(here);
	for (const lastEventId of [11, 12, 13, 14]) {
		const back = await site.stream(token, { lastEventId });
		assert.equal((await back.next('reset')).id, seq, `a client that returns with ${lastEventId}`);
		back.close();
	}
	await insert(standby.client);
	const { rows: log } = await standby.client.query('select seq from pgbell.event where address = $1 order by seq', [String(id)]);
	for (const stream of streams) {
		while (stream.events.findLast((event) => event.id !== undefined)?.id !== log.at(-1).seq)
			await stream.next();
		const reset = stream.events.findLastIndex(({ event }) => event === 'reset');
		const first = reset < 0 ? '10' : stream.events[reset].id;
		const told = stream.events.slice(reset + 1).filter(({ event }) => event === 'new_notification');
		assert.deepEqual(told.map((event) => event.id), log.map(({ seq }) => seq).filter((seq) => Number(seq) > Number(first)));
	}
	assert.equal(here.events.some(({ event }) => event === 'reset'), false, 'what the standby has is gone on from');
});
