// What people expect of an inbox beyond rows that come: notifications that
// are merged, as many programs at once write them.

import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

const WRITERS = 6;
const EACH = 40;

let site, ann;

before(async () => {
	site = await startSite({ apis: 2, streams: 2 });
	ann = await site.signUp();
});

after(async () => {
	const contradictions = await site.sql('select * from pgbell.check_consistency()');
	await site.stop();
	assert.deepEqual(contradictions, []);
});

const list = async (query = '') => (await site.api('GET', `/api/notifications${query}`, { token: ann.token })).body;

test('many at once with one key are merged, and none is an error', async () => {
	const stream = await site.stream(ann.token);
	await stream.next('connected');
	const writers = await Promise.all(Array.from({ length: WRITERS }, () => site.connect()));
	await Promise.all(writers.map(async (writer, w) => {
		for (let i = 0; i < EACH; i++)
			await writer.query(`select pgbell.notify($1, 'answer', $2, key => 'q/1')`,
				[String(ann.id), { actor: `a${w}`, n: i }]);
	}));
	const { notifications: [row, ...others], unread_count: unread } = await list();
	assert.deepEqual([others, unread, row.count, row.actors.length], [[], 1, WRITERS * EACH, WRITERS]);
	await waitFor('the last change', () => stream.events.some(({ data }) => data.count === WRITERS * EACH));
	const told = stream.events.filter(({ event }) => /^n.*_n|^notification_/.test(event));
	assert.equal(told.length, WRITERS * EACH, 'each is told once');
	assert.deepEqual(new Set(told.slice(1).map(({ event }) => event)), new Set(['notification_changed']));
	assert.deepEqual(told.map(({ data }) => data.unread_count), told.map(() => 1), 'the badge does not rise');
	stream.close();
});

test('a person mutes kinds and subjects; what cannot be is refused with a pointer', async () => {
	await site.sql(`select pgbell.allow_mutes('{security}')`);
	const put = (body) => site.api('PUT', '/api/notifications/preferences', { token: ann.token, body });
	const { status, body } = await put({ kind: 'like', muted: true });
	assert.deepEqual([status, body], [200, { user_id: String(ann.id), can_mute: true, mutes: [{ kind: 'like', subject: null }], never_muted: ['security'] }]);
	await site.sql(`insert into pgbell.notification (user_id, kind) values ($1, 'like'), ($1, 'other')`, [String(ann.id)]);
	assert.deepEqual((await list()).notifications.map(({ kind }) => kind), ['other', 'answer']);
	for (const [body, pointer] of [
		[{ muted: true }, '/kind'], [{ kind: 'security', muted: true }, '/kind'], [{ kind: '', muted: true }, '/kind'],
		[{ kind: 'k'.repeat(65), muted: true }, '/kind'], [{ kind: 'a\tb', muted: true }, '/kind'], [{ subject: 's'.repeat(201), muted: true }, '/subject'],
		[{ kind: 'k' }, '/muted'], [{ kind: 'k', muted: 'yes' }, '/muted'], [{ kind: 7, muted: true }, '/kind'],
	]) {
		const { status, body: problem } = await put(body);
		assert.equal(status, 422, JSON.stringify(body));
		assert.deepEqual(problem.errors.map((error) => error.pointer), [pointer], JSON.stringify(problem));
	}
	assert.equal((await site.api('GET', '/api/notifications/preferences')).status, 401);
	await put({ kind: 'like', muted: false });
	assert.deepEqual((await site.api('GET', '/api/notifications/preferences', { token: ann.token })).body.mutes, []);
});

