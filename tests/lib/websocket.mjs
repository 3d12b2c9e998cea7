// A client for WebSockets (RFC 6455) that shows a test everything, and sends whatever a test
// wants it to: a refusal's answer, every message, pings, the code of the end.

import assert from 'node:assert';
import { createHash, randomBytes } from 'node:crypto';
import net from 'node:net';
import { PATIENCE_MS } from './wait.mjs';

const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export const TEXT = 0x81, CLOSE = 0x88, PING = 0x89, PONG = 0x8a;

// The bytes of a frame: its first byte and its content, masked as a client's are.
export function frameOf(first, content = '', { masked = true, length = undefined } = {}) {
	const bytes = Buffer.from(content);
	const size = length ?? bytes.length;
	const extended = Buffer.alloc(size < 126 ? 0 : size < 65536 ? 2 : 8);
	if (extended.length === 2)
		extended.writeUInt16BE(size);
	if (extended.length === 8)
		extended.writeBigUInt64BE(BigInt(size));
	const second = size < 126 ? size : size < 65536 ? 126 : 127;
	if (!masked)
		return Buffer.concat([Buffer.from([first, second]), extended, bytes]);
	const mask = randomBytes(4);
	return Buffer.concat([Buffer.from([first, 0x80 | second]), extended, mask, bytes.map((byte, i) => byte ^ mask[i % 4])]);
}

// Resolves when the answer's head has arrived, whatever its status is.  target: where to connect
// to, as net.connect() takes it.
export async function openSocket(target, path, { headers = {}, host = 'localhost' } = {}) {
	const key = randomBytes(16).toString('base64');
	const fields = {
		Host: host, Upgrade: 'websocket', Connection: 'Upgrade',
		'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': key, ...headers,
	};
	const connection = net.connect(target);
	const socket = new Socket(connection, createHash('sha1').update(key + MAGIC).digest('base64'));
	const lines = Object.entries(fields).flatMap(([name, value]) => value === undefined ? [] : [value].flat().map((one) => `${name}: ${one}\r\n`));
	connection.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
	await socket.answered;
	return socket;
}

// A person's socket of a site (site.mjs), and what it said when it was ready.
export async function openReady(site, person, options) {
	const socket = await site.socket(person.token, options);
	assert.equal(socket.status, 101, socket.body);
	const connected = await socket.next('connected');
	return { socket, connected };
}

export class Socket {
	events = []; // all so far: { id, event, data }
	pings = 0;
	pongs = [];
	answersPings = true;
	body = '';   // of a refusal
	#read = 0;
	#bytes = Buffer.alloc(0);
	#waiters = new Set();

	constructor(connection, accept) {
		this.connection = connection;
		// { code, reason } of the close, with code 1006 where there was none.
		this.closed = new Promise((resolve) => {
			connection.on('close', () => {
				this.end ??= { code: 1006, reason: '' };
				this.#wake();
				resolve(this.end);
			});
		});
		this.answered = new Promise((resolve, reject) => {
			connection.on('error', reject);
			connection.on('close', () => reject(new Error('the connection ended without an answer')));
			connection.on('data', (chunk) => {
				this.#bytes = Buffer.concat([this.#bytes, chunk]);
				if (this.status === undefined && !this.#takeHead(accept))
					return;
				resolve();
				if (this.status === 101)
					this.#takeFrames();
				else
					this.body += this.#bytes.toString(), this.#bytes = Buffer.alloc(0);
			});
		});
		this.answered.catch(() => {});
	}

	#takeHead(accept) {
		const end = this.#bytes.indexOf('\r\n\r\n');
		if (end < 0)
			return false;
		const [first, ...lines] = this.#bytes.subarray(0, end).toString().split('\r\n');
		this.headers = Object.fromEntries(lines.map((line) => line.split(/: */s, 2)).map(([name, value]) => [name.toLowerCase(), value]));
		this.status = Number(first.split(' ')[1]);
		this.#bytes = this.#bytes.subarray(end + 4);
		if (this.status === 101 && this.headers['sec-websocket-accept'] !== accept)
			throw new Error('the key is answered wrongly');
		return true;
	}

