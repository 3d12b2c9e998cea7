// What the page makes of events and answers, without a page.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as inboxes from '../../deploy/www/js/inbox.js';

const row = (id, readAt = null) => ({
	id,
	kind: 'answer',
	data: {},
	created_at: '',
	read_at: readAt,
});

const read = (ids, { seq = 10, unread = ids.length, next = null } = {}) =>
	inboxes.readNewest({
		notifications: ids.map((id) => row(id)),
		unread_count: unread,
		seq,
		next,
	});

const arrival = (id, seq, unread) => ({
	type: 'new_notification',
	seq,
	data: { id, kind: 'answer', data: {}, created_at: '', unread_count: unread },
});

const ids = (inbox) => inbox.notifications.map(({ id }) => id);
const unreadIds = (inbox) =>
	inbox.notifications.filter((one) => one.read_at === null).map(({ id }) => id);

test('a new notification goes on top and brings the count of the server', () => {
	const inbox = inboxes.applyEvent(read([5, 3]), arrival(8, 11, 7));
	assert.deepEqual(ids(inbox), [8, 5, 3]);
	assert.equal(inbox.unreadCount, 7);
	assert.equal(inbox.seq, 11);
});

test('an event that the list has seen changes nothing', () => {
	const inbox = read([5, 3]);
	assert.equal(inboxes.applyEvent(inbox, arrival(9, 10, 2)), inbox);
	assert.deepEqual(ids(inboxes.applyEvent(inbox, arrival(9, 4, 1))), [5, 3]);
});

test('an id that was given early and committed late takes its place by its number', () => {
	const inbox = inboxes.applyEvent(read([9, 7, 4]), arrival(6, 11, 4));
	assert.deepEqual(ids(inbox), [9, 7, 6, 4]);
});

test('what belongs below the oldest that is shown waits for the older ones', () => {
	const inbox = inboxes.applyEvent(read([9, 7], { next: 7 }), arrival(6, 11, 3));
	assert.deepEqual(ids(inbox), [9, 7]);
	const older = inboxes.readOlder(inbox, 7, {
		notifications: [row(6), row(2)],
		unread_count: 4,
		seq: 11,
		next: null,
	});
	assert.deepEqual(ids(older), [9, 7, 6, 2]);
	assert.equal(older.next, null);
});

test('a list whose rows were all deleted shows what comes, older ones or not', () => {
	let inbox = read([9], { next: 9 });
	inbox = inboxes.applyChange(inbox, { type: 'notification_deleted', data: { id: 9 } });
	assert.deepEqual(ids(inboxes.applyEvent(inbox, arrival(12, 11, 3))), [12]);
	assert.deepEqual(ids(inboxes.applyEvent(inbox, arrival(8, 11, 3))), []);
});

test('older ones that the list has moved away from are dropped', () => {
	const inbox = read([9, 7], { next: 7 });
	const page = { notifications: [row(3)], unread_count: 3, seq: 10, next: null };
	assert.equal(inboxes.readOlder(inbox, 4, page), inbox);
});

test('marks and deletions touch the ids that they name', () => {
	let inbox = read([5, 4, 3, 2]);
	inbox = inboxes.applyEvent(inbox, {
		type: 'notification_read',
		seq: 11,
		data: { ids: [4], unread_count: 3 },
	});
	assert.deepEqual(unreadIds(inbox), [5, 3, 2]);
	inbox = inboxes.applyEvent(inbox, {
		type: 'notification_read',
		seq: 12,
		data: { all: true, up_to: 3, unread_count: 1 },
	});
	assert.deepEqual(unreadIds(inbox), [5]);
	inbox = inboxes.applyEvent(inbox, {
		type: 'notification_unread',
		seq: 13,
		data: { ids: [2, 99], unread_count: 2 },
	});
	assert.deepEqual(unreadIds(inbox), [5, 2]);
	inbox = inboxes.applyEvent(inbox, {
		type: 'notification_deleted',
		seq: 14,
		data: { id: 5, unread_count: 1 },
	});
	assert.deepEqual(ids(inbox), [4, 3, 2]);
	assert.equal(inbox.unreadCount, 1);
});