test('a list has only those of a kind, or about a subject, and counts tell how many there are', async () => {
	await site.sql('delete from pgbell.notification');
	await site.sql(`insert into pgbell.notification (user_id, kind, subject) values
		($1, 'grüße & mehr', 'order/7'), ($1, 'other', 'order/7/item/1'), ($1, 'other', 'order/77')`, [String(ann.id)]);
	const kinds = async (query) => (await list(query)).notifications.map(({ kind }) => kind);
	assert.deepEqual(await kinds(`?kind=${encodeURIComponent('grüße & mehr')}`), ['grüße & mehr']);
	assert.deepEqual(await kinds('?subject=order/7'), ['other', 'grüße & mehr']);
	assert.deepEqual(await kinds('?subject=order/7&kind=other&unread'), ['other']);
	assert.deepEqual(await kinds('?kind=none'), []);
	const { body } = await site.api('GET', '/api/notifications/counts', { token: ann.token });
	assert.deepEqual([body.kinds, body.counted, body.unread_count], [{ other: 2, 'grüße & mehr': 1 }, 3, 3]);
	for (const [query, detail] of [
		[`kind=${'k'.repeat(65)}`, /longer than 64/], ['kind=', /empty/], [`subject=${encodeURIComponent('€').repeat(201)}`, /longer than 200/],
		[`subject=${'s'.repeat(900)}`, /longer than 200/],
	]) {
		const { status, body: problem } = await site.api('GET', `/api/notifications?${query}`, { token: ann.token });
		assert.equal(status, 422, query);
		assert.deepEqual(problem.errors.map((error) => error.parameter), [query.split('=')[0]]);
		assert.match(problem.errors[0].detail, detail);
	}
	assert.equal((await site.api('GET', `/api/notifications?subject=${encodeURIComponent('€').repeat(200)}`, { token: ann.token })).status, 200);
	for (const query of ['kind=a%00b', 'kind=%ff', 'subject=a%0ab'])
		assert.equal((await site.api('GET', `/api/notifications?${query}`, { token: ann.token })).status, 400, query);
});

test('what was seen stays unread, and is told to the other tabs', async () => {
	await site.sql('delete from pgbell.notification');
	const stream = await site.stream(ann.token);
	await stream.next('connected');
	await site.sql(`insert into pgbell.notification (user_id, kind) values ($1, 'a'), ($1, 'b')`, [String(ann.id)]);
	await stream.next('new_notification');
	const { data: { seq } } = await stream.next('unread_count');
	const { status, body } = await site.api('PUT', '/api/notifications/seen', { token: ann.token, body: { up_to: seq } });
	assert.deepEqual([status, body.unseen_count, body.unread_count], [200, 0, 2]);
	assert.deepEqual((await stream.next('notification_seen')).data, { unseen_count: 0, unread_count: 2 });
	await site.sql(`insert into pgbell.notification (user_id, kind) values ($1, 'c')`, [String(ann.id)]);
	const counted = await site.api('GET', '/api/notifications/unread-count', { token: ann.token });
	assert.deepEqual([counted.body.unseen_count, counted.body.unread_count], [1, 3]);
	assert.equal((await site.api('PUT', '/api/notifications/seen', { token: ann.token, body: { up_to: -1 } })).status, 422);
	stream.close();
});

test('what is put off, expires or is snoozed comes and goes once, whichever process sees to it', async () => {
	await site.sql('delete from pgbell.notification');
	const streams = await Promise.all([1, 2, 3, 4].map(() => site.stream(ann.token)));
	for (const stream of streams)
		await stream.next('connected');
	const id = String(ann.id);
	const [{ snoozed }] = await site.sql(`select pgbell.notify($1, 'snoozed')::integer as snoozed`, [id]);
	const until = new Date(Date.now() + 1500).toISOString();
	assert.equal((await site.api('PUT', `/api/notifications/${snoozed}/snooze`, { token: ann.token, body: { until } })).status, 200);
	await site.sql(`select pgbell.notify($1, 'later', deliver_at => now() + '1 s'), pgbell.notify($1, 'expiring', expires_at => now() + '2 s')`, [id]);
	assert.deepEqual((await list()).notifications.map(({ kind }) => kind), ['expiring']);
	const told = ({ events }) => events.filter(({ event }) => /^new_|_deleted$/.test(event)).map(({ event, data }) => `${event} ${data.kind ?? ''}`.trim());
	for (const stream of streams)
		await waitFor('all of it', () => told(stream).length >= 6);
	await waitFor('nothing more to be done', async () => (await site.sql('select from pgbell.due')).length === 0);
	for (const stream of streams)
		assert.deepEqual(told(stream).sort(), ['new_notification expiring', 'new_notification later', 'new_notification snoozed', 'new_notification snoozed',
			'notification_deleted', 'notification_deleted']);
	assert.deepEqual((await list()).notifications.map(({ kind }) => kind).sort(), ['later', 'snoozed']);
	for (const [body, status] of [[{ until: 'tomorrow' }, 422], [{ until: '2000-01-01T00:00:00Z' }, 422], [{}, 422], [{ until: '99999-01-01T00:00:00Z' }, 422]]) {
		const answer = await site.api('PUT', `/api/notifications/${snoozed}/snooze`, { token: ann.token, body });
		assert.equal(answer.status, status);
		assert.deepEqual(answer.body.errors.map(({ pointer }) => pointer), ['/until']);
	}
	assert.equal((await site.api('PUT', '/api/notifications/999999/snooze', { token: ann.token, body: { until: '2099-01-01T00:00:00Z' } })).status, 404);
	for (const stream of streams)
		stream.close();
});

