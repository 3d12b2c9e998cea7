// Streams that follow topics: visitors and people, what they resume from, and whose rights end.
//
// Who may follow what: everybody public:…, members of a room room:…, and each person user:<id>.

import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { EventSource } from '../lib/event-source.mjs';
import { readMetrics, untilMetrics } from '../lib/metrics.mjs';
import { startSite } from '../lib/site.mjs';
import { Parser } from '../lib/sse.mjs';
import { waitFor } from '../lib/wait.mjs';

const MAX_VISITORS = 8;
const MAX_TOPICS = 32;

let site, alice, bob, admin;
let topics = 0;

before(async () => {
	// The floor is so far away that what is told was rung for.
	site = await startSite({ env: { PGBELL_HEARTBEAT_S: '1', PGBELL_FLOOR_S: '3600', PGBELL_MAX_VISITORS: String(MAX_VISITORS), PGBELL_RETRY_MS: '200', PGBELL_REPLAY_EVENTS: '100' } });
	[alice, bob] = await Promise.all([site.signUp(), site.signUp()]);
	await setUpRooms(site);
	admin = await site.connect();
});
after(() => admin?.end());
after(() => site.stop());

async function setUpRooms(on) {
	await on.sql('create table public.member (user_id text, room text)');
	await on.sql(`
		create or replace function pgbell.may_follow(user_id text, topic text)
		returns boolean language sql stable security definer set search_path = public, pg_temp
		as $$
			select topic like 'public:%' or topic = 'user:' || $1
				or exists (select from member m where m.user_id = $1 and $2 = 'room:' || m.room)
		$$`);
}

const fresh = (kind = 'public') => `${kind}:t${++topics}`;
const publish = (topic, data = {}, kind = 'test') => site.sql('select pgbell.publish($1, $2, $3)', [topic, kind, data]);
const join = (user, topic, on = site) => on.sql('insert into public.member values ($1, $2)', [String(user.id), topic.replace('room:', '')]);
const leave = (user, topic, on = site) => on.sql('delete from public.member where user_id = $1 and room = $2', [String(user.id), topic.replace('room:', '')]);
const follow = (user, names, options = {}) => site.stream(user?.token, { ...options, query: [...names.map((name) => ['topic', name]), ...Object.entries(options.query ?? {})] });

// A stream that is open and has said so, and what it said.
async function begin(user, names, options) {
	const stream = await follow(user, names, options);
	assert.equal(stream.status, 200, stream.text);
	return [stream, await stream.next('connected')];
}

// --- what comes -------------------------------------------------------------------------

test('two visitors hear a publication, without a token and without asking', async () => {
	const topic = fresh();
	const opened = await Promise.all([begin(undefined, [topic]), begin(undefined, [topic])]);
	for (const [, { data, id }] of opened) {
		const { heartbeat_s, retry_ms, ...told } = data;
		assert.deepEqual(told, { user_id: null, seq: 0, unread_count: 0, topics: { [topic]: 0 } });
		assert.equal(id, `;${topic}=0`);
	}
	await publish(topic, { answer: 7, text: 'Å "quoted"\nline' }, 'answer');
	for (const [stream] of opened) {
		const { data, id } = await stream.next();
		const { created_at, ...told } = data;
		assert.deepEqual(told, { topic, seq: 1, kind: 'answer', data: { answer: 7, text: 'Å "quoted"\nline' } });
		assert.ok(Date.parse(created_at) > 0);
		assert.equal(id, `;${topic}=1`);
		assert.match(stream.text, new RegExp(`\nevent: published\ndata: {.*}\nid: ;${topic}=1\n\n`));
		stream.close();
	}
});

test('a person hears her own events and those of her topics, each id with all the numbers', async () => {
	const [first, second] = [fresh(), fresh()];
	await publish(second);
	const [stream, { data, id }] = await begin(alice, [first, second]);
	assert.deepEqual(data.topics, { [first]: 0, [second]: 1 });
	assert.equal(data.user_id, String(alice.id));
	const at = data.seq;
	assert.equal(id, `${at};${first}=0;${second}=1`);
	await stream.next('unread_count');
	await publish(first);
	assert.equal((await stream.next()).id, `${at};${first}=1;${second}=1`);
	await site.sql(`select pgbell.notify($1, 'test')`, [String(alice.id)]);
	const event = await stream.next();
	assert.deepEqual([event.event, event.id], ['new_notification', `${at + 1};${first}=1;${second}=1`]);
	assert.deepEqual((await stream.next()).data, { unread_count: data.unread_count + 1, seq: at + 1 });
	await publish(second);
	assert.equal((await stream.next()).id, `${at + 1};${first}=1;${second}=2`);
	const beat = await stream.next('heartbeat');
	assert.deepEqual([beat.data.seq, beat.data.topics, beat.id], [at + 1, { [first]: 1, [second]: 2 }, undefined]);
	stream.close();
});

