// The store, without a page: what a person does shows at once, and what the server says counts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ids, newer, row, started, unreadIds } from './told-store.mjs';

test('the list is read first, and events are asked for behind it', async (t) => {
	const { store, stream } = await started(t, [5, 3]);
	assert.match(stream.url, /last_event_id=10$/);
	assert.equal(store.getSnapshot().status, 'live');
	stream.say('new_notification', newer(8), '11');
	assert.deepEqual(ids(store), [8, 5, 3]);
	assert.equal(store.getSnapshot().unreadCount, 9);
});

test('a mark shows before the answer, the count with it', async (t) => {
	const { store, asked, answer } = await started(t, [5, 3]);
	const marked = store.markRead(5);
	assert.deepEqual(unreadIds(store), [3]);
	assert.equal(store.getSnapshot().unreadCount, 2, 'nothing here subtracts');
	assert.equal(await asked(), 'PUT /notifications/5/read');
	await answer(200, { unread_count: 1, seq: 11 });
	await marked;
	assert.deepEqual(unreadIds(store), [3]);
	assert.equal(store.getSnapshot().unreadCount, 1);
});

test('what is away is asked for from its first page where no page is named', async (t) => {
	const { store, asked, answer } = await started(t, [5, 3]);
	const page = store.snoozed();
	assert.equal(await asked(), 'GET /notifications/snoozed');
	await answer(200, { notifications: [], next: null });
	assert.deepEqual((await page).notifications, []);
});

test('what the server refuses is taken back, and told', async (t) => {
	const { store, answer } = await started(t, [5, 3]);
	const removed = store.remove(5);
	assert.deepEqual(ids(store), [3]);
	const refused = assert.rejects(removed, { name: 'Problem', status: 503 });
	await answer(503, { title: 'Service Unavailable' });
	await refused;
	assert.deepEqual(ids(store), [5, 3]);
});

test('a change that has to wait for somebody else is made once more, and shows meanwhile', async (t) => {
	const { store, asked, answer } = await started(t, [5, 3]);
	const marking = store.markRead(5);
	await answer(503, { title: 'Somebody else’s turn' }, { 'retry-after': '1' });
	assert.deepEqual(unreadIds(store), [3]);
	assert.equal(await asked(), 'PUT /notifications/5/read');
	await answer(200, { user_id: '7', unread_count: 1, seq: 11 });
	await marking;
	assert.deepEqual(unreadIds(store), [3]);
	const again = store.markRead(3);
	await answer(503, {}, { 'retry-after': '1' });
	await answer(503, {}, { 'retry-after': '1' });
	await assert.rejects(again, { status: 503 });
	assert.deepEqual(unreadIds(store), [3]);
	const later = store.markRead(3);
	await answer(503, {}, { 'retry-after': '60' });
	await assert.rejects(later, { status: 503 });
});

test('what comes while a request waits is kept, whether it is granted or not', async (t) => {
	const { store, stream, answer } = await started(t, [5, 3]);
	const marked = store.markAllRead();
	stream.say('new_notification', newer(8), '11');
	assert.deepEqual(ids(store), [8, 5, 3]);
	assert.deepEqual(unreadIds(store), [8], 'all meant those that were seen');
	const refused = assert.rejects(marked);
	await answer(500, {});
	await refused;
	assert.deepEqual(unreadIds(store), [8, 5, 3]);
});

test('all that is marked is what the list has heard of, by the number of the log', async (t) => {
	const { store, stream, asked, answer } = await started(t, [5, 3]);
	stream.say('new_notification', newer(8), '15');
	const marked = store.markAllRead();
	assert.equal(await asked(), 'PUT /notifications/read-all {"up_to":15}');
	await answer(200, { unread_count: 0, seq: 16, marked: 3 });
	await marked;
	assert.deepEqual(unreadIds(store), []);
});

