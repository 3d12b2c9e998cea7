// A copy of PostgreSQL's files is put back: a disk's or a virtual machine's snapshot.  What was told
// since is forgotten, and its numbers are never given again: one who has such a number is told to
// read the list anew, and everybody else goes on exactly.

import assert from 'node:assert';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startSite } from '../lib/site.mjs';
import { Snapshot } from './snapshot.mjs';
import { until } from './wait.mjs';

let state, site;

before(async () => {
	state = await mkdtemp(join(tmpdir(), 'pgbell-snapshot-'));
	await chmod(state, 0o755);
	site = await startSite({ streams: 1, apis: 1, env: { PGBELL_CANARY_S: '1' } });
});
after(async () => {
	await site?.stop();
	await rm(state, { recursive: true, force: true });
});

const notify = ({ id }, kind) => until(`"${kind}" is inserted`, () => site.sql('select pgbell.notify($1, $2)', [String(id), kind]));
const numberOf = async (person) => (await site.sql('select seq::float8 from pgbell.inbox where address = $1', [String(person.id)]))[0]?.seq ?? 0;

async function open(person, lastEventId) {
	const stream = await site.stream(person.token, { lastEventId });
	await stream.next('connected');
	return stream;
}

async function hears(stream, ...kinds) {
	for (const kind of kinds)
		assert.equal((await stream.next('new_notification')).data.kind, kind);
}

// What one is told who comes back with this number.
async function comeBack(person, lastEventId) {
	const back = await site.stream(person.token, { lastEventId });
	assert.equal((await back.next('connected')).id, undefined);
	const told = await back.next();
	back.close();
	return told.event === 'new_notification' ? told.data.kind : told.event;
}

async function poll({ token }, after) {
	const { body } = await site.api('GET', `/api/notifications/events?after=${after}`, { token });
	return body.reset ?? body.events.map(({ data }) => data.kind);
}

const ways = { 'of the stopped server': 'takeOfStopped', 'of the running server': 'takeOfRunning' };
for (const [name, take] of Object.entries(ways)) {
	test(`a copy ${name} is put back: who has a forgotten number is reset, the others go on`, async () => {
		const known = await site.signUp(), unknown = await site.signUp();
		for (const kind of ['1', '2', '3'])
			await notify(known, kind);
		const kept = await numberOf(known);
		const snapshot = new Snapshot(site, join(state, take));
		await snapshot[take]();
		await until('PostgreSQL is there', () => numberOf(known));
		await site.waitUntilHealthy();

		// Told, and then forgotten: also of one who had never been notified when the copy was made.
		const streams = [await open(known, kept), await open(unknown, 0)];
		for (const person of [known, unknown])
			for (const kind of ['lost', 'lost, too'])
				await notify(person, kind);
		for (const stream of streams)
			await hears(stream, 'lost', 'lost, too');
		const forgotten = [await numberOf(known), await numberOf(unknown)];
		await snapshot.putBack();

		for (const person of [known, unknown])
			for (const kind of ['a', 'b', 'c'])
				await notify(person, kind);
		await site.waitUntilHealthy();
		for (const [i, person] of [known, unknown].entries()) {
			await streams[i].next('reset');
			assert.equal(streams[i].isEnded, undefined, 'the stream stayed open');
			for (const number of [forgotten[i] - 1, forgotten[i], forgotten[i] + 1]) {
				assert.equal(await comeBack(person, number), 'reset', `with ${number}, which is forgotten`);
				assert.match(await poll(person, number), /^(unknown|trimmed)$/);
			}
		}
		for (const [person, number] of [[known, kept], [unknown, 0]]) {
			assert.equal(await comeBack(person, number), 'a', 'one who was away goes on');
			assert.deepEqual(await poll(person, number), ['a', 'b', 'c']);
			await notify(person, 'd');
		}
		for (const stream of streams) {
			let last;
			do // another reset, where it came between the three
				last = await stream.next('new_notification');
			while (last.data.kind !== 'd');
			stream.close();
		}
		assert.deepEqual(await site.sql('select * from pgbell.check_consistency()'), []);
	});
}