test('one transaction that publishes much is told in its order, to all who follow', async () => {
	const [topic, quiet] = [fresh(), fresh()];
	const opened = await Promise.all([begin(undefined, [topic]), begin(undefined, [quiet, topic]), begin(alice, [topic])]);
	const long = 'x'.repeat(20_000); // more than one record holds
	await admin.query('begin');
	await admin.query(`insert into pgbell.publication (topic, kind, data) select $1, 'test', jsonb_build_object('n', n, 'long', case when n % 50 = 0 then $2 end) from generate_series(1, 200) n`, [topic, long]);
	await admin.query('commit');
	for (const [stream, { id }] of opened) {
		for (let n = 1; n <= 200; n++) {
			const event = await stream.next('published');
			assert.deepEqual([event.data.seq, event.data.data.n, event.id], [n, n, id.replace(`${topic}=0`, `${topic}=${n}`)]);
			assert.equal(event.data.data.long, n % 50 === 0 ? long : null);
		}
		stream.close();
	}
});

// --- resuming ---------------------------------------------------------------------------

test('a browser\'s own EventSource with three topics is cut and misses nothing', async () => {
	const names = [fresh(), fresh(), fresh()];
	const got = new Map([...names, 'own'].map((name) => [name, []]));
	let opened = 0;
	const take = ({ event, data: told }) => {
		if (event === 'published')
			got.get(told.topic).push(told.seq);
		else if (event === 'new_notification')
			got.get('own').push(told.data.n);
		else
			assert.notEqual(event, 'reset');
		opened += event === 'connected';
	};
	const source = new EventSource(`${site.url}/api/notifications/stream?${names.map((name) => `topic=${name}`).join('&')}`, { headers: { authorization: `Bearer ${bob.token}` }, on: { event: take } });
	await waitFor('the stream', () => opened === 1);
	for (let round = 1; round <= 10; round++) {
		source.cut();
		for (const name of names)
			await publish(name);
		await site.sql(`select pgbell.notify($1, 'test', $2)`, [String(bob.id), { n: round }]);
		if (round % 2 === 0)
			await waitFor('it to be back', () => opened > round / 2);
	}
	const right = Array.from({ length: 10 }, (_, i) => i + 1);
	await waitFor('all events', () => [...got.values()].every((numbers) => numbers.length >= 10));
	source.close();
	for (const [name, numbers] of got)
		assert.deepEqual(numbers, right, name);
});

// What a client has when the connection ends, it comes back with; whatever it had of an event that was not whole is told again.
test('a stream that is cut at any of its bytes goes on with the rest, each event once', async () => {
	const [first, second] = [fresh(), fresh()];
	await begin(undefined, [first, second]).then(([stream]) => stream.close());
	for (const [topic, text] of [[first, 'a'], [second, 'b\nÅ'], [first, 'c'.repeat(20_000)], [second, 'd']])
		await publish(topic, { text });
	const whole = await follow(undefined, [`${first}=0`, `${second}=0`]);
	for (let n = 0; n < 4; n++)
		await whole.next('published');
	whole.close();
	const bytes = whole.text.slice(0, whole.text.lastIndexOf('\n\n') + 2);
	const rests = new Map(); // last id → how many were shown by whoever has it
	const seen = [];
	const parser = new Parser((event) => seen.push(event), () => {});
	for (const byte of bytes) {
		parser.push(byte);
		const shown = seen.filter(({ event }) => event === 'published').map(({ data }) => `${data.topic} ${data.seq}`);
		const lastId = seen.findLast(({ id }) => id !== undefined)?.id;
		if (lastId !== undefined)
			assert.deepEqual(rests.get(lastId) ?? shown, shown, `who comes back with ${lastId} has ${shown}`);
		if (lastId !== undefined)
			rests.set(lastId, shown);
	}
	assert.equal(rests.size, 5);
	for (const [lastEventId, shown] of rests) {
		const [stream] = await begin(undefined, [first, second], { lastEventId });
		const all = [...shown];
		while (all.length < 4)
			all.push(await stream.next('published').then(({ data }) => `${data.topic} ${data.seq}`));
		assert.equal(new Set(all).size, 4, `after ${lastEventId}: ${all}`);
		for (const topic of [first, second])
			assert.deepEqual(all.filter((one) => one.startsWith(`${topic} `)), [`${topic} 1`, `${topic} 2`]);
		stream.close();
	}
});

