/* A request that went by, its answer, and what a test does to it: as much of Playwright's as the tests use. */

import http from 'node:http';
import playwright from 'playwright-core/lib/coreBundle';

const { urlMatches } = playwright.iso;

/* Whether an address is meant by a pattern as Playwright has them. */
export const matcher = (pattern) => (url) => urlMatches(undefined, url, pattern);

export class Request {
	#url;
	#method;
	#headers;
	#body;

	constructor(url, method, headers, body) {
		this.#url = url;
		this.#method = method;
		this.#headers = { ...headers };
		/* What is looked into is not compressed, and no proxy stands behind this one. */
		for (const name of ['accept-encoding', 'proxy-connection']) delete this.#headers[name];
		this.#body = body;
	}

	url = () => this.#url;
	method = () => this.#method;
	headers = () => this.#headers;

	/* To whom it is meant for. */
	send(onAnswer) {
		const options = { method: this.#method, headers: this.#headers, agent: false };
		const outgoing = http.request(this.#url, options, onAnswer);
		outgoing.end(this.#body);
		return outgoing;
	}
}

export class Response {
	#request;
	#status;

	constructor(request, status) {
		this.#request = request;
		this.#status = status;
	}

	request = () => this.#request;
	url = () => this.#request.url();
	status = () => this.#status;
	ok = () => this.#status >= 200 && this.#status <= 299;
}

export class Route {
	#request;
	#ways;

	constructor(request, ways) {
		this.#request = request;
		this.#ways = ways;
	}

	request = () => this.#request;
	continue = async () => this.#ways.forward();
	abort = async () => this.#ways.abort();

	/* The real answer, in one piece. */
	fetch() {
		return new Promise((resolve, reject) => {
			const outgoing = this.#request.send(async (incoming) => {
				let body = '';
				for await (const part of incoming.setEncoding('utf8')) body += part;
				const { statusCode: status, headers } = incoming;
				resolve({ status: () => status, headers: () => headers, text: async () => body });
			});
			outgoing.on('error', reject);
		});
	}

	async fulfill({ response, status = response?.status() ?? 200, json, body = '' }) {
		const headers = { ...response?.headers() };
		delete headers['content-length'];
		delete headers['transfer-encoding'];
		if (json !== undefined) headers['content-type'] = 'application/json';
		this.#ways.fulfill(status, headers, json === undefined ? body : JSON.stringify(json));
	}
}
