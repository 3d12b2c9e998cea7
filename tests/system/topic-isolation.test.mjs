// Topics that one may not follow: every way in that is not by the address of a stream (system/topics has
// those), rules that say neither yes nor no, and rights that are taken back while something is under way.
//
// Who may follow what: everybody public:…, and what is only a number; members of a room room:…, and slowly held:….

import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { readMetrics, untilMetrics } from '../lib/metrics.mjs';
import { startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

const TIMEOUT_MS = 2000; // of a statement: far longer than a rule that is only slow

let site, bob, mallory;
let topics = 0;

before(async () => {
	site = await startSite({ env: { PGBELL_FLOOR_S: '3600', PGBELL_STATEMENT_TIMEOUT_MS: String(TIMEOUT_MS), PGBELL_CHORE_TIMEOUT_MS: String(TIMEOUT_MS), PGBELL_OPEN_WAIT_S: '30', PGBELL_MAX_STREAMS_PER_USER: '64' } });
	[bob, mallory] = await Promise.all([site.signUp(), site.signUp()]);
	await setUpRule(site);
});
after(() => site.stop());

async function setUpRule(on) {
	await on.sql('create table public.member (user_id text, room text)');
	await on.sql(`
		create or replace function pgbell.may_follow(user_id text, topic text)
		returns boolean language plpgsql stable security definer set search_path = public, pg_temp
		as $$
			begin
				case split_part(topic, ':', 1)
					when 'public' then return true;
					when 'null' then return null;
					when 'raise' then raise exception 'no rule for %', topic;
					when 'assert' then assert false;
					when 'divide' then return 1 / (length(topic) - length(topic)) = 0;
					when 'slow' then perform pg_sleep(60);
					when 'held' then perform pg_sleep(0.7);
					else null;
				end case;
				return topic ~ '^[0-9]+$' or exists (select from member m where m.user_id = $1 and m.room = $2);
			end
		$$`);
}

const fresh = (kind = 'public') => `${kind}:i${++topics}`;
const publish = (topic, data = {}, on = site) => on.sql('select pgbell.publish($1, $2, $3)', [topic, 'test', data]);
const join = (user, topic, on = site) => on.sql('insert into public.member values ($1, $2)', [String(user.id), topic]);
const leave = (user, topic, on = site) => on.sql('with gone as (delete from public.member where user_id = $1 and room = $2 returning room) select pgbell.ring_topics(array(select room from gone))', [String(user.id), topic]);
const ticketOf = async (user) => (await site.api('POST', '/api/session/ticket', { token: user.token })).body.ticket;
const poll = (topic, { user, query = '?after=0', headers } = {}) => site.api('GET', `/api/topics/${topic}/events${query}`, { token: user?.token, headers });
const untilAsked = () => waitFor('the rule to be asked', async () => (await site.superuser(`
	select count(*)::int from pg_stat_activity where application_name = 'pgbell-stream reader' and wait_event = 'PgSleep'`))[0].count > 0);

// What a stream or socket has been told, up to where this is published to a topic that it follows.
async function allOf(told, topic) {
	await publish(topic, { end: true });
	while (!(await told.next('published')).data.data.end);
	return JSON.stringify(told.events);
}

test('no command of a socket leads to a topic that may not be followed', async () => {
	const [room, open] = [fresh('room'), fresh()];
	await join(bob, room);
	await publish(room, { secret: 'before' });
	const escaped = [...room].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
	const named = (topic, more = '"after":0') => `"command":"follow","topic":${topic},${more}`;
	const tries = [
		[403, named(`"${room}"`)],
		[403, named(`"${escaped}"`)],
		[403, named(`"${room}"`, `"after":0,"user_id":"${bob.id}","person":"${bob.id}","token":"${bob.token}"`)],
		[400, named(`"${open}"`, `"topic":"${room}","after":0`)], // named twice
		[403, named(`"${room.toUpperCase()}"`)],
		[403, named(`"${room.replace('room', 'Room')}"`)],
		[403, named(`"x/../${room}"`)],
		[403, named(`"${room}/"`)],
		[422, named(`["${open}","${room}"]`)],
		[422, named(`{"${room}":0}`)],
		[422, named(`"${room}=0"`)],
		[422, named(`"${open} ${room}"`)],
		[422, named(`"${open}=0 ${room}=0"`)],
		[400, named(`"${room}\\u0000"`)], // which JSON of ours never has
		[422, named(`"\\u0001${room}"`)],
		[422, named(`"\\u0002${room}"`)],
		[422, named(`"${room.replace('room', 'ｒｏｏｍ')}"`)],
		[422, named(`"${room.replace('o', 'о')}"`)], // of another alphabet
		[422, named(`"${room}\\u200b"`)],
		[422, named(`"${room}"`, '"after":-1')],
		[422, named(`"${room}"`, '"after":"0"')],
		[422, named(`"${room}"`, '"after":9e99')],
		[422, `"command":"FOLLOW","topic":"${room}"`],
		[422, `"command":"follow","Topic":"${room}"`],
		[200, `"command":"unfollow","topic":"${room}"`],
		[403, named(`"${room}"`)],
	];
	const sockets = await Promise.all([site.socket(mallory.token, { query: [['topic', open], ['topic', `${room}=0`]] }),
		ticketOf(mallory).then((ticket) => site.socket(undefined, { query: [['ticket', ticket], ['topic', open]] })),
		site.socket(undefined, { query: [['topic', open], ['topic', `${room}=0`]] })]);
	for (const socket of sockets) {
		assert.equal(socket.status, 101, socket.body);
		for (const [n, [status, text]] of tries.entries()) {
			socket.send(`{"n":${n},${text}}`);
			const { data } = await socket.next('answer');
			assert.deepEqual([data.n, data.status], [status === 400 ? null : n, status], text);
		}
	}
	await publish(room, { secret: 'after' });
	for (const socket of sockets) {
		assert.ok(!(await allOf(socket, open)).includes('secret'));
		socket.close();
	}
	const own = await site.socket(bob.token);
	await own.ask({ n: 1, command: 'follow', topic: room, after: 0 });
	assert.deepEqual([(await own.next('published')).data.data, (await own.next('published')).data.data], [{ secret: 'before' }, { secret: 'after' }], 'which is there for whoever may');
	own.close();
});

test('whoever reads a topic without a stream is who she says first, and nobody by other names', async () => {
	const room = fresh('room');
	await join(bob, room);
	await publish(room, { secret: true });
	const ticket = await ticketOf(bob);
	const cookie = { cookie: `pgbell_session=${bob.token}` };
	for (const [expected, options] of [
		[403, { user: mallory }], [403, { user: mallory, headers: cookie }], [401, {}], [401, { user: { token: 'forged' }, headers: cookie }],
		[422, { query: `?after=0&token=${bob.token}` }], [422, { query: `?after=0&ticket=${ticket}` }], [422, { user: mallory, query: `?after=0&user_id=${bob.id}` }],
		[401, { headers: { cookie: `pgbell_session=${ticket}` } }], [401, { user: { token: ticket } }],
	]) {
		const { status, body } = await poll(room, options);
		assert.equal(status, expected, JSON.stringify(options));
		assert.ok(!JSON.stringify(body).includes('secret'));
	}
	for (const name of [room.toUpperCase(), room.replace('room', 'Room'), `${room}/`, `x/../${room}`, `${room}%00`, `%01${room}`, `%02${room}`, room.replace('room', encodeURIComponent('ｒｏｏｍ')), `${room}%E2%80%8B`]) {
		const { status, body } = await poll(name, { user: mallory });
		assert.ok([400, 403, 404, 422].includes(status), `${status} for ${name}`);
		assert.ok(!JSON.stringify(body).includes('secret'), name);
	}
	assert.equal((await poll(room, { headers: cookie })).body.events.length, 1, 'which is there for whoever may');
});

test('a topic that is called as a person is tells nothing of that person', async () => {
	const carol = await site.signUp();
	const topic = String(carol.id); // which everybody may follow
	await site.sql(`select pgbell.notify($1, 'test', '{"secret": 1}')`, [topic]);
	const stream = await site.stream(mallory.token, { query: { topic: `${topic}=0` } });
	const { data } = await stream.next('connected');
	assert.deepEqual([data.user_id, data.topics], [String(mallory.id), { [topic]: 0 }]);
	const visitor = await site.stream(undefined, { query: { topic: `${topic}=0` } });
	const socket = await site.socket(mallory.token);
	assert.deepEqual((await socket.ask({ n: 1, command: 'follow', topic, after: 0 })).body, { topic, seq: 0 });
	assert.deepEqual((await poll(topic)).body, { events: [], seq: 0, reset: null });
	await site.sql(`select pgbell.notify($1, 'test', '{"secret": 2}')`, [topic]);
	for (const told of [stream, visitor, socket])
		assert.ok(!(await allOf(told, topic)).includes('secret'));
	assert.equal((await poll(topic)).body.events.every(({ type }) => type === 'published'), true);
	const own = await site.stream(carol.token, { lastEventId: '0' });
	for (let n = 1; n <= 2; n++)
		assert.deepEqual((await own.next('new_notification')).data.data, { secret: n });
	assert.ok(!own.text.includes('published'), 'nor is the person told of what is published there');
	[stream, visitor, socket, own].forEach((one) => one.close());
});

for (const kind of ['null', 'raise', 'assert', 'divide'])
	test(`a rule that answers by ${kind} says no at every door, and holds up nobody else`, async () => {
		const [topic, open] = [fresh(kind), fresh()];
		await publish(topic, { secret: 'before' });
		const stream = await site.stream(mallory.token, { query: [['topic', `${topic}=0`], ['topic', open]] });
		assert.deepEqual((await stream.next('unfollowed')).data, { topic, reason: 'forbidden' });
		const visitor = await site.stream(undefined, { query: { topic: `${topic}=0` } });
		assert.equal(visitor.status, 401);
		const socket = await site.socket(undefined, { query: [['topic', open]] });
		assert.equal((await socket.ask({ n: 1, command: 'follow', topic, after: 0 })).status, 403);
		assert.deepEqual([(await poll(topic, { user: mallory })).status, (await poll(topic)).status], [403, 401]);
		await publish(topic, { secret: 'after' });
		for (const told of [stream, socket]) {
			assert.ok(!(await allOf(told, open)).includes('secret'));
			told.close();
		}
	});

test('a rule that does not answer lets nobody in, and those who ask for other topics are let in meanwhile', async () => {
	const [topic, open] = [fresh('slow'), fresh()];
	await publish(topic, { secret: true });
	const socket = await site.socket(undefined, { query: [['topic', open]] });
	const asked = [
		site.stream(mallory.token, { query: { topic: `${topic}=0` } }).then(async (stream) => { await stream.ended; return stream.text; }),
		site.stream(undefined, { query: { topic: `${topic}=0` } }).then(async (stream) => { await stream.ended; return stream.text; }),
		socket.ask({ n: 1, command: 'follow', topic, after: 0 }).then(({ status }) => status),
		poll(topic, { user: mallory }).then(({ status }) => status),
	];
	const other = await site.stream(undefined, { query: { topic: open } });
	await other.next('connected');
	const [first, second, ...statuses] = await Promise.all(asked);
	for (const text of [first, second])
		assert.match(text, /^retry: \d+\n\n$/, 'it is told to come back');
	assert.deepEqual(statuses, [503, 503]);
	for (const told of [other, socket]) {
		assert.ok(!(await allOf(told, open)).includes('secret'));
		told.close();
	}
});

test('a right that is taken back while a stream is asked for, or a command is under way, ends behind it', async () => {
	const [asking, commanding, open] = [fresh('held'), fresh('held'), fresh()];
	for (const topic of [asking, commanding])
		await join(bob, topic);
	const opening = site.stream(bob.token, { query: [['topic', asking], ['topic', open]] });
	await untilAsked();
	await leave(bob, asking);
	const stream = await opening;
	assert.deepEqual((await stream.next('unfollowed')).data, { topic: asking, reason: 'forbidden' });

	const socket = await site.socket(bob.token, { query: [['topic', open]] });
	await socket.next('connected');
	socket.send({ n: 1, command: 'follow', topic: commanding });
	await untilAsked();
	await leave(bob, commanding);
	const { data } = await socket.next('answer');
	if (data.status === 200) // it was asked before
		assert.deepEqual((await socket.next('unfollowed')).data, { topic: commanding, reason: 'forbidden' });
	for (const topic of [asking, commanding])
		await publish(topic, { secret: true });
	for (const told of [stream, socket]) {
		assert.ok(!(await allOf(told, open)).includes('secret'));
		told.close();
	}
});

test('a right that is taken back while its log is read page by page ends the reading', async () => {
	const room = fresh('room');
	const EVENTS = 1000; // 25 MB: more than nginx and two sockets hold
	await join(bob, room);
	await site.sql(`insert into pgbell.publication (topic, kind, data) select $1, 'test', jsonb_build_object('n', n, 'pad', repeat('x', 25000)) from generate_series(1, $2) n`, [room, EVENTS]);
	const lost = (await readMetrics(site)).get('pgbell_follows_lost_total');
	const response = await fetch(`${site.url}/api/notifications/stream?topic=${room}=0`, { headers: { authorization: `Bearer ${bob.token}` } });
	const reader = response.body.getReader();
	let text = new TextDecoder().decode((await reader.read()).value);
	await leave(bob, room);
	await untilMetrics(site, (now) => now.get('pgbell_follows_lost_total') > lost);
	while (!text.includes('event: unfollowed'))
		text += new TextDecoder().decode((await reader.read()).value);
	await site.sql(`select pgbell.notify($1, 'last')`, [String(bob.id)]);
	while (!text.includes('"last"'))
		text += new TextDecoder().decode((await reader.read()).value);
	const told = text.match(/^event: published$/gm)?.length ?? 0;
	assert.ok(told < EVENTS, `${told} were told`);
	assert.ok(!text.slice(text.indexOf('event: unfollowed')).includes('event: published'));
	await reader.cancel();
});

test('a right that is taken back between two pages ends the polling', async () => {
	const room = fresh('room');
	await join(bob, room);
	for (let n = 1; n <= 3; n++)
		await publish(room, { n });
	const first = await poll(room, { user: bob, query: '?after=0&limit=1' });
	assert.deepEqual(first.body.events.map(({ seq }) => seq), [1]);
	await leave(bob, room);
	const second = await poll(room, { user: bob, query: '?after=1&limit=1' });
	assert.deepEqual([second.status, second.body.events, second.body.seq], [403, undefined, undefined]);
});

test('a right that is taken back ends in every process, also in one that stood still meanwhile', async () => {
	const pair = await startSite({ streams: 2, env: { PGBELL_FLOOR_S: '3600', PGBELL_MAX_STREAMS_PER_USER: '64' } });
	try {
		const carol = await pair.signUp();
		await setUpRule(pair);
		await join(carol, 'room:a', pair);
		const told = await Promise.all(Array.from({ length: 24 }, (_, i) => i % 2 === 0
			? pair.stream(carol.token, { query: { topic: 'room:a' } })
			: pair.socket(carol.token, { query: { topic: 'room:a' } })));
		for (const one of told)
			assert.deepEqual((await one.next('connected')).data.topics, { 'room:a': 0 });
		const pids = await Promise.all(['pgbell-stream', 'pgbell-stream-2'].map((name) => pair.pid(name)));
		process.kill(pids[1], 'SIGSTOP');
		try {
			await leave(carol, 'room:a', pair);
		} finally {
			process.kill(pids[1], 'SIGCONT');
		}
		for (const one of told)
			assert.deepEqual((await one.next('unfollowed')).data, { topic: 'room:a', reason: 'forbidden' });
		await publish('room:a', { secret: true }, pair);
		await pair.sql(`select pgbell.notify($1, 'last')`, [String(carol.id)]);
		for (const one of told) {
			await one.next('new_notification');
			assert.ok(!JSON.stringify(one.events).includes('secret'));
			one.close();
		}
	} finally {
		await pair.stop();
	}
});