test('a list that is too old to be marked is read again, and marked as it is then', async (t) => {
	const { store, asked, answer } = await started(t, [5, 3]);
	const marked = store.markAllRead();
	await answer(409, { title: 'Conflict', detail: 'Read the list again.' });
	assert.match(await asked(), /^GET \/notifications\?/);
	await answer(200, { notifications: [row(9), row(5)], unread_count: 2, seq: 70, next: null });
	assert.equal(await asked(), 'PUT /notifications/read-all {"up_to":70}');
	await answer(200, { unread_count: 0, seq: 71, marked: 2 });
	await marked;
	assert.deepEqual(ids(store), [9, 5]);
	assert.deepEqual(unreadIds(store), []);
});

test('it is read again once, and then what is refused is told', async (t) => {
	const { store, answer } = await started(t, [5]);
	const refused = assert.rejects(store.markAllRead(), { name: 'Problem', status: 409 });
	await answer(409, {});
	await answer(200, { notifications: [row(5)], unread_count: 1, seq: 70, next: null });
	await answer(409, {});
	await refused;
	assert.deepEqual(unreadIds(store), [5]);
});

test('what is snoozed is out of the list before the answer, and in it again where that is refused', async (t) => {
	const { store, stream, asked, answer } = await started(t, [5, 3]);
	const until = new Date('2099-01-01T07:00:00Z');
	const snoozed = store.snooze(5, until);
	assert.deepEqual(ids(store), [3]);
	assert.equal(await asked(), `PUT /notifications/5/snooze {"until":"${until.toISOString()}"}`);
	await answer(200, { user_id: '7', unread_count: 1, seq: 11 });
	await snoozed;
	assert.equal(store.getSnapshot().unreadCount, 1);
	const back = store.unsnooze(5);
	assert.equal(await asked(), 'DELETE /notifications/5/snooze');
	await answer(200, { user_id: '7', unread_count: 2, seq: 12 });
	await back;
	stream.say('notification_deleted', { id: 5, unread_count: 1 }, '11');
	stream.say('new_notification', { ...newer(5), unread_count: 2 }, '12');
	assert.deepEqual(ids(store), [5, 3], 'its event brings it');
	const over = assert.rejects(store.snooze(3, new Date(0)), { status: 422, message: 'That time is over.' });
	assert.deepEqual(ids(store), [5]);
	await answer(422, { title: 'Unprocessable', detail: 'That time is over.', errors: [] });
	await over;
	assert.deepEqual(ids(store), [5, 3]);
	await assert.rejects(store.snooze(3, new Date(NaN)), RangeError);
	assert.deepEqual(ids(store), [5, 3], 'a date that is none is not asked for');
});

test('what is not seen is counted once somebody says so, and looked up once for many events', async (t) => {
	const { store, stream, asked, answer, until } = await started(t, [5, 3]);
	assert.equal(store.getSnapshot().unseenCount, null);
	const seen = store.markSeen();
	assert.equal(await asked(), 'PUT /notifications/seen {"up_to":10}');
	await answer(200, { user_id: '7', unread_count: 2, unseen_count: 0, seq: 11 });
	await seen;
	assert.deepEqual([store.getSnapshot().unseenCount, unreadIds(store)], [0, [5, 3]]);
	await store.markSeen(); // asks nobody
	for (const id of [8, 9]) stream.say('new_notification', { ...newer(id), unread_count: id - 5 }, String(id + 4));
	assert.equal(await asked(), 'GET /notifications/unread-count');
	await answer(200, { user_id: '7', unread_count: 4, unseen_count: 2, seq: 13 });
	await until(({ unseenCount }) => unseenCount === 2);
	stream.say('notification_seen', { unseen_count: 0, unread_count: 4 }, '14'); // in another tab
	assert.equal(store.getSnapshot().unseenCount, 0);
	await asked();
	await answer(200, { user_id: '7', unread_count: 4, unseen_count: 2, seq: 13 });
	await turn();
	assert.equal(store.getSnapshot().unseenCount, 0, 'an answer from before it');
});

