// The session cookie, and what protects a change that is made with it: it comes from one of the
// site's own pages.

import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { runCgi } from '../lib/fastcgi.mjs';
import { as, expecting } from '../lib/rest.mjs';
import { startSite } from '../lib/site.mjs';

let site, asker, answerer;

before(async () => {
	site = await startSite({ apis: 2 });
	asker = await site.signUp();
	answerer = await site.signUp();
});
after(() => site.stop());

const { expectStatus, expectProblem } = expecting(() => site);

test('a_change_by_cookie_comes_from_the_sites_own_pages', async () => {
	const cookie = `pgbell_session=${asker.token}`;
	const change = (headers) => ({ cookie, headers, body: { title: 'by cookie', body: 'b' } });
	for (const headers of [{}, { origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' },
		{ 'sec-fetch-site': 'same-site' }, { origin: site.url, 'sec-fetch-site': 'cross-site' }, { origin: `${site.url}0` }])
		await expectProblem(403, 'POST', '/api/questions', change(headers));
	for (const headers of [{ origin: site.url }, { 'sec-fetch-site': 'same-origin' }, { origin: site.url, 'sec-fetch-site': 'same-origin' }])
		await expectStatus(201, 'POST', '/api/questions', change(headers));
	await expectProblem(403, 'DELETE', '/api/session', { cookie });
	await expectProblem(415, 'POST', '/api/questions', { cookie, headers: { origin: site.url, 'content-type': 'text/plain' }, body: '{}' });
});

test('reading_by_cookie_needs_no_origin', async () => {
	await expectStatus(200, 'GET', '/api/notifications', { cookie: `a=b; pgbell_session=${asker.token}` });
});

test('a_bearer_token_goes_before_the_cookie', async () => {
	const who = await expectStatus(200, 'GET', '/api/session', { token: answerer.token, cookie: `pgbell_session=${asker.token}` });
	assert.equal(who.user.id, answerer.id);
});

test('of_several_cookies_of_the_name_the_one_that_counts_counts_and_signing_in_clears_the_others', async () => {
	const { username, password, token } = await site.signUp();
	for (const cookie of [`pgbell_session=stale; pgbell_session=${token}`, `pgbell_session=${token}; pgbell_session=stale`, `pgbell_session=; pgbell_session=${token}`]) {
		await expectStatus(200, 'GET', '/api/notifications', { cookie });
		const stream = await site.stream(undefined, { headers: { cookie } });
		await stream.next('connected');
		stream.close();
	}
	const own = { cookie: `pgbell_session=stale; pgbell_session=${token}`, headers: { 'sec-fetch-site': 'same-origin', host: 'www.example.org' } };
	const session = await site.api('POST', '/api/session', { ...own, body: { username, password } });
	assert.deepEqual(session.headers['set-cookie'].map((value) => value.replace(/; HttpOnly.*$/, '')), [
		'pgbell_session=; Max-Age=0; Path=/api', 'pgbell_session=; Max-Age=0; Domain=www.example.org; Path=/',
		'pgbell_session=; Max-Age=0; Domain=example.org; Path=/',
		session.headers['set-cookie'].at(-1).replace(/; HttpOnly.*$/, '')]);
	assert.ok(session.headers['set-cookie'].at(-1).startsWith(`pgbell_session=${session.body.token};`));
	const out = await site.api('DELETE', '/api/session', own);
	assert.equal(out.status, 204);
	assert.equal(out.headers['set-cookie'].length, 4);
	await expectProblem(401, 'GET', '/api/notifications', own);
});

test('of_several_cookies_of_the_name_the_one_that_counts_is_prolonged', async () => {
	const { token } = await site.signUp();
	for (const cookie of [`pgbell_session=stale; pgbell_session=${token}`, `pgbell_session=${token}; pgbell_session=stale`]) {
		const renewed = await site.api('POST', '/api/session/renew', { cookie, headers: { 'sec-fetch-site': 'same-origin' } });
		assert.equal(renewed.status, 200);
		assert.match(String(renewed.headers['set-cookie']), new RegExp(`^pgbell_session=${token}; Max-Age=2\\d{6};`));
	}
});

test('a_session_without_an_end_has_a_cookie_for_as_long_as_browsers_keep_one', async () => {
	const own = { cookie: `pgbell_session=${asker.token}`, headers: { 'sec-fetch-site': 'same-origin' } };
	for (const end of ['infinity', '20000-01-01']) {
		await site.sql('update pgbell.session set expires_at = $2 where user_id = $1', [String(asker.id), end]);
		const renewed = await site.api('POST', '/api/session/renew', own);
		assert.deepEqual([renewed.status, renewed.body], [200, { expires_at: null }]);
		assert.match(String(renewed.headers['set-cookie']), new RegExp(`^pgbell_session=${asker.token}; Max-Age=34560000;`));
		assert.equal((await expectStatus(200, 'GET', '/api/session', own)).expires_at, null);
	}
});

test('where_only_get_and_post_pass_a_post_says_which_method_it_stands_for', async () => {
	const one = await site.signUp();
	const [{ id }] = await site.sql(`insert into pgbell.notification (user_id, kind) values ($1, 'test') returning id`, [String(one.id)]);
	const row = `/api/notifications/${id}`;
	assert.equal((await expectStatus(200, 'POST', `${row}/read?method=PUT`, as(one))).unread_count, 0);
	assert.equal((await expectStatus(200, 'POST', `${row}/read?method=DELETE`, as(one))).unread_count, 1);
	assert.equal((await expectStatus(200, 'POST', '/api/notifications/read-all?method=PUT', as(one, { up_to: 0 }))).unread_count, 1);
	assert.equal((await expectStatus(200, 'POST', '/api/notifications/read-all?method=PUT', as(one))).unread_count, 0);
	await expectStatus(200, 'POST', `${row}?method=DELETE`, as(one));
	await expectProblem(405, 'POST', `${row}/read`, as(one));
	await expectProblem(405, 'POST', `${row}/read?method=PATCH`, as(one));
	await expectProblem(405, 'POST', '/api/questions?method=PUT', as(one));
	await expectProblem(422, 'PUT', `${row}/read?method=DELETE`, as(one));
	// What protects a PUT protects it too.
	const cookie = `pgbell_session=${one.token}`;
	await expectProblem(403, 'POST', `${row}/read?method=PUT`, { cookie });
	await expectProblem(403, 'POST', `${row}/read?method=PUT`, { cookie, headers: { origin: 'https://evil.example' } });
	await expectStatus(204, 'POST', '/api/session?method=DELETE', { cookie, headers: { 'sec-fetch-site': 'same-origin' } });
	const { body } = await site.api('GET', '/api/openapi.json');
	assert.match(body.paths['/api/notifications/{id}/read'].put.description, /POST .*\?method=PUT/);
});

test('a_change_that_is_not_of_the_sites_own_page_is_told_which_page_and_which_site', async () => {
	const { token } = await site.signUp();
	const refused = await expectProblem(403, 'PUT', '/api/notifications/read-all',
		{ cookie: `pgbell_session=${token}`, headers: { origin: 'https://shop.example', host: 'backend:81' } });
	assert.match(refused.body.detail, /https:\/\/shop\.example.*http:\/\/backend:81/);
	await expectStatus(200, 'PUT', '/api/notifications/read-all',
		{ cookie: `pgbell_session=${token}`, headers: { origin: 'https://shop.example', host: 'backend:81', 'sec-fetch-site': 'same-origin' } });
	const own = { REQUEST_METHOD: 'PUT', REQUEST_URI: '/api/notifications/read-all', HTTP_COOKIE: `pgbell_session=${token}`, HTTP_ORIGIN: 'https://shop.example' };
	const environment = { ...site.env, PGUSER: 'pgbell_api' };
	assert.match((await runCgi(environment, own)).body.detail, /tells no Host/, 'as nginx over HTTP/3');
	assert.equal((await runCgi({ ...environment, PGBELL_ORIGINS: 'https://other.example https://shop.example' }, own)).status, 200);
});