test('what comes back at the moment at which another takes its key is not lost', async () => {
	await site.sql('delete from pgbell.notification');
	const id = String(ann.id);
	const [{ first }] = await site.sql(`select pgbell.notify($1, 'k', '{"n": 1}', key => 'one')::integer as first`, [id]);
	assert.equal((await site.api('PUT', `/api/notifications/${first}/snooze`, { token: ann.token, body: { until: '2099-01-01T00:00:00Z' } })).status, 200);
	const [notifier, returner] = await Promise.all([site.connect(), site.connect()]);
	const [{ pid }] = (await notifier.query('select pg_backend_pid() as pid')).rows;
	await notifier.query('begin');
	await notifier.query(`select pgbell.notify($1, 'k', '{"n": 2}', key => 'one')`, [id]);
	await site.sql('update pgbell.due set at = now() where notification_id = $1', [first]);
	const returned = returner.query('select pgbell.run_due()');
	// Ours, or a pgbell-stream that was first, which does not wait for long.
	await waitFor('the wait for the key', async () => (await site.superuser('select from pg_stat_activity where $1 = any (pg_blocking_pids(pid))', [pid])).length > 0);
	await notifier.query('commit');
	await returned;
	await waitFor('both', async () => (await list()).notifications.map(({ data }) => data.n).sort().join() === '1,2');
	await Promise.all([notifier.end(), returner.end()]);
});

// Somebody else sees to its end, and finds it in neither list nor snoozed: it is on its way.
test('what ends while it comes back, or is delivered, does not stay', async () => {
	await site.sql('delete from pgbell.notification');
	const id = String(ann.id), other = await site.connect(), [{ pid }] = (await other.query('select pg_backend_pid() as pid')).rows;
	const isWaitedFor = async () => (await site.superuser('select from pg_stat_activity where $1 = any (pg_blocking_pids(pid))', [pid])).length > 0;
	const hold = async (statement, params) => {
		await other.query('begin');
		await other.query(statement, params);
	};
	const comeBack = async () => {
		const [{ id: snoozed }] = (await list()).notifications;
		assert.equal((await site.api('PUT', `/api/notifications/${snoozed}/snooze`, { token: ann.token, body: { until: '2099-01-01T00:00:00Z' } })).status, 200);
		await hold('select pgbell.unsnooze($1, $2)', [ann.token, snoozed]);
		return snoozed;
	};
	const deleteSubject = () => site.sql(`select pgbell.delete_subject('order/1')`);
	const endings = {
		'it expires': async () => {
			await site.sql(`select pgbell.notify($1, 'k', expires_at => now() + '1 h')`, [id]);
			const snoozed = await comeBack();
			return () => site.sql('select pgbell.expire_at($1, clock_timestamp())', [snoozed]);
		},
		'its announcement is withdrawn': async () => {
			const [{ news }] = await site.sql(`select pgbell.announce('news') as news`);
			await comeBack();
			return () => site.sql('select pgbell.withdraw($1)', [news]);
		},
		'its subject is deleted': async () => {
			await site.sql(`select pgbell.notify($1, 'k', subject => 'order/1/item/2')`, [id]);
			await comeBack();
			return deleteSubject;
		},
		'the subject of one that was put off is deleted': async () => {
			await site.sql(`select pgbell.notify($1, 'k', subject => 'order/1', deliver_at => now() + '1 h')`, [id]);
			await hold('with due as (update pgbell.due set at = now()) select');
			await other.query('select pgbell.run_due()');
			return deleteSubject;
		},
	};
	for (const [what, begin] of Object.entries(endings)) {
		const ended = (await begin())();
		await waitFor(`somebody who waits: ${what}`, isWaitedFor);
		await other.query('commit');
		await ended;
		await waitFor(`nothing to be done: ${what}`, async () =>
			(await site.sql('select from pgbell.due union all select from pgbell.announcement where expires_at is not null')).length === 0);
		assert.deepEqual((await list()).notifications, [], what);
	}
	await other.end();
});

