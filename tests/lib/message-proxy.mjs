// A proxy between a program and PostgreSQL's unix socket that knows messages: each
// message of the server is given to a function (type, body), which returns the body to
// pass on, or null to drop the message.

import { mkdir, rm } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';

export async function startMessageProxy(directory, { host, port }, change) {
	await mkdir(directory, { recursive: true, mode: 0o755 });
	const path = join(directory, '.s.PGSQL.5432');
	await rm(path, { force: true });
	const open = new Set();
	const server = net.createServer((client) => {
		const upstream = net.connect(join(host, `.s.PGSQL.${port}`));
		let isStarted = false; // before that, the answers to requests for TLS are one byte
		let left = Buffer.alloc(0);
		client.once('data', (data) => {
			isStarted = data.readInt32BE(4) === 196608;
		});
		client.pipe(upstream);
		upstream.on('data', (data) => {
			if (!isStarted) {
				client.write(data);
				client.once('data', () => { isStarted = true; });
				return;
			}
			left = Buffer.concat([left, data]);
			while (left.length >= 5 && left.length > left.readInt32BE(1)) {
				const end = left.readInt32BE(1) + 1;
				pass(client, String.fromCharCode(left[0]), left.subarray(5, end), change);
				left = left.subarray(end);
			}
		});
		for (const socket of [client, upstream]) {
			open.add(socket);
			socket.on('error', () => {});
			socket.on('close', () => [client, upstream].forEach((it) => it.destroy()));
		}
	});
	await new Promise((resolve) => server.listen(path, resolve));
	return {
		host: directory,
		stop() {
			open.forEach((socket) => socket.destroy());
			return new Promise((resolve) => server.close(resolve));
		},
	};
}

function pass(client, type, body, change) {
	const passed = change(type, body);
	if (passed === null)
		return;
	const head = Buffer.alloc(5);
	head.write(type);
	head.writeInt32BE(passed.length + 4, 1);
	client.write(Buffer.concat([head, passed]));
}
