// How far a page has taken in a person's log: what is an echo, what has to wait, what sets it back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createBackoff } from '../../deploy/www/js/backoff.js';
import { createCursor } from '../../deploy/www/js/cursor.js';
import { createLog } from '../../deploy/www/js/log.js';
import { mockTimers } from '../lib/mock-timers.mjs';

const event = (seq, type = 'new_notification') => ({ type, seq });

test('each number is taken in once, in rising order, whatever lies between', () => {
	const cursor = createCursor(3);
	assert.equal(cursor.take(event(4)), true);
	assert.equal(cursor.take(event(4)), false, 'an echo');
	assert.equal(cursor.take(event(2)), false);
	assert.equal(cursor.take(event(5_000_000)), true, 'numbers may leap');
	assert.equal(cursor.seq, 5_000_000);
});

test('what has no number of its own moves nothing', () => {
	const cursor = createCursor(3);
	for (const type of ['heartbeat', 'unread_count', 'connected', 'session_expiring'])
		assert.equal(cursor.take(event(9, type)), true);
	assert.equal(cursor.seq, 3);
});

test('a page that begins with nothing begins where it is told', () => {
	const cursor = createCursor();
	assert.equal(cursor.holdsBack(event(7)), false);
	cursor.take(event(6, 'connected'));
	assert.equal(cursor.seq, 6);
});

test('behind what it lacks nothing is taken in before that was read', () => {
	const cursor = createCursor(3);
	assert.equal(cursor.lacks(3), false);
	assert.equal(cursor.lacks(undefined), false);
	assert.equal(cursor.lacks(6), true);
	assert.equal(cursor.holdsBack(event(7)), true, 'of 4 to 6 something may be missing');
	assert.equal(cursor.holdsBack(event(2)), false, 'an echo waits for nothing');
	assert.equal(cursor.holdsBack(event(9, 'heartbeat')), false);
	for (const seq of [5, 7]) cursor.take(event(seq)); // the log
	assert.equal(cursor.holdsBack(event(8)), false);
});

test('a reset sets it back, and what it lacked before does not count', () => {
	const cursor = createCursor(30);
	cursor.lacks(40);
	assert.equal(cursor.take(event(5, 'reset')), true);
	assert.equal(cursor.seq, 5);
	assert.equal(cursor.holdsBack(event(6)), false);
	assert.equal(cursor.take(event(6)), true);
});

test('a log that rests asks for nothing more, however many have asked for what could not be read', async (t) => {
	const timers = mockTimers(t);
	let asked = 0;
	const cursor = createCursor(0);
	const log = createLog({
		cursor,
		ask: async () => {
			asked++;
			throw Object.assign(new Error('not now'), { name: 'Problem', status: 503 });
		},
		onEvent: cursor.take,
		onProblem: () => false,
		backoff: createBackoff(),
	});
	log.learn(1);
	log.learn(2);
	log.catchUp();
	await turn();
	const before = asked;
	log.rest();
	timers.tick(60_000);
	await turn();
	assert.equal(asked, before);
	log.catchUp();
	await turn();
	timers.tick(60_000);
	assert.equal(asked, before + 2, 'and once more when it is to');
	log.rest(); // or it asks again as long as the process lives
});