// Another transaction has one person's inbox, a row, or a key, and goes on for long.
test('what one person\'s is due while others hold it keeps nobody else from theirs, and comes when they are done', async () => {
	await site.sql('delete from pgbell.notification');
	const holds = {
		inbox: `select pgbell.notify('held', 'first'), pgbell.number_pending()`,
		row: `select from pgbell.notification where user_id = 'held' for update`,
		key: `update pgbell.notification set data = '{"n": 1}' where key = 'k'`,
	};
	const isThere = async (kinds, person) => {
		const rows = await site.sql('select string_agg(kind, \' \' order by kind) as kinds from pgbell.notification where user_id = $1 and kind <> \'first\'', [person]);
		return rows[0].kinds === kinds;
	};
	for (const [what, statement] of Object.entries(holds)) {
		await site.sql(`select pgbell.notify('held', 'ending'), pgbell.notify('held', 'keyed', key => 'k')`);
		const other = await site.connect();
		await other.query('begin');
		await other.query(statement);
		// Far more than fit into the time of a call, if each were waited for.
		await site.sql(`select pgbell.notify('held', 'keyed', key => 'k', deliver_at => clock_timestamp() + '0.1 s') from generate_series(1, 100)`);
		await site.sql(`select pgbell.expire_at(id, clock_timestamp() + '0.1 s') from pgbell.notification where kind = 'ending'`);
		await site.sql(`select pgbell.notify('free', 'later', deliver_at => clock_timestamp() + '0.2 s')`);
		await waitFor(`what is another's, whoever holds ${what}`, () => isThere('later', 'free'));
		await other.query('commit');
		await site.sql('update pgbell.due set at = clock_timestamp()');
		await waitFor(`what is hers, behind ${what}`, async () => await isThere('keyed', 'held') && (await site.sql('select from pgbell.due')).length === 0);
		assert.deepEqual(await site.sql(`select count from pgbell.notification where kind = 'keyed'`), [{ count: 101 }]);
		await site.sql('delete from pgbell.notification');
		await other.end();
	}
});

test('what is due and another transaction has in hand is not asked for without a pause', async () => {
	await site.sql(`select pgbell.notify('free', 'held', deliver_at => clock_timestamp() + '1 s')`);
	const other = await site.connect();
	await other.query('begin');
	assert.equal((await other.query('select from pgbell.due for update')).rowCount, 1);
	await waitFor('its time', async () => (await site.sql('select from pgbell.due where at < clock_timestamp()')).length === 1);
	assert.deepEqual(await site.sql('select pgbell.run_due() > 10 as rests'), [{ rests: true }]);
	await other.query('rollback');
	await waitFor('it', async () => (await site.sql(`select from pgbell.notification where kind = 'held'`)).length === 1);
	await other.end();
});

test('what is due and takes longer than a call may is done a part at a time', async () => {
	await site.sql(`create function pgbell_slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.02); return new; end'`);
	await site.sql(`create trigger slow before insert on pgbell.notification for each row when (new.kind = 'slow') execute function pgbell_slow()`);
	await site.sql(`select pgbell.notify('slow', 'slow', deliver_at => clock_timestamp() + '0.1 s') from generate_series(1, 60)`);
	await waitFor('all of it', async () => (await site.sql(`select from pgbell.notification where kind = 'slow'`)).length === 60);
	await site.sql('drop trigger slow on pgbell.notification');
	await site.sql('drop function pgbell_slow()');
});

