/*
 * The event log over plain requests, behind the same cursor as the stream: what a page lives on
 * that has no stream, and how any page fills what it may have missed.
 */

/*
 *   cursor    {seq}: the last event that was taken in, null for none; moved by onEvent, and here where
 *             the log has nothing more below a number
 *   isOurs    whether an answer, by its user_id, is for us
 *   onEvent   called with {type, seq, data} for each event, in order, as from a stream
 * Returns read(), which resolves when everything there is was brought.  One reading at a time:
 * whoever asks while one is under way gets one more round of it.
 */
export function createPolling({ request, cursor, isOurs, onEvent }) {
	let reading = null;
	let again = false;

	async function readAll() {
		do {
			again = false;
			const before = cursor.seq;
			const answer = await readPage();
			if (answer === null) return;
			onEvent({
				type: 'unread_count',
				seq: answer.seq,
				data: { unread_count: answer.unread_count, seq: answer.seq },
			});
			if (cursor.seq !== before && cursor.seq < answer.seq) again = true;
		} while (again);
	}

	/* Resolves to null where the answer was not for us. */
	async function readPage() {
		if (cursor.seq === null) {
			const now = await request('GET', '/notifications/unread-count');
			if (!isOurs(now)) return null;
			cursor.seq ??= now.seq;
			return now;
		}
		const answer = await request('GET', `/notifications/events?after=${cursor.seq}`);
		if (!isOurs(answer)) return null;
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
