/*
 * The other door to the same events: a WebSocket, as a source of connection.js, with an EventSource behind it.
 *
 * A page is not told why a socket could not be opened: there may be no such door, or a proxy that lets none
 * through.  So then the EventSource is asked at once, and for a good while nothing else, in all pages of the
 * site; unless it cannot be had either, which says that the door was not the fault.
 */

import { openEventSource } from './eventsource.js';

const AGAIN_MS = 600000; /* until a door that was shut is tried again, when a stream is opened anyway */
const SHUT = 'pgbell-socket-shut';
const CLOSING = 2; /* readyState; the next is CLOSED */
const SESSION_ENDED = 4401;

let shut = 0; /* when the door was found shut, where a browser keeps nothing for a site; 0: it was not */

/* A new source, by the door that is likely to open; as openEventSource(). */
export function openSource(given) {
	const { WebSocket, EventSource, address } = given;
	const passed_ms = Date.now() - remembered();
	if (!WebSocket || (EventSource && passed_ms >= 0 && passed_ms < AGAIN_MS))
		return { ...openEventSource(given), onMiss: () => remember(0) };
	return {
		...openSocket(WebSocket, address('socket'), Boolean(EventSource)),
		onMiss: () => remember(Date.now()),
	};
}

function remembered() {
	try {
		return Number(localStorage.getItem(SHUT));
	} catch {
		return shut;
	}
}

function remember(date) {
	try {
		localStorage.setItem(SHUT, date);
	} catch {
		shut = date;
	}
}

/* `canFall`: whether there is something behind it. */
function openSocket(WebSocket, address, canFall) {
	const socket = new WebSocket(address.replace(/^http/, 'ws'));
	const commands = new Map(); /* the number of one → {topic, after}, until it is answered */
	const last = new Map(); /* a topic → the number of its last command, until that is answered */
	let n = 0;
	let isLive = false;
	let isOver = false;
	let on;

	function command(name, topic, after) {
		commands.set(++n, { topic, after });
		last.set(topic, n);
		socket.send(JSON.stringify({ n, command: name, topic, after: after ?? undefined }));
	}

	/* A message as an EventSource would have had it; null: it has nothing for the page. */
	function read(text) {
		const { event: type, id = '', data } = JSON.parse(text);
		if (type === 'answer') return readAnswer(data);
		if (type === 'retry') return { type: 'closing', data: { retry_ms: data.ms } };
		if (type === 'connected') isLive = true;
		/* It is of before the command that is under way: by the answer it goes on from there. */
		if (last.has(data.topic)) return null;
		return { type, data, lastEventId: String(id) };
	}

	function readAnswer({ n: number, status, body }) {
		const { topic, after } = commands.get(number) ?? {};
		commands.delete(number);
		const isLast = last.get(topic) === number;
		if (isLast) last.delete(topic);
		if (!isLast && status < 429) return null;
		if (status === 200) {
			const seq = after ?? body?.seq;
			return seq === undefined ? null : event('followed', { topic, seq });
		}
		if (status < 429) return event('unfollowed', { topic, reason: 'forbidden' });
		/* Not now: a new one asks for it in its address. */
		on.onEnd('pauses');
		return null;
	}

	const event = (type, data) => ({ type, data, lastEventId: '' });

	function onClose({ code }) {
		if (isOver) return;
		if (code === SESSION_ENDED) on.onEnd('fails');
		else if (isLive) on.onEnd('pauses');
		else on.onEnd(canFall ? 'falls' : 'fails');
	}

	return {
		isDead: () => socket.readyState >= CLOSING,
		listen(listeners) {
			on = listeners;
			socket.addEventListener('open', on.onAnswer);
			socket.addEventListener('close', onClose);
			socket.addEventListener('message', ({ data }) => {
				if (!isOver) on.onMessage(() => read(data));
			});
		},
		alter({ added, dropped }) {
			for (const topic of dropped) command('unfollow', topic);
			for (const [topic, after] of added) command('follow', topic, after);
		},
		close() {
			isOver = true;
			socket.close();
		},
	};
}
