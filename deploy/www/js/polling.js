/*
 * A log over plain requests, behind the same cursor as the stream: what a page lives on that has no
 * stream, and how any page fills what it may have missed.
 */

/*
 *   ask       resolves to what the log has behind a number (null: to where it is): {events, reset, seq,
 *             unread_count?}, or to null where the answer was not for us
 *   cursor    {seq}: the last event that was taken in, null for none; moved by onEvent, and here where
 *             the log has nothing more below a number
 *   onEvent   called with {type, seq, data} for each event, in order, as from a stream
 * Returns read(), which resolves when everything there is was brought.  One reading at a time:
 * whoever asks while one is under way gets one more round of it.
 */
export function createPolling({ ask, cursor, onEvent }) {
	let reading = null;
	let again = false;

	async function readAll() {
		do {
			again = false;
			const before = cursor.seq;
			const answer = await readPage();
			if (answer === null) return;
			const { seq, unread_count } = answer;
			if (unread_count !== undefined)
				onEvent({ type: 'unread_count', seq, data: { unread_count, seq } });
			if (cursor.seq !== before && cursor.seq < seq) again = true;
		} while (again);
	}

	/* Resolves to null where the answer was not for us. */
	async function readPage() {
		const answer = await ask(cursor.seq);
		if (answer === null) return null;
		if (cursor.seq === null) {
			cursor.seq ??= answer.seq;
			return answer;
		}
		const { events, reset, seq, unread_count } = answer;
		if (reset !== null)
			onEvent({ type: 'reset', seq, data: { reason: reset, seq, unread_count } });
		for (const event of events) onEvent(event);
		/* Numbers rise, and may leap: nobody waits for one that was never given. */
		if (events.length === 0 && seq > cursor.seq) cursor.seq = seq;
		return answer;
	}

	return function read() {
		again = true;
		reading ??= readAll().finally(() => {
			reading = null;
		});
		return reading;
	};
}
