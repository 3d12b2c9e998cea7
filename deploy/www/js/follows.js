/*
 * What a page follows: each call of follow() is one, with a place of its own in the log of its topic.  It
 * outlives the connection that serves it.
 */

import { createCursor } from './cursor.js';
import { tell } from './report.js';

const TOPIC = /^[A-Za-z0-9._~:/@-]{1,128}$/;

/* Whether an event is one of a topic's log. */
export const isTopical = ({ data }) => data.topic !== undefined;

/* Returns {all, follow, end, watch}. */
export function createFollows() {
	const all = new Set(); /* of {topic, cursor, onEvent, onReset, onUnfollowed} */
	let onChange = () => {};

	return {
		all,
		/* The listeners, and what is thrown, are described in sse.d.ts. */
		follow(topic, { after = null, onEvent, onReset, onUnfollowed } = {}) {
			if (!TOPIC.test(topic)) throw new TypeError(`"${topic}" is no topic`);
			const one = { topic, cursor: createCursor(after), onEvent, onReset, onUnfollowed };
			all.add(one);
			onChange();
			return () => {
				if (all.delete(one)) onChange();
			};
		},
		/* A topic may not be followed, or not any more; without one, none of them. */
		end({ topic, reason }) {
			for (const one of [...all]) {
				if (one.topic !== (topic ?? one.topic)) continue;
				all.delete(one);
				tell(one.onUnfollowed, { topic: one.topic, reason });
			}
			onChange();
		},
		/* Calls listener() after each change; the last one that was given counts. */
		watch(listener) {
			onChange = listener;
		},
	};
}