test('what is wrongly asked for is refused with a pointer, and nothing is done', async () => {
	await site.sql('delete from pgbell.notification');
	const [{ own }] = await site.sql(`select pgbell.notify($1, 'k')::integer as own`, [String(ann.id)]);
	const [{ foreign }] = await site.sql(`select pgbell.notify('somebody', 'k')::integer as foreign`);
	const before = await list();
	const later = '2099-01-01T00:00:00Z';
	for (const [method, path, body, status, pointer] of [
		...[7, null, true, [later], { at: later }, '', 'now', 'infinity', '2099-01-01', '2099-02-30T08:00:00Z', '2001-01-01T00:00:00Z', '10000-01-01T00:00:00Z',
			'+020000-01-01T00:00:00Z', '9999-12-31T23:59:59.999999999Z', '2099-01-01T08:00:00', `${later}${' '.repeat(30)}`]
			.map((until) => ['PUT', `${own}/snooze`, { until }, 422, '/until']),
		['PUT', `${own}/snooze`, {}, 422, '/until'], ['PUT', `${foreign}/snooze`, { until: later }, 404], ['PUT', `${foreign + 1000}/snooze`, { until: later }, 404],
		['PUT', '99999999999999999999/snooze', { until: later }, 404], ['PUT', '0/snooze', { until: later }, 404], ['PUT', 'x/snooze', { until: later }, 404],
		['DELETE', `${foreign}/snooze`, undefined, 404], ['DELETE', `${own}/snooze`, undefined, 404],
		...[-1, 1.5, 'x', [], 9223372036854775808n, false].map((upTo) => ['PUT', 'seen', `{"up_to": ${typeof upTo === 'bigint' ? upTo : JSON.stringify(upTo)}}`, 422, '/up_to']),
		...['kind', 'subject'].flatMap((name) => ['', 'x'.repeat(201), 7, {}, []].map((value) => ['PUT', 'preferences', { [name]: value, muted: true }, 422, `/${name}`])),
		['PUT', 'preferences', { subject: 'a\nb', muted: true }, 422, '/subject'], ['PUT', 'preferences', { kind: 'a\nb', muted: true }, 422, '/kind'],
		['PUT', 'preferences', { kind: null, subject: null, muted: true }, 422, '/kind'], ['PUT', 'preferences', { kind: 'k', muted: null }, 422, '/muted'],
		['PUT', 'preferences', { kind: 'k', muted: true, why: 'no' }, 422, '/why'],
	]) {
		const asked = `${method} ${path} ${typeof body === 'string' ? body : JSON.stringify(body)}`;
		const answer = await site.api(method, `/api/notifications/${path}`, { token: ann.token, body });
		assert.equal(answer.status, status, `${asked}: ${JSON.stringify(answer.body)}`);
		assert.deepEqual(answer.body.errors?.map((error) => error.pointer), pointer && [pointer], asked);
	}
	for (const query of ['limit=0', 'limit=101', 'limit=x', 'after=x', 'after=-1'])
		assert.equal((await site.api('GET', `/api/notifications/snoozed?${query}`, { token: ann.token })).status, 422, query);
	assert.deepEqual(await list(), before);
	for (const place of ['due', 'mute'])
		assert.deepEqual(await site.sql(`select from pgbell.${place} where user_id = $1`, [String(ann.id)]), [], place);
});

test('a person who is forgotten leaves nothing, and her streams end', async () => {
	const eve = await site.signUp();
	const stream = await site.stream(eve.token);
	await stream.next('connected');
	await site.sql(`select pgbell.notify($1, 'k'), pgbell.notify($1, 'k', deliver_at => now() + '1 h')`, [String(eve.id)]);
	await stream.next('new_notification');
	await site.sql('select pgbell.forget_person($1)', [String(eve.id)]);
	await stream.next('session_ended');
	for (const whose of ['notification where user_id', 'event where address', 'inbox where address', 'due where user_id', 'session where user_id'])
		assert.deepEqual(await site.sql(`select from pgbell.${whose} = $1`, [String(eve.id)]), [], whose);
	assert.equal((await site.api('GET', '/api/notifications', { token: eve.token })).status, 401);
});

test('a person who is forgotten while others notify her leaves nothing inconsistent', async () => {
	const eve = String((await site.signUp()).id);
	await site.sql(`select pgbell.notify($1, 'first')`, [eve]);
	const [notifier, forgetter] = await Promise.all([site.connect(), site.connect()]);
	const [{ pid }] = (await forgetter.query('select pg_backend_pid() as pid')).rows;
	await notifier.query('begin');
	await notifier.query(`select pgbell.notify($1, 'second')`, [eve]);
	await notifier.query('select pgbell.number_pending()'); // it has the inbox until it commits
	const forgotten = forgetter.query('select pgbell.forget_person($1)::integer as count', [eve]);
	await waitFor('the wait for the inbox', async () => (await site.sql('select from pg_locks where pid = $1 and not granted', [pid])).length === 1);
	await notifier.query('commit');
	assert.deepEqual((await forgotten).rows, [{ count: 2 }]);
	assert.deepEqual(await site.sql('select from pgbell.notification where user_id = $1', [eve]), []);
	assert.deepEqual(await site.sql('select * from pgbell.check_consistency()'), []);
	await Promise.all([notifier.end(), forgetter.end()]);
});