test('what is asked for besides leaves the list as it is', async (t) => {
	const { store, asked, answer } = await started(t, [5, 3]);
	const ask = async (asking, what, body) => {
		assert.equal(await asked(), what);
		await answer(200, { user_id: '7', ...body });
		return asking;
	};
	const found = await ask(store.find({ kind: 'a&b', unread: true }), 'GET /notifications?kind=a%26b&unread=true', {
		notifications: [row(3)], next: null, unread_count: 2, seq: 10,
	});
	assert.deepEqual(found.notifications, [row(3)]);
	await ask(store.snoozed(), 'GET /notifications/snoozed', { notifications: [], next: null });
	await ask(store.snoozed({ limit: 2, after: 4 }), 'GET /notifications/snoozed?limit=2&after=4', { notifications: [], next: null });
	const { kinds } = await ask(store.counts(), 'GET /notifications/counts', { kinds: { rang: 2 }, counted: 2, unread_count: 2, seq: 10 });
	assert.deepEqual(kinds, { rang: 2 });
	await ask(store.preferences(), 'GET /notifications/preferences', { mutes: [] });
	await ask(store.mute({ subject: 'q/1' }), 'PUT /notifications/preferences {"subject":"q/1","muted":true}', { mutes: [] });
	await ask(store.mute({ kind: 'k' }, false), 'PUT /notifications/preferences {"kind":"k","muted":false}', { mutes: [] });
	const refused = assert.rejects(store.mute({ kind: 'security' }), { status: 422 });
	await asked();
	await answer(422, { title: 'Unprocessable', errors: [{ pointer: '/kind', detail: 'This kind cannot be muted.' }] });
	await refused;
	assert.deepEqual(ids(store), [5, 3]);
});

test('a row that changes is told to the list and to those who listen', async (t) => {
	const { store, stream } = await started(t, [5, 3]);
	const heard = [];
	store.onEvent(({ type, data }) => heard.push([type, data.data.text]));
	stream.say('notification_changed', { ...row(3), data: { text: 'anew' }, unread_count: 2 }, '11');
	assert.deepEqual(ids(store), [5, 3]);
	assert.deepEqual(store.getSnapshot().notifications[1].data, { text: 'anew' });
	assert.deepEqual(heard, [['notification_changed', 'anew']]);
});

test('a reset reads the list again, and what comes meanwhile is laid over it', async (t) => {
	const { store, stream, asked, answer, until } = await started(t, [5, 3]);
	stream.say('reset', { reason: 'trimmed', seq: 20, unread_count: 1 }, '20');
	stream.say('new_notification', newer(30), '21');
	assert.match(await asked(), /^GET \/notifications\?/);
	await answer(200, { notifications: [row(29)], unread_count: 1, seq: 20, next: null });
	await until(({ notifications }) => notifications[0]?.id === 30);
	assert.deepEqual(ids(store), [30, 29]);
});

test('the end of the session empties the store and is told once', async (t) => {
	const { store, stream, endings } = await started(t, [5]);
	stream.say('session_ended', { reason: 'revoked' });
	assert.deepEqual(store.getSnapshot().notifications, []);
	assert.equal(store.getSnapshot().status, 'signed out');
	assert.deepEqual(endings, ['revoked']);
	assert.ok(stream.isClosed);
});

test('a stream that has become another person’s is not ours', async (t) => {
	const { store, stream, endings } = await started(t, [5]);
	stream.say('connected', { user_id: '8', seq: 400, unread_count: 12 });
	assert.equal(store.getSnapshot().unreadCount, 0);
	assert.deepEqual(endings, ['signed_out']);
});

test('a stream that has become a visitor’s says that the session is over', async (t) => {
	const { store, stream, endings } = await started(t, [5]);
	stream.say('connected', { user_id: null, seq: 0, unread_count: 0 });
	assert.equal(store.getSnapshot().status, 'signed out');
	assert.deepEqual(endings, ['unknown']);
});
