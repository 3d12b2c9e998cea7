// The REST interface through nginx: each row of its table, and each way in
// which a request is refused.

import assert from 'node:assert';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { programs, runCgi } from '../lib/fastcgi.mjs';
import { request } from '../lib/http.mjs';
import { as, expecting } from '../lib/rest.mjs';
import { root, startSite } from '../lib/site.mjs';

let site, asker, answerer;

before(async () => {
	site = await startSite({ apis: 2, env: { PGBELL_BODY_BYTES: '65536' } });
	asker = await site.signUp();
	answerer = await site.signUp();
});
after(() => site.stop());

const { expectStatus, expectProblem } = expecting(() => site);

async function ask() {
	return expectStatus(201, 'POST', '/api/questions', as(asker, { title: 'Why?', body: 'Tell me.' }));
}

async function answer(question) {
	return expectStatus(201, 'POST', `/api/questions/${question.id}/answers`, as(answerer, { body: 'Because.' }));
}

// A new notification of the asker's.
async function notified() {
	await answer(await ask());
	return (await expectStatus(200, 'GET', '/api/notifications?limit=1', as(asker))).notifications[0];
}

// --- what there is -----------------------------------------------------------

test('an_account_is_made_once', async () => {
	const account = { username: 'Grace Höpper', password: 'correct horse' };
	const made = await expectStatus(201, 'POST', '/api/users', { body: account });
	assert.deepEqual(Object.keys(made).sort(), ['id', 'username']);
	assert.equal(made.username, account.username);
	const refused = await expectProblem(409, 'POST', '/api/users', { body: account });
	assert.match(refused.body.detail, /taken/);
});

test('signing_in_gives_a_token_and_a_cookie_that_scripts_cannot_read', async () => {
	const { username, password } = asker;
	const session = await site.api('POST', '/api/session', { body: { username, password } });
	assert.equal(session.status, 201);
	assert.equal(session.body.user.id, asker.id);
	const [cookie] = session.headers['set-cookie'];
	const [, token, maxAge] = cookie.match(/^pgbell_session=([^;]+); Max-Age=(\d+); Path=\/; HttpOnly; SameSite=Lax$/);
	assert.equal(token, session.body.token);
	const left = (Date.parse(session.body.expires_at) - Date.now()) / 1000;
	assert.ok(Math.abs(left - Number(maxAge)) < 5, `${maxAge} s against ${left} s`);

	const who = await expectStatus(200, 'GET', '/api/session', { cookie: `pgbell_session=${token}` });
	assert.deepEqual(who.user, { id: asker.id, username });
});

test('signing_out_ends_the_token_and_takes_the_cookie_back', async () => {
	const account = await site.signUp();
	const out = await site.api('DELETE', '/api/session', as(account));
	assert.equal(out.status, 204);
	assert.equal(out.body, '');
	assert.match(out.headers['set-cookie'][0], /^pgbell_session=; Max-Age=0;/);
	const refused = await expectProblem(401, 'GET', '/api/session', as(account));
	assert.match(refused.headers['www-authenticate'], /^Bearer realm="pgbell", error="invalid_token"$/);
});

test('a_ticket_is_made_for_a_minute', async () => {
	const { ticket, expires_at } = await expectStatus(201, 'POST', '/api/session/ticket', as(asker));
	assert.match(ticket, /^[\w-]{40,}$/);
	assert.ok(Date.parse(expires_at) - Date.now() <= 61_000);
});

test('a_session_is_renewed_and_the_cookie_with_it', async () => {
	await site.sql(`update pgbell.session set expires_at = now() + interval '1 hour' where user_id = $1`, [String(asker.id)]);
	const renewed = await site.api('POST', '/api/session/renew', as(asker));
	assert.equal(renewed.status, 200);
	assert.ok(Date.parse(renewed.body.expires_at) > Date.now() + 29 * 86400_000);
	assert.equal(renewed.headers['set-cookie'], undefined, 'a bearer keeps no cookie');
	const byCookie = await site.api('POST', '/api/session/renew',
		{ cookie: `pgbell_session=${asker.token}`, headers: { 'sec-fetch-site': 'same-origin' } });
	assert.match(byCookie.headers['set-cookie'][0], new RegExp(`^pgbell_session=${asker.token}; Max-Age=259\\d{4};`));
	await expectStatus(401, 'POST', '/api/session/renew', {});
});

