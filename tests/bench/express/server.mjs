// What people write when they need this: Express, a map of open responses, and
// `pg` with one connection that listens.  Who asks is taken from the query,
// nothing is replayed.  SOCKET is where it listens, PROCESSES how many do.

import cluster from 'node:cluster';
import express from 'express';
import pg from 'pg';

const PING_MS = 30_000;

const pool = new pg.Pool({ max: 10 });
const listener = new pg.Client();
const streams = new Map(); // user → Set of responses
const app = express();

app.disable('x-powered-by');
app.disable('etag');

app.get('/api/notifications/stream', (request, response) => {
	const { user } = request.query;
	response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
	response.write(': connected\n\n');
	const own = streams.get(user) ?? new Set();
	streams.set(user, own.add(response));
	request.on('close', () => {
		own.delete(response);
		if (own.size === 0)
			streams.delete(user);
	});
});

const events = { notification: 'new_notification', notification_read: 'notification_read' };

listener.on('notification', ({ channel, payload }) => {
	const { id, user_id: user } = JSON.parse(payload);
	const frame = `id: ${id}\nevent: ${events[channel]}\ndata: ${payload}\n\n`;
	for (const response of streams.get(user) ?? [])
		response.write(frame);
});

setInterval(() => {
	for (const own of streams.values())
		for (const response of own)
			response.write(': ping\n\n');
}, PING_MS);

app.get('/api/notifications/unread-count', async (request, response) => {
	const { rows } = await pool.query({
		name: 'count',
		text: 'select count(*)::int as unread_count from notification where user_id = $1 and read_at is null',
		values: [request.query.user],
	});
	response.json(rows[0]);
});

app.get('/api/notifications', async (request, response) => {
	const { rows } = await pool.query({
		name: 'list',
		text: 'select id, kind, data, created_at, read_at from notification where user_id = $1 order by id desc limit 20',
		values: [request.query.user],
	});
	response.json({ notifications: rows });
});

app.put('/api/notifications/:id/read', async (request, response) => {
	const { rowCount } = await pool.query({
		name: 'read',
		text: 'update notification set read_at = now() where id = $1 and user_id = $2 and read_at is null',
		values: [request.params.id, request.query.user],
	});
	response.json({ changed: rowCount });
});

async function serve() {
	await listener.connect();
	await listener.query('listen notification; listen notification_read');
	app.listen(process.env.SOCKET, 4096, () => cluster.isPrimary && console.log('ready'));
}

function serveTogether(processes) {
	let ready = 0;
	cluster.on('listening', () => ++ready === processes && console.log('ready'));
	for (let i = 0; i < processes; i++)
		cluster.fork();
}

if (cluster.isPrimary && process.env.PROCESSES > 1)
	serveTogether(Number(process.env.PROCESSES));
else
	await serve();
