/*
 * Somebody else's site with pgbell in it: pages of its own, pgbell's modules under /js/, and /api/
 * passed on to where pgbell runs.  `pages` maps a path to its text.
 */

import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { extname, join } from 'node:path';
import { root } from '../lib/site.mjs';

const TYPES = { '.js': 'text/javascript', '.mjs': 'text/javascript' };

export async function startFront(site, pages) {
	const server = http.createServer(async (request, response) => {
		const { pathname } = new URL(request.url, 'http://front');
		if (pathname.startsWith('/api/')) {
			pass(site, request, response);
			return;
		}
		const text = pathname.startsWith('/js/')
			? await readFile(join(root, 'deploy/www', pathname)).catch(() => undefined)
			: pages[pathname];
		response.writeHead(text === undefined ? 404 : 200, {
			'content-type': TYPES[extname(pathname)] ?? 'text/html; charset=utf-8',
		});
		response.end(text);
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${server.address().port}`,
		stop() {
			server.closeAllConnections();
			server.close();
		},
	};
}

function pass(site, request, response) {
	const { method, headers } = request;
	const outgoing = http.request(site.url + request.url, { method, headers }, (answer) => {
		response.writeHead(answer.statusCode, answer.headers);
		response.flushHeaders();
		answer.pipe(response);
	});
	outgoing.on('error', () => response.destroy());
	response.on('close', () => outgoing.destroy());
	request.pipe(outgoing);
}