test('numbers in the address are where it begins, those of the last event id go before them', async () => {
	const [first, second] = [fresh(), fresh()];
	for (let i = 0; i < 3; i++)
		await Promise.all([publish(first), publish(second)]);
	const [stream, { data, id }] = await begin(undefined, [`${first}=1`, `${second}=0`], { lastEventId: `;${second}=2;${fresh()}=9` });
	assert.deepEqual(data.topics, { [first]: 3, [second]: 3 });
	assert.equal(id, `;${first}=1;${second}=2`);
	const told = [await stream.next(), await stream.next(), await stream.next()].map(({ data }) => `${data.topic}=${data.seq}`);
	assert.deepEqual(told.sort(), [`${first}=2`, `${first}=3`, `${second}=3`].sort());
	stream.close();
	const [again] = await begin(undefined, [first], { query: { last_event_id: `;${first}=2` } });
	assert.equal((await again.next()).data.seq, 3);
	again.close();
});

test('a topic beyond its log is reset alone, and so is one whose log was trimmed or that was missed too long', async () => {
	const [well, beyond, trimmed, far] = [fresh(), fresh(), fresh(), fresh()];
	for (const topic of [well, beyond, trimmed, trimmed])
		await publish(topic);
	await site.sql(`insert into pgbell.publication (topic, kind) select $1, 'test' from generate_series(1, 101)`, [far]);
	await site.sql(`delete from pgbell.event where address = chr(1) || $1 and seq = 1`, [trimmed]);
	const { body: { seq } } = await site.api('GET', '/api/notifications/unread-count', { token: alice.token });
	const [stream, { id }] = await begin(alice, [well, beyond, trimmed, far], { lastEventId: `${seq};${well}=0;${beyond}=2;${trimmed}=0;${far}=0` });
	assert.equal(id, `${seq};${well}=0;${beyond}=2;${trimmed}=0;${far}=0`); // whoever loses the link here comes back with these
	const resets = [await stream.next(), await stream.next(), await stream.next()];
	assert.deepEqual(resets.map(({ event, data, id }) => [event, data, id]), [
		['reset', { topic: beyond, reason: 'unknown', seq: 1 }, `${seq};${well}=0;${beyond}=1;${trimmed}=0;${far}=0`],
		['reset', { topic: trimmed, reason: 'trimmed', seq: 2 }, `${seq};${well}=0;${beyond}=1;${trimmed}=2;${far}=0`],
		['reset', { topic: far, reason: 'too_far', seq: 101 }, `${seq};${well}=0;${beyond}=1;${trimmed}=2;${far}=101`]]);
	assert.equal((await stream.next()).event, 'unread_count');
	assert.deepEqual((await stream.next()).data.topic, well);
	await publish(beyond);
	assert.equal((await stream.next()).id, `${seq};${well}=1;${beyond}=2;${trimmed}=2;${far}=101`);
	stream.close();
});

test('a log that is trimmed under a stream that is open resets that topic alone', async () => {
	const [gone, well] = [fresh(), fresh()];
	await publish(gone);
	const [stream] = await begin(undefined, [gone, well]);
	await admin.query('begin');
	await admin.query(`select pgbell.publish($1, 'test') from generate_series(1, 2)`, [gone]);
	await admin.query('commit');
	await stream.next('published');
	await stream.next('published');
	await site.sql(`delete from pgbell.event where address = chr(1) || $1`, [gone]);
	await site.sql(`update pgbell.inbox set seq = seq + 5 where address = chr(1) || $1`, [gone]);
	await site.sql(`select pg_notify('pgbell', chr(1) || $1)`, [gone]);
	const { event, data, id } = await stream.next();
	assert.deepEqual([event, data, id], ['reset', { topic: gone, reason: 'trimmed', seq: 8 }, `;${gone}=8;${well}=0`]);
	stream.close();
});