test('a_question_goes_all_the_way_to_an_accepted_answer', async () => {
	const asked = await site.api('POST', '/api/questions', as(asker, { title: 'Ünïcode 😀?', body: 'a\n"b"' }));
	assert.equal(asked.status, 201);
	assert.equal(asked.headers.location, `/api/questions/${asked.body.id}`);
	const { id } = asked.body;

	const answered = await site.api('POST', `/api/questions/${id}/answers`, as(answerer, { body: 'Because.' }));
	assert.equal(answered.status, 201);
	assert.equal(answered.headers.location, `/api/questions/${id}`);
	await expectStatus(201, 'POST', `/api/questions/${id}/comments`, as(answerer, { body: 'Really?' }));
	await expectStatus(201, 'POST', `/api/answers/${answered.body.id}/comments`, as(asker, { body: 'Thanks.' }));
	const accepted = await expectStatus(200, 'PUT', `/api/answers/${answered.body.id}/accept`, as(asker));
	assert.deepEqual(accepted, { id: answered.body.id, question_id: id, accepted: true });

	const whole = await expectStatus(200, 'GET', asked.headers.location);
	assert.equal(whole.title, 'Ünïcode 😀?');
	assert.equal(whole.body, 'a\n"b"');
	assert.equal(whole.accepted_answer_id, answered.body.id);
	assert.equal(whole.comments[0].body, 'Really?');
	assert.equal(whole.answers[0].comments[0].body, 'Thanks.');
});

test('questions_are_listed_newest_first_page_by_page', async () => {
	const [first, second] = [await ask(), await ask()];
	const page = await expectStatus(200, 'GET', '/api/questions?limit=1');
	assert.deepEqual(page.questions.map((question) => question.id), [second.id]);
	assert.equal(page.next, second.id);
	const next = await expectStatus(200, 'GET', `/api/questions?limit=1&before=${page.next}`);
	assert.deepEqual(next.questions.map((question) => question.id), [first.id]);
});

test('posts_are_deleted_by_their_authors', async () => {
	const question = await ask(), reply = await answer(question);
	const remark = await expectStatus(201, 'POST', `/api/questions/${question.id}/comments`, as(answerer, { body: 'Hm.' }));
	for (const [path, author, other] of [
		[`/api/comments/${remark.id}`, answerer, asker],
		[`/api/answers/${reply.id}`, answerer, asker],
		[`/api/questions/${question.id}`, asker, answerer],
	]) {
		await expectProblem(403, 'DELETE', path, as(other));
		assert.equal(await expectStatus(204, 'DELETE', path, as(author)), '');
		await expectProblem(404, 'DELETE', path, as(author));
	}
});

test('notifications_are_listed_counted_marked_and_deleted', async () => {
	const { id, kind, read_at } = await notified();
	assert.equal(kind, 'answer');
	assert.equal(read_at, null);
	const count = await expectStatus(200, 'GET', '/api/notifications/unread-count', as(asker));
	const list = await expectStatus(200, 'GET', '/api/notifications?unread=true', as(asker));
	assert.deepEqual([list.unread_count, list.seq], [count.unread_count, count.seq]);

	const read = await expectStatus(200, 'PUT', `/api/notifications/${id}/read`, as(asker));
	assert.deepEqual(read, { user_id: String(asker.id), unread_count: count.unread_count - 1, seq: count.seq + 1 });
	const again = await expectStatus(200, 'PUT', `/api/notifications/${id}/read`, as(asker));
	assert.deepEqual(again, read);
	const unread = await expectStatus(200, 'DELETE', `/api/notifications/${id}/read`, as(asker));
	assert.deepEqual(unread, { user_id: String(asker.id), unread_count: count.unread_count, seq: count.seq + 2 });
	const gone = await expectStatus(200, 'DELETE', `/api/notifications/${id}`, as(asker));
	assert.equal(gone.unread_count, count.unread_count - 1);
	await expectProblem(404, 'DELETE', `/api/notifications/${id}`, as(asker));
});

