// Hostile requests: every field of every route broken in turn, against the
// real server.  Each is refused with a problem document and a status of 4xx;
// what nginx refuses by itself never reaches a program, and is named here.
// What is broken is found in the OpenAPI document, so a new route needs no
// line of its own.

import assert from 'node:assert';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readLog } from '../lib/logfmt.mjs';
import { makeBody, operations } from '../lib/openapi.mjs';
import { requestRaw, sendRaw } from '../lib/raw.mjs';
import { startSite } from '../lib/site.mjs';

const STREAM = '/api/notifications/stream';
const AT_A_TIME = 16;

let site, alice, token;

before(async () => {
	site = await startSite({ env: { PGBELL_LOG_LEVEL: 'debug' } });
	alice = await site.signUp();
	token = ['Authorization', `Bearer ${alice.token}`];
});
after(() => site.stop());

// --- what is expected ----------------------------------------------------------

// A problem document (RFC 9457), or a page of nginx's own where that is what the case says.
function checkRefusal(answer, { statuses, byNginx = false, what }) {
	const told = `${what}: ${answer.status} ${answer.text.slice(0, 200)}`;
	assert.ok(answer.status >= 400 && answer.status < 500, told);
	assert.equal(answer.headers['x-injected'], undefined, told);
	if (byNginx) {
		assert.equal(answer.headers['content-type'], 'text/html', told);
		return;
	}
	assert.ok(statuses.includes(answer.status), told);
	assert.equal(answer.headers['content-type'], 'application/problem+json', told);
	const problem = JSON.parse(answer.text);
	assert.match(problem.type, /^urn:pgbell:problem:[a-z-]+$/, told);
	assert.ok(problem.title, told);
	assert.equal(problem.status, answer.status, told);
}

async function refuseAll(cases) {
	assert.ok(cases.length > 0);
	for (let i = 0; i < cases.length; i += AT_A_TIME)
		await Promise.all(cases.slice(i, i + AT_A_TIME).map(async (one) => {
			const what = `${one.request.method} ${String(one.request.target).slice(0, 200)} ${one.what ?? ''}`;
			checkRefusal(await requestRaw(site.port, one.request), { ...one, what });
		}));
}

// --- what is broken --------------------------------------------------------------

// Percent-encoded text that is no number, whatever the range is.
const NO_NUMBERS = [
	'-1', '1.5', '1e3', '0x1', '%2b1', '%201', '1%20', '1,2', '9'.repeat(40), '9223372036854775808', '$1', '%25s%25n',
	'%5c', '%7b%7d', '%22', '%27', '1%27%20or%20%271%27=%271', '1;drop%20table%20qa.question;--', 'null', 'true',
	'%ef%bc%91', '%e2%80%a8', 'x'.repeat(1000),
];
// Encoded so that it is no text at all; and raw bytes.
const NO_TEXT = [
	'1%0d%0aX-Injected:%20yes', '1%0a', '%01', '%7f', '%ff', '%c0%80', '%ed%a0%80', '%f4%90%80%80', '1%e2%80',
	Buffer.from([0x31, 0xff]),
];
// No encoding: nginx refuses it in a path by itself, the programs do in a query.
const NO_ENCODING = ['1%00', '%', '%2', '%zz'];

const NO_TOKENS = [
	'', ' ', 'x', 'Bearer', 'Bearer ', 'Bearer a b', 'Bearer "x"', 'Bearer {}', 'Bearer %s%n', 'Bearer $1', 'Bearer a\\',
	'Bearer a,b', 'Bearer =', "Bearer ' or true --", "Bearer '; drop table pgbell.session; --", `Bearer ${'a'.repeat(513)}`,
	`Bearer ${'a'.repeat(7000)}`, `Bearer ${'a'.repeat(43)}`, 'Basic YTpi', 'Bearer\ta',
	Buffer.from([...Buffer.from('Bearer '), 0xff, 0xc0, 0x80]), 'Bearer \u2028',
];
const NO_COOKIES = [
	'pgbell_session=x y', 'pgbell_session="x"', "pgbell_session=' or true --", 'pgbell_session=a; pgbell_session=a',
	`pgbell_session=${'a'.repeat(513)}`, `pgbell_session=${'a'.repeat(43)}`, 'pgbell_session=%00',
	Buffer.from([...Buffer.from('pgbell_session='), 0xff]), 'pgbell_session', '=;;;=', ';',
];

