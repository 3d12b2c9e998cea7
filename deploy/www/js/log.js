/*
 * One log, a person's or a topic's, taken in event by event: each once and in the order of its number,
 * whichever way it comes.  What turns out to be missing is read, and what came behind it waits for that.
 */

import { createPolling } from './polling.js';
import { reportMistake } from './report.js';

/*
 *   cursor     how far it was taken in (cursor.js); moved by onEvent
 *   ask        reads it, as createPolling() wants
 *   onEvent    an event, whose turn it is
 *   onProblem  why it could not be read; returns whether that settles it, or else it is tried again
 *   backoff    between tries to read what is missing
 */
export function createLog({ cursor, ask, onEvent, onProblem, backoff }) {
	const read = createPolling({ cursor, ask, onEvent });
	let missing; /* the timer of another try */
	let turn = 0; /* what an older one reads may fail */

	/* Asked for until it is there: nothing else might come that shows it to be missing. */
	function catchUp() {
		const mine = turn;
		clearTimeout(missing);
		read().then(backoff.reset, (problem) => {
			reportMistake(problem);
			if (mine !== turn || onProblem(problem)) return;
			const { pause_ms = 0 } = problem;
			clearTimeout(missing); /* two may have waited for one reading */
			missing = setTimeout(catchUp, pause_ms + backoff.next());
		});
	}

	return {
		read,
		catchUp,
		/* The log is so far.  What we have not heard of it is asked for, from nobody but the log. */
		learn(seq) {
			if (cursor.lacks(seq)) catchUp();
		},
		receive(event) {
			if (cursor.holdsBack(event)) catchUp();
			else onEvent(event);
		},
		/* Nothing is tried again, until something is found missing again. */
		rest() {
			turn++;
			clearTimeout(missing);
		},
	};
}
