/*
 * One open event stream, for as long as it is wanted.
 *
 * An EventSource comes back by itself after a network error or the end of a 200 answer, with
 * Last-Event-ID, and keeps to the server's `retry:`; that is left to it.  On any other status it
 * gives up for good (readyState CLOSED): then a new one is made here, after a wait, which is told
 * where the last one was by ?last_event_id=, since it has no header to say it with.
 */

import { createBackoff } from './backoff.js';

const TYPES = [
	'connected',
	'unread_count',
	'new_notification',
	'notification_read',
	'notification_unread',
	'notification_deleted',
	'heartbeat',
	'reset',
	'session_ended',
];

/*
 * Opens `url` behind event number `after`.
 *   onEvent({type, seq, data})   each event; seq is the event number that it tells the state of
 *   onStatus('connecting'|'live') live is when the server says `connected`, not when bytes flow
 *   mayReopen()                   asked after a refusal; resolves to false to stay away
 * Returns {pause, resume, close}.  A paused stream comes back behind the last event it gave.
 */
export function openStream({
	url,
	after,
	onEvent,
	onStatus,
	mayReopen,
	backoff = createBackoff(),
}) {
	let source = null;
	let timer = null;
	let wanted = true;
	let last = after;

	function connect() {
		onStatus('connecting');
		source = new EventSource(last === null ? url : `${url}?last_event_id=${last}`);
		for (const type of TYPES) source.addEventListener(type, onMessage);
		source.addEventListener('error', onError);
	}

	function onMessage(message) {
		const data = JSON.parse(message.data);
		/* lastEventId is the latest that this EventSource saw; empty while it saw none. */
		if (message.lastEventId !== '') last = Number(message.lastEventId);
		if (message.type === 'connected') {
			backoff.reset();
			onStatus('live');
		}
		onEvent({ type: message.type, seq: data.seq ?? last, data });
		if (message.type === 'session_ended') close();
	}

	function onError() {
		onStatus('connecting');
		if (source.readyState === EventSource.CLOSED)
			timer = setTimeout(reopen, backoff.next());
	}

	async function reopen() {
		const asked = source;
		const may = await mayReopen();
		if (source === asked && wanted && may) connect();
	}

	function drop() {
		clearTimeout(timer);
		source?.close();
		source = null;
	}

	function close() {
		wanted = false;
		drop();
	}

	connect();
	return {
		pause: drop,
		resume() {
			if (wanted && source === null) connect();
		},
		close,
	};
}
