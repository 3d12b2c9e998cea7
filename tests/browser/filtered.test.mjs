// Lists of some of the inbox, without a page: what is in them, and what the events make of that.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ids, newer, row, started, unreadIds } from './told-store.mjs';

const page = (rows, { seq = 10, unread = rows.length, next = null } = {}) => ({
	user_id: '7', notifications: rows, unread_count: unread, seq, next,
});

/* The store with a list that somebody looks at, as the server had it then. */
async function looking(t, filter, first, whole = [5, 3]) {
	const scene = await started(t, whole);
	const list = scene.store.filtered(filter);
	const end = list.subscribe(() => {});
	const asking = await scene.asked();
	await scene.answer(200, page(first.map((one) => (typeof one === 'number' ? row(one) : one))));
	while (!list.getSnapshot().loaded) await turn();
	return { ...scene, list, end, asking };
}

test('a list of the unread ones is asked for when somebody looks, and kept by the events', async (t) => {
	const { store, stream, list, asking } = await looking(t, { unread: true }, [3, 1], [5, 3]);
	assert.equal(asking, 'GET /notifications?unread=true&limit=20');
	assert.deepEqual([ids(list), ids(store)], [[3, 1], [5, 3]]);
	stream.say('new_notification', newer(8), '11');
	assert.deepEqual([ids(list), list.getSnapshot().unreadCount, list.getSnapshot().status], [[8, 3, 1], 9, 'live']);
	stream.say('new_notification', { ...newer(9), read_at: '2020-02-02T20:02:02Z' }, '12');
	stream.say('notification_changed', { ...row(2), read_at: '2020-02-02T20:02:02Z', unread_count: 9 }, '13');
	assert.deepEqual(ids(list), [8, 3, 1], 'what comes read already is not in it');
	stream.say('notification_deleted', { id: 1, unread_count: 8 }, '14');
	assert.deepEqual(ids(list), [8, 3]);
	assert.deepEqual(ids(store), [9, 8, 5, 3, 2]);
});

test('one that is read stays where it is until the list is renewed', async (t) => {
	const { store, stream, list, answer } = await looking(t, { unread: true }, [5, 3]);
	const marked = store.markRead(5);
	assert.deepEqual([ids(list), unreadIds(list)], [[5, 3], [3]], 'before the answer');
	await answer(200, { user_id: '7', unread_count: 1, seq: 11 });
	await marked;
	stream.say('notification_read', { ids: [3], unread_count: 0 }, '12');
	stream.say('notification_changed', { ...row(3), data: { text: 'anew' }, read_at: '2020-02-02T20:02:02Z', unread_count: 0 }, '13');
	assert.deepEqual([ids(list), unreadIds(list)], [[5, 3], []]);
	assert.deepEqual(list.getSnapshot().notifications[1].data, { text: 'anew' });
	stream.say('notification_unread', { ids: [5], unread_count: 1 }, '14');
	list.renew();
	assert.deepEqual(ids(list), [5]);
	assert.deepEqual(ids(store), [5, 3]);
});

test('a list that is renewed before the server has answered goes by what shows, and has back what the server refuses', async (t) => {
	const { store, stream, list, asked, answer } = await looking(t, { unread: true }, [5, 3]);
	const marked = store.markRead(5);
	list.renew();
	assert.deepEqual(ids(list), [3], 'before the answer');
	await answer(200, { user_id: '7', unread_count: 1, seq: 11 });
	await marked;
	stream.say('notification_read', { ids: [5], unread_count: 1 }, '11');
	assert.deepEqual(ids(list), [3]);
	const refused = assert.rejects(store.markRead(3), { status: 500 });
	list.renew();
	assert.deepEqual(ids(list), []);
	await answer(500, {});
	await refused;
	assert.match(await asked(), /unread=true/);
	await answer(200, page([row(3)], { seq: 11 }));
	while (ids(list).length === 0) await turn();
	assert.deepEqual(unreadIds(list), [3]);
});

