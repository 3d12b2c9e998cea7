// Whatever keeps one person or one writer waiting in the database: the events of others go on.
// Nothing here is measured by the clock: what is held is let go only when the events have come.

import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { readMetrics, untilMetrics } from '../lib/metrics.mjs';
import { startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

let site, alice, bob;

before(async () => {
	site = await startSite({ env: { PGBELL_FLOOR_S: '3600', PGBELL_OPEN_WAIT_S: '30', PGBELL_STATEMENT_TIMEOUT_MS: '600000' } });
	[alice, bob] = await Promise.all([site.signUp(), site.signUp()]);
});
after(() => site.stop());

// While a transaction holds on to something, and a stream is opened or somebody signs out: events of
// Alice, each waited for before the next; and of the last, whatever it had to wait behind.
async function goesOn(stream, seq) {
	for (let i = 0; i < 5; i++) {
		const failed = (await readMetrics(site)).get('pgbell_reads_failed_total');
		await site.sql(`select pgbell.notify($1, 'test')`, [String(alice.id)]);
		assert.equal((await stream.next('new_notification')).id, String(++seq));
		if (i < 2) // the next one comes when what is held has been tried for
			await untilMetrics(site, (now) => now.get('pgbell_reads_failed_total') > failed);
	}
	return seq;
}

async function holding(statements, body) {
	const holder = await site.connect();
	await holder.query('begin');
	for (const statement of statements)
		await holder.query(statement);
	try {
		return await body();
	} finally {
		await holder.query('rollback');
		await holder.end();
	}
}

test('a lock on the sessions delays nobody\'s event, and who signs in meanwhile is let in when it is gone', async () => {
	const stream = await site.stream(alice.token);
	await stream.next('unread_count');
	let late;
	const seq = await holding(['lock table pgbell.session in access exclusive mode'], async () => {
		late = site.stream(bob.token);
		return goesOn(stream, 0);
	});
	const other = await late;
	assert.equal((await other.next('connected')).data.user_id, String(bob.id));
	await site.api('DELETE', '/api/session', { token: alice.token });
	assert.deepEqual((await stream.next('session_ended')).data, { reason: 'signed_out' });
	assert.equal(seq, 5);
	other.close();
	alice.token = (await site.api('POST', '/api/session', { body: { username: alice.username, password: alice.password } })).body.token;
});

test('a lock on the tickets delays nobody\'s event', async () => {
	const { body: { ticket } } = await site.api('POST', '/api/session/ticket', { token: bob.token });
	const stream = await site.stream(alice.token);
	await stream.next('unread_count');
	let late;
	await holding(['lock table pgbell.ticket in access exclusive mode'], async () => {
		late = site.stream(undefined, { query: { ticket } });
		return goesOn(stream, 5);
	});
	const other = await late;
	assert.equal((await other.next('connected')).data.user_id, String(bob.id));
	[stream, other].forEach((one) => one.close());
});

test('a trim that somebody stands in the way of delays nobody\'s event, and is made up for', async () => {
	const trimming = await startSite({ apis: 1, env: { PGBELL_FLOOR_S: '3600', PGBELL_TRIM_S: '1', PGBELL_STATEMENT_TIMEOUT_MS: '600000' } });
	try {
		const cara = await trimming.signUp();
		const stream = await trimming.stream(cara.token);
		await stream.next('unread_count');
		const holder = await trimming.connect();
		await holder.query('begin; lock table pgbell.ticket in share mode'); // of which it deletes those that nobody took
		await trimming.sql(`select pgbell.create_session('gone', '-30 days')`);
		for (let seq = 1; seq <= 3; seq++) {
			const failed = (await readMetrics(trimming)).get('pgbell_reads_failed_total');
			await untilMetrics(trimming, (now) => now.get('pgbell_reads_failed_total') > failed);
			await trimming.sql(`select pgbell.notify($1, 'test')`, [String(cara.id)]);
			assert.equal((await stream.next('new_notification')).id, String(seq));
		}
		await holder.query('rollback');
		await waitFor('the trim', async () => (await trimming.sql(`select from pgbell.session where user_id = 'gone'`)).length === 0);
	} finally {
		await trimming.stop();
	}
});

test('a token that authenticate takes long for delays nobody for longer than its time, and lets the others in', async () => {
	const [{ definition }] = await site.sql("select pg_get_functiondef('pgbell.authenticate(text)'::regprocedure) as definition");
	const stream = await site.stream(alice.token);
	await stream.next('unread_count');
	await site.sql(definition.replace(/\bbegin\b/i, `begin if token in ('slow', 'sha256:' || encode(sha256('slow'), 'hex')) then perform pg_sleep(600); end if;`));
	try {
		const slow = site.stream('slow');
		const others = await Promise.all(Array.from({ length: 8 }, () => site.stream(bob.token)));
		await Promise.all(others.map((other) => other.next('connected')));
		await (await slow).ended;
		assert.ok((await slow).retryMs >= 1000, 'is told to come back');
		for (let seq = 11; seq <= 12; seq++) {
			const again = site.stream('slow');
			await site.sql(`select pgbell.notify($1, 'test')`, [String(alice.id)]);
			assert.equal((await stream.next('new_notification')).id, String(seq));
			await (await again).ended;
		}
		others.forEach((other) => other.close());
	} finally {
		await site.sql(definition);
	}
	stream.close();
});

test('an application\'s rule that takes long for a topic delays those who follow that, and nobody else for longer than its time', async () => {
	const [{ definition }] = await site.sql("select pg_get_functiondef('pgbell.may_follow(text, text)'::regprocedure) as definition");
	const stream = await site.stream(alice.token);
	await stream.next('unread_count');
	let { seq } = (await site.api('GET', '/api/notifications/unread-count', { token: alice.token })).body;
	await site.sql(`create or replace function pgbell.may_follow(user_id text, topic text) returns boolean language plpgsql stable as $$
		begin
			if topic = 'public:slow' then perform pg_sleep(600); end if;
			return starts_with(topic, 'public:');
		end $$`);
	try {
		const slow = site.stream(bob.token, { query: { topic: 'public:slow' } });
		const others = await Promise.all(['public:a', undefined, 'public:b'].flatMap((topic) => [bob.token, alice.token].map((token) =>
			site.stream(token, topic && { query: { topic } }))));
		await Promise.all(others.map((other) => other.next('connected')));
		await (await slow).ended;
		assert.ok((await slow).retryMs >= 1000, 'is told to come back');
		for (let i = 0; i < 2; i++) {
			const again = site.stream(bob.token, { query: { topic: 'public:slow' } });
			await site.sql(`select pgbell.notify($1, 'test')`, [String(alice.id)]);
			assert.equal((await stream.next('new_notification')).id, String(++seq));
			await (await again).ended;
		}
		others.forEach((other) => other.close());
	} finally {
		await site.sql(definition);
	}
	stream.close();
});
