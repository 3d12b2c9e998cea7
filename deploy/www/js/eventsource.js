/*
 * A browser's EventSource as a source of connection.js.
 *
 * It never comes back from any answer but a 200; after a 200 that ended it does, by itself, after the
 * wait that `retry:` asked for and with its Last-Event-ID, if its address works a second time.
 */

import { LOGGED_TYPES } from './cursor.js';

const TYPES = [
	...LOGGED_TYPES,
	'connected',
	'unread_count',
	'unfollowed',
	'heartbeat',
	'session_expiring',
	'reset',
	'closing',
	'session_ended',
];

const CLOSED = 2; /* readyState of an EventSource that will not come back */

/* `address` is a function of the door's name; `canReturn`: whether it works a second time. */
export function openEventSource({ EventSource, address, canReturn }) {
	const source = new EventSource(address('stream'));
	let isOver = false;

	return {
		isDead: () => source.readyState === CLOSED,
		listen({ onAnswer, onMessage, onEnd }) {
			/* WebKit opens what was closed in pagehide once more when the page comes out of the back/forward cache. */
			const on = (type, then) =>
				source.addEventListener(type, (event) => {
					if (isOver) source.close();
					else then(event);
				});
			for (const type of TYPES)
				on(type, ({ data, lastEventId }) =>
					onMessage(() => ({ type, data: JSON.parse(data), lastEventId })),
				);
			on('open', onAnswer);
			on('error', () => {
				if (source.readyState !== source.CONNECTING) onEnd('fails');
				else onEnd(canReturn ? 'returns' : 'pauses');
			});
		},
		close() {
			isOver = true;
			source.close();
		},
	};
}
