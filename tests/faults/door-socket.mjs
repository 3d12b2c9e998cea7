// The door of a follower (follower.mjs) that is a WebSocket: an id is the number of that log alone, and commands
// are answered.

import WebSocket from 'ws';

export const socketDoor = {
	name: 'socket',
	hasWholeIds: false,
	open: (url, headers, on) => new SocketSource(url, headers, on),
};

class SocketSource {
	isOver = false;
	#socket;
	#asked = new Map(); // the number of a command → { command, resolve }
	#on;

	constructor(url, headers, on) {
		this.#on = on;
		this.#socket = new WebSocket(String(url).replace(/^http/, 'ws'), { headers })
			.on('open', on.open)
			.on('message', (text) => this.#take(JSON.parse(text)))
			.on('unexpected-response', (outgoing, { statusCode }) => {
				on.refused(statusCode);
				this.#socket.terminate();
			})
			.on('error', () => {}) // 'close' follows
			.on('close', (code) => this.#end(code));
	}

	// As when the network fails under it.
	cut() {
		this.#socket.terminate();
	}

	close() {
		this.#socket.terminate();
	}

	// The answer { status, body }, or undefined where the connection ends before.
	#n = 0;
	ask(command) {
		return new Promise((resolve) => {
			const n = ++this.#n;
			this.#asked.set(n, { command, resolve });
			this.#socket.send(JSON.stringify({ n, ...command }), () => {});
		});
	}

	#take({ event, id, data }) {
		if (event === 'retry')
			return;
		const { command, resolve } = (event === 'answer' && this.#asked.get(data.n)) || {};
		this.#on.event({ event, id, data: { ...command, ...data } });
		if (resolve) {
			this.#asked.delete(data.n);
			resolve(data);
		}
	}

	#end(code) {
		this.isOver = true;
		this.#on.over(code);
		for (const { resolve } of this.#asked.values())
			resolve(undefined);
	}
}
