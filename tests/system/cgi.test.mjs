// The programs as plain CGI: pgbell-stream with one client on its standard output,
// pgbell-api with one request.

import assert from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { programs, runCgi } from '../lib/fastcgi.mjs';
import { root, startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

const program = join(process.env.PGBELL_BIN ?? join(root, 'build/checked'), 'pgbell-stream');

let site, alice;

before(async () => {
	site = await startSite({ apis: 1 });
	alice = await site.signUp();
});
after(() => site.stop());

// Start it as a web server would.  Gives { child, text, until(pattern) }.
function startCgi(variables) {
	const child = spawn(program, {
		env: { ...site.env, PGUSER: 'pgbell_stream', REQUEST_METHOD: 'GET', REQUEST_URI: '/api/notifications/stream', ...variables },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const cgi = { child, text: '', log: '', exited: once(child, 'close') }; // when all that it said is here
	child.stdout.on('data', (bytes) => { cgi.text += bytes; });
	child.stderr.on('data', (bytes) => { cgi.log += bytes; });
	cgi.until = (pattern) => waitFor(`${pattern}`, () => pattern.test(cgi.text));
	return cgi;
}

test('a stream runs on standard output and ends when its reader leaves', async () => {
	const cgi = startCgi({ HTTP_AUTHORIZATION: `Bearer ${alice.token}` });
	await cgi.until(/event: connected\n/);
	assert.match(cgi.text, /^Status: 200 OK\r\nContent-Type: text\/event-stream; charset=utf-8\r\n/);
	await site.sql(`insert into pgbell.notification (user_id, kind) values ($1, 'test')`, [String(alice.id)]);
	await cgi.until(/event: new_notification\ndata: .*\nid: 1\n\n/);
	cgi.child.stdout.destroy();
	await site.sql(`insert into pgbell.notification (user_id, kind) values ($1, 'test')`, [String(alice.id)]);
	assert.deepEqual(await cgi.exited, [0, null], cgi.log);
});

test('a missed event is replayed, and SIGTERM ends the stream with a retry', async () => {
	const cgi = startCgi({ HTTP_COOKIE: `pgbell_session=${alice.token}`, HTTP_LAST_EVENT_ID: '1', PGBELL_DRAIN_S: '0' });
	await cgi.until(/event: new_notification\ndata: .*\nid: 2\n\n/);
	cgi.child.kill('SIGTERM');
	await cgi.until(/\n\nretry: (\d+)\n\nevent: closing\ndata: .*\b\1\b.*\n\n$/);
	assert.deepEqual(await cgi.exited, [0, null], cgi.log);
});

test('without a place it gives all that is new before it ends, however much that is', async () => {
	const events = 40; // several pages, and more than a pipe holds
	const ben = await site.signUp();
	await site.sql(`insert into pgbell.notification (user_id, kind, data)
		select $1, 'big', jsonb_build_object('text', repeat('x', 30000)) from generate_series(1, $2)`, [String(ben.id), events]);
	const cgi = startCgi({ HTTP_AUTHORIZATION: `Bearer ${ben.token}`, HTTP_LAST_EVENT_ID: '0', PGBELL_CGI_STREAMS: '0', PGBELL_DRAIN_S: '0' });
	assert.deepEqual(await cgi.exited, [0, null], cgi.log);
	const ids = [...cgi.text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
	assert.deepEqual(ids, Array.from({ length: events }, (_, i) => i + 1));
	assert.match(cgi.text, /\n\nretry: \d+\n\nevent: closing\ndata: .*\n\n$/);
});

// Processes that each live for a moment: what is old is trimmed in pieces, by whichever comes.
test('what is old is trimmed where nothing but plain CGI runs', async () => {
	const cara = await site.signUp();
	const count = async () => Number((await site.sql('select count(*) as left from pgbell.event where address = $1', [String(cara.id)]))[0].left);
	await site.sql(`insert into pgbell.notification (user_id, kind) select $1, 'old' from generate_series(1, 600)`, [String(cara.id)]);
	process.kill(await site.pid('pgbell-stream'), 'SIGSTOP');
	try {
		await site.sql(`update pgbell.event set created_at = now() - interval '30 days' where address = $1`, [String(cara.id)]);
		await site.sql(`update pgbell.migration set trimmed_at = now() - interval '2 hours' where number = 1`);
		const left = [];
		for (let visits = 0; visits < 4; visits++) {
			const cgi = startCgi({ HTTP_AUTHORIZATION: `Bearer ${cara.token}`, PGBELL_CGI_STREAMS: '0', PGBELL_DRAIN_S: '0' });
			assert.deepEqual(await cgi.exited, [0, null], cgi.log);
			left.push(await count());
		}
		assert.deepEqual(left, [350, 100, 0, 0], '250 a visit');
		await site.sql(`insert into pgbell.notification (user_id, kind) values ($1, 'old')`, [String(cara.id)]);
		await site.sql(`update pgbell.event set created_at = now() - interval '30 days' where address = $1`, [String(cara.id)]);
		const cgi = startCgi({ HTTP_AUTHORIZATION: `Bearer ${cara.token}`, PGBELL_CGI_STREAMS: '0', PGBELL_DRAIN_S: '0' });
		assert.deepEqual(await cgi.exited, [0, null], cgi.log);
		assert.equal(await count(), 1, 'it is due again an hour later');
	} finally {
		process.kill(await site.pid('pgbell-stream'), 'SIGCONT');
	}
});

test('what was read long ago goes in pieces where that is wanted', async () => {
	const dora = await site.signUp();
	const count = async () => Number((await site.sql('select count(*) as left from pgbell.notification where user_id = $1', [String(dora.id)]))[0].left);
	await site.sql(`insert into pgbell.notification (user_id, kind, read_at) select $1, 'old', now() - i % 2 * interval '100 days' from generate_series(1, 600) i`, [String(dora.id)]);
	process.kill(await site.pid('pgbell-stream'), 'SIGSTOP');
	try {
		const visit = async (days) => {
			await site.sql(`update pgbell.migration set trimmed_at = null where number = 1`);
			const cgi = startCgi({ HTTP_AUTHORIZATION: `Bearer ${dora.token}`, PGBELL_CGI_STREAMS: '0', PGBELL_DRAIN_S: '0', PGBELL_NOTIFICATION_KEEP_DAYS: days });
			assert.deepEqual(await cgi.exited, [0, null], cgi.log);
			return count();
		};
		assert.equal(await visit('0'), 600, 'unless it is wanted nothing goes');
		assert.deepEqual([await visit('90'), await visit('90'), await visit('90')], [350, 300, 300], '250 a visit');
	} finally {
		process.kill(await site.pid('pgbell-stream'), 'SIGCONT');
	}
});

test('what is announced is given to one that only comes by, and to one that stays', async () => {
	const [eve, fay] = [await site.signUp(), await site.signUp()];
	process.kill(await site.pid('pgbell-stream'), 'SIGSTOP');
	try {
		const staying = startCgi({ HTTP_AUTHORIZATION: `Bearer ${eve.token}` });
		await staying.until(/event: connected\n/);
		const [{ id }] = await site.sql(`select pgbell.announce('news')::integer as id`);
		await staying.until(/event: new_notification\ndata: .*"kind": "news"/);
		staying.child.stdout.destroy();
		const passing = startCgi({ HTTP_AUTHORIZATION: `Bearer ${fay.token}`, HTTP_LAST_EVENT_ID: '0', PGBELL_CGI_STREAMS: '0', PGBELL_DRAIN_S: '0' });
		assert.deepEqual(await passing.exited, [0, null], passing.log);
		assert.equal(passing.text.match(/event: new_notification\ndata: .*"kind": "news"/g)?.length, 1, passing.text);
		await site.sql('select pgbell.withdraw($1)', [id]);
		assert.deepEqual(await staying.exited, [0, null], staying.log);
	} finally {
		process.kill(await site.pid('pgbell-stream'), 'SIGCONT');
	}
});

test('a refusal is a whole response', async () => {
	const cgi = startCgi({});
	assert.deepEqual(await cgi.exited, [0, null], cgi.log);
	const [head, body] = cgi.text.split('\r\n\r\n');
	assert.match(head, /^Status: 401 Unauthorized\r\nContent-Type: application\/problem\+json\r\n/);
	assert.equal(JSON.parse(body).status, 401);
});

test('started by hand it says what it wants; help and version are there', async () => {
	const run = async (args, env) => {
		const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
		let text = '';
		child.stdout.on('data', (bytes) => { text += bytes; });
		child.stderr.on('data', (bytes) => { text += bytes; });
		const [code] = await once(child, 'close');
		return { code, text };
	};
	assert.match((await run(['--help'], {})).text, /PGBELL_HEARTBEAT_S \(30\)/);
	assert.match((await run(['--version'], {})).text, /^pgbell-stream \d+\.\d+\.\d+\n$/);
	assert.equal((await run(['--nonsense'], {})).code, 2);
	assert.deepEqual(await run([], {}), { code: 1,
		text: 'pgbell-stream: standard input is no listening socket, and the environment holds no CGI request (--help tells more)\n' });
	assert.deepEqual(await run([], { PGBELL_HEARTBEAT_S: 'often' }), { code: 1,
		text: 'pgbell-stream: PGBELL_HEARTBEAT_S is "often", but must be a whole number from 1 to 3600\n' });
	assert.equal((await run([], { PGBELL_HEARTBAET_S: '1' })).code, 1);
});

// --- pgbell-api ----------------------------------------------------------------

const api = () => ({ ...site.env, PGUSER: 'pgbell_api' });

test('a REST request is served from the environment', async () => {
	const change = (uri, method) => ({ REQUEST_METHOD: method, REQUEST_URI: uri, HTTP_AUTHORIZATION: `Bearer ${alice.token}` });
	const question = '{"title":"by cgi","body":"b"}';
	const listed = await runCgi(api(), { REQUEST_URI: '/api/questions?limit=1' });
	assert.deepEqual([listed.code, listed.status, listed.body.questions], [0, 200, []]);
	assert.match(listed.out, /^Status: 200 OK\r\nContent-Type: application\/json\r\nContent-Length: \d+\r\n/);
	const made = await runCgi(api(), change('/api/questions', 'POST'), question);
	assert.deepEqual([made.status, made.headers.location], [201, `/api/questions/${made.body.id}`]);
	const gone = await runCgi(api(), change(made.headers.location, 'DELETE'));
	assert.deepEqual([gone.status, gone.body, gone.out.endsWith('\r\n\r\n')], [204, '', true]);
	assert.equal((await runCgi(api(), { REQUEST_URI: '/api/health' })).body.status, 'ok');
	assert.equal((await runCgi(api(), { REQUEST_URI: '/api/session' })).status, 401);
	assert.equal((await runCgi(api(), { ...change('/api/questions', 'POST'), CONTENT_LENGTH: '99', CONTENT_TYPE: 'application/json' }, '{}')).status, 400);
	const away = await runCgi({ ...api(), PGHOST: '/nowhere' }, { REQUEST_URI: '/api/health' });
	assert.deepEqual([away.code, away.status, away.headers['retry-after']], [0, 503, '2']);
});

test('the cookie is secure over https or where told so', async () => {
	const { username, password } = alice;
	const signIn = async (variables, settings) => (await runCgi({ ...api(), ...settings },
		{ REQUEST_METHOD: 'POST', REQUEST_URI: '/api/session', ...variables }, JSON.stringify({ username, password }))).headers['set-cookie'];
	assert.doesNotMatch(await signIn({}), /Secure/);
	assert.match(await signIn({ HTTPS: 'on' }), /; Secure$/);
	assert.match(await signIn({ REQUEST_SCHEME: 'https' }), /; Secure$/);
	assert.match(await signIn({}, { PGBELL_COOKIE_SECURE: 'on' }), /; Secure$/);
});

test('options and settings are explained and checked', async () => {
	const bare = (args, settings = {}) => runCgi(settings, { REQUEST_METHOD: undefined }, '', { args });
	const help = await bare(['--help']);
	assert.equal(help.code, 0);
	assert.match(help.out, /PGBELL_BODY_BYTES[^]*FastCGI|FastCGI[^]*PGBELL_BODY_BYTES/);
	assert.match((await bare(['--version'])).out, /^pgbell-api \d+\.\d+\.\d+\n$/);
	const unknown = await bare(['--verbose']);
	assert.equal(unknown.code, 2);
	assert.match(unknown.err, /--verbose/);
	const bad = await bare([], { PGBELL_BODY_BYTES: 'lots' });
	assert.equal(bad.code, 2);
	assert.match(bad.err, /PGBELL_BODY_BYTES/);
	assert.equal((await bare([])).code, 2);
});

test('a request body ends with standard input if nobody has told its length', async () => {
	const environment = { ...site.env, PGUSER: 'pgbell_api', PGBELL_INTAKE_S: '1' };
	const open = { REQUEST_METHOD: 'POST', REQUEST_URI: '/api/questions', HTTP_AUTHORIZATION: `Bearer ${alice.token}`, CONTENT_LENGTH: '' };
	assert.equal((await runCgi(environment, open, '{"title":"cgi","body":"open"}')).status, 201);
	assert.equal((await runCgi(environment, { ...open, REQUEST_METHOD: 'PUT', REQUEST_URI: '/api/notifications/read-all' })).status, 200, 'none is none');
	// A web server that leaves standard input open is not waited for without end.
	const child = spawn(join(programs, 'pgbell-api'), { env: { ...environment, ...open, CONTENT_TYPE: 'application/json' } });
	let out = '';
	child.stdout.on('data', (bytes) => { out += bytes; });
	child.stdin.write('{"title":"cgi","body":"late"}');
	assert.deepEqual(await once(child, 'close'), [0, null]);
	assert.match(out, /^Status: 400 /);
});
