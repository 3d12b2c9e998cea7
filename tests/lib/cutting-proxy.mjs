// A proxy in front of a site that cuts streams short where a test wants it: in good
// order, as a server's end that stands for all, or as a broken connection.
//
//   const cutter = await startCutter(site.url);
//   cutter.cut('a', { at: 17, how: 'end' });   // 17 bytes into the first new_notification
//   … a client opens `${cutter.urlOf('a')}/api/notifications/stream` …
//   cutter.asked('a')                          // what it asked with, each time, and how it was answered
//
// Only the first stream of a name is cut, those after it go through whole.

import http from 'node:http';
import { once } from 'node:events';

const EVENT = 'event: new_notification\n';

export async function startCutter(url, files = {}) {
	const cutter = new Cutter(new URL(url), files);
	await cutter.listen();
	return cutter;
}

class Cutter {
	#upstream;
	#files;
	#server;
	#cuts = new Map();
	#asked = new Map();

	constructor(upstream, files) {
		this.#upstream = upstream;
		this.#files = files;
		this.#server = http.createServer((request, response) => this.#serve(request, response));
	}

	async listen() {
		this.#server.listen(0, '127.0.0.1');
		await once(this.#server, 'listening');
		this.port = this.#server.address().port;
		this.url = `http://127.0.0.1:${this.port}`;
	}

	urlOf(name) {
		return `${this.url}/~${name}`;
	}

	cut(name, { at, how }) {
		this.#cuts.set(name, { at, how });
	}

	asked(name) {
		return this.#asked.get(name) ?? [];
	}

	async stop() {
		this.#server.closeAllConnections();
		this.#server.close();
		await once(this.#server, 'close');
	}

	#serve(request, response) {
		const [, name, path] = /^\/~(\w+)(.*)$/.exec(request.url) ?? [];
		const file = this.#files[request.url];
		if (file !== undefined)
			return response.writeHead(200, { 'content-type': file.type }).end(file.text);
		const headers = { 'access-control-allow-origin': request.headers.origin ?? '*', 'access-control-allow-credentials': 'true' };
		if (request.method === 'OPTIONS')
			return response.writeHead(204, { ...headers, 'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '' }).end();
		const { searchParams: query } = new URL(path, this.url);
		const asked = { header: request.headers['last-event-id'], query: query.get('lastEventId') ?? undefined, at: Date.now() };
		this.#asked.set(name, [...this.asked(name), asked]);
		const outgoing = http.get({
			host: this.#upstream.hostname, port: this.#upstream.port, path, agent: false,
			headers: { ...request.headers, host: this.#upstream.host, connection: 'close' },
		}, (incoming) => {
			asked.status = incoming.statusCode;
			incoming.on('data', (chunk) => { asked.retryMs = Number(/retry: (\d+)/.exec(chunk)?.[1] ?? asked.retryMs); });
			incoming.on('close', () => { asked.endedAt = Date.now(); });
			response.writeHead(incoming.statusCode, { ...headers, ...incoming.headers['retry-after'] && { 'retry-after': incoming.headers['retry-after'] }, 'content-type': incoming.headers['content-type'], 'cache-control': 'no-store' });
			response.flushHeaders();
			this.#pass(incoming, response, this.#cuts.get(name));
			this.#cuts.delete(name);
		});
		outgoing.on('error', () => response.destroy());
		response.on('close', () => outgoing.destroy());
	}

	#pass(incoming, response, cut) {
		let seen = Buffer.alloc(0);
		let sent = 0;
		const pass = (chunk) => {
			seen = Buffer.concat([seen, chunk]);
			const start = cut === undefined ? -1 : seen.indexOf(EVENT);
			const end = start < 0 ? seen.length : Math.min(start + cut.at, seen.length);
			const part = seen.subarray(sent, end);
			sent = end;
			if (start < 0 || end < start + cut.at)
				return part.length > 0 && response.write(part);
			incoming.removeListener('data', pass);
			if (cut.how === 'end')
				response.end(part);
			else
				response.write(part, () => setImmediate(() => response.destroy()));
		};
		incoming.on('data', pass);
		incoming.on('end', () => response.end());
		incoming.on('error', () => response.destroy());
	}
}
