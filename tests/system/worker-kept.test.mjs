// Web servers that keep their FastCGI connections, make them ahead, or are slow: none of
// them holds a worker that others wait for.

import assert from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pair, programs, record, types } from '../lib/fastcgi.mjs';
import { request } from '../lib/http.mjs';
import { startNginx } from '../lib/nginx.mjs';
import { findFreePort, startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';
import { startWebServer } from '../lib/webserver.mjs';

const WORKERS = 2;
const INTAKE_S = 3;

let site;
let own; // the site's address, whatever stands in front of it meanwhile
let socket;
let alice;
let posters; // one for each request at once: those of one person wait for one another

before(async () => {
	site = await startSite({ apis: WORKERS, env: { PGBELL_INTAKE_S: String(INTAKE_S) } });
	own = site.url;
	socket = join(site.state, 'run/api.sock');
	alice = await site.signUp();
	posters = [alice, ...await Promise.all(Array.from({ length: 3 }, () => site.signUp()))];
});
after(() => site.stop());

const ask = (url) => request(`${url}/api/questions`, { headers: { authorization: `Bearer ${alice.token}` } });

// So many requests, so many at once, each of which is answered.
async function askOften(url, count, atOnce, makeOne = ask) {
	let left = count;
	const statuses = [];
	await Promise.all(Array.from({ length: atOnce }, async (_, i) => {
		while (left-- > 0)
			statuses.push((await makeOne(url, i)).status);
	}));
	return statuses;
}

const post = (url, i) => request(`${url}/api/questions`, {
	method: 'POST',
	headers: { authorization: `Bearer ${posters[i].token}`, 'content-type': 'application/json' },
	body: '{"title":"kept","body":"b"}',
});

const haproxy = (directory, port) => `
defaults
	mode http
	timeout connect 5s
	timeout client 50s
	timeout server 50s
	http-reuse always
fcgi-app pgbell
	docroot ${directory}
	pass-header Authorization
frontend site
	bind 127.0.0.1:${port}
	default_backend api
backend api
	use-fcgi-app pgbell
	server a unix@${socket} proto fcgi
`;

test('haproxy_keeps_its_connections_and_every_worker_stays_free_for_others', async () => {
	const proxy = await startWebServer(site, 'haproxy', { 'haproxy.cfg': haproxy },
		(directory) => ['/usr/sbin/haproxy', '-W', '-db', '-f', `${directory}/haproxy.cfg`]);
	try {
		assert.deepEqual(await askOften(proxy.url, 240, 12), Array(240).fill(200));
		assert.deepEqual(await askOften(own, 24, 12), Array(24).fill(200), 'another web server at the same socket');
		assert.deepEqual(await askOften(proxy.url, 60, posters.length, post), Array(60).fill(201), 'and what may not be sent twice');
	} finally {
		site.url = own;
		await proxy.stop();
	}
});

test('nginx_with_keepalive_and_keep_conn_leaves_every_worker_free', async () => {
	const nginx = await startNginx({
		directory: join(site.state, 'keeping'),
		upstreams: { api: socket, stream: socket },
		http: `upstream kept { server unix:${socket}; keepalive 8; }`,
		server: `location / { include /etc/nginx/fastcgi_params; fastcgi_pass kept; fastcgi_keep_conn on; }`,
	});
	try {
		assert.deepEqual(await askOften(nginx.url, 240, 12), Array(240).fill(200));
		assert.deepEqual(await askOften(own, 24, 12), Array(24).fill(200));
		assert.deepEqual(await askOften(nginx.url, 60, posters.length, post), Array(60).fill(201));
	} finally {
		await nginx.stop();
	}
});

async function connect(t, bytes) {
	const connection = createConnection(socket);
	t.after(() => connection.destroy());
	connection.on('error', () => {}); // what it had not read is thrown away
	await once(connection, 'connect');
	if (bytes)
		connection.write(bytes);
	return connection;
}

const begin = (flags = 1) => record(types.BEGIN, Buffer.from([0, 1, flags, 0, 0, 0, 0, 0]));
const variables = (values) => Buffer.concat([record(types.PARAMS, Buffer.concat(Object.entries(values).map(pair))), record(types.PARAMS)]);

test('connections_that_say_nothing_keep_nobody_waiting_and_are_closed', async (t) => {
	const silent = await Promise.all(Array.from({ length: 3 * WORKERS }, () => connect(t)));
	const closed = Promise.all(silent.map((it) => new Promise((resolve) => { it.on('close', resolve).resume(); })));
	// As many as there are workers are answered before the first of the silent ones loses patience.
	const answers = askOften(own, 20, 4);
	assert.equal(await Promise.race([answers.then(() => 'answered'), closed.then(() => 'closed')]), 'answered');
	assert.deepEqual(await answers, Array(20).fill(200));
	await closed;
});

test('a_connection_that_has_been_silent_is_served_when_it_speaks', async (t) => {
	const late = await connect(t);
	assert.deepEqual(await askOften(own, 8, 4), Array(8).fill(200));
	let answer = '';
	late.on('data', (bytes) => { answer += bytes; });
	late.write(Buffer.concat([begin(0), variables({ REQUEST_METHOD: 'GET', REQUEST_URI: '/api/questions' }), record(types.STDIN)]));
	await once(late, 'end');
	assert.match(answer, /Status: 200 OK/);
});

test('a_request_that_never_arrives_whole_is_given_up', async (t) => {
	const half = Buffer.concat([begin(0), record(types.PARAMS, Buffer.alloc(10))]);
	const body = Buffer.concat([begin(0), variables({ REQUEST_METHOD: 'POST', REQUEST_URI: '/api/questions',
		HTTP_AUTHORIZATION: `Bearer ${alice.token}`, CONTENT_TYPE: 'application/json', CONTENT_LENGTH: '100' }), record(types.STDIN, Buffer.from('{'))]);
	for (const bytes of [half, body]) {
		const stuck = await Promise.all(Array.from({ length: WORKERS }, () => connect(t, bytes)));
		await Promise.all(stuck.map((it) => new Promise((resolve) => { it.on('close', resolve).resume(); })));
		assert.equal((await ask(own)).status, 200);
	}
});

test('one_who_does_not_take_its_answer_is_given_up', async (t) => {
	// Larger than what a socket holds for its reader.
	await site.sql(`insert into pgbell.notification (user_id, kind, data) select $1, 'long', jsonb_build_object('text', repeat('x', 15000))
		from generate_series(1, 100)`, [String(alice.id)]);
	const wanted = Buffer.concat([begin(), variables({ REQUEST_METHOD: 'GET', REQUEST_URI: '/api/notifications?limit=100',
		HTTP_AUTHORIZATION: `Bearer ${alice.token}` }), record(types.STDIN)]);
	const stuck = await Promise.all(Array.from({ length: WORKERS }, () => connect(t, wanted)));
	await Promise.all(stuck.map((it) => once(it, 'readable').catch(() => {}))); // and no more is read; on a slow machine it has been given up by now
	assert.equal((await ask(own)).status, 200);
});

test('a_kept_connection_serves_one_request_after_the_other_and_a_bodys_rest_is_not_taken_for_one', async (t) => {
	const kept = await connect(t);
	let text = '';
	kept.on('data', (bytes) => { text += bytes.toString('latin1'); });
	const end = record(types.END, Buffer.alloc(8)).toString('latin1');
	const answered = async (count) => waitFor('an answer', () => text.split(end).length === count + 1);
	for (let i = 1; i <= 3; i++) {
		kept.write(Buffer.concat([begin(), variables({ REQUEST_METHOD: 'GET', REQUEST_URI: '/api/questions' }), record(types.STDIN)]));
		await answered(i);
	}
	assert.equal(text.split('Status: 200 OK').length, 4);
	// Refused by its header: its body comes behind the answer, and the connection goes with it.
	kept.write(Buffer.concat([begin(), variables({ REQUEST_METHOD: 'POST', REQUEST_URI: '/api/questions', CONTENT_LENGTH: '60000' }),
		record(types.STDIN, Buffer.alloc(60_000))]));
	await answered(4);
	assert.match(text, /Status: 415 Unsupported Media Type/);
	assert.deepEqual(await askOften(own, 8, 4), Array(8).fill(200));
});

// As libfcgi has it, which no longer accepts here.
test('by_tcp_only_those_are_served_whom_FCGI_WEB_SERVER_ADDRS_lists', async (t) => {
	const listen = 'use IO::Socket::INET; use POSIX qw(dup2); my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => shift, Listen => 8, ReuseAddr => 1)'
		+ ' or die "$!"; dup2(fileno $s, 0); syswrite STDOUT, "listening\\n"; exec @ARGV';
	for (const [list, isServed] of [['127.0.0.2', false], ['10.0.0.1,127.0.0.1', true], ['127.0.0.11, 127.0.0.1', true], ['127.0.0.11', false]]) {
		const port = await findFreePort();
		const child = spawn('perl', ['-e', listen, port, join(programs, 'pgbell-api')],
			{ env: { ...site.env, PGUSER: 'pgbell_api', FCGI_WEB_SERVER_ADDRS: list }, stdio: ['ignore', 'pipe', 'inherit'] });
		t.after(() => child.kill());
		await once(child.stdout, 'data');
		const connection = createConnection(port, '127.0.0.1');
		let answer = '';
		connection.on('error', () => {}).on('data', (bytes) => { answer += bytes; });
		connection.write(Buffer.concat([begin(0), variables({ REQUEST_METHOD: 'GET', REQUEST_URI: '/api/questions' }), record(types.STDIN)]));
		await new Promise((resolve) => { connection.on('close', resolve); });
		assert.equal(answer.includes('Status: 200 OK'), isServed, list);
	}
});