// --- what is asked for --------------------------------------------------------------------

test('what is no topic, one that is named twice and a thirty-third are refused, with the parameter', async () => {
	const many = Array.from({ length: MAX_TOPICS + 1 }, fresh.bind(null, 'public'));
	for (const names of [['a b'], [''], ['a=x'], ['\x01public:a'], ['a'.repeat(129)], ['public:a', 'public:a=1'], many]) {
		const { status, headers, text, ended } = await follow(alice, names);
		assert.equal(status, 422);
		assert.match(headers['content-type'], /problem\+json/);
		await ended;
		assert.ok(text === '' || JSON.parse(text).errors[0].parameter === 'topic', text);
	}
	const [stream, { data }] = await begin(undefined, many.slice(1));
	assert.equal(Object.keys(data.topics).length, MAX_TOPICS);
	await publish(many[MAX_TOPICS]);
	assert.equal((await stream.next()).data.topic, many[MAX_TOPICS]);
	stream.close();
});

test('the problem of a topic that is none names the parameter', async () => {
	const { status, body } = await site.api('GET', '/api/notifications/stream?topic=a%20b');
	assert.equal(status, 422);
	assert.deepEqual(body.errors.map(({ parameter }) => parameter), ['topic']);
});

test('a stale cookie counts as none where a visitor may follow, a stale token does not', async () => {
	const topic = fresh();
	const stale = { cookie: 'pgbell_session=of-yesterday' };
	const [stream, { data }] = await begin(undefined, [topic], { headers: stale });
	assert.equal(data.user_id, null);
	stream.close();
	for (const [user, options] of [[{ token: 'of-yesterday' }, {}], [undefined, { query: { token: 'of-yesterday' } }], [undefined, { query: { ticket: 'of-yesterday' }, headers: { cookie: `pgbell_session=${alice.token}` } }]])
		assert.equal((await follow(user, [topic], options)).status, 401);
	const [own, connected] = await begin(undefined, [topic], { headers: { cookie: `pgbell_session=${alice.token}` } });
	assert.equal(connected.data.user_id, String(alice.id));
	own.close();
	assert.equal((await site.stream(undefined, { headers: stale })).status, 401);
});

// --- rights -------------------------------------------------------------------------------

test('a topic that may not be followed is said to be so, and the stream follows the others', async () => {
	const [open, closed] = [fresh(), fresh('room')];
	const [stream, { data, id }] = await begin(alice, [closed, open]);
	assert.deepEqual(data.topics, { [open]: 0 });
	assert.equal(id, `${data.seq};${open}=0`);
	const { event, data: told, id: none } = await stream.next();
	assert.deepEqual([event, told, none], ['unfollowed', { topic: closed, reason: 'forbidden' }, undefined]);
	await publish(closed);
	await publish(open);
	await stream.next('unread_count');
	assert.equal((await stream.next()).data.topic, open);
	stream.close();
	const [nothing, none_of_them] = await begin(alice, [closed]); // her own events are left
	assert.deepEqual(none_of_them.data.topics, {});
	assert.equal((await nothing.next()).event, 'unfollowed');
	nothing.close();
	assert.equal((await follow(undefined, [closed])).status, 401);
});

test('a right that is taken back ends the follow, and nothing else', async () => {
	const [room, open] = [fresh('room'), fresh()];
	await Promise.all([join(alice, room), join(bob, room)]);
	const [[first], [second], [other]] = await Promise.all([begin(alice, [room, open]), begin(alice, [room]), begin(bob, [room])]);
	await publish(room);
	for (const stream of [first, second, other])
		await stream.next('published');
	await leave(alice, room);
	await site.sql('select pgbell.ring_topics($1)', [[room]]);
	for (const stream of [first, second])
		assert.deepEqual((await stream.next('unfollowed')).data, { topic: room, reason: 'forbidden' });
	await publish(room, { secret: true });
	await publish(open);
	assert.equal((await other.next()).data.seq, 2);
	const next = await first.next();
	assert.deepEqual([next.data.topic, next.id.includes(room)], [open, false]);
	await site.sql(`select pgbell.notify($1, 'test')`, [String(alice.id)]);
	assert.match((await second.next('new_notification')).id, /^\d+$/); // it follows no topic any more
	for (const stream of [first, second, other]) {
		assert.equal(stream.text.includes('secret'), stream === other);
		stream.close();
	}
});