test('what a person snoozes while she is forgotten does not come back', async () => {
	const eve = await site.signUp(), [snoozer, forgetter] = await Promise.all([site.connect(), site.connect()]);
	const [{ id }] = await site.sql(`select pgbell.notify($1, 'k') as id`, [String(eve.id)]);
	const [{ pid }] = (await forgetter.query('select pg_backend_pid() as pid')).rows;
	await snoozer.query('begin');
	await snoozer.query(`select pgbell.snooze($1, $2, '2099-01-01T00:00:00Z')`, [eve.token, id]);
	const forgotten = forgetter.query('select pgbell.forget_person($1)', [String(eve.id)]);
	await waitFor('the wait for what is being snoozed', async () => (await site.sql('select from pg_locks where pid = $1 and not granted', [pid])).length === 1);
	await snoozer.query('commit');
	await forgotten;
	assert.deepEqual(await site.sql('select from pgbell.due where user_id = $1', [String(eve.id)]), []);
	await Promise.all([snoozer.end(), forgetter.end()]);
});

test('several at once are handed what is unread, each notification once', async () => {
	await site.sql(`insert into pgbell.notification (user_id, kind, created_at)
		select 'away' || i % 40, 'k', now() - interval '1 hour' from generate_series(1, 400) i`);
	const claimers = await Promise.all(Array.from({ length: WRITERS }, () => site.connect()));
	const claimed = [];
	await Promise.all(claimers.map(async (claimer) => {
		for (;;) {
			const { rows } = await claimer.query(`select * from pgbell.claim_unread('10 minutes', null, 3, array(select 'away' || i from generate_series(0, 39) i))`);
			if (rows.length === 0)
				return;
			claimed.push(...rows.flatMap(({ notifications }) => notifications.map(({ id }) => id)));
		}
	}));
	assert.equal(claimed.length, 400, 'all of them');
	assert.equal(new Set(claimed).size, 400, 'each once');
});

test('who is being handed out is passed over by others, and is there again when that is taken back', async () => {
	await site.sql("insert into pgbell.notification (user_id, kind, created_at) values ('first', 'k', now() - interval '1 hour')");
	const [one, other] = [await site.connect(), await site.connect()];
	const claim = async (client) => (await client.query(`select * from pgbell.claim_unread('10 minutes', null, 3, '{first}')`)).rowCount;
	await other.query("set statement_timeout = '20s'");
	await one.query('begin');
	assert.equal(await claim(one), 1);
	assert.equal(await claim(other), 0);
	await one.query('rollback');
	assert.equal(await claim(other), 1);
	assert.equal(await claim(one), 0);
});

test('whoever reads meanwhile loses none: what comes behind the mark is there anew', async () => {
	await site.sql('delete from pgbell.notification');
	const writers = await Promise.all(Array.from({ length: WRITERS }, () => site.connect()));
	let isOver = false;
	const change = async (method, path, body) => { // asked again where the writers' commits took longer than it may wait
		const { status } = await site.api(method, path, { token: ann.token, body });
		return status === 503 ? change(method, path, body) : assert.equal(status, 200);
	};
	const reading = (async () => {
		while (!isOver) {
			for (const { id, read_at: readAt } of (await list()).notifications.slice(0, 1)) {
				await change(readAt === null ? 'PUT' : 'DELETE', `/api/notifications/${id}/read`);
			}
			await change('PUT', '/api/notifications/read-all', {});
		}
	})();
	await Promise.all(writers.map(async (writer) => {
		for (let i = 0; i < EACH; i++)
			await writer.query(`select pgbell.notify($1, 'answer', '{}', key => 'q/1')`, [String(ann.id)]);
	}));
	isOver = true;
	await reading;
	const [{ total }] = await site.sql('select sum(coalesce(count, 1))::integer as total from pgbell.notification');
	assert.equal(total, WRITERS * EACH, 'each one counts in a row, once');
});
