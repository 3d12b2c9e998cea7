/* The other door of a server with bad days (bad-day-server.mjs): the same streams, as WebSockets. */

import { WebSocketServer } from 'ws';
import { Stream } from './bad-day-stream.mjs';

const GOING_AWAY = 1001;

/* begin(day, stream, nth) decides what becomes of each.  Returns the list of the requests so far: {at, url}. */
export function acceptSockets(server, logs, begin) {
	const sockets = [];
	const door = new WebSocketServer({ noServer: true });
	server.on('upgrade', (request, socket, head) => {
		const url = new URL(request.url, 'http://localhost');
		const [, day] = /^(\/[^/]+)\/notifications\/socket$/.exec(url.pathname);
		sockets.push({ at: Date.now(), url: request.url });
		const upgrade = (then) => door.handleUpgrade(request, socket, head, then);
		const stream = new SocketStream({ request, given: url.searchParams, ...logs }, { socket, upgrade });
		begin(day, stream, sockets.length);
	});
	return sockets;
}

class SocketStream extends Stream {
	isSocket = true;
	waiting = []; /* until it has been upgraded */

	constructor(stream, { socket, upgrade }) {
		super(stream);
		Object.assign(this, { socket, upgrade });
	}

	head() {
		this.upgrade((door) => {
			this.door = door;
			door.on('close', () => this.openStreams.delete(this));
			door.on('message', (text) => this.onCommand(JSON.parse(text)));
			for (const message of this.waiting.splice(0)) this.say(message);
		});
	}

	say(message) {
		if (this.door) this.door.send(JSON.stringify(message));
		else this.waiting.push(message);
	}

	retry(ms) {
		this.say({ event: 'retry', data: { ms } });
	}

	write(type, data, id) {
		this.say({ event: type, ...(id !== false && data.topic === undefined && { id }), data });
	}

	refuse(status) {
		this.socket.end(`HTTP/1.1 ${status} Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
	}

	hangUp() {
		this.door?.close(GOING_AWAY);
	}

	onCommand({ n, command, topic, after }) {
		const answer = (status, body) => this.say({ event: 'answer', data: { n, status, body } });
		this.commands = (this.commands ?? 0) + 1;
		if (this.topics.isBusy) {
			answer(503, { title: 'Not now' });
		} else if (command === 'unfollow') {
			this.follows.delete(topic);
			answer(200, { topic });
		} else if (!this.topics.mayFollow(topic)) {
			answer(403, { title: 'Forbidden' });
		} else {
			const seq = this.topics.last(topic);
			this.follows.set(topic, after ?? seq);
			answer(200, { topic, seq });
			const reason = after !== undefined && this.topics.resetReason(topic, after);
			if (reason) this.tellReset(topic, reason);
			this.sendPublished();
		}
	}
}