test('a visitor who may follow nothing any more is told so, and ends', async () => {
	const [first, last] = [fresh('once'), fresh('once')];
	const allow = (pattern) => site.sql(`
		create or replace function pgbell.may_follow(user_id text, topic text)
		returns boolean language sql stable security definer set search_path = public, pg_temp
		as $$ select topic like any (array['public:%', ${pattern}]) or topic = 'user:' || $1
			or exists (select from member m where m.user_id = $1 and $2 = 'room:' || m.room) $$`);
	await allow(`'once:%'`);
	const [stream] = await begin(undefined, [first, last]);
	const [person] = await begin(alice, [last]);
	await allow(`'${last}'`);
	await site.sql('select pgbell.ring_topics($1)', [[first, last]]);
	assert.deepEqual((await stream.next()).data, { topic: first, reason: 'forbidden' });
	await publish(last);
	assert.equal((await stream.next()).id, `;${last}=1`);
	await allow(`'none'`);
	await site.sql('select pgbell.ring_topics($1)', [[last]]);
	assert.deepEqual((await stream.next()).data, { topic: last, reason: 'forbidden' });
	assert.deepEqual(await stream.next().then(({ event, data }) => [event, data]), ['session_ended', { reason: 'revoked' }]);
	assert.equal(await stream.ended, 'end');
	await person.next('unfollowed');
	person.close();
});

test('a session that ends takes its topics along', async () => {
	const carol = await site.signUp();
	const [room, open] = [fresh('room'), fresh()];
	await join(carol, room);
	const [stream] = await begin(carol, [room, open]);
	await site.api('DELETE', '/api/session', { token: carol.token });
	assert.equal((await stream.next('session_ended')).data.reason, 'signed_out');
	assert.equal(await stream.ended, 'end');
	assert.equal((await follow(carol, [open])).status, 401);
});

test('a private topic is never seen by any trick', async () => {
	const room = fresh('room');
	const name = room.slice('room:'.length);
	await join(bob, room);
	await publish(room, { secret: 'of the room' });
	const { body: { ticket } } = await site.api('POST', '/api/session/ticket', { token: bob.token });
	assert.ok(ticket);
	const mallory = await site.signUp();
	const stale = await site.signUp();
	await join(stale, room);
	await site.api('DELETE', '/api/session', { token: stale.token });
	const open = fresh();
	const encoded = [...room].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('');
	const raw = async (query, headers = {}) => {
		const response = await fetch(`${site.url}/api/notifications/stream?${query}`, { headers });
		return { status: response.status, reader: response.body.getReader() };
	};
	const asMallory = { authorization: `Bearer ${mallory.token}` };
	const tries = [
		[`topic=${open}&topic=${room}=0`, asMallory],
		[`topic=${open}&topic=${encoded}%3D0`, asMallory],
		[`topic=${open}&topic=${room.toUpperCase()}=0`, asMallory],
		[`topic=${open}&topic=Room:${name}=0`, asMallory],
		[`topic=${open}`, { ...asMallory, 'last-event-id': `0;${open}=0;${room}=0` }],
		[`topic=${open}&topic=${room}`, { ...asMallory, 'last-event-id': `0;${open}=0;${room}=0` }],
		[`topic=${open}&last_event_id=0%3B${room}%3D0`, asMallory],
		[`topic=${open}&topic=${room}=0`, {}],
		[`topic=${open}&topic=${room}=0`, { cookie: `pgbell_session=${stale.token}` }],
		[`topic=${open}&topic=public:../${room}=0`, asMallory],
		[`topic=${open}&topic=public:${room}=0`, asMallory],
		[`topic=${open}&topic=user:${bob.id}=0&topic=room:=0`, asMallory],
		[`topic=${open}&topic=room:${name}%2520=0`, asMallory],
		[`topic=${open}&topic=room:${name}%00=0`, asMallory],
		[`topic=${open}&topic=%01${room}=0`, asMallory],
		[`topic=${open}&topic=${room}=0`, { ...asMallory, cookie: `pgbell_session=${bob.token}` }], // what is said explicitly counts
		[`topic=${open}&topic=${room}=0&ticket=${ticket}x`, asMallory],
		[`topic=${open}&topic=${room}=0&token=${stale.token}`, {}],
	];
	const opened = await Promise.all(tries.map(async ([query, headers]) => [query, await raw(query, headers)]));
	await publish(room, { secret: 'of the room' });
	await publish(open, { end: true });
	for (const [query, { status, reader }] of opened) {
		let text = '';
		for (let end = false; !end;) {
			const { value, done } = await reader.read();
			text += new TextDecoder().decode(value);
			end = done || text.includes('"end": true') || text.includes('"end":true');
		}
		await reader.cancel();
		assert.ok([200, 401, 422].includes(status), `${status} for ${query}`);
		assert.ok(!text.includes('secret'), query);
		if (status === 200)
			assert.match(text, /"end": ?true/, query);
	}
	// And what all this was held against: Bob's own ticket shows it.
	const { status, reader } = await raw(`topic=${room}=0&ticket=${ticket}`, {});
	assert.equal(status, 200);
	let text = '';
	while (!text.includes('of the room'))
		text += new TextDecoder().decode((await reader.read()).value);
	await reader.cancel();
});