test('all_notifications_or_all_that_a_page_has_seen_are_marked_read', async () => {
	await notified();
	const { seq } = await expectStatus(200, 'GET', '/api/notifications', as(asker));
	const second = await notified();
	const part = await expectStatus(200, 'PUT', '/api/notifications/read-all', as(asker, { up_to: seq }));
	assert.ok(part.marked >= 1);
	assert.equal(part.unread_count, 1);
	await expectProblem(409, 'PUT', '/api/notifications/read-all', as(asker, { up_to: part.seq + 1 }));
	const { notifications } = await expectStatus(200, 'GET', '/api/notifications?unread', as(asker));
	assert.deepEqual(notifications.map((one) => one.id), [second.id]);
	assert.equal((await expectStatus(200, 'PUT', '/api/notifications/read-all', as(asker))).unread_count, 0);
});

test('the_event_log_can_be_polled', async () => {
	const { seq } = await expectStatus(200, 'GET', '/api/notifications/unread-count', as(asker));
	const { id } = await notified();
	const log = await expectStatus(200, 'GET', `/api/notifications/events?after=${seq}&limit=10`, as(asker));
	assert.equal(log.reset, null);
	assert.deepEqual(log.events.map((event) => [event.seq, event.type, event.data.id]), [[seq + 1, 'new_notification', id]]);
	const far = await expectStatus(200, 'GET', '/api/notifications/events?after=999999', as(asker));
	assert.equal(far.reset, 'unknown');
});

test('the_openapi_document_names_only_what_is_there', async () => {
	const document = await expectStatus(200, 'GET', '/api/openapi.json');
	const printed = await runCgi({}, {}, '', { args: ['--openapi'] });
	assert.deepEqual(JSON.parse(printed.out), document);
	assert.equal(document.openapi, '3.1.0');
	for (const [path, operations] of Object.entries(document.paths)) {
		for (const method of Object.keys(operations)) {
			const found = await site.api(method.toUpperCase(), path.replace(/\{\w+\}/, '999999999'), { body: method === 'get' ? undefined : {} });
			assert.notEqual(found.status, 405, `${method} ${path}`);
			assert.notEqual(found.body.detail, 'There is nothing at this path.', `${method} ${path}`);
		}
	}
});

// --- what is refused ---------------------------------------------------------

test('what_is_not_there_is_not_found', async () => {
	for (const path of ['/api/', '/api/nothing', '/api/questions/', '/api/questions/x', '/api/questions/0',
		'/api/questions/99999999999999999999', '/api/questions/999999999', '/api/users/1'])
		await expectProblem(404, 'GET', path);
	const { id } = await notified();
	await expectProblem(404, 'PUT', `/api/notifications/${id}/read`, as(answerer));
});

test('a_wrong_method_is_told_the_right_ones', async () => {
	const refused = await expectProblem(405, 'PATCH', '/api/questions');
	assert.equal(refused.headers.allow, 'GET, HEAD, POST, OPTIONS');
	const options = await site.api('OPTIONS', '/api/questions/1');
	assert.equal(options.status, 204);
	assert.equal(options.headers.allow, 'GET, HEAD, DELETE, OPTIONS');
});

test('head_is_get_without_a_body', async () => {
	const { id } = await ask();
	const get = await request(`${site.url}/api/questions/${id}`);
	const head = await request(`${site.url}/api/questions/${id}`, { method: 'HEAD' });
	assert.equal(head.status, 200);
	assert.equal(head.text, '');
	assert.equal(head.headers['content-length'], get.headers['content-length']);
});

