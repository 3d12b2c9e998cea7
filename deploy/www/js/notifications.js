/*
 * The notifications of the person signed in: the inbox, kept current by the stream.
 *
 * The list is read first and the stream opened behind its `seq`, so nothing can fall between the
 * two.  On `reset` the list is read again; what the stream brings meanwhile waits, and is applied
 * behind the list that comes.
 */

import { createBackoff } from './backoff.js';
import * as inboxes from './inbox.js';
import { createStore } from './store.js';
import { openStream } from './stream.js';

const PAGE = 20;
const STREAM = '/api/notifications/stream';

/*
 * The state is {inbox, status}, status one of 'off', 'connecting', 'live'.  onEnded(reason) is
 * called when the stream brings the end of the session.
 */
export function createNotifications({ api, onEnded }) {
	const store = createStore({ inbox: inboxes.EMPTY, status: 'off' });
	const listeners = new Set();
	let run = null; /* what belongs to one start(); null while stopped */

	const inbox = () => store.getSnapshot().inbox;
	const setInbox = (next) => {
		if (next !== inbox()) store.set({ ...store.getSnapshot(), inbox: next });
	};
	const setStatus = (status) => {
		if (status !== store.getSnapshot().status)
			store.set({ ...store.getSnapshot(), status });
	};

	function start() {
		stop();
		run = {
			stream: null,
			waiting: null,
			reading: null,
			timer: null,
			backoff: createBackoff(),
		};
		setStatus('connecting');
		readList(run);
	}

	function stop() {
		run?.stream?.close();
		clearTimeout(run?.timer);
		run = null;
		store.set({ inbox: inboxes.EMPTY, status: 'off' });
	}

	/*
	 * Reads the list until it has it; events wait until then.  One reading at a time: a later call
	 * takes the place of one under way, whose snapshot may be from before the reset.
	 */
	async function readList(current) {
		const reading = {};
		current.reading = reading;
		current.waiting = [];
		clearTimeout(current.timer);
		const outdated = () => run !== current || current.reading !== reading;
		try {
			const page = await api.listNotifications({ limit: PAGE });
			if (outdated()) return;
			setInbox(
				current.waiting.reduce(
					inboxes.applyEvent,
					inboxes.readNewest(page),
				),
			);
			current.waiting = null;
			current.backoff.reset();
			current.stream ??= open(current, page.seq);
		} catch (problem) {
			if (!outdated() && problem.status !== 401)
				current.timer = setTimeout(
					readList,
					current.backoff.next(),
					current,
				);
		}
	}

	function open(current, after) {
		return openStream({
			url: STREAM,
			after,
			onStatus: setStatus,
			onEvent: (event) => receive(current, event),
			mayReopen: () => mayReopen(current),
		});
	}

	function receive(current, event) {
		if (event.type === 'session_ended') {
			onEnded(event.data.reason);
			return;
		}
		if (event.type === 'reset') readList(current);
		else if (current.waiting !== null) current.waiting.push(event);
		else setInbox(inboxes.applyEvent(inbox(), event));
		for (const listener of [...listeners]) listener(event);
	}

	/*
	 * A refused stream does not say why.  This request does, and while the stream is away it
	 * brings the badge up to date.
	 */
	async function mayReopen(current) {
		try {
			const answer = await api.getUnreadCount();
			if (run === current && current.waiting === null)
				setInbox(
					inboxes.applyEvent(inbox(), {
						type: 'unread_count',
						seq: answer.seq,
						data: answer,
					}),
				);
		} catch (problem) {
			return problem.status !== 401;
		}
		return true;
	}

	/* A request that changes the inbox, and the event that it will make. */
	async function change(request, event) {
		const current = run;
		const answer = await request;
		if (run === current) setInbox(inboxes.applyAnswer(inbox(), event, answer));
	}

	return {
		subscribe: store.subscribe,
		getSnapshot: store.getSnapshot,
		/* Calls listener(event) for each event, after the inbox has taken it in. */
		onEvent(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		start,
		stop,
		/* A held stream would keep a page out of the back/forward cache. */
		pause: () => run?.stream?.pause(),
		resume: () => run?.stream?.resume(),

		async loadOlder() {
			const current = run;
			const before = inbox().next;
			const page = await api.listNotifications({ limit: PAGE, before });
			if (run === current) setInbox(inboxes.readOlder(inbox(), before, page));
		},
		markRead: (id) =>
			change(api.markRead(id), {
				type: 'notification_read',
				data: { ids: [id] },
			}),
		markUnread: (id) =>
			change(api.markUnread(id), {
				type: 'notification_unread',
				data: { ids: [id] },
			}),
		markAllRead() {
			const upTo = inboxes.newestId(inbox());
			return change(api.markAllRead(upTo), {
				type: 'notification_read',
				data: { all: true, up_to: upTo },
			});
		},
		remove: (id) =>
			change(api.deleteNotification(id), {
				type: 'notification_deleted',
				data: { id },
			}),
	};
}
