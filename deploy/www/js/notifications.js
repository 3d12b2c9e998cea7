/*
 * The notifications of a person, as a store: the inbox, kept current by createNotificationSSE().
 *
 * The list (list.js) is read first and the events are asked for behind its `seq`, so nothing can fall
 * between the two.  A page may have lists of some of them beside it, by the same events.
 *
 * What a person does shows at once: it stands in `hoped` until the server has answered, laid over the
 * lists, and is taken away again when the server refuses.  The count is never guessed.
 *
 * What the page follows is nobody's alone, and outlives a session: as far as a visitor may follow it, it
 * goes on.
 */

import { createFollows } from './follows.js';
import * as inboxes from './inbox.js';
import { createList } from './list.js';
import { reportMistake, tell } from './report.js';
import { createRequest, Problem, query, wholeAddress } from './request.js';
import { createNotificationSSE } from './sse.js';

const LOOK_MS = 50;
const WAIT_MAX_MS = 5000; /* for a change that the server could not make just now */
const OFF = { ...inboxes.EMPTY, status: 'signed out' };

/* The options are described in notifications.d.ts; all of createNotificationSSE's are among them. */
export function createNotifications({ api = '/api', token, onEnded, ...options } = {}) {
	const listeners = new Set();
	const follows = createFollows();
	const request = createRequest({ api, token });
	let hoped = []; /* {type, data} of requests under way */
	let run = null; /* what belongs to one start(); null while stopped, and for a visitor */
	let visit = null; /* the events of a visitor */
	const readPage = (which) => ask(run, 'GET', which);
	const makeList = (filter, others) =>
		createList({ filter, ask: readPage, off: OFF, onChange: publish, ...others });
	const all = makeList({}, {
		onRead: ({ seq }) => (run.events ??= listen(run, seq)),
		onFailure: ({ status }) => status === 0 && publish({ status: 'offline' }),
	});
	const lists = new Set([all]); /* that somebody looks at */

	function publish(next) {
		const { status } = all.store.getSnapshot();
		const { unreadCount, unseenCount } = all.inbox;
		for (const { store, inbox } of lists)
			store.set({ ...hoped.reduce(inboxes.applyChange, inbox), unreadCount, unseenCount, status, ...next });
	}

	function start() {
		stop();
		run = {
			events: null,
			person: undefined /* whose inbox it is, by the first answer */,
		};
		publish({ status: 'connecting' });
		for (const list of lists) list.read();
	}

	function stop() {
		visit?.close();
		visit = null;
		run?.events?.close();
		run = null;
		hoped = [];
		for (const list of lists) list.stop();
	}

	/* Nobody is signed in: there is no inbox, and nothing is asked for but what is followed. */
	function beVisitor() {
		stop();
		visit = createNotificationSSE({ ...options, api, follows, visitor: true });
	}

	/* An answer for another person means that the cookie is theirs by now: this inbox is not. */
	async function ask(current, method, path, body) {
		let reason = 'unknown';
		try {
			const answer = await request(method, `/notifications${path}`, body);
			current.person ??= answer.user_id;
			if (answer.user_id === current.person) return answer;
			reason = 'signed_out';
			throw new Problem(401);
		} catch (problem) {
			if (problem.status === 401 && run === current) endWith(reason);
			throw problem;
		}
	}

	function listen(current, after) {
		return createNotificationSSE({
			...options,
			api,
			token,
			follows,
			after,
			person: current.person,
			onEvent: (event) => run === current && receive(current, event),
			onStatus: (status) => run === current && publish({ status }),
		});
	}

	function receive(current, event) {
		for (const list of lists) list.receive(event);
		if (all.inbox.unseenCount !== null && event.type.includes('notification')) lookUnseen(current);
		for (const listener of [...listeners]) tell(listener, event);
		if (event.type === 'session_ended') endWith(event.data.reason);
	}

	/* Soon, and once for many events. */
	function lookUnseen(current) {
		current.looking ??= setTimeout(async () => {
			current.looking = null;
			if (run !== current) return;
			try {
				const answer = await ask(current, 'GET', '/unread-count');
				if (run === current) all.set(inboxes.readUnseen(all.inbox, answer));
			} catch (problem) {
				reportMistake(problem);
			}
		}, LOOK_MS);
	}

	function endWith(reason) {
		if (run === null) return;
		if (follows.all.size > 0) beVisitor();
		else stop();
		tell(onEnded, reason);
	}

	/* Somebody else's transaction may hold the inbox: then the server says when to come back. */
	async function askTwice(current, ...request) {
		try {
			return await ask(current, ...request);
		} catch (problem) {
			const { status, pause_ms } = problem;
			if (status !== 503 || !(pause_ms > 0 && pause_ms <= WAIT_MAX_MS)) throw problem;
			await new Promise((resolve) => setTimeout(resolve, pause_ms));
			if (run !== current) throw problem;
			return ask(current, ...request);
		}
	}

	/* A request that changes the inbox, and the change that its event will bring. */
	async function change(method, path, body, event) {
		const current = run;
		hoped = [...hoped, event];
		publish();
		try {
			const answer = await askTwice(current, method, path, body);
			for (const list of lists) if (run === current) list.take(event, answer);
		} catch (problem) {
			const isGone = problem.status === 404;
			if (isGone && run === current) leaveOut(event.data);
			else for (const list of lists) list.mend(event.data);
			if (!isGone || method !== 'DELETE' || event.data.ids) throw problem; /* it is deleted, as was wanted */
		} finally {
			hoped = hoped.filter((one) => one !== event);
			if (run === current) publish();
		}
	}

	/* One that is not there any more, of which nobody was told: what was read long ago may be trimmed. */
	function leaveOut({ id, ids: [only] = [id] }) {
		const gone = { type: 'notification_deleted', data: { id: only } };
		for (const list of lists) list.set(inboxes.applyChange(list.inbox, gone));
	}

	const readSeen = () =>
		change('PUT', '/read-all', { up_to: all.inbox.seq }, inboxes.readingAll(...[...lists].map(({ inbox }) => inbox)));

	/* A list of some, kept while somebody is subscribed to it. */
	function filtered(filter) {
		const list = makeList(filter);
		const { store, read, loadOlder, renew } = list;
		return {
			getSnapshot: store.getSnapshot,
			loadOlder,
			renew,
			subscribe(listener) {
				if (store.isIdle()) {
					lists.add(list);
					publish();
					if (run) read();
				}
				const end = store.subscribe(listener);
				return () => {
					end();
					if (!store.isIdle()) return;
					lists.delete(list);
					list.stop();
				};
			},
		};
	}

	return {
		api: wholeAddress(api),
		subscribe: all.store.subscribe,
		getSnapshot: all.store.getSnapshot,
		loadOlder: all.loadOlder,
		/* {getSnapshot, subscribe, loadOlder, renew} of those that are {unread, kind, subject}: some of these, or one. */
		filtered,
		/* Calls listener(event) for each event, after the inbox has taken it in. */
		onEvent(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		/* Calls onEvent() with what is published there; returns the function that ends it. */
		follow: follows.follow,
		start,
		visit: beVisitor,
		stop,
		/* Whether this tab is the one to do what only one of a browser's tabs should. */
		leads: () => run?.events?.leads ?? true,

		markRead: (id) =>
			change('PUT', `/${id}/read`, undefined, {
				type: 'notification_read',
				data: { ids: [id] },
			}),
		markUnread: (id) =>
			change('DELETE', `/${id}/read`, undefined, {
				type: 'notification_unread',
				data: { ids: [id] },
			}),
		/*
		 * All that the person has seen, which the server tells by the number of the last event that
		 * the list had.  Where that lies too far back for it the list is read again, once.
		 */
		async markAllRead() {
			const current = run;
			try {
				await readSeen();
			} catch (problem) {
				if (problem.status !== 409 || run !== current) throw problem;
				await all.read();
				if (run !== current || !all.isRead()) throw problem;
				await readSeen();
			}
		},
		/* Out of the list until then, a Date. */
		snooze: async (id, until) =>
			change('PUT', `/${id}/snooze`, { until: until.toISOString() }, {
				type: 'notification_deleted',
				data: { id },
			}),
		/* Back now, where it was; and a page of what is away, {limit, after}. */
		unsnooze: (id) => askTwice(run, 'DELETE', `/${id}/snooze`),
		snoozed: (page = {}) => ask(run, 'GET', `/snoozed${query(page)}`),
		/* All that the list has was seen: it stays unread.  From the first call on there is a count of the others. */
		async markSeen() {
			const current = run;
			if (all.inbox.unseenCount === 0) return;
			const answer = await askTwice(current, 'PUT', '/seen', { up_to: all.inbox.seq });
			if (run === current) all.set(inboxes.readUnseen(all.inbox, answer));
		},
		/* A page of them, and of some only: {kind, subject, unread, before, limit}; the list stays as it is. */
		find: (filter) => ask(run, 'GET', query(filter)),
		/* How many of each kind are unread, for a page with a tab for each. */
		counts: () => ask(run, 'GET', '/counts'),
		/* What was muted, and what can be; mute({kind, subject}) mutes one of them, or both together. */
		preferences: () => ask(run, 'GET', '/preferences'),
		mute: (what, muted = true) => askTwice(run, 'PUT', '/preferences', { ...what, muted }),
		remove: (id) =>
			change('DELETE', `/${id}`, undefined, {
				type: 'notification_deleted',
				data: { id },
			}),
	};
}
