// deploy/examples/adopt: an application that exists, with its own people and
// sessions, rings.  Its tables stay as they are.

import assert from 'node:assert';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { cp, chmod, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { launchBrowser } from '../browser/browser.mjs';
import { request } from '../lib/http.mjs';
import { startNginx } from '../lib/nginx.mjs';
import { root, startSite } from '../lib/site.mjs';
import { openStream } from '../lib/sse.mjs';
import { PATIENCE_MS, waitFor } from '../lib/wait.mjs';

const run = promisify(execFile);
const example = join(root, 'deploy/examples/adopt');

let site;
let nginx;
let tables; // the shop's, before it was adopted

before(async () => {
	site = await startSite({ env: { PGBELL_FLOOR_S: '3600' } });
	await psql('shop.sql');
	tables = await describeTables();
	await psql('adopt.sql');
	const shop = join(site.state, 'shop');
	await mkdir(join(shop, 'pages'), { recursive: true });
	await cp(join(example, 'page.html'), join(shop, 'pages/page.html'));
	await chmod(shop, 0o755);
	nginx = await startNginx({
		directory: shop,
		upstreams: { api: join(site.state, 'run/api.sock'), stream: join(site.state, 'run/stream.sock') },
		http: `include ${root}/deploy/nginx/http.conf;`,
		server: `root pages; location /api/ { return 200 "the shop's own"; }
			include ${root}/deploy/nginx/pgbell.conf; ${await readFile(join(example, 'nginx.conf'), 'utf8')}`,
	});
});

after(async () => {
	await nginx?.stop();
	await site?.stop();
});

const psql = (file) => run('psql', ['-X', '-q', '-1', '-v', 'ON_ERROR_STOP=1', '-f', join(example, file)],
	{ env: { ...process.env, ...site.env } });

// Columns, constraints and indexes; pg_dump --section would add the triggers.
async function describeTables() {
	return site.sql(`select c.relname, a.attname, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull, pg_get_expr(d.adbin, d.adrelid) as fallback
		from pg_class c join pg_attribute a on a.attrelid = c.oid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
		where c.relnamespace = 'shop'::regnamespace and a.attnum > 0
		union all
		select conrelid::regclass::text, conname, pg_get_constraintdef(oid), false, null from pg_constraint where connamespace = 'shop'::regnamespace
		order by 1, 2`);
}

// A customer who has signed in to the shop, in the shop's own way.
async function signIn() {
	const token = randomBytes(24).toString('hex');
	const [{ id }] = await site.sql('insert into shop.customer (email) values ($1) returning id', [`${token.slice(0, 8)}@example.org`]);
	const [session] = await site.sql('insert into shop.session (token_hash, customer_id) values ($1, $2) returning id',
		[createHash('sha256').update(token).digest(), id]);
	return { id, token, session: session.id, cookie: `theme=dark; shop_session=${token}` };
}

const listen = (customer) => openStream(`${nginx.url}/api/notifications/stream`, { headers: { cookie: customer.cookie } });

async function buy(customer) {
	const [{ id }] = await site.sql('insert into shop.purchase (customer_id) values ($1) returning id', [customer.id]);
	return id;
}

test('a_status_that_changes_rings_its_customer_and_nobody_else', async () => {
	const ann = await signIn();
	const ben = await signIn();
	const purchase = await buy(ann);
	const [anns, bens] = [await listen(ann), await listen(ben)];
	assert.equal((await anns.next('connected')).data.user_id, ann.id);
	await bens.next('connected');
	await site.sql("update shop.purchase set status = 'shipped' where id = $1", [purchase]);
	const { data } = await anns.next('new_notification');
	assert.equal(data.kind, 'purchase.shipped');
	assert.deepEqual(data.data, { purchase: Number(purchase) });
	await site.sql("select pgbell.notify($1, 'hello')", [ben.id]);
	assert.equal((await bens.next('new_notification')).data.kind, 'hello');
	assert.ok(!bens.events.some((event) => event.data.kind === 'purchase.shipped'));
	anns.close();
	bens.close();
});

test('the_inbox_is_that_of_the_shops_cookie', async () => {
	const ann = await signIn();
	await site.sql("update shop.purchase set status = 'shipped' where id = $1", [await buy(ann)]);
	const list = await request(`${nginx.url}/api/notifications`, { headers: { cookie: ann.cookie } });
	assert.equal(list.status, 200, list.text);
	const { notifications: [first], unread_count } = JSON.parse(list.text);
	assert.equal(unread_count, 1);
	assert.equal(first.kind, 'purchase.shipped');
	const write = (headers) => request(`${nginx.url}/api/notifications/${first.id}/read`,
		{ method: 'PUT', headers: { cookie: ann.cookie, 'content-type': 'application/json', host: new URL(nginx.url).host, ...headers } });
	assert.equal((await write({ origin: 'https://evil.example' })).status, 403, 'another site may not write with it');
	assert.equal((await write({ origin: nginx.url })).status, 200);
});

// At once: with the floor an hour away it is the ring that does it.
test('the_shops_own_interface_stays_where_it_is', async () => {
	for (const path of ['/api/cart', '/api/session', '/api/notification'])
		assert.equal((await request(nginx.url + path)).text, "the shop's own", path);
	assert.equal((await request(`${nginx.url}/api/session/ticket`, { method: 'POST' })).status, 401);
	assert.equal((await request(`${nginx.url}/api/health`)).status, 200);
});

test('signing_out_of_the_shop_ends_the_streams_at_once', async () => {
	const ann = await signIn();
	const stream = await listen(ann);
	await stream.next('connected');
	await site.sql('delete from shop.session where id = $1', [ann.session]);
	assert.equal((await stream.next('session_ended')).data.reason, 'signed_out');
	await stream.ended;
	assert.equal((await listen(ann)).status, 401);
});

test('using_the_shop_prolongs_the_stream_and_not_using_it_ends_it', async () => {
	const ann = await signIn();
	const setSecondsLeft = (seconds) => site.sql(`update shop.session
		set last_seen_at = now() - interval '30 minutes' + make_interval(secs => $2) where id = $1`, [ann.session, seconds]);
	const ring = () => site.sql("select pgbell.notify($1, 'x')", [ann.id]);
	await setSecondsLeft(6);
	const stream = await listen(ann);
	await stream.next('connected');
	const firstEnd = Date.now() + 6000; // or earlier
	await setSecondsLeft(600);
	await ring();
	await stream.next('new_notification');
	await waitFor('what would have been its end', () => Date.now() > firstEnd);
	await ring();
	await stream.next('new_notification');
	await setSecondsLeft(1);
	await ring();
	assert.equal((await stream.next('session_ended')).data.reason, 'expired');
	// The end is timed here, the refusal by the database's clock.
	await waitFor('the refusal', async () => (await listen(ann)).status === 401);
});

test('a_token_that_the_shop_does_not_know_is_refused', async () => {
	assert.equal((await listen({ cookie: 'shop_session=nonsense' })).status, 401);
	assert.equal((await listen({ cookie: 'theme=dark' })).status, 401);
});

test('the_page_of_the_example_rings', async () => {
	const ann = await signIn();
	const browser = await launchBrowser();
	try {
		const context = await browser.newContext();
		await context.addCookies([{ name: 'shop_session', value: ann.token, url: nginx.url, httpOnly: true }]);
		const page = await context.newPage();
		const connected = page.waitForResponse('**/api/notifications/stream');
		await page.goto(`${nginx.url}/page.html`);
		assert.equal((await connected).status(), 200);
		await site.sql("update shop.purchase set status = 'shipped' where id = $1", [await buy(ann)]);
		await page.waitForFunction(() => document.querySelector('#badge').textContent === '1'
			&& document.querySelector('#news').textContent.includes('purchase.shipped'), null, { timeout: PATIENCE_MS });
	} finally {
		await browser.close();
	}
});

test('no_table_of_the_shop_was_changed', async () => {
	assert.ok(tables.length > 10);
	assert.deepEqual(await describeTables(), tables);
});

test('an_upgrade_of_pgbell_leaves_the_shops_functions_alone', async () => {
	const ann = await signIn();
	await run('psql', ['-X', '-q', '-f', join(root, 'sql/install.sql')], { env: { ...process.env, ...site.env } });
	assert.deepEqual(await site.sql('select user_id from pgbell.authenticate($1)', [ann.token]), [{ user_id: ann.id }]);
});

test('tokens_that_are_kept_as_they_are_are_found_by_the_index_that_the_readme_says', async () => {
	const readme = await readFile(join(example, 'README.md'), 'utf8');
	const [words] = readme.match(/^ +create function shop.hash_of[^]*?;\n\n/m);
	const [condition] = readme.match(/where shop.hash_of[^`]*/);
	await site.sql('alter table shop.session add column token text');
	await site.sql(words);
	const ann = await signIn();
	await site.sql('update shop.session set token = $1 where id = $2', [ann.token, ann.session]);
	await site.sql(`create function shop.find(token text) returns setof uuid language sql stable
		set enable_seqscan = off as $$ select id from shop.session s ${condition} $$`);
	assert.deepEqual(await site.sql(`select shop.find('sha256:' || encode(sha256($1::text::bytea), 'hex')) as id`, [ann.token]), [{ id: ann.session }]);
	await site.sql('set enable_seqscan = off');
	const plan = await site.sql(`explain select id from shop.session s ${condition.replace('(token)', "('x')").replace('pgbell.hash_token(token)', "pgbell.hash_token('x')")}`);
	assert.match(JSON.stringify(plan), /Index Scan using session_hash_of_idx/);
	await site.sql('reset enable_seqscan');
});
