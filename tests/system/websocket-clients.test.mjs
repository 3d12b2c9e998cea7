// WebSockets of other people's making: npm ws, undici (which is Node's own), Debian's
// python3-websockets.  Each is told what happens, marks it read, follows a topic, and is closed
// when its session ends.

import assert from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { WebSocket as UndiciSocket } from 'undici';
import WebSocket from 'ws';
import { startSite } from '../lib/site.mjs';
import { PATIENCE_MS, waitFor } from '../lib/wait.mjs';

const PYTHON3 = '/usr/bin/python3'; // which Debian's packages are for
const SESSION_ENDED = 4401;

let site;

before(async () => {
	site = await startSite({ env: { PGBELL_HEARTBEAT_S: '1' } });
});
after(() => site.stop());

// The story; client: { events, send(text), code (of the close, once there is one) }.
async function holdsWith(user, client) {
	const next = (event) => waitFor(`${event} at the client`, () => client.events.find((one) => one.event === event), PATIENCE_MS);
	assert.equal((await next('connected')).data.user_id, String(user.id));
	await site.sql('select pgbell.notify($1, $2, $3)', [String(user.id), 'test', JSON.stringify({ text: 'äöü€😀'.repeat(1500) })]);
	const rung = await next('new_notification');
	assert.equal(rung.data.data.text, 'äöü€😀'.repeat(1500));
	client.send(JSON.stringify({ n: 1, command: 'read', id: rung.data.id }));
	assert.deepEqual((await next('answer')).data.body.unread_count, 0);
	assert.deepEqual((await next('notification_read')).data.ids, [rung.data.id]);
	client.send(JSON.stringify({ n: 2, command: 'follow', topic: 'public:news' }));
	await waitFor('an answer to follow', () => client.events.find((one) => one.event === 'answer' && one.data.n === 2));
	await site.sql(`select pgbell.publish('public:news', 'said', '{"n":1}')`);
	assert.equal((await next('published')).data.topic, 'public:news');
	await waitFor('three heartbeats', () => client.events.filter((one) => one.event === 'heartbeat').length >= 3); // and as many pings
	assert.equal((await site.api('DELETE', '/api/session', { token: user.token })).status, 204);
	assert.equal((await next('session_ended')).data.reason, 'signed_out');
	assert.equal(await waitFor('the close', () => client.code), SESSION_ENDED);
}

const addressOf = (query = '') => `${site.url.replace('http', 'ws')}/api/notifications/socket${query}`;

test('npm ws', async () => {
	const user = await site.signUp();
	const socket = new WebSocket(addressOf(), { headers: { Authorization: `Bearer ${user.token}` } });
	const client = { events: [], send: (text) => socket.send(text) };
	socket.on('message', (text) => client.events.push(JSON.parse(text)));
	socket.on('close', (code) => { client.code = code; });
	await once(socket, 'open');
	await holdsWith(user, client);
});

test('undici', async () => {
	const user = await site.signUp();
	const socket = new UndiciSocket(addressOf(`?token=${user.token}`));
	const client = { events: [], send: (text) => socket.send(text) };
	socket.addEventListener('message', ({ data }) => client.events.push(JSON.parse(data)));
	socket.addEventListener('close', ({ code }) => { client.code = code; });
	await holdsWith(user, client);
});

const PROGRAM = `
import asyncio, sys, websockets

async def listen(socket):
    try:
        async for text in socket:
            print(text, flush=True)
    except websockets.ConnectionClosed:
        pass
    print('{"event":"closed","code":%d}' % socket.close_code, flush=True)

async def speak(socket):
    loop = asyncio.get_running_loop()
    while True:
        line = await loop.run_in_executor(None, sys.stdin.readline)
        if not line:
            return
        await socket.send(line.strip())

async def main():
    headers = 'additional_headers' if int(websockets.__version__.split('.')[0]) >= 14 else 'extra_headers'
    async with websockets.connect(sys.argv[1], **{headers: {'Authorization': 'Bearer ' + sys.argv[2]}}) as socket:
        speaking = asyncio.create_task(speak(socket))
        await listen(socket)
        speaking.cancel()

asyncio.run(main())
`;

test('python3-websockets', async () => {
	const user = await site.signUp();
	const program = spawn(PYTHON3, ['-c', PROGRAM, addressOf(), user.token], { stdio: ['pipe', 'pipe', 'inherit'] });
	const closed = once(program, 'close');
	const client = { events: [], send: (text) => program.stdin.write(`${text}\n`) };
	createInterface({ input: program.stdout }).on('line', (line) => {
		const event = JSON.parse(line);
		client.events.push(event);
		if (event.event === 'closed')
			client.code = event.code;
	});
	try {
		await holdsWith(user, client);
	} finally {
		program.stdin.end();
		program.kill();
		await closed;
	}
});
