// sql/install.sql over a database that is in use: by an application that writes all the
// time, and by programs of an older, of this and of a later release.
//
// fixtures/schema-*.sql are what releases have left behind; each has ann (two notifications,
// one read, a third deleted; session "token-of-ann") and ben (one; "token-of-ben").

import assert from 'node:assert';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { request } from '../lib/http.mjs';
import { startNginx } from '../lib/nginx.mjs';
import { root, startSite } from '../lib/site.mjs';
import { Tab } from '../lib/tab.mjs';
import { startService } from '../lib/units.mjs';
import { waitFor } from '../lib/wait.mjs';
import { programs } from '../lib/webserver.mjs';

const run = promisify(execFile);
const fixtures = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, 'fixtures');
const LONG_MS = 60_000;
const PEOPLE = ['ann', 'ben', 'cem'];

let scratch;
let cluster; // a site of its own, for its PostgreSQL
let news; // what a new installation has

before(async () => {
	scratch = await mkdtemp(join(tmpdir(), 'pgbell-upgrade-'));
	cluster = await startSite({ apis: 1 });
	await withSite('news', (site) => site.install(), async (site) => { news = await objects(site); });
});

after(async () => {
	await cluster?.stop();
	await rm(scratch, { recursive: true, force: true });
});

// --- a site whose database is another one -------------------------------------------

async function withSite(name, prepare, body) {
	await cluster.superuser(`create database ${name} owner pgbell_owner`);
	const site = new OldSite(name);
	try {
		await prepare(site);
		await site.start();
		await body(site);
	} finally {
		await site.stop();
		await cluster.superuser(`drop database ${name} with (force)`);
	}
}

class OldSite {
	#name;
	#running = [];
	#clients = [];
	isOver = false; // whoever works in the background ends then
	background = [];

	constructor(name) {
		this.#name = name;
	}