const NO_OBJECTS = ['', 'null', '1', '"a"', '[]', '[{}]'];
const NO_JSON = [
	'{', '}', '{"a"}', '{"a":1,}', "{'a':1}", '{"a":1}}', '{"a":1} x', '//\n{}', '\ufeff{}', '{"a":NaN}', '{"a":01}',
	'{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '{"a":"\\u0000"}', '{"a":"\\ud800"}', '{"a":"\\x"}', '{"a":"\n"}', '{"a":"\0"}',
	'\0', '['.repeat(50_000), '{"a":'.repeat(10_000), '{"a":'.repeat(64) + '1' + '}'.repeat(64),
	Buffer.from('{}', 'utf16le'), Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]),
	Buffer.from([0x7b, 0x22, 0xc0, 0x80, 0x22, 0x3a, 0x31, 0x7d]),
];
const NO_JSON_TYPES = [
	'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonx', 'text/json',
	'', 'application', '\x7f', Buffer.from([0xff]), 'x'.repeat(5000),
];
const NO_STRINGS = ['null', '1', 'true', '[]', '["a"]', '{}', '1e999', '""'];
const NO_INTEGERS = [
	'"1"', 'true', '[]', '{}', '1.5', '1e400', '-1', '18446744073709551616', '-9223372036854775809',
	'"1; drop table qa.question"',
];

const NO_BOOLEANS = ['null', '0', '1', '"true"', '""', '[]', '{}', 'TRUE'];

const NO_METHODS = ['FOO', 'PATCH', 'X'.repeat(1000), 'GET_', 'DELETE-ALL'];

const describe = (value) => String(value).slice(0, 60);

const breakMember = (property, isRequired) => [
	...{
		string: () => [...NO_STRINGS.filter((text) => !(property.minLength === 0 && text === '""')), `"${'€'.repeat(property.maxLength + 1)}"`],
		integer: () => [...NO_INTEGERS, String(property.minimum - 1), String(BigInt(property.maximum) + 1n)],
		boolean: () => NO_BOOLEANS,
	}[property.type]().filter((text) => text !== 'null' || isRequired),
	...isRequired ? [null] : [],
];

