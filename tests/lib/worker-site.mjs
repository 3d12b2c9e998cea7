// A site with workers of pgbell-api that a test starts itself, beside the site's own.  A file of
// tests says
//
//   before(openWorkerSite); after(closeWorkerSite);

import assert from 'node:assert';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWorker } from './fastcgi.mjs';
import { startSite } from './site.mjs';
import { startWire } from './byte-proxy.mjs';
import { waitFor } from './wait.mjs';

export let site;
export let account;
let scratch, environment;
let sockets = 0;

export async function openWorkerSite() {
	site = await startSite({ apis: 1 });
	scratch = await mkdtemp(join(tmpdir(), 'pgbell-worker-'));
	account = await site.signUp();
	environment = { ...site.env, PGUSER: 'pgbell_api', PGBELL_LOG_LEVEL: 'debug' };
}

export async function closeWorkerSite() {
	await site.stop();
	await rm(scratch, { recursive: true });
}

// A worker of the test's own, which ends with it.
export async function work(t, settings = {}) {
	const worker = await startWorker({ ...environment, ...settings }, join(scratch, `api-${++sockets}.sock`));
	t.after(async () => {
		if (worker.child.exitCode === null)
			await worker.stop();
		assert.doesNotMatch(worker.stderr, /Sanitizer|runtime error/);
	});
	return worker;
}

export const get = (uri) => ({ REQUEST_URI: uri });
export const change = (uri, method = 'POST') => ({ REQUEST_METHOD: method, REQUEST_URI: uri, HTTP_AUTHORIZATION: `Bearer ${account.token}` });
export const question = (title) => JSON.stringify({ title, body: 'b' });
export const countQuestions = async (title) => (await site.sql('select count(*)::int from qa.question where title = $1', [title]))[0].count;

export const until = (holds, what) => waitFor(what, holds);

// Hold a lock in a transaction of our own; gives what lets it go.
export async function hold(statement) {
	const client = await site.connect();
	await client.query('begin');
	await client.query(statement);
	return () => client.end();
}

export const blockedPid = async () => (await site.superuser(
	"select pid from pg_stat_activity where application_name = 'pgbell-api' and wait_event_type = 'Lock'"))[0]?.pid;

export const startProxy = (t) => startWire(t, site, join(scratch, `proxy-${++sockets}`));
