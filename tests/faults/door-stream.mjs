// The door of a follower (follower.mjs) that is a browser's own EventSource: it comes back by itself with the
// last id, which has all its numbers.

import { EventSource } from '../lib/event-source.mjs';

export const streamDoor = {
	name: 'stream',
	hasWholeIds: true,

	open(url, headers, on) {
		const source = new EventSource(url, { headers, on: { open: on.open, event: on.event } });
		return {
			get isOver() { return source.readyState === 'closed'; },
			cut: () => source.cut(),
			close: () => source.close(),
		};
	},
};
