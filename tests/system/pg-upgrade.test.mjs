// A site whose PostgreSQL becomes another one: from 15 or older, where a role with
// CREATEROLE may alter every role, to 16 or later, where it may alter those that it has ADMIN
// OPTION on.  By pg_upgrade where Debian has both servers here, else by a dump that is restored.

import assert from 'node:assert';
import { execFile, execFileSync } from 'node:child_process';
import { appendFile, chmod, chown, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { become } from '../lib/owner.mjs';
import { root, startSite } from '../lib/site.mjs';

const run = promisify(execFile);
const UPGRADE_MS = 120_000;

const find = (version) => {
	try {
		return execFileSync(join(root, 'tests/postgres/find'), [version], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
	} catch {
		return null;
	}
};
const [from, to] = [['15', '14'], [process.env.PG, '18', '17', '16'].filter((version) => Number(version) >= 16)].map((versions) => versions.find(find));
const [older, newer] = [from, to].map((version) => version && find(version));
const skip = !(older && newer) && 'it takes a PostgreSQL of 15 or older and one of 16 or later; make test PG=17 fetches them';

let state, owner;

before(async () => {
	state = await mkdtemp(join(tmpdir(), 'pgbell-upgrade-'));
	await chmod(state, 0o755);
});

after(() => rm(state, { recursive: true, force: true }));

// As the one to whom the cluster belongs.
function as(command, args, { cwd = '/', env = {} } = {}) {
	const words = [...become(owner), '--', command, ...args];
	return run('setpriv', words, { cwd, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', ...env }, timeout: UPGRADE_MS, maxBuffer: 1 << 26 });
}

const startWith = (postgres) => startSite({ state: join(state, 'site'), env: { PGBELL_POSTGRES: postgres } });
const initialize = (data) => as(join(newer, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-instructions']);

// What `make run` adds to a cluster that it makes.
const include = (data) => appendFile(join(data, 'postgresql.conf'), "\ninclude 'pgbell.conf'\n");

// Both leave the newer cluster in the site's directory, and the older one beside it.
async function upgradeInPlace(site) {
	await site.stop();
	const [old, data, work] = ['old', 'new', 'work'].map((name) => join(state, 'upgrade', name));
	await rename(join(state, 'site/pg'), old);
	await initialize(data);
	await mkdir(work);
	await chown(work, owner.uid, owner.gid);
	await as(join(newer, 'pg_upgrade'), ['-b', older, '-B', newer, '-d', old, '-D', data, '-U', 'postgres', '-s', work], { cwd: work });
	await include(data);
	await rename(data, join(state, 'site/pg'));
}

async function dumpAndRestore(site) {
	const [old, data, socket, dump] = ['old', 'new', 'socket', 'all.sql'].map((name) => join(state, 'upgrade', name));
	const { stdout } = await run(existsSync(join(older, 'pg_dumpall')) ? join(older, 'pg_dumpall') : 'pg_dumpall',
		['-h', site.env.PGHOST, '-p', site.env.PGPORT, '-U', 'postgres', '--clean', '--if-exists'], { maxBuffer: 1 << 28 });
	await appendFile(dump, stdout);
	await site.stop();
	await rename(join(state, 'site/pg'), old);
	await initialize(data);
	await mkdir(socket);
	await chown(socket, owner.uid, owner.gid);
	await as(join(newer, 'pg_ctl'), ['-D', data, '-w', '-s', '-l', join(socket, 'log'), '-o', `-k ${socket} -c listen_addresses=`, 'start']);
	const { stderr } = await run('psql', ['-X', '-q', '-o', '/dev/null', '-h', socket, '-U', 'postgres', '-d', 'postgres', '-f', dump], { maxBuffer: 1 << 26 });
	await as(join(newer, 'pg_ctl'), ['-D', data, '-w', '-s', '-m', 'fast', 'stop']);
	assert.deepEqual(stderr.split('\n').filter((line) => /ERROR/.test(line) && !/role "postgres"|current user|template/.test(line)), []);
	await include(data);
	await rename(data, join(state, 'site/pg'));
}

const hasBoth = skip === false && existsSync(join(newer, 'pg_upgrade')) && existsSync(join(older, 'pg_controldata'));

test(`a site of PostgreSQL ${from ?? 15} goes on with ${to ?? 'a later one'}, by ${hasBoth ? 'pg_upgrade' : 'a dump'}`, { skip }, async () => {
	let site = await startWith(older);
	owner = await stat(join(state, 'site/pg'));
	await mkdir(join(state, 'upgrade'));
	await chown(join(state, 'upgrade'), owner.uid, owner.gid);
	const { id, token } = await site.signUp();
	const stream = await site.stream(token);
	await stream.next('connected');
	const ring = () => site.sql("select pgbell.notify($1, 'test')", [String(id)]);
	for (let i = 0; i < 5; i++)
		await ring();
	let last;
	for (let i = 0; i < 5; i++)
		last = Number((await stream.next('new_notification')).id);
	const list = await site.api('GET', '/api/notifications', { token });
	const [{ version: before }] = await site.sql("select current_setting('server_version_num')::int / 10000 as version");

	await (hasBoth ? upgradeInPlace : dumpAndRestore)(site);
	site = await startWith(newer);
	try {
		const [{ version }] = await site.sql("select current_setting('server_version_num')::int / 10000 as version");
		assert.ok(before <= 15 && version >= 16, `${before} to ${version}`);
		assert.deepEqual((await site.api('GET', '/api/notifications', { token })).body.notifications, list.body.notifications);

		// Who had everything, and who missed two, is told the rest exactly or to read anew.
		for (const lastEventId of [last, last - 2]) {
			const back = await site.stream(token, { lastEventId });
			let told = lastEventId;
			for (const more of [0, 1]) {
				if (more)
					await ring();
				const current = Number((await site.sql('select seq from pgbell.inbox where address = $1', [String(id)]))[0].seq);
				while (told < current) {
					const event = await back.next();
					if (event.event === 'reset' || event.event === 'connected' && event.id)
						told = Number(event.id);
					else if (event.event === 'new_notification') {
						assert.ok(Number(event.id) > told, `${event.id} behind ${told}`);
						told = Number(event.id);
					}
				}
				assert.equal(told, current);
			}
			back.close();
		}
		assert.deepEqual(await site.sql('select * from pgbell.check_consistency()'), []);

		// The owner may do with the programs' roles what the owner of a new site may.
		await site.sql('alter role pgbell_api connection limit 50');
		await site.sql('alter role pgbell_stream connection limit 50');
	} finally {
		await site.stop();
	}
});
