// The small modules of the page that need no page.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBackoff } from '../../deploy/www/js/backoff.js';
import { keepRefreshed } from '../../deploy/www/js/refresh.js';
import { parseRoute } from '../../deploy/www/js/route.js';
import { timeAgo } from '../../deploy/www/js/time.js';
import { describeNotification, questionOf } from '../../deploy/www/js/wording.js';
import { mockTimers } from '../lib/mock-timers.mjs';

test('a wait is anywhere under a bound that doubles up to the cap', () => {
	const longest = createBackoff({ first_ms: 1000, cap_ms: 5000, random: () => 1 });
	assert.deepEqual([1, 2, 3, 4, 5].map(longest.next), [1000, 2000, 4000, 5000, 5000]);
	longest.reset();
	assert.equal(longest.next(), 1000);
	assert.equal(createBackoff({ random: () => 0 }).next(), 0);
});

test('a wait stays finite after any number of tries', () => {
	const backoff = createBackoff({ random: () => 1 });
	for (let i = 0; i < 5000; i++) backoff.next();
	assert.equal(backoff.next(), 30000);
});

test('an address names a view and its numbers', () => {
	assert.deepEqual(parseRoute(''), { name: 'questions', params: {} });
	assert.deepEqual(parseRoute('#/'), { name: 'questions', params: {} });
	assert.deepEqual(parseRoute('#/questions/5'), { name: 'question', params: { id: 5 } });
	assert.deepEqual(parseRoute('#/questions/5/answers/7'), {
		name: 'question',
		params: { id: 5, answer: 7 },
	});
	for (const hash of ['#/questions/x', '#/questions/5/', '#ask', '#/nowhere', '#//'])
		assert.equal(parseRoute(hash).name, 'missing', hash);
});

test('a page that is looked at shows what is new, and one that is hidden asks for nothing', async (t) => {
	const timers = mockTimers(t);
	const page = Object.assign(new EventTarget(), { hidden: false });
	let looks = 0;
	const looking = keepRefreshed(async () => looks++, { soon_ms: 2, seldom_ms: 20, page });
	const pass = async (ms) => {
		for (; ms > 0; ms--) {
			timers.tick(1);
			await new Promise(setImmediate); // what that set going
		}
	};
	const turnTo = (hidden) => {
		page.hidden = hidden;
		page.dispatchEvent(new Event('visibilitychange'));
	};
	await pass(100);
	assert.ok(looks >= 5, `${looks} looks`);
	turnTo(true);
	const seen = looks;
	await pass(100);
	assert.equal(looks, seen, 'nobody looks');
	turnTo(false);
	assert.equal(looks, seen + 1, 'at once');
	await pass(100);
	assert.ok(looks >= seen + 5, `${looks - seen} looks`);
	looking.end();
	const last = looks;
	await pass(100);
	assert.equal(looks, last);
});

test('a moment is told as people say it', () => {
	const now = new Date('2024-05-17T12:00:00Z');
	assert.equal(timeAgo('2024-05-17T11:59:30.250Z', now), 'now');
	assert.equal(timeAgo('2024-05-17T11:55:00Z', now), '5 minutes ago');
	assert.equal(timeAgo('2024-05-16T11:55:00Z', now), 'yesterday');
	assert.equal(timeAgo('2024-05-17T12:00:09Z', now), 'now', 'a clock that is behind');
});

test('a notification is told from any data', () => {
	const told = (kind, data) => describeNotification({ kind, data });
	assert.deepEqual(
		told('answer', {
			actor: { username: 'Bo' },
			title: 'Why?',
			excerpt: 'So.',
			question_id: 4,
			answer_id: 9,
		}),
		{
			who: 'Bo',
			what: 'answered your question',
			title: 'Why?',
			excerpt: 'So.',
			href: '#/questions/4/answers/9',
			subject: 'question/4',
		},
	);
	const blank = { who: '', title: '', excerpt: '', href: null, subject: '' };
	for (const data of [null, 7, 'text', [], {}, { actor: [], title: {}, question_id: '<b>' }])
		assert.deepEqual(told('backup_done', data), { ...blank, what: 'Backup done' });
});

test('each actor of what was merged is named, the newest first', () => {
	const who = (count, ...actors) =>
		describeNotification({ kind: 'answer', data: {}, count, actors }).who;
	const many = (n) => Array.from({ length: n }, (_, i) => ({ username: `p${i}` }));
	assert.equal(who(2, 'ines'), 'ines');
	assert.equal(who(2, 'tomas', { name: 'Ines' }), 'tomas and Ines');
	assert.equal(who(3, ...many(3)), 'p0, p1 and 1 other');
	assert.equal(who(5, ...many(5)), 'p0, p1 and 3 others');
	assert.equal(who(10, ...many(10)), 'p0, p1 and 8 others');
	assert.equal(who(99, ...many(10)), 'p0, p1 and 8 or more others');
	assert.equal(who(2), '');
	assert.equal(who(3, [], {}, 'ines'), 'ines', 'what has no name is left out');
});

test('no address is taken from the data of a notification', () => {
	const data = {
		url: 'javascript:alert(1)',
		href: 'https://elsewhere.example',
		question_id: '1/../2',
	};
	assert.equal(describeNotification({ kind: 'x', data }).href, null);
	assert.equal(questionOf({ data }), null);
});
