// One HTTP request on a connection of its own, with nothing added that the
// caller did not ask for (fetch would send Sec-Fetch-* and hide Set-Cookie).

import http from 'node:http';
import { expectAnswer } from './wait.mjs';

// Gives { status, headers, text }.
export function request(url, { method = 'GET', headers = {}, body, localAddress } = {}) {
	return new Promise((resolve, reject) => {
		const outgoing = http.request(url, { method, headers, agent: false, localAddress }, (response) => {
			const chunks = [];
			response.on('data', (chunk) => chunks.push(chunk));
			response.on('error', reject);
			response.on('end', () => resolve({
				status: response.statusCode,
				headers: response.headers,
				text: Buffer.concat(chunks).toString(),
			}));
		});
		expectAnswer(`${method} ${url}`, outgoing);
		outgoing.on('error', reject);
		outgoing.end(body);
	});
}
