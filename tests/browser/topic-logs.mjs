/* The logs of the topics of a server with bad days (bad-day-server.mjs). */

export function createTopicLogs() {
	const logs = new Map(); /* topic → events, their numbers rising */
	const trimmed = new Map(); /* topic → the last number that is not kept */
	const forbidden = new Set();

	function log(topic) {
		if (!logs.has(topic)) logs.set(topic, []);
		return logs.get(topic);
	}
	const last = (topic) => log(topic).at(-1)?.seq ?? trimmed.get(topic) ?? 0;

	function resetReason(topic, after) {
		if (after > last(topic)) return 'unknown';
		return after < (trimmed.get(topic) ?? 0) ? 'trimmed' : null;
	}

	return {
		forbidden,
		log,
		last,
		resetReason,
		mayFollow: (topic) => topic.startsWith('public:') && !forbidden.has(topic),
		publish(topic, { leap = 1 } = {}) {
			const seq = last(topic) + leap;
			const data = { topic, seq, kind: 'told', data: { n: seq }, created_at: '' };
			log(topic).push({ seq, type: 'published', data });
		},
		trim(topic, seq) {
			trimmed.set(topic, seq);
			logs.set(topic, log(topic).filter((one) => one.seq > seq));
		},
		/* As GET /topics/{topic}/events answers, in pages of three. */
		read(topic, after) {
			const seq = last(topic);
			if (after === null) return { events: [], seq, reset: null };
			const reset = resetReason(topic, Number(after));
			const events = reset ? [] : log(topic).filter((one) => one.seq > Number(after));
			return { events: events.slice(0, 3), seq, reset };
		},
	};
}