test('a row that has changed is shown as it is now, in its place, and lit again if it is unread', () => {
	let inbox = read([9, 7, 4]);
	inbox = inboxes.applyChange(inbox, { type: 'notification_read', data: { ids: [7, 4] } });
	const changed = (id, readAt, seq) => ({
		type: 'notification_changed',
		seq,
		data: { ...row(id, readAt), data: { text: 'anew' }, unread_count: 2 },
	});
	inbox = inboxes.applyEvent(inbox, changed(7, null, 11));
	assert.deepEqual(ids(inbox), [9, 7, 4]);
	assert.deepEqual(unreadIds(inbox), [9, 7]);
	assert.deepEqual(inbox.notifications[1].data, { text: 'anew' });
	assert.equal(inbox.unreadCount, 2);
	inbox = inboxes.applyEvent(inbox, changed(9, 'yesterday', 12));
	assert.deepEqual(unreadIds(inbox), [7], 'what is read stays read');
	inbox = inboxes.applyEvent(inbox, changed(8, null, 13));
	assert.deepEqual(ids(inbox), [9, 8, 7, 4], 'also where it was not known');
	assert.equal(inboxes.applyEvent(inbox, changed(9, null, 13)), inbox, 'an echo');
});

test('a row that has changed below the oldest that is shown waits for the older ones', () => {
	const data = { ...row(6), unread_count: 3 };
	const changed = { type: 'notification_changed', seq: 11, data };
	assert.deepEqual(ids(inboxes.applyEvent(read([9, 7], { next: 7 }), changed)), [9, 7]);
});

test('a row that comes read already is not lit', () => {
	const imported = arrival(8, 11, 2);
	imported.data.read_at = '2020-02-02T20:02:02Z';
	assert.deepEqual(unreadIds(inboxes.applyEvent(read([5]), imported)), [5]);
});

test('all are read but those that are left out, which are unread whatever was hoped', () => {
	let inbox = inboxes.applyEvent(read([5, 3]), arrival(8, 11, 3));
	inbox = inboxes.applyAnswer(inbox, inboxes.readingAll(inbox), { unread_count: 1, seq: 12 });
	assert.deepEqual(unreadIds(inbox), []);
	inbox = inboxes.applyEvent(inbox, {
		type: 'notification_read',
		seq: 12,
		data: { all: true, except: [8], unread_count: 1 },
	});
	assert.deepEqual(unreadIds(inbox), [8]);
	assert.equal(inbox.unreadCount, 1);
});

test('an answer shows its change at once, and an event from before it still counts', () => {
	let inbox = read([5, 3], { seq: 10, unread: 2 });
	const marked = { type: 'notification_read', data: { ids: [5] } };
	inbox = inboxes.applyAnswer(inbox, marked, { unread_count: 2, seq: 12 });
	assert.deepEqual(unreadIds(inbox), [3]);
	inbox = inboxes.applyEvent(inbox, arrival(8, 11, 3));
	assert.deepEqual(ids(inbox), [8, 5, 3]);
	assert.equal(inbox.unreadCount, 2, 'the older count does not replace the newer');
});

test('an answer that comes after the events it caused does not undo what came later', () => {
	let inbox = inboxes.applyEvent(read([5], { seq: 10 }), {
		type: 'notification_unread',
		seq: 12,
		data: { ids: [5], unread_count: 1 },
	});
	const marked = { type: 'notification_read', data: { ids: [5] } };
	inbox = inboxes.applyAnswer(inbox, marked, { unread_count: 0, seq: 11 });
	assert.deepEqual(unreadIds(inbox), [5]);
	assert.equal(inbox.unreadCount, 1);
});

test('the count of heartbeats and of connected is taken, the list left alone', () => {
	const inbox = read([5], { seq: 10 });
	const beaten = inboxes.applyEvent(inbox, {
		type: 'heartbeat',
		seq: 12,
		data: { seq: 12, unread_count: 9 },
	});
	assert.equal(beaten.unreadCount, 9);
	assert.equal(beaten.seq, 10, 'events 11 and 12 are still to come');
});

test('a list that is read again replaces the cursors, also by lower ones', () => {
	const inbox = inboxes.applyEvent(read([1], { seq: 3, unread: 1 }), arrival(2, 4, 2));
	assert.deepEqual(ids(inbox), [2, 1]);
	assert.equal(inbox.seq, 4);
});

test('a row that others were merged with is where it moved to', () => {
	const moved = (id, place) => ({ ...row(id), count: 2, actors: [], place });
	const inbox = read([9, 7, 4], { next: 4 });
	const changed = inboxes.applyEvent(inbox, {
		type: 'notification_changed',
		seq: 11,
		data: { ...moved(4, 12), unread_count: 3 },
	});
	assert.deepEqual(ids(changed), [4, 9, 7]);
	assert.deepEqual(ids(inboxes.applyEvent(changed, arrival(11, 12, 4))), [4, 11, 9, 7]);
	const below = inboxes.applyEvent(inbox, {
		type: 'notification_changed',
		seq: 11,
		data: { ...moved(1, 3), unread_count: 3 },
	});
	assert.deepEqual(ids(below), [9, 7, 4], 'below what is shown it waits for the older ones');
});