// Everything that can be wrong with one operation of the document.
function* breakOperation({ method, path, isPrivate, parameters, schema }) {
	const json = ['Content-Type', 'application/json'];
	const target = path.replace('{id}', '1').replace('{topic}', 'public:hostile');
	const request = (changes) => ({ method, target, headers: schema ? [token, json] : [token], body: schema && makeBody(schema), ...changes });

	if (path.includes('{id}')) {
		for (const id of ['0', ...NO_NUMBERS, ...NO_TEXT])
			yield { statuses: [404, 400], request: request({ target: concat(path.split('{id}')[0], id, path.split('{id}')[1]) }) };
		for (const id of [...NO_ENCODING, '1\0', '1\x01', '9'.repeat(9000)])
			yield { byNginx: true, request: request({ target: path.replace('{id}', () => id) }) };
	}
	if (path.includes('{topic}')) {
		for (const topic of ['a%20b', 'a;b', 'a=1', "'", '%C3%A9', 'x'.repeat(129), ...NO_TEXT])
			yield { statuses: [422, 404, 400], request: request({ target: concat(path.split('{topic}')[0], topic, path.split('{topic}')[1]) }) };
		for (const topic of NO_ENCODING)
			yield { byNginx: true, request: request({ target: path.replace('{topic}', () => topic) }) };
	}
	for (const { name, schema: range } of parameters) {
		const wrong = {
			integer: () => [...NO_NUMBERS, String(range.minimum - 1), String(BigInt(range.maximum) + 1n), ''],
			boolean: () => [...NO_NUMBERS.filter((text) => text !== 'true'), 'maybe', '2', 'TRUE'],
			string: () => ['', 'x'.repeat(range.maxLength + 1)],
		}[range.type]();
		for (const value of [...wrong, ...NO_TEXT, ...NO_ENCODING])
			yield { statuses: [422, 400], request: request({ target: concat(`${target}?${name}=`, value) }) };
		yield { statuses: [422], request: request({ target: `${target}?${name}=1&${name}=1` }) };
	}
	for (const query of ['x=1', `${'n'.repeat(100)}=1`, '%00=1', '%ff=1', '=1', '%0d%0aX-Injected:%20yes=1', "'=1",
		`token=${alice.token}`, '%'])
		yield { statuses: [422, 400], request: request({ target: `${target}?${query}` }) };

	if (isPrivate) {
		// To end what has ended, or what never was, is no error.
		const isKnown = method !== 'DELETE' || target !== '/api/session';
		for (const value of isKnown ? NO_TOKENS : [])
			yield { statuses: [401], what: describe(value), request: request({ headers: [json, ['Authorization', value]] }) };
		for (const value of isKnown ? NO_COOKIES : [])
			yield {
				statuses: [401], what: describe(value),
				request: request({ headers: [json, ['Cookie', value], ['Sec-Fetch-Site', 'same-origin']] }),
			};
		yield { statuses: [401], what: 'nobody', request: request({ headers: [json] }) };
		for (const value of ['Bearer a\0', 'Bearer a\rX-Injected: yes', `Bearer ${'a'.repeat(9000)}`])
			yield { byNginx: true, what: describe(value), request: request({ headers: [json, ['Authorization', value]] }) };
		yield { byNginx: true, what: 'two tokens', request: request({ headers: [json, token, token] }) };
		if (method !== 'GET')
			for (const origin of ['null', '', 'https://evil.example', `http://127.0.0.1:${site.port}.evil.example`, 'http://', '\x7f',
				Buffer.from([0xff]), 'x'.repeat(5000)])
				yield {
					statuses: [403], what: describe(origin),
					request: request({ headers: [json, ['Cookie', `pgbell_session=${alice.token}`], ['Origin', origin]] }),
				};
	}

	for (const text of NO_OBJECTS.filter((one) => one !== '' || schema?.required.length))
		yield { statuses: [422], what: describe(text), request: request({ headers: [token, json], body: text }) };
	for (const text of NO_JSON)
		yield { statuses: [400], what: describe(text), request: request({ headers: [token, json], body: text }) };
	for (const type of NO_JSON_TYPES)
		yield { statuses: [415], what: describe(type), request: request({ headers: [token, ['Content-Type', type]], body: '{}' }) };
	yield {
		statuses: [422], what: 'unknown members',
		request: request({ headers: [token, json], body: `{"${'m'.repeat(500)}":1,"'; drop table":2}` }),
	};
	yield { statuses: [413], what: '1 MB', request: request({ headers: [token, json], body: ' '.repeat(1 << 20) }) };
	yield { byNginx: true, what: '3 MB', request: request({ headers: [token, json, ['Content-Length', String(3 << 20)]], body: '' }) };
	for (const [name, property] of Object.entries(schema?.properties ?? {}))
		for (const text of breakMember(property, schema.required.includes(name)))
			yield { statuses: [422, 400], what: `${name}: ${describe(text)}`, request: request({ body: makeBody(schema, { [name]: text }) }) };

	for (const wrong of NO_METHODS)
		yield { statuses: [405], request: request({ method: wrong }) };
	for (const wrong of ['get', 'G T', 'TRACE', 'CONNECT', 'X\0', ''])
		yield { byNginx: true, request: request({ method: wrong }) };
}

const concat = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));

for (const operation of operations)
	if (operation.path !== '/api/health') // the stream program's, below
		test(`${operation.method} ${operation.path} refuses whatever is broken`, () => refuseAll([...breakOperation(operation)]));

// --- the stream program ------------------------------------------------------------

