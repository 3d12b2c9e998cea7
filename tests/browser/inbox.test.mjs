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
