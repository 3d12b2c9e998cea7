// Thousands of streams lose their process at once and come back, as browsers
// do: all of them, whole, and none meets an answer that would end it for good.

import assert from 'node:assert';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Follower } from '../lib/follower.mjs';
import { root, startSite } from '../lib/site.mjs';

const STREAMS = 5000;
const USERS = 500; // ten streams each
const OPENING_AT_ONCE = 200;
const BACKLOG = 4096; // of deploy/dev/run; one more waits beside it
const LIMIT = { timeout: 240_000 };

let site, tokens, herd;
let written = 0; // events of each user

before(async () => {
	site = await startSite({ env: { PGBELL_BIN: join(root, 'build'), PGBELL_LOG_LEVEL: 'warning' } });
	tokens = (await site.sql(`select s.token from generate_series(1, $1) i, pgbell.create_session('herd-' || i) s`, [USERS]))
		.map((row) => row.token);
	herd = await open();
});
after(async () => {
	herd?.forEach((follower) => follower.close());
	await site?.stop();
});

function follow(i, lastEventId) {
	return new Follower(`${site.url}/api/notifications/stream`, tokens[i % USERS], { lastEventId });
}

async function open() {
	const followers = [];
	await Promise.all(Array.from({ length: OPENING_AT_ONCE }, async () => {
		while (followers.length < STREAMS) {
			const follower = follow(followers.length, written);
			followers.push(follower);
			await follower.until(() => follower.connected === 1);
		}
	}));
	return followers;
}

async function ring() {
	await site.sql(`insert into pgbell.notification (user_id, kind) select 'herd-' || i, 'all' from generate_series(1, $1) i`, [USERS]);
	written++;
}

const all = (isTrue) => Promise.all(herd.map((follower, i) => follower.until(() => isTrue(follower, i))));
const allWhole = () => all((follower) => follower.seq === written);

async function residentBytes(pid) {
	return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))[1]);
}

// Do this to the process and write on while they are away.  Says how it went.
async function scatter(t, strike) {
	await ring();
	await allWhole();
	const times = herd.map((follower) => follower.connected);
	const isBack = (follower, i) => follower.connected > times[i];
	const start = performance.now();
	await strike(await site.pid('pgbell-stream'));
	let areBack = false;
	const back = all(isBack).then(() => { areBack = true; });
	while (!areBack) {
		await ring();
		await Promise.race([back, sleep(250)]);
	}
	await allWhole();
	const wholeMs = performance.now() - start;
	await ring(); // and it goes on
	await allWhole();
	const returns = herd.map((follower) => follower.connectedAt - start).sort((a, b) => a - b);
	const sentBack = herd.reduce((sum, follower) => sum + follower.sentBack, 0);
	const bytes = await residentBytes(await site.pid('pgbell-stream'));
	t.diagnostic(`${STREAMS} streams: first back after ${returns[0].toFixed(0)} ms, half ${returns[STREAMS / 2].toFixed(0)} ms, ` +
		`last ${returns.at(-1).toFixed(0)} ms, all whole ${wholeMs.toFixed(0)} ms; ` +
		`${(1000 * STREAMS / (returns.at(-1) - returns[0])).toFixed(0)} opens/s; sent back once more: ${sentBack}; ` +
		`${(bytes / 1048576).toFixed(1)} MB in pgbell-stream`);
}

test(`${STREAMS} streams whose process is killed come back whole`, LIMIT, async (t) => {
	await scatter(t, (pid) => process.kill(pid, 'SIGKILL'));
});

test(`${STREAMS} streams whose process is stopped come back whole`, LIMIT, async (t) => {
	await scatter(t, (pid) => process.kill(pid, 'SIGTERM'));
});

// It is there and does not take what comes: what its backlog does not hold is
// refused by the kernel, and an nginx that said so with a 502 would end it.
test('those that the backlog does not hold are told to come back, and do', LIMIT, async (t) => {
	herd.forEach((follower) => follower.close());
	await ring();
	const pid = await site.pid('pgbell-stream');
	process.kill(pid, 'SIGSTOP');
	let sentBack = 0;
	try {
		herd = Array.from({ length: STREAMS }, (_, i) => follow(i, written - 1));
		for (const follower of herd)
			follower.until(() => follower.sentBack > 0).then(() => sentBack++, () => {});
		while (sentBack < STREAMS - BACKLOG - 1 && herd.every((follower) => follower.faults.length === 0))
			await sleep(20);
	} finally {
		process.kill(pid, 'SIGCONT');
	}
	await allWhole();
	t.diagnostic(`${herd.filter((follower) => follower.sentBack > 0).length} of ${STREAMS} were sent back, and came`);
});