test('one that becomes unread again, and that the list has left out, has it read anew', async (t) => {
	const { stream, list, asked, answer } = await looking(t, { unread: true }, [3]);
	stream.say('notification_unread', { ids: [5], unread_count: 2 }, '11');
	assert.deepEqual(ids(list), [3], 'until the answer is there');
	assert.equal(await asked(), 'GET /notifications?unread=true&limit=20');
	stream.say('new_notification', newer(8), '12');
	await answer(200, page([row(5), row(3)], { seq: 11 }));
	while (ids(list).length < 3) await turn();
	assert.deepEqual(ids(list), [8, 5, 3]);
	stream.say('notification_unread', { ids: [2], unread_count: 2 }, '11');
	stream.say('notification_read', { all: true, except: [5], unread_count: 1 }, '13');
	assert.deepEqual(unreadIds(list), [5], 'an echo, and what it has, ask nobody');
	stream.say('notification_read', { all: true, except: [1], unread_count: 1 }, '14');
	assert.match(await asked(), /unread=true/);
	await answer(200, page([row(1)], { seq: 14 }));
	while (ids(list).length > 1) await turn();
	assert.deepEqual(ids(list), [1]);
});

test('one that becomes unread while a page is read is in that page, or has it read once more', async (t) => {
	const { store, stream, asked, answer } = await started(t, [5, 3]);
	const list = store.filtered({ unread: true });
	list.subscribe(() => {});
	await asked();
	for (const [id, seq] of [[1, 11], [2, 12], [4, 13]])
		stream.say('notification_unread', { ids: [id], unread_count: id }, String(seq));
	await answer(200, page([row(5), row(1)], { seq: 11 }));
	await asked();
	assert.deepEqual(ids(list), [5, 1], 'what there is shows meanwhile');
	stream.say('notification_unread', { ids: [4], unread_count: 4 }, '14');
	await answer(200, page([row(5), row(4), row(2), row(1)], { seq: 14 }));
	while (ids(list).length < 4) await turn();
	const marking = store.markRead(5);
	assert.equal(await asked(), 'PUT /notifications/5/read', 'and then no more');
	await answer(200, { user_id: '7', unread_count: 1, seq: 15 });
	await marking;
});

test('a list of a kind about a subject has what is under it, and loses what is of another by now', async (t) => {
	const about = (id, subject, kind = 'rang') => ({ ...row(id), kind, ...(subject && { subject }) });
	const { stream, list, asking } = await looking(t, { kind: 'rang', subject: 'q/7' }, [about(3, 'q/7')]);
	assert.equal(asking, 'GET /notifications?kind=rang&subject=q%2F7&limit=20');
	let seq = 11;
	const say = (type, told) => stream.say(type, { ...told, unread_count: 1 }, String(seq++));
	for (const told of [about(10, 'q/7/answer/1'), about(11, 'q/77'), about(12, null), about(13, 'q/7', 'other'), about(14, 'q/7')])
		say('new_notification', told);
	assert.deepEqual(ids(list), [14, 10, 3]);
	say('notification_read', { ids: [14] });
	list.renew();
	say('notification_changed', about(10, 'q/8'));
	say('notification_changed', about(11, 'q/7'));
	say('notification_changed', about(3, 'q/7', 'other'));
	say('notification_unread', { ids: [12] });
	assert.deepEqual(ids(list), [14, 11]);
});

test('a list goes on where the server says, also behind a page that has nothing', async (t) => {
	const { store, asked, answer } = await started(t, [5]);
	store.filtered({ kind: 'what nobody looks at' }); // asks for nothing
	const list = store.filtered({ kind: 'rare' });
	list.subscribe(() => {});
	assert.equal(await asked(), 'GET /notifications?kind=rare&limit=20');
	await answer(200, page([], { next: 400 }));
	while (!list.getSnapshot().loaded) await turn();
	const older = list.loadOlder();
	assert.equal(await asked(), 'GET /notifications?kind=rare&limit=20&before=400');
	await answer(200, page([{ ...row(2), kind: 'rare' }]));
	await older;
	assert.deepEqual([ids(list), list.getSnapshot().next, ids(store)], [[2], null, [5]]);
});