test('an error in the application\'s own rule is a no', async () => {
	const room = fresh('room');
	await join(alice, room);
	const [stream] = await begin(alice, [room]);
	await site.sql('alter table public.member rename to member_moved');
	await site.sql('select pgbell.ring_topics($1)', [[room]]);
	assert.deepEqual((await stream.next('unfollowed')).data, { topic: room, reason: 'forbidden' });
	await site.sql('alter table public.member_moved rename to member');
	stream.close();
});

test('without a ring a right that was taken back ends at the floor', async () => {
	const soon = await startSite({ env: { PGBELL_FLOOR_S: '1' } });
	try {
		const carol = await soon.signUp();
		await setUpRooms(soon);
		await join(carol, 'room:a', soon);
		const stream = await soon.stream(carol.token, { query: { topic: 'room:a' } });
		await stream.next('connected');
		await leave(carol, 'room:a', soon);
		assert.equal((await stream.next('unfollowed')).data.topic, 'room:a');
	} finally {
		await soon.stop();
	}
});

// --- limits and counts ----------------------------------------------------------------------

test('PGBELL_MAX_VISITORS: who is somebody still finds a place', async () => {
	await untilMetrics(site, (now) => now.get('pgbell_visitors') === 0);
	const topic = fresh();
	const opened = [];
	for (let i = 0; i < MAX_VISITORS; i++)
		opened.push((await begin(undefined, [topic]))[0]);
	const refused = await follow(undefined, [topic]);
	assert.equal(refused.status, 503);
	assert.ok(Number(refused.headers['retry-after']) > 0);
	opened.push((await begin(alice, [topic, fresh()]))[0]);
	const metrics = await readMetrics(site);
	assert.equal(metrics.get('pgbell_visitors'), MAX_VISITORS);
	assert.equal(metrics.get('pgbell_topics'), 2);
	assert.equal(metrics.get('pgbell_follows'), MAX_VISITORS + 2);
	assert.ok(metrics.get('pgbell_streams_refused_total{reason="visitors"}') >= 1);
	const before = metrics.get('pgbell_publications_delivered_total');
	await publish(topic);
	await Promise.all(opened.map((stream) => stream.next('published')));
	assert.equal((await readMetrics(site)).get('pgbell_publications_delivered_total'), before + MAX_VISITORS + 1);
	opened.forEach((stream) => stream.close());
	await untilMetrics(site, (now) => now.get('pgbell_visitors') === 0 && now.get('pgbell_topics') === 0 && now.get('pgbell_follows') === 0);
});

test('a topic that nobody follows here costs a look into a table, and no read', async () => {
	const before = await readMetrics(site);
	await publish(fresh());
	const after = await untilMetrics(site, (now) => now.get('pgbell_doorbells_idle_total') > before.get('pgbell_doorbells_idle_total'));
	assert.equal(after.get('pgbell_read_events_total'), before.get('pgbell_read_events_total'));
});