function* breakIdentity(target) {
	const request = (changes) => ({ method: 'GET', target, ...changes });
	const secrets = [
		'', '%00', '%ff', '%0d%0a', '%20', '%', 'a%20b', "'%20or%20true--", '%22', '{}', '$1', 'a'.repeat(513),
		'a'.repeat(43), '%e2%80%a8',
	];

	for (const value of NO_TOKENS.filter((text) => text !== ''))
		yield { statuses: [401], what: describe(value), request: request({ headers: [['Authorization', value]] }) };
	for (const value of NO_COOKIES)
		yield { statuses: [401], what: describe(value), request: request({ headers: [['Cookie', value]] }) };
	for (const name of ['token', 'ticket']) {
		for (const value of secrets)
			yield { statuses: [401], request: request({ target: `${target}?${name}=${value}` }) };
		yield { statuses: [401], request: request({ target: `${target}?${name}=a&${name}=a` }) };
	}
	yield { statuses: [400, 401], request: request({ target: `${target}?token=a&ticket=b` }) };
	yield { byNginx: true, what: 'two tokens', request: request({ headers: [token, token] }) };
	yield { byNginx: true, what: 'NUL', request: request({ headers: [['Authorization', 'Bearer a\0']] }) };
}

test('the stream refuses whatever is broken in who is asking', () =>
	refuseAll([STREAM, `${STREAM}/stats`].flatMap((target) => [...breakIdentity(target)])));

test('the stream program has four paths and one method', async () => {
	const paths = [STREAM, `${STREAM}/stats`, '/api/health', '/metrics'];
	const rests = ['/x', '/', '%2f', 'x', '/../streamx', '//', '/stats/', '/%2e%2e/x', '%0d%0aX-Injected:%20yes', '%ff'];
	await refuseAll([
		...paths.flatMap((target) => [
			...['POST', 'DELETE', ...NO_METHODS].map((method) => ({ statuses: [405], request: { target, method, headers: [token] } })),
			...['get', 'TRACE', 'X\0'].map((method) => ({ byNginx: true, request: { target, method, headers: [token] } })),
		]),
		...rests.map((rest) => ({ statuses: [404, 400], request: { method: 'GET', target: STREAM + rest, headers: [token] } })),
		...['%00', '/%00', '\0', '%', '%zz'].map((rest) =>
			({ byNginx: true, request: { method: 'GET', target: STREAM + rest, headers: [token] } })),
	]);
});

test('a number to go on from may be anything, and is answered with a reset', async () => {
	const numbers = [
		'-1', '1.5', 'abc', '9'.repeat(40), "'; drop table pgbell.event; --", '$1', '%s%n', '{}', '\\', '"', '1e3',
		'0x1', 'x'.repeat(5000), 'NaN', Buffer.from([0x31, 0xff]), '\u2028',
	];
	const ask = ({ target = STREAM, headers = [] }) =>
		requestRaw(site.port, { target, until: /event: (reset|unread_count)/, headers: [token, ...headers] });
	for (const value of numbers) {
		const answer = await ask({ headers: [['Last-Event-ID', value]] });
		assert.equal(answer.status, 200, String(value));
		assert.match(answer.text, /event: reset\ndata: {"reason":"unknown"/, String(value));
	}
	for (const query of ['%00', '%0d%0aid:%209', '%ff', '1&last_event_id=2', '%', '-1', '1%20']) {
		const answer = await ask({ target: `${STREAM}?last_event_id=${query}` });
		assert.equal(answer.status, 200, query);
		assert.match(answer.text, /event: reset\ndata: {"reason":"unknown"/, query);
	}
	for (const query of ['', 'x=1', '%00=1', 'a'.repeat(2000), 'last_event_id=', '%', '&&&=', '%0d%0aid:%209'])
		assert.doesNotMatch((await ask({ target: `${STREAM}?${query}` })).text, /event: reset|^id: 9$/m, query);
});

// --- what nginx refuses by itself -----------------------------------------------------

test('what is no HTTP never reaches a program', async () => {
	const host = ['Host', '127.0.0.1'];
	const post = (headers, body = '{}') =>
		({ method: 'POST', target: '/api/questions', headers: [token, ['Content-Type', 'application/json'], ...headers], body });
	for (const [status, request] of [
		[400, { headers: [host, host], target: '/api/questions' }],
		[400, { headers: [['Host', 'a b']], target: '/api/questions' }],
		[400, { headers: [['Host', 'a\0']], target: '/api/questions' }],
		[400, { target: '*' }], [400, { target: '' }],
		[414, { target: `/api/questions?${'x'.repeat(40_000)}` }],
		[400, { target: '/api/questions', headers: Array.from({ length: 40 }, (_, i) => [`X-${i}`, 'x'.repeat(1000)]) }],
		[400, post([['Content-Length', '-1']])], [400, post([['Content-Length', '2x']])], [400, post([['Content-Length', '9'.repeat(30)]])],
		[400, post([['Content-Length', '2'], ['Content-Length', '2']])],
		[400, post([['Content-Length', '2'], ['Transfer-Encoding', 'chunked']])],
		[400, post([['Transfer-Encoding', 'chunked']], 'zz\r\n{}')],
		[501, post([['Transfer-Encoding', 'gzip']])],
	]) {
		const answer = await requestRaw(site.port, request);
		assert.equal(answer.status, status, JSON.stringify(request).slice(0, 200));
		assert.equal(answer.headers['content-type'], 'text/html');
	}
	assert.equal((await sendRaw(site.port, Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]))).status, 400);
});

