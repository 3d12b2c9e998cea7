// Streams that follow topics: whose right to a topic it is, and when that ends.

import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { startTopicSite } from '../lib/topic-site.mjs';

let site, alice, bob;
let fresh, publish, join, leave, allow, follow, begin;

before(async () => {
	({ site, fresh, publish, join, leave, allow, follow, begin } = await startTopicSite());
	[alice, bob] = await Promise.all([site.signUp(), site.signUp()]);
});
after(() => site.stop());

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
	await allow('once:%');
	const [stream] = await begin(undefined, [first, last]);
	const [person] = await begin(alice, [last]);
	await allow(last);
	await site.sql('select pgbell.ring_topics($1)', [[first, last]]);
	assert.deepEqual((await stream.next()).data, { topic: first, reason: 'forbidden' });
	await publish(last);
	assert.equal((await stream.next()).id, `;${last}=1`);
	await allow('');
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
	const soon = await startTopicSite({ PGBELL_FLOOR_S: '1' });
	try {
		const carol = await soon.site.signUp();
		await soon.join(carol, 'room:a');
		const [stream] = await soon.begin(carol, ['room:a']);
		await soon.leave(carol, 'room:a');
		assert.equal((await stream.next('unfollowed')).data.topic, 'room:a');
	} finally {
		await soon.site.stop();
	}
});