	psql(...args) {
		return run('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', ...args],
			{ env: { ...process.env, ...cluster.env, PGDATABASE: this.#name } });
	}

	install(directory = join(root, 'sql'), ...args) {
		return this.psql('-v', 'qa=off', '-v', 'wait=200', ...args, '-f', join(directory, 'install.sql'));
	}

	async connect() {
		const client = new pg.Client({ host: cluster.env.PGHOST, port: Number(cluster.env.PGPORT), database: this.#name, user: 'pgbell_owner' });
		client.on('error', () => {});
		await client.connect();
		this.#clients.push(client);
		return client;
	}

	async start() {
		this.client = await this.connect();
		const options = {
			units: join(root, 'deploy/systemd'), bin: programs, directory: join(cluster.state, this.#name), owner: await stat(join(cluster.state, 'pg')),
			environment: { PGHOST: cluster.env.PGHOST, PGPORT: cluster.env.PGPORT, PGDATABASE: this.#name },
			logs: join(cluster.state, 'log'),
		};
		this.api = await startService('pgbell-api', { ...options, count: 2 });
		this.#running.push(this.api);
		this.stream = await startService('pgbell-stream', options);
		this.#running.push(this.stream);
		const nginx = await startNginx({
			directory: join(options.directory, 'nginx'), upstreams: { api: this.api.socket, stream: this.stream.socket },
			http: `include ${root}/deploy/nginx/http.conf;`, server: `include ${root}/deploy/nginx/pgbell.conf;`,
		});
		this.#running.push(nginx);
		this.url = nginx.url;
	}

	async stop() {
		this.isOver = true;
		await Promise.all(this.background);
		for (const it of this.#running.reverse())
			await it.stop();
		for (const client of this.#clients)
			await client.end().catch(() => {});
	}

	get(path, token) {
		return request(this.url + path, { headers: token ? { authorization: `Bearer ${token}` } : {} });
	}

	async rows(text, params) {
		return (await this.client.query(text, params)).rows;
	}

	async session(user) {
		return (await this.rows('select token from pgbell.create_session($1)', [user]))[0].token;
	}

	waitUntilHealthy() {
		return waitFor('health', async () => (await this.get('/api/health')).status === 200, LONG_MS);
	}

	async saysWhatToRun() {
		const { status, text } = await this.get('/api/health');
		return status === 503 && /run sql\/install\.sql/.test(JSON.parse(text).database);
	}

	async logged(pattern) {
		const logs = await Promise.all(['pgbell-api', 'pgbell-stream'].map((name) => readFile(join(cluster.state, 'log', `${name}-service.log`), 'utf8')));
		return logs.every((text) => pattern.test(text));
	}
}

// An application that writes, takes locks in any order, and holds them for a while.
async function writing(site) {
	const written = Object.fromEntries(PEOPLE.map((user) => [user, 0]));
	const errors = [];
	let isOver = false;
	const notify = async (client, user) => {
		await client.query('select pgbell.notify($1, $2)', [user, 'new']);
		return user;
	};
	const stories = [
		async (client, [a, b]) => [await notify(client, a), await notify(client, b)],
		async (client, [a]) => (await client.query("insert into pgbell.notification (user_id, kind) select $1, 'new'", [a]), [a]),
		async (client, [a]) => (await client.query("select pgbell.create_session($1, '1 minute')", [a]), [await notify(client, a)]),
		async (client, [a, b]) => {
			const first = await notify(client, a);
			await client.query('select * from pgbell.inbox');
			await client.query("update pgbell.session set expires_at = expires_at where user_id = $1 and expires_at <> 'infinity'", [b]);
			return [first];
		},
		async (client, [a]) => (await client.query("update pgbell.notification set read_at = now() where user_id = $1 and kind = 'old'", [a]), []),
		async (client, [a]) => (await client.query('select * from pgbell.session'), await client.query('select pg_sleep(0.02)'), [await notify(client, a)]),
	];
	const writers = stories.map(async (story, n) => {
		const client = await site.connect();
		for (let turn = n; !isOver && !site.isOver; turn++) {
			try {
				await client.query('begin');
				const told = await story(client, [PEOPLE[turn % 3], PEOPLE[(turn + 1) % 3]]);
				await client.query('commit');
				for (const user of told)
					written[user]++;
			} catch (error) {
				errors.push(`story ${n}: ${error.message}`);
				await client.query('rollback').catch(() => {});
			}
			await sleep(60 * Math.random());
		}
	});
	site.background.push(...writers);
	await waitFor('writers', () => Object.values(written).every((count) => count > 3));
	return {
		written,
		async stop() {
			isOver = true;
			await Promise.all(writers);
			assert.deepEqual(errors, []);
			assert.deepEqual(await site.rows('select * from pgbell.check_consistency()'), []);
		},
	};
}

// Everything that is new has come to the tab, in order: what was there before was 'old'.
async function hasAll(site, tab, user) {
	const expected = (await site.rows("select seq::float8 from pgbell.event where address = $1 and type = 'new_notification' order by seq", [user])).map(({ seq }) => seq);
	await waitFor('all events', () => tab.numbers.length >= expected.length, LONG_MS);
	assert.deepEqual(tab.numbers, expected);
	assert.deepEqual([...new Set(tab.statuses)], [200]);
}

// --- an older schema, and the programs of this release -------------------------------

const load = (file) => async (site) => {
	await site.psql('-c', 'create extension pgcrypto schema public');
	await site.psql('-f', join(fixtures, file));
};

// What programs of a release call is still there for them after an upgrade, so that they go on until
// they are started again.
const rights = async (site) => (await site.rows(`select format('%s %s', grantee::regrole, p.oid::regprocedure) as grant
	from pg_proc p, aclexplode(proacl)
	where pronamespace = 'pgbell'::regnamespace and grantee in ('pgbell_api'::regrole, 'pgbell_stream'::regrole)
	order by 1`)).map((row) => row.grant);

// All that schema pgbell is made of; parentheses aside, of which a dump takes some away.
const objects = async (site) => (await site.rows(`select format('%s %s', oid::regprocedure, md5(prosrc)) as it
		from pg_proc where pronamespace = 'pgbell'::regnamespace
	union all select format('%s.%s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull)
		from pg_attribute join pg_class c on c.oid = attrelid
		where relnamespace = 'pgbell'::regnamespace and relkind in ('r', 'v') and attnum > 0 and not attisdropped
	union all select format('%s %s %s %s', conrelid::regclass, contypid::regtype, conname, pg_get_constraintdef(oid))
		from pg_constraint where connamespace = 'pgbell'::regnamespace
	union all select pg_get_indexdef(indexrelid) from pg_index join pg_class c on c.oid = indexrelid where relnamespace = 'pgbell'::regnamespace
	union all select pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = tgrelid
		where relnamespace = 'pgbell'::regnamespace and not tgisinternal
	order by 1`)).map((row) => row.it.replace(/[()]/g, ''));

let refused = 0;
for (const file of (await readdir(fixtures)).filter((name) => /^schema-/.test(name))) {
	test(`a_database_of_${file.replace(/^schema-|\.sql$/g, '').replaceAll('.', '_')}_is_upgraded_while_it_is_written_to`, () => withSite('older', load(file), async (site) => {
		const tables = () => site.rows("select relname, pg_relation_filenode(oid) as file from pg_class where relnamespace = 'pgbell'::regnamespace and relkind = 'r' order by 1");
		const filesBefore = await tables();
		await site.rows('grant execute on function pgbell.notify to pg_monitor'); // as if to an application
		const rightsBefore = await rights(site);
		const before = await site.rows("select id, user_id, kind, data, read_at from pgbell.notification order by id");
		const tabs = ['ann', 'ben'].map((user) => new Tab(site, `token-of-${user}`, '0'));
		const writers = await writing(site);
		if ((await waitFor('an answer', () => site.get('/api/health'))).status !== 200) {
			refused++;
			await waitFor('the reason', () => site.saysWhatToRun());
			await waitFor('a stream that is told to wait', () => tabs.every((tab) => tab.retries.length > 0));
			// The workers do what they can, and say of the rest why not.
			if ((await site.rows("select to_regprocedure('pgbell.renew_session(text)') is null as lacks"))[0].lacks) {
				const answer = await request(`${site.url}/api/session/renew`, { method: 'POST', headers: { authorization: 'Bearer token-of-ann' } });
				assert.equal(answer.status, 503, answer.text);
				assert.match(JSON.parse(answer.text).detail, /being upgraded/);
				await waitFor('a sentence in both logs', () => site.logged(/schema_unfit.*run sql\/install\.sql/));
			}
		}
		const pids = [...site.api.pids, ...site.stream.pids];
		await site.install();
		await site.waitUntilHealthy();
		await waitFor('the tabs', () => tabs.every((tab) => tab.rounds > 0), LONG_MS);
		const count = writers.written.ann;
		await waitFor('more of them', () => writers.written.ann > count + 3);
		await writers.stop();
		for (const [i, user] of ['ann', 'ben'].entries())
			await hasAll(site, tabs[i], user);
		assert.deepEqual([...site.api.pids, ...site.stream.pids], pids, 'nothing had to be started again');
		const rightsAfter = await rights(site);
		assert.deepEqual(rightsBefore.filter((grant) => !rightsAfter.includes(grant)), ['pgbell_stream pgbell.authenticate(text)'].filter((grant) => rightsBefore.includes(grant)), 'but what pgbell-stream asks identify() for now');
		assert.deepEqual(await objects(site), news);
		assert.deepEqual(await site.rows("select has_function_privilege('pg_monitor', p.oid, 'execute') as may from pg_proc p where proname = 'notify'"), [{ may: true }]);
		// Readers whose snapshot is older than a table that was rewritten find it empty; pending is.
		for (const { relname, file: path } of filesBefore.filter((table) => table.relname !== 'pending'))
			assert.equal((await tables()).find((table) => table.relname === relname).file, path, `a migration rewrites ${relname}`);
		const kept = await site.rows("select id, user_id, kind, data, read_at from pgbell.notification where kind = 'old' order by id");
		assert.deepEqual(kept.map(({ read_at, ...rest }) => rest), before.map(({ read_at, ...rest }) => rest));
		for (const tab of tabs)
			await tab.close();
	}));
}

// What 0011 does came in six steps, between releases.
test('a_database_that_took_each_step_since_a_release_has_nothing_left_to_do', () => withSite('steps', (site) => site.install(), async (site) => {
	await site.rows("insert into pgbell.migration (number, name) select n, 'a step' from generate_series(2, 10) n");
	await site.rows("select pgbell.notify('ann', 'old')");
	await site.install();
	assert.deepEqual(await objects(site), news);
	assert.deepEqual(await site.rows('select * from pgbell.check_consistency()'), []);
	assert.deepEqual(await site.rows("select seq::float8 from pgbell.inbox"), [{ seq: 1 }]);
}));

test('the_programs_of_this_release_do_not_make_do_with_the_oldest_schema', () => assert.ok(refused > 0));

// --- this schema, and what happens to it under the programs --------------------------

// A copy of sql/ with one migration more, which changes each table.
async function laterRelease() {
	const directory = await mkdtemp(join(scratch, 'later-'));
	await cp(join(root, 'sql'), directory, { recursive: true });
	await writeFile(join(directory, 'migrations/later.sql'), `
		alter table pgbell.notification add column later integer;
		alter table pgbell.inbox add column later integer;
		alter table pgbell.event add column later integer not null default 1;
		alter table pgbell.session add column later text default 'x';
		alter table pgbell.pending add column later integer;
		select pg_sleep(0.5); -- as on a slow machine: longer than a change may wait for a lock`);
	const file = join(directory, 'install.sql');
	const text = await readFile(file, 'utf8');
	const place = '-- --- functions';
	assert.ok(text.includes(place));
	await writeFile(file, text.replace(place, `\\set migration 9999\n\\ir migrations/wanted.sql\n\\if :wanted\n\\ir migrations/later.sql
		insert into pgbell.migration (number, name) values (9999, 'later');\n\\endif\n${place}`));
	return directory;
}

test('running_programs_serve_on_while_a_later_release_is_installed', () => withSite('running', (site) => site.install(), async (site) => {
	await site.waitUntilHealthy();
	const tokens = [];
	for (const user of PEOPLE)
		tokens.push(await site.session(user));
	const tabs = PEOPLE.flatMap((user, i) => Array.from({ length: 4 }, () => [user, new Tab(site, tokens[i], '0')]));
	await waitFor('the tabs', () => tabs.every(([, tab]) => tab.rounds === 1), LONG_MS);
	const writers = await writing(site);
	const statuses = [];
	let isOver = false;
	const asking = (async () => {
		while (!isOver && !site.isOver)
			statuses.push(await site.get('/api/notifications', tokens[0]).then(({ status }) => status, (error) => error.code));
	})();
	site.background.push(asking);
	const later = await laterRelease();
	for (let times = 0; times < 2; times++)
		await site.install(later);
	const answered = statuses.length;
	await waitFor('answers', () => statuses.length > answered + 3);
	isOver = true;
	await asking;
	await writers.stop();
	for (const [user, tab] of tabs) {
		await hasAll(site, tab, user);
		assert.equal(tab.rounds, 1, 'its stream was not closed');
	}
	assert.deepEqual([...new Set(statuses)], [200]);
	for (const [, tab] of tabs)
		await tab.close();
}));

test('a_right_that_is_missing_is_told_and_no_stream_is_closed_over_it', () => withSite('forbidden', (site) => site.install(), async (site) => {
	await site.waitUntilHealthy();
	const tab = new Tab(site, await site.session('ann'));
	await waitFor('the tab', () => tab.rounds === 1);
	await site.rows('revoke execute on function pgbell.events_after(text[], bigint[], integer, integer) from pgbell_stream');
	await site.rows("select pgbell.notify('ann', 'meanwhile')");
	await waitFor('the reason', () => site.saysWhatToRun());
	await site.install();
	await waitFor('the event', () => tab.numbers.length === 1, LONG_MS);
	await site.waitUntilHealthy();
	assert.equal(tab.rounds, 1);
	await tab.close();
}));

test('who_is_in_the_way_of_an_installation_is_named_and_holds_up_nobody_else', () => withSite('blocked', (site) => site.install(), async (site) => {
	const holder = await site.connect();
	await holder.query('begin');
	await holder.query("select pgbell.notify('dan', 'a long story')");
	const [{ pid }] = (await holder.query('select pg_backend_pid() as pid')).rows;
	const writers = await writing(site);
	const failure = await site.install(undefined, '-v', 'wait=2').catch((error) => error);
	assert.match(failure.stderr ?? '', new RegExp(`in use by .*\\b${pid}\\b`));
	await writers.stop();
	await holder.query('commit');
	await site.install();
	assert.deepEqual(await site.rows("select seq::float8 from pgbell.event where address = 'dan'"), [{ seq: 1 }]);
}));
