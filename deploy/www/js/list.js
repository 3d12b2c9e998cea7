/*
 * One list of a person's inbox, all of it or some: its first page is read, and events are laid over that.
 * What comes while a page is read waits, and is applied behind it.
 *
 * Of those that are unread alone, one that is read stays where it is, dimmed, until renew(): nothing goes
 * from under a hand.  One that becomes unread again is told by its id; where the list does not have it, it
 * is read anew.
 */

import { createBackoff } from './backoff.js';
import * as inboxes from './inbox.js';
import { report, reportMistake } from './report.js';
import { query } from './request.js';
import { createStore } from './store.js';

const PAGE = 20;
const UNPROCESSABLE = 422;

/*
 *   filter    {unread, kind, subject}: which of them; all where it is empty
 *   ask       asks for a page by its query
 *   off       what its store has while nobody reads it
 *   onChange  it is another
 *   onRead    called with each first page, and onFailure with why it could not be had: it is asked for again
 */
export function createList({ filter, ask, off, onChange, onRead, onFailure }) {
	const store = createStore(off);
	const backoff = createBackoff();
	let inbox = inboxes.EMPTY; /* what the server has told */
	let waiting = []; /* events; null: none has to wait */
	let reading = null; /* which answer is waited for */
	let timer = null;

	function set(next) {
		if (next === inbox) return;
		inbox = next;
		onChange();
	}

	/*
	 * Until it is there.  One reading at a time: a later call takes the place of one under way, whose
	 * snapshot may be from before what it is asked for.
	 */
	async function read() {
		const mine = (reading = {});
		waiting = [];
		clearTimeout(timer);
		try {
			const page = await ask(query({ ...filter, limit: PAGE }));
			if (reading !== mine) return;
			const events = waiting;
			let next = inboxes.readNewest(page);
			let isLacking = false;
			for (const event of events) {
				isLacking ||= inboxes.lacks(next, event, filter);
				next = apply(next, event);
			}
			waiting = null;
			backoff.reset();
			set(next);
			if (reading !== mine) return; /* whoever was told has stopped it */
			onRead?.(page);
			if (isLacking) read();
		} catch (problem) {
			reportMistake(problem);
			if (reading !== mine) return;
			if (problem.status === UNPROCESSABLE) return report(problem); /* it will not be otherwise */
			onFailure?.(problem);
			timer = setTimeout(read, (problem.pause_ms ?? 0) + backoff.next());
		}
	}

	const apply = (state, event) => inboxes.applyEvent(state, event, filter);

	return {
		store,
		read,
		/* All there is; what was asked for and not answered yet is laid over it elsewhere. */
		get inbox() {
			return inbox;
		},
		isRead: () => waiting === null,
		set,
		/* The answer to a change that this page has asked for. */
		take(event, answer) {
			inbox = inboxes.applyAnswer(inbox, event, answer);
		},
		receive(event) {
			if (event.type === 'reset') read();
			else if (waiting !== null) waiting.push(event);
			else if (inboxes.lacks(inbox, event, filter)) read();
			else set(apply(inbox, event));
		},
		async loadOlder() {
			const before = inbox.next;
			const mine = reading;
			const page = await ask(query({ ...filter, limit: PAGE, before }));
			if (reading === mine) set(inboxes.readOlder(inbox, before, page));
		},
		/* Without those that the filter would leave out by now, as they show: an answer may be on its way. */
		renew() {
			const fits = inboxes.isOf(filter);
			const out = store.getSnapshot().notifications.filter((one) => !fits(one)).map(({ id }) => id);
			set({ ...inbox, notifications: inbox.notifications.filter(({ id }) => !out.includes(id)) });
		},
		/* The server has refused to mark these: those that were left out for it come back. */
		mend({ ids }) {
			if (waiting === null && inboxes.lacks(inbox, { type: 'notification_unread', seq: Infinity, data: { ids } }, filter)) read();
		},
		stop() {
			reading = null;
			clearTimeout(timer);
			waiting = [];
			inbox = inboxes.EMPTY;
			store.set(off);
		},
	};
}
