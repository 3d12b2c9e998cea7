/*
 * What stands between WebKitGTK and the network, because its driver can neither hold an answer back
 * nor say what was asked, nor run a script before the page's own: an HTTP proxy.  What no test asked to
 * be changed goes through as it comes, byte by byte, streams too.  All of it belongs to one profile; which
 * of its pages asks is not known.
 *
 *   - routes, as Playwright has them;
 *   - events: request, response, requestfinished;
 *   - a script at the head of each document, and what pages say to /~engine/said;
 *   - Cross-Origin-Opener-Policy is taken off documents: with it WebKit's driver never comes back from
 *     going back to a page (WebKitGTK 2.50; without a driver it does).
 */

import { EventEmitter } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { Request, Response, Route, matcher } from './exchange.mjs';

const INIT = '/~engine/init.js';
const SAID = '/~engine/said';
const HEAD = /^\s*(<!doctype[^>]*>\s*)?(<html[^>]*>\s*)?(<head[^>]*>)?/i;

export async function startProxy() {
	const proxy = new Proxy();
	await proxy.start();
	return proxy;
}

class Proxy extends EventEmitter {
	offline = false;
	busy = 0; /* exchanges that have not ended */
	script = () => ''; /* what runs at the head of a document */
	#routes = [];
	#server = http.createServer((asked, answer) => this.#serve(asked, answer));

	async start() {
		this.#server.on('upgrade', (asked, socket, head) => this.#passSocket(asked, socket, head));
		await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
		this.port = this.#server.address().port;
	}

	stop() {
		this.#server.closeAllConnections();
		this.#server.close();
	}

	route(pattern, handler, { times = Infinity } = {}) {
		this.#routes.unshift({ pattern, matches: matcher(pattern), handler, times });
	}

	unroute(pattern) {
		this.#routes = this.#routes.filter((route) => String(route.pattern) !== String(pattern));
	}

	setOffline(offline) {
		this.offline = offline;
		if (offline) this.#server.closeAllConnections();
	}

	async #serve(asked, answer) {
		const url = new URL(asked.url, `http://${asked.headers.host}`);
		if (url.pathname === INIT) this.#sendScript(answer);
		else if (url.pathname === SAID) await this.#hear(asked, answer);
		else if (this.offline) answer.destroy();
		else await this.#pass(url, asked, answer);
	}

	#sendScript(answer) {
		answer.writeHead(200, { 'content-type': 'text/javascript', 'cache-control': 'no-store' });
		answer.end(this.script());
	}

	async #hear(asked, answer) {
		const text = await read(asked);
		answer.writeHead(204).end();
		this.emit('said', JSON.parse(text));
	}

	/* A WebSocket: no test looks into what it says. */
	#passSocket(asked, socket, head) {
		if (this.offline) {
			socket.destroy();
			return;
		}
		const { hostname, port, pathname, search } = new URL(asked.url, `http://${asked.headers.host}`);
		const outgoing = net.connect(Number(port || 80), hostname);
		const lines = [`${asked.method} ${pathname}${search} HTTP/1.1`];
		for (let i = 0; i < asked.rawHeaders.length; i += 2)
			lines.push(`${asked.rawHeaders[i]}: ${asked.rawHeaders[i + 1]}`);
		outgoing.write(`${lines.join('\r\n')}\r\n\r\n`);
		outgoing.write(head);
		for (const [from, to] of [[socket, outgoing], [outgoing, socket]]) {
			from.pipe(to);
			from.on('error', () => to.destroy());
			from.on('close', () => to.destroy());
		}
	}

	async #pass(url, asked, answer) {
		this.busy++;
		answer.on('close', () => this.busy--);
		const body = await read(asked).catch(() => undefined);
		const request = new Request(url.href, asked.method, asked.headers, body);
		if (answer.destroyed) return;
		this.emit('request', request);
		const route = this.#routes.find(({ matches }) => matches(url.href));
		if (route === undefined) {
			this.#forward(request, answer);
			return;
		}
		if (--route.times <= 0) this.#routes.splice(this.#routes.indexOf(route), 1);
		await route.handler(
			new Route(request, {
				forward: () => this.#forward(request, answer),
				fulfill: (status, headers, text) => {
					answer.writeHead(status, headers);
					answer.end(text);
					this.#told(request, answer, status);
				},
				abort: () => answer.destroy(),
			}),
		);
	}

	#forward(request, answer) {
		if (answer.destroyed) return;
		const outgoing = request.send(async (incoming) => {
			const { statusCode, headers } = incoming;
			delete headers['cross-origin-opener-policy'];
			this.#told(request, answer, statusCode);
			if (/^text\/html/.test(headers['content-type']) && statusCode === 200) {
				const page = (await read(incoming)).replace(HEAD, `$&<script src="${INIT}"></script>`);
				delete headers['content-length'];
				answer.writeHead(statusCode, headers).end(page);
				return;
			}
			answer.writeHead(statusCode, headers);
			answer.flushHeaders();
			incoming.pipe(answer);
			incoming.on('error', () => answer.destroy());
			incoming.on('aborted', () => answer.destroy());
		});
		outgoing.on('error', () => answer.destroy());
		answer.on('close', () => outgoing.destroy());
	}

	#told(request, answer, status) {
		this.emit('response', new Response(request, status));
		answer.on('finish', () => this.emit('requestfinished', request));
	}
}

async function read(stream) {
	let text = '';
	for await (const part of stream.setEncoding('utf8')) text += part;
	return text;
}