// --- text that means something elsewhere -------------------------------------------

const TEXTS = [
	"'; drop table qa.question cascade; --", "' or '1'='1", '$1 $$ $tag$', '%s %n %d %1$s', '\\', "\\'; --", '{}',
	'{"a",NULL}', '"', '\'', ',', 'NULL', '--', '/* x */', '\u202e', 'id: 9 data: x', '<script>alert(1)</script>', '&lt;',
	'${x}', '🔔', '%00', '\\u0000', '\ufffd\ufffe',
];

test('what means something in SQL, JSON or HTML is text like any other', async () => {
	const bob = await site.signUp(`bob ' " \\ $1 %s {} ; --`);
	assert.equal((await site.api('GET', '/api/session', { token: bob.token })).body.user.username, bob.username);
	for (const text of TEXTS) {
		const asked = await site.api('POST', '/api/questions', { token: alice.token, body: { title: text, body: `${text}\n${text}` } });
		assert.equal(asked.status, 201, text);
		const path = `/api/questions/${asked.body.id}`;
		assert.equal((await site.api('POST', `${path}/answers`, { token: bob.token, body: { body: text } })).status, 201, text);
		assert.equal((await site.api('POST', `${path}/comments`, { token: bob.token, body: { body: text } })).status, 201, text);
		const { body } = await site.api('GET', path);
		assert.deepEqual([body.title, body.body, body.answers[0].body, body.comments[0].body], [text, `${text}\n${text}`, text, text]);
	}
	const password = "pass'; drop table qa.account; --";
	assert.equal((await site.api('POST', '/api/users', { body: { username: "mallory'--", password } })).status, 201);
	assert.equal((await site.api('POST', '/api/session', { body: { username: "mallory'--", password } })).status, 201);
	for (const username of ["' or true --", "mallory'--' or '1'='1", '%', '_', '*'])
		assert.equal((await site.api('POST', '/api/session', { body: { username, password: "' or '1'='1" } })).status, 401, username);
});

// --- afterwards ----------------------------------------------------------------------

test('all is well afterwards, and the log holds nothing but this', async () => {
	await site.waitUntilRinging(alice);
	assert.deepEqual((await readLog(site, 'pgbell-api')).filter(({ level, event }) => level !== 'debug' || event !== 'request'), []);
	const known = ['started', 'database_connected', 'stream_opened', 'stream_closed'];
	assert.deepEqual((await readLog(site, 'pgbell-stream')).filter(({ level, event }) => level !== 'info' || !known.includes(event)), []);
	const nginx = (await readFile(join(site.state, 'log/nginx.log'), 'utf8')).split('\n');
	const ofNginx = /a client request body is buffered to a temporary file|client (intended to send too large|sent invalid chunked) body/;
	assert.deepEqual(nginx.filter((line) => line !== '' && !ofNginx.test(line)), []);
	const postgres = (await readFile(join(site.state, 'log/postgres.log'), 'utf8')).split('\n');
	const ofDatabase = /: {2}(Sign in first\.|The username or the password is wrong\.|the database system is starting up|role "\S+" does not exist)$/;
	assert.deepEqual(postgres.filter((line) => / (ERROR|FATAL|PANIC): /.test(line) && !ofDatabase.test(line)), []);
});