test('all that lists show are marked together, and what the server refuses is taken back from each', async (t) => {
	const { store, list, asked, answer } = await looking(t, { unread: true }, [5, 1]);
	const marked = store.markAllRead();
	assert.deepEqual([unreadIds(list), unreadIds(store)], [[], []]);
	assert.equal(await asked(), 'PUT /notifications/read-all {"up_to":10}');
	const refused = assert.rejects(marked, { status: 500 });
	await answer(500, {});
	await refused;
	assert.deepEqual([unreadIds(list), unreadIds(store)], [[5, 1], [5, 3]]);
});

test('one that is gone without a word leaves all lists when something is to be done to it', async (t) => {
	const { store, list, answer } = await looking(t, { unread: true }, [5, 3]);
	const refused = assert.rejects(store.markRead(5), { status: 404 });
	await answer(404, { title: 'Not Found' });
	await refused;
	assert.deepEqual([ids(list), ids(store)], [[3], [3]]);
	const removed = store.remove(3);
	await answer(404, { title: 'Not Found' });
	await removed; // which is what was wanted
	assert.deepEqual([ids(list), ids(store)], [[], []]);
});

test('nobody looks any more: it asks for nothing, and is read anew when somebody does', async (t) => {
	const { store, stream, list, end, asked, answer } = await looking(t, { unread: true }, [5, 3]);
	const second = list.subscribe(() => {});
	end();
	end();
	stream.say('new_notification', newer(8), '11');
	assert.deepEqual(ids(list), [8, 5, 3], 'somebody still does');
	second();
	assert.deepEqual([ids(list), list.getSnapshot().loaded], [[], false]);
	stream.say('notification_unread', { ids: [1], unread_count: 4 }, '12');
	assert.deepEqual(ids(list), []);
	list.subscribe(() => {});
	assert.equal(list.getSnapshot().unreadCount, 4, 'the count is there at once');
	assert.equal(await asked(), 'GET /notifications?unread=true&limit=20');
	await answer(200, page([row(8)], { seq: 12, unread: 4 }));
	while (!list.getSnapshot().loaded) await turn();
	stream.say('session_ended', { reason: 'revoked' });
	assert.deepEqual([ids(list), list.getSnapshot().status], [[], 'signed out']);
	store.start();
	assert.match(await asked(), /^GET \/notifications\?limit=20$/);
	await answer(200, page([row(8)], { seq: 12 }));
	assert.match(await asked(), /unread=true/);
	await answer(200, page([row(8)], { seq: 12 }));
	while (!list.getSnapshot().loaded) await turn();
	assert.deepEqual(ids(list), [8]);
});

test('a reset has each list read again, and what comes meanwhile is laid over it', async (t) => {
	const { store, stream, list, asked, answer } = await looking(t, { kind: 'rang' }, [5, 3]);
	stream.say('reset', { reason: 'trimmed', seq: 20, unread_count: 1 }, '20');
	stream.say('new_notification', newer(30), '21');
	for (const which of [/^GET \/notifications\?limit/, /kind=rang/]) {
		assert.match(await asked(), which);
		await answer(200, page([row(29)], { seq: 20 }));
	}
	while (ids(list)[0] !== 30 || ids(store)[0] !== 30) await turn();
	assert.deepEqual([ids(list), ids(store)], [[30, 29], [30, 29]]);
});

test('a filter that the server does not take is reported, and not asked for again', async (t) => {
	const reported = new Promise((resolve) => t.mock.method(console, 'error', resolve));
	const scene = await started(t, [5]);
	const list = scene.store.filtered({ kind: '' });
	list.subscribe(() => {});
	assert.equal(await scene.asked(), 'GET /notifications?kind=&limit=20');
	await scene.answer(422, { title: 'Unprocessable', detail: 'kind is empty.' });
	assert.equal((await reported).message, 'kind is empty.');
	assert.deepEqual([list.getSnapshot().loaded, ids(scene.store)], [false, [5]]);
});
