// pgpool-II as Debian has it, before a primary and a standby that is far behind: it gives what only
// reads to either, unless it is told not to.

import assert from 'node:assert';
import { chmod, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { writePrograms } from '../faults/programs.mjs';
import { notify, passesRequests, ringsThrough } from '../lib/duties.mjs';
import { hasPgpool, startPgpool } from '../lib/pgpool.mjs';
import { root, startSite } from '../lib/site.mjs';
import { Standby } from '../lib/standby.mjs';
import { waitFor } from '../lib/wait.mjs';

const only = { skip: !hasPgpool && 'there is no pgpool' };

let state, site, standby, pool;

before(async () => {
	if (only.skip)
		return;
	state = await mkdtemp(join(tmpdir(), 'pgbell-pgpool-'));
	await chmod(state, 0o755);
	const directory = join(state, 'pgpool');
	await writePrograms(join(state, 'bin'), {});
	site = await startSite({ state: join(state, 'site'), apis: 1, env: { PGBELL_BIN: join(state, 'bin'), PGBELL_FLOOR_S: '3600' } });
	standby = await Standby.start(site, join(state, 'standby'), { recovery_min_apply_delay: '1h' });
	const backends = [{ host: site.env.PGHOST }, { host: standby.host, weight: 9 }];
	pool = await startPgpool(directory, { ...site.env, backends, settings: 'log_per_node_statement = on' });
	await writePrograms(join(state, 'behind'), { 'pgbell-stream': { PGHOST: directory }, 'pgbell-api': { PGHOST: directory } });
	for (const program of ['pgbell-stream', 'pgbell-api']) {
		const before = await site.pid(program);
		await rename(join(state, 'behind', program), join(state, 'bin', program));
		process.kill(before);
		await waitFor(`the next ${program}`, async () => await site.pid(program).catch(() => before) !== before);
	}
	await site.waitUntilHealthy();
});

after(async () => {
	await standby?.stop();
	await site?.stop();
	await pool?.stop();
	if (state)
		await rm(state, { recursive: true, force: true });
});

test('a row inserted rings, and what was missed is told, though a standby knows nothing of it yet', only, () => ringsThrough(site));

test('a mark is seen in the list that is asked for next', only, async () => {
	const user = await site.signUp();
	await notify(site, user);
	for (let i = 0; i < 10; i++) {
		const { body: { unread_count: unread, notifications: [row] } } = await site.api('GET', '/api/notifications', { token: user.token });
		assert.equal(unread, 1 - i % 2);
		assert.equal((await site.api(i % 2 === 0 ? 'PUT' : 'DELETE', `/api/notifications/${row.id}/read`, { token: user.token })).status, 200);
	}
});

test('requests of every shape are served', only, () => passesRequests(site));

test('every statement that the programs have begins with the words that pgpool wants', async () => {
	const sources = (await readdir(join(root, 'cgi'), { recursive: true })).filter((name) => name.endsWith('.c'));
	let count = 0;
	for (const name of sources) {
		const text = (await readFile(join(root, 'cgi', name), 'utf8')).replace(/\/\*[^]*?\*\//g, '');
		for (const [statement, words] of text.matchAll(/(AT_PRIMARY\s+)?"select .*/g)) {
			assert.ok(words, `${name}: ${statement}`);
			count++;
		}
	}
	assert.ok(count > 10);
});

test('nothing that the programs ask went to the standby', only, async () => {
	const text = await readFile(join(pool.directory, 'log'), 'utf8');
	const asked = (node) => new Set([...text.matchAll(new RegExp(`pgbell-\\S+.* DB node id: ${node} .*statement: Parse: (.*)`, 'g'))].map(([, sql]) => sql));
	assert.ok(asked(0).size > 10);
	assert.deepEqual([...asked(1)].filter((sql) => !/^set /.test(sql)), []);
});
