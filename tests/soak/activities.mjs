// What people do while a soak runs, each a short story of its own.  They
// resolve when it is over and throw when something was not as promised.

import assert from 'node:assert';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Follower } from '../lib/follower.mjs';

const below = (count) => Math.floor(Math.random() * count);
const stay = (fromMs, toMs) => sleep(fromMs + below(toMs - fromMs));

const follow = (site, { token }, lastEventId) =>
	new Follower(`${site.url}/api/notifications/stream`, token, { lastEventId });

// Once the story is over, what was followed until then has been whole.
async function follows(site, person, lastEventId, story) {
	const follower = follow(site, person, lastEventId);
	try {
		await follower.until(() => follower.connected === 1);
		await story(follower);
		assert.deepEqual(follower.faults, []);
		person.seq = follower.seq;
	} finally {
		follower.close();
	}
}

async function ask(site, method, path, { token }, expected = 200) {
	const { status, body } = await site.api(method, path, { token });
	assert.ok([expected].flat().includes(status), `${method} ${path}: ${status} ${JSON.stringify(body)}`);
	return body;
}

async function createSession(site, person) {
	const { rows: [{ token }] } = await site.pool.query('select token from pgbell.create_session($1)', [person.id]);
	return { ...person, token };
}

// --- streams -------------------------------------------------------------------

const lookIn = (site, person) => follows(site, person, undefined, () => stay(50, 1000));

const comeBackLater = (site, person) => follows(site, person, person.seq, () => stay(50, 1000));

const loseConnection = (site, person) => follows(site, person, person.seq, async (follower) => {
	await stay(50, 500);
	follower.source.cut();
	await follower.until(() => follower.connected === 2);
});

const dozeOff = (site, person) => follows(site, person, person.seq, async (follower) => {
	follower.source.pause();
	await stay(500, 2000);
	follower.source.resume();
	const { rows } = await site.pool.query('select seq::float8 from pgbell.inbox where address = $1', [person.id]);
	const seq = rows[0]?.seq ?? 0;
	await follower.until(() => follower.seq >= seq);
});

async function breakOffRequest(site, person) {
	const socket = net.connect(site.port, '127.0.0.1');
	await once(socket, 'connect');
	socket.write(`GET /api/notifications/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${person.token}\r\n${['', '\r\n'][below(2)]}`);
	await stay(1, 50);
	socket.destroy();
}

async function useTicket(site, person) {
	const { ticket } = await ask(site, 'POST', '/api/session/ticket', person, 201);
	const stream = await site.stream(undefined, { query: { ticket } });
	await stream.next('connected');
	stream.close();
	const again = await site.stream(undefined, { query: { ticket } });
	await again.ended;
	assert.equal(again.status, 401, 'a ticket works once');
}

// --- sessions ------------------------------------------------------------------

async function signOut(site, person) {
	const leaving = await createSession(site, person);
	const stream = await site.stream(leaving.token);
	await stream.next('connected');
	if (below(2) === 0)
		await ask(site, 'POST', '/api/session/renew', leaving);
	await ask(site, 'DELETE', '/api/session', leaving, 204);
	assert.equal((await stream.next('session_ended')).data.reason, 'signed_out');
	await stream.ended;
	await ask(site, 'GET', '/api/notifications', leaving, 401);
}

async function guess(site) {
	await ask(site, 'GET', '/api/notifications', { token: 'x'.repeat(43) }, 401);
	const stream = await site.stream('y'.repeat(43));
	await stream.ended;
	assert.equal(stream.status, 401);
}

// --- the inbox -----------------------------------------------------------------

const write = (site, person, people) => site.pool.query(
	`insert into pgbell.notification (user_id, kind, data)
	select p.user_id, 'soak', jsonb_build_object('text', repeat('x', $2)) from unnest($1::text[]) p(user_id)`,
	[[person, ...people.filter(() => below(20) === 0)].map(({ id }) => id), below(500)]);

const rollBack = async (site, person) => {
	const client = await site.pool.connect();
	try {
		await client.query('begin');
		await client.query(`insert into pgbell.notification (user_id, kind) values ($1, 'never')`, [person.id]);
		await client.query('rollback');
	} finally {
		client.release();
	}
};

async function mark(site, person) {
	const { notifications } = await ask(site, 'GET', '/api/notifications?limit=20', person);
	for (const { id } of notifications.slice(0, 3)) {
		const [method, path] = [['PUT', '/read'], ['DELETE', '/read'], ['DELETE', '']][below(3)];
		await ask(site, method, `/api/notifications/${id}${path}`, person, [200, 404]); // deleted by another activity
	}
}

const markAll = (site, person) => ask(site, 'PUT', '/api/notifications/read-all', person);

async function poll(site, person) {
	const { seq } = await ask(site, 'GET', '/api/notifications/unread-count', person);
	await ask(site, 'GET', `/api/notifications/events?after=${Math.max(seq - 10, 0)}`, person);
}

// How often each is done, in relation.
const weights = new Map([
	[lookIn, 6], [comeBackLater, 6], [loseConnection, 3], [dozeOff, 3], [breakOffRequest, 3], [useTicket, 3],
	[signOut, 3], [guess, 1], [write, 12], [rollBack, 2], [mark, 4], [markAll, 1], [poll, 3],
]);
const deck = [...weights].flatMap(([activity, weight]) => Array(weight).fill(activity));

export const chooseActivity = () => deck[below(deck.length)];
export const choosePerson = (people) => people[below(people.length)];