	#takeFrames() {
		for (;;) {
			if (this.#bytes.length < 2)
				return;
			const short = this.#bytes[1] & 0x7f;
			const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
			if (this.#bytes.length < 2 + extended)
				return;
			const length = extended === 2 ? this.#bytes.readUInt16BE(2) : extended === 8 ? Number(this.#bytes.readBigUInt64BE(2)) : short;
			if (this.#bytes.length < 2 + extended + length)
				return;
			const content = this.#bytes.subarray(2 + extended, 2 + extended + length);
			this.#takeFrame(this.#bytes[0], content);
			this.#bytes = this.#bytes.subarray(2 + extended + length);
		}
	}

	#takeFrame(first, content) {
		if (first === TEXT) {
			this.events.push(JSON.parse(content));
		} else if (first === PING) {
			this.pings++;
			if (this.answersPings)
				this.write(frameOf(PONG, content));
		} else if (first === PONG) {
			this.pongs.push(content.toString());
		} else if (first === CLOSE) {
			this.end = { code: content.readUInt16BE(0), reason: content.subarray(2).toString() };
			if (!this.hasClosed)
				this.close(this.end.code);
		} else {
			throw new Error(`a frame begins with ${first}`);
		}
		this.#wake();
	}

	// The next event of this type, or of one of these; those before it are skipped.
	async next(type, timeoutMs = PATIENCE_MS) {
		const wanted = [type].flat();
		const deadline = Date.now() + timeoutMs;
		for (;;) {
			while (this.#read < this.events.length) {
				const event = this.events[this.#read++];
				if (wanted.includes(event.event))
					return event;
			}
			if (this.end)
				throw new Error(`closed with ${this.end.code} before a further ${type}: ${JSON.stringify(this.events.slice(-5))}`);
			if (!await this.#change(deadline - Date.now()))
				throw new Error(`no ${type} within ${timeoutMs} ms: ${JSON.stringify(this.events.slice(-5))}`);
		}
	}

	// The answer to a command.
	async ask(command) {
		this.send(command);
		for (;;) {
			const { data } = await this.next('answer');
			if (data.n === command.n)
				return data;
		}
	}

	async nextPing(timeoutMs = PATIENCE_MS) {
		const before = this.pings;
		const deadline = Date.now() + timeoutMs;
		while (this.pings === before)
			if (!await this.#change(deadline - Date.now()))
				throw new Error(`no ping within ${timeoutMs} ms`);
	}

	async nextPong(timeoutMs = PATIENCE_MS) {
		const deadline = Date.now() + timeoutMs;
		while (this.pongs.length === 0)
			if (!await this.#change(deadline - Date.now()))
				throw new Error(`no pong within ${timeoutMs} ms`);
		return this.pongs.shift();
	}

	// An object goes as JSON, a string as it is.
	send(message) {
		this.write(frameOf(TEXT, typeof message === 'string' ? message : JSON.stringify(message)));
	}

	write(bytes) {
		if (!this.connection.destroyed)
			this.connection.write(bytes);
	}

	close(code = 1000) {
		this.hasClosed = true;
		const content = Buffer.alloc(2);
		content.writeUInt16BE(code);
		this.write(frameOf(CLOSE, content));
	}

	destroy() {
		this.connection.destroy();
	}

	#wake() {
		for (const resolve of this.#waiters)
			resolve(true);
		this.#waiters.clear();
	}

	#change(timeoutMs) {
		return new Promise((resolve) => {
			if (timeoutMs <= 0)
				return resolve(false);
			const timer = setTimeout(() => resolve(false), timeoutMs);
			this.#waiters.add((value) => {
				clearTimeout(timer);
				resolve(value);
			});
		});
	}
}