test('who_shows_no_token_or_a_wrong_one_is_not_known', async () => {
	const none = await expectProblem(401, 'GET', '/api/notifications');
	assert.equal(none.headers['www-authenticate'], 'Bearer realm="pgbell"');
	for (const authorization of ['Bearer nonsense', 'Bearer a b', 'Bearer ', 'Basic YTpi', 'Bearer "x"', `Bearer ${'a'.repeat(600)}`]) {
		const refused = await expectProblem(401, 'GET', '/api/notifications', { headers: { authorization } });
		assert.match(refused.headers['www-authenticate'], /invalid_token/);
	}
	await expectProblem(401, 'GET', '/api/notifications', { cookie: 'pgbell_session=a; pgbell_session=b' });
	await expectStatus(204, 'DELETE', '/api/session', { token: 'nonsense' });
	const { username } = asker;
	await expectProblem(401, 'POST', '/api/session', { body: { username, password: 'not the password' } });
	await expectProblem(401, 'POST', '/api/session', { body: { username: 'nobody at all', password: 'x' } });
});

test('a_token_in_the_query_is_refused_and_not_logged', async () => {
	const refused = await expectProblem(422, 'GET', `/api/questions?token=${asker.token}`);
	assert.deepEqual(refused.body.errors, [{ parameter: 'token', detail: 'There is no such parameter.' }]);
});

test('what_is_somebody_elses_is_forbidden', async () => {
	const reply = await answer(await ask());
	await expectProblem(403, 'PUT', `/api/answers/${reply.id}/accept`, as(answerer));
});

test('a_body_that_is_not_json_is_a_bad_request', async () => {
	for (const body of ['{', '{"title":"a",}', 'title=a', '{"title":"\\ud800"}', '{"a":1,"a":2}',
		'{"title":"\\u0000","body":"b"}', Buffer.from([0x22, 0xff, 0x22]), '{"a":'.repeat(40), "{'a':1}"])
		await expectProblem(400, 'POST', '/api/questions', as(asker, body));
	await expectProblem(400, 'GET', '/api/questions?limit=%zz');
	await expectProblem(400, 'GET', '/api/questions%ff');
});

test('a_body_that_is_not_an_object_cannot_be_taken', async () => {
	for (const body of ['[]', '1', '"a"', 'null'])
		await expectProblem(422, 'POST', '/api/questions', as(asker, body));
});

test('every_value_that_cannot_be_taken_is_named', async () => {
	const refused = await expectProblem(422, 'POST', '/api/questions?x=1', as(asker, { title: 7, tags: [] }));
	assert.deepEqual(refused.body.errors, [
		{ parameter: 'x', detail: 'There is no such parameter.' },
		{ pointer: '/title', detail: 'The title must be text.' },
		{ pointer: '/tags', detail: 'There is no such field.' },
		{ pointer: '/body', detail: 'The body is missing.' },
	]);
	await expectProblem(422, 'POST', '/api/questions', as(asker));
	for (const query of ['limit=0', 'limit=101', 'limit=1.5', 'limit=', 'before=0', 'limit=1&limit=1'])
		await expectProblem(422, 'GET', `/api/questions?${query}`);
	for (const up_to of [-1, 1.5, '1', true, 1e30])
		await expectProblem(422, 'PUT', '/api/notifications/read-all', as(asker, { up_to }));
});

test('a_value_that_only_the_database_refuses_is_named_too', async () => {
	const refused = await expectProblem(422, 'POST', '/api/users', { body: { username: ' ', password: 'correct horse' } });
	assert.deepEqual(refused.body.errors, [{ pointer: '/username', detail: 'The username must not be empty.' }]);
});

test('a_password_is_refused_alike_by_the_program_and_by_the_database', async () => {
	for (const [password, limit] of [['é'.repeat(7), '8 characters'], ['é'.repeat(36) + '!', '72 bytes']]) {
		const refused = await expectProblem(422, 'POST', '/api/users', { body: { username: 'somebody', password } });
		assert.equal(refused.body.errors[0].pointer, '/password');
		assert.match(refused.body.errors[0].detail, new RegExp(`^The password must .*${limit}`));
		await assert.rejects(site.sql('select qa.create_user(null, $1, $2)', ['somebody', password]), { code: 'PB422', message: new RegExp(limit) });
	}
	const account = { username: 'somebody', password: 'é'.repeat(36) };
	await expectStatus(201, 'POST', '/api/users', { body: account });
	await expectStatus(201, 'POST', '/api/session', { body: account });
});

