// What people write who want WebSockets: npm `ws`, a map of open sockets, and `pg` with one connection that
// listens.  Who asks is taken from the query, nothing is replayed.  SOCKET is where it listens.

import http from 'node:http';
import pg from 'pg';
import { WebSocketServer } from 'ws';

const PING_MS = 30_000;

const listener = new pg.Client();
const server = http.createServer();
const door = new WebSocketServer({ server, perMessageDeflate: false });
const sockets = new Map(); // user → Set of sockets

door.on('connection', (socket, request) => {
	const user = new URL(request.url, 'http://bench').searchParams.get('user');
	const own = sockets.get(user) ?? new Set();
	sockets.set(user, own.add(socket));
	socket.send('{"event":"connected"}');
	socket.on('close', () => {
		own.delete(socket);
		if (own.size === 0)
			sockets.delete(user);
	});
});

listener.on('notification', ({ payload }) => {
	const { id, user_id: user } = JSON.parse(payload);
	const message = `{"event":"new_notification","id":${id},"data":${payload}}`;
	for (const socket of sockets.get(user) ?? [])
		socket.send(message);
});

setInterval(() => {
	for (const socket of door.clients)
		socket.ping();
}, PING_MS);

await listener.connect();
await listener.query('listen notification');
server.listen(process.env.SOCKET, 4096, () => console.log('ready'));
