/*
 * The store before a server of the test's own: it answers each request when the test wants it, with what the test
 * says; and its stream says what the test has it say.
 */

import { createServer } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { createNotifications } from '../../deploy/www/js/notifications.js';

/* A stream that says what the test has it say. */
class Stream extends EventTarget {
	static latest;
	CONNECTING = 0;
	readyState = 1;
	constructor(url) {
		super();
		this.url = url;
		Stream.latest = this;
	}
	say(type, data, lastEventId = '') {
		const event = new Event(type);
		this.dispatchEvent(
			Object.assign(event, { data: JSON.stringify(data), lastEventId }),
		);
	}
	close() {
		this.isClosed = true;
	}
}

export const row = (id) => ({ id, kind: 'rang', data: {}, created_at: '', read_at: null });
export const newer = (id) => ({ ...row(id), read_at: undefined, unread_count: 9 });

/*
 * A started store whose list has the ids given.  answer(status, body) answers the request that waits,
 * when the test wants it; asked() resolves to it.
 */
export async function started(t, ids) {
	const requests = [];
	let wake = () => {};
	const server = createServer((request, response) => {
		let body = '';
		request.on('data', (part) => (body += part));
		request.on('end', () => {
			const what = `${request.method} ${request.url}${body && ` ${body}`}`;
			requests.push({ what, response });
			wake();
		});
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	const store = createNotifications({
		api: `http://127.0.0.1:${server.address().port}`,
		EventSource: Stream,
		onEnded: (reason) => endings.push(reason),
	});
	const endings = [];
	t.after(() => {
		store.stop();
		server.closeAllConnections();
		server.close();
	});

	async function asked() {
		while (requests.length === 0) await new Promise((resolve) => (wake = resolve));
		return requests[0].what;
	}
	async function answer(status, body, headers = {}) {
		await asked();
		const { response } = requests.shift();
		response.writeHead(status, { 'content-type': 'application/json', ...headers });
		response.end(JSON.stringify(body));
	}
	function until(condition) {
		return new Promise((resolve) => {
			const look = () => condition(store.getSnapshot()) && (end(), resolve());
			const end = store.subscribe(look);
			look();
		});
	}

	store.start();
	await answer(200, {
		notifications: ids.map(row),
		unread_count: ids.length,
		seq: 10,
		next: null,
	});
	await until(({ loaded }) => loaded);
	await turn();
	Stream.latest.say('connected', { user_id: '7', seq: 10, unread_count: ids.length });
	return { store, stream: Stream.latest, asked, answer, until, endings };
}

export const unreadIds = (store) =>
	store
		.getSnapshot()
		.notifications.filter((one) => one.read_at === null)
		.map(({ id }) => id);
export const ids = (store) => store.getSnapshot().notifications.map(({ id }) => id);