test('a_text_may_be_as_long_as_its_limit_and_no_longer', async () => {
	await expectStatus(201, 'POST', '/api/questions', as(asker, { title: '€'.repeat(200), body: 'b'.repeat(20_000) }));
	await expectProblem(422, 'POST', '/api/questions', as(asker, { title: '€'.repeat(201), body: 'b' }));
	await expectProblem(422, 'POST', '/api/questions', as(asker, { title: 't', body: 'b'.repeat(20_001) }));
});

test('a_body_may_be_as_large_as_its_limit_and_no_larger', async () => {
	const body = JSON.stringify({ title: 'large', body: 'b' });
	await expectStatus(201, 'POST', '/api/questions', as(asker, body.padEnd(65_536)));
	await expectProblem(413, 'POST', '/api/questions', as(asker, body.padEnd(65_537)));
});

test('only_json_is_taken_as_a_body', async () => {
	for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', ''])
		await expectProblem(415, 'POST', '/api/questions', { ...as(asker, '{"title":"a","body":"b"}'), headers: { 'content-type': type } });
	await expectStatus(201, 'POST', '/api/questions', {
		...as(asker, { title: 'a', body: 'b' }), headers: { 'content-type': 'Application/JSON; charset=utf-8' },
	});
});

test('a_body_in_chunks_is_taken_like_any_other', async () => {
	const made = await request(`${site.url}/api/questions`, {
		method: 'POST', body: JSON.stringify({ title: 'chunks', body: 'b' }),
		headers: { authorization: `Bearer ${asker.token}`, 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
	});
	assert.equal(made.status, 201, made.text);
});

test('no_answer_is_kept_by_a_cache_or_guessed_at', async () => {
	for (const path of ['/api/questions', '/api/notifications', '/api/nothing']) {
		const { headers } = await site.api('GET', path, as(asker));
		assert.equal(headers['cache-control'], 'no-store');
		assert.equal(headers['x-content-type-options'], 'nosniff');
	}
});

test('without_the_example_application_the_interface_is_what_is_left', async () => {
	await site.superuser('create database plain owner pgbell_owner');
	const env = { ...site.env, PGDATABASE: 'plain', PGUSER: 'pgbell_owner' };
	await promisify(execFile)('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-v', 'qa=off', '-f', join(root, 'sql/install.sql')], { env: { ...process.env, ...env } });
	const client = await site.connect({ database: 'plain' });
	const { rows: [{ token }] } = await client.query("select token from pgbell.create_session('ann')");
	const ask = (method, uri, body) => runCgi(env, { REQUEST_METHOD: method, REQUEST_URI: uri, HTTP_AUTHORIZATION: `Bearer ${token}` }, body);
	const session = await ask('GET', '/api/session');
	assert.equal(session.status, 200);
	assert.deepEqual(session.body.user, { id: 'ann' });
	assert.ok(Date.parse(session.body.expires_at) > Date.now());
	for (const [method, uri, body] of [['GET', '/api/questions'], ['POST', '/api/session', '{"username":"a","password":"b"}'], ['DELETE', '/api/answers/1']])
		assert.equal((await ask(method, uri, body)).status, 404, uri);
	const paths = (document) => Object.keys(document.paths);
	const whole = paths((await site.api('GET', '/api/openapi.json')).body);
	const left = paths((await ask('GET', '/api/openapi.json')).body);
	assert.ok(whole.includes('/api/questions') && !left.includes('/api/questions') && !left.includes('/api/users'));
	assert.deepEqual(left.filter((path) => /session|notifications/.test(path)), whole.filter((path) => /session|notifications/.test(path)));
	const printed = async (environment) => paths(JSON.parse((await promisify(execFile)(join(programs, 'pgbell-api'), ['--openapi'], { env: environment })).stdout));
	assert.deepEqual(await printed(env), left);
	assert.deepEqual(await printed({ ...site.env, PGUSER: 'pgbell_api' }), whole);
	assert.deepEqual(await printed({ PGHOST: '/nowhere' }), whole, 'nobody can say');
	assert.equal((await ask('DELETE', '/api/session')).status, 204);
	assert.equal((await ask('GET', '/api/session')).status, 401);
	await client.end();
});
