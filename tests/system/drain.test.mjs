// Programs are replaced while they work: whoever follows a stream or asks for
// something is served all the time, and misses nothing.

import assert from 'node:assert';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Follower } from '../lib/follower.mjs';
import { startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

const STREAMS = 200;
const USERS = 20;
const REPLACEMENTS = 10;
const PEOPLE = Array.from({ length: USERS }, (_, i) => `person-${i}`);
const LIMIT = { timeout: 240_000 };

let site, tokens, followers;
let load = { async stop() {} };

before(async () => {
	site = await startSite({ apis: 2, env: { PGBELL_RETRY_MS: '1000' } });
	tokens = (await site.sql('select s.token from unnest($1::text[]) with ordinality u(id, i), pgbell.create_session(u.id) s order by i', [PEOPLE]))
		.map((row) => row.token);
	followers = Array.from({ length: STREAMS }, (_, i) => follow(tokens[i % USERS]));
	await all((follower) => follower.connected === 1);
});
after(async () => {
	await load.stop().catch(() => {});
	followers?.forEach((follower) => follower.close());
	await site?.stop();
});

const follow = (token) => new Follower(`${site.url}/api/notifications/stream`, token);
const all = (isTrue) => Promise.all(followers.map((follower, i) => follower.until(() => isTrue(follower, i))));

// Writers and askers who work until they are told to stop.
function startLoad() {
	load = { written: 0, asked: 0, isOver: false };
	const write = async () => {
		while (!load.isOver) {
			await site.sql(`insert into pgbell.notification (user_id, kind, data) select id, 'load', '{}' from unnest($1::text[]) id`, [PEOPLE]);
			load.written++;
			await sleep(20);
		}
	};
	const ask = async (token) => {
		while (!load.isOver) {
			const { status } = await site.api('GET', '/api/notifications/unread-count', { token });
			assert.equal(status, 200);
			load.asked++;
			await sleep(20);
		}
	};
	const work = Promise.all([write(), ask(tokens[0]), ask(tokens[1])]);
	load.stop = () => {
		load.isOver = true;
		return work;
	};
	work.catch(() => {}); // stop() tells
}

// Everybody has every number there is.
async function assertWhole() {
	const rows = await site.sql('select address, seq::float8 as seq from pgbell.inbox');
	const newest = Object.fromEntries(rows.map(({ address, seq }) => [address, seq]));
	await all((follower, i) => follower.seq === newest[PEOPLE[i % USERS]]);
	assert.deepEqual(followers.flatMap((follower) => follower.faults), []);
}

async function pidBesides(program, old) {
	return waitFor(`another ${program}`, async () => {
		const pid = await site.pid(program).catch(() => 0);
		return pid !== old && pid;
	});
}

const isAlive = async (pid) => {
	const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') X');
	return !/\) [XZ]/.test(stat);
};

test('ten times a process is replaced under load; no stream misses anything, no request is refused', LIMIT, async (t) => {
	startLoad();
	const taken = followers.reduce((sum, follower) => sum + follower.taken, 0);
	const takeoverMs = [];
	let overlaps = 0;
	for (let i = 0; i < REPLACEMENTS; i++) {
		const stream = await site.pid('pgbell-stream');
		const api = await site.pid(i % 2 === 0 ? 'pgbell-api' : 'pgbell-api-2').catch(() => 0); // not back yet
		const times = followers.map((follower) => follower.connected);
		const start = performance.now();
		process.kill(stream, 'SIGTERM');
		if (api > 0)
			process.kill(api, 'SIGTERM');
		await pidBesides('pgbell-stream', stream);
		takeoverMs.push(Math.round(performance.now() - start));
		overlaps += await isAlive(stream);
		const probe = follow(tokens[0]);
		await probe.until(() => probe.connected === 1).finally(() => probe.close());
		const isBack = (follower, j) => follower.connected > times[j];
		await waitFor('a quarter of them', () => followers.filter(isBack).length >= STREAMS / 4);
	}
	await load.stop();
	await assertWhole();
	// Mostly: when the machine stands still the drain may be over after it.
	assert.ok(overlaps > REPLACEMENTS / 2, `the next one was there ${overlaps} times while the last one drained`);
	const events = followers.reduce((sum, follower) => sum + follower.taken, 0) - taken;
	const returns = followers.reduce((sum, follower) => sum + follower.connected - 1, 0);
	t.diagnostic(`${REPLACEMENTS} replacements: ${load.written} statements, ${events} events to ${STREAMS} streams that came back ${returns} times; ` +
		`${load.asked} requests; the next process was there after ${Math.min(...takeoverMs)} to ${Math.max(...takeoverMs)} ms`);
});

// The workers of nginx, as its master has them.
async function workers() {
	const master = await site.pid('nginx');
	return (await readFile(`/proc/${master}/task/${master}/children`, 'utf8')).trim().split(' ').map(Number);
}

async function reload() {
	const old = await workers();
	process.kill(await site.pid('nginx'), 'SIGHUP');
	await waitFor('new workers', async () => (await workers()).some((pid) => !old.includes(pid)));
	return old;
}

const areGone = (pids) => waitFor('their end', async () => !(await Promise.all(pids.map(isAlive))).includes(true));

test('nginx is reloaded: open streams go on until its old workers end, and come back whole', LIMIT, async (t) => {
	const settings = join(site.state, 'run/nginx.conf');
	const text = await readFile(settings, 'utf8');
	await writeFile(settings, text.replace(/worker_shutdown_timeout .*;/, 'worker_shutdown_timeout 5s;'));
	followers.splice(0).forEach((follower) => follower.close());
	await areGone(await reload()); // to workers that know of those seconds
	followers = Array.from({ length: STREAMS }, (_, i) => follow(tokens[i % USERS]));
	await all((follower) => follower.connected === 1);

	startLoad();
	const start = followers.map((follower) => follower.seq);
	const old = await reload();
	await all((follower, i) => follower.seq > start[i] + 5);
	assert.ok(followers.every((follower) => follower.connected === 1), 'served on by the old workers');
	await all((follower) => follower.connected === 2);
	await areGone(old);
	await load.stop();
	await assertWhole();
	t.diagnostic(`${STREAMS} streams, ${load.written} statements, ${load.asked} requests`);
});
