// A site under its units that the doctor looks at, and what the doctor says of it.
//
//   before(startPatient); after(stopPatient);
//   … site, nginx, … are there then, and expectFinding('host.backlog', 'warning', /128/, { … })

import assert from 'node:assert';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { request } from './http.mjs';
import { startNginx } from './nginx.mjs';
import { root, startSite } from './site.mjs';
import { startService } from './units.mjs';
import { waitFor } from './wait.mjs';
import { programs } from './webserver.mjs';

const run = promisify(execFile);
export const doctor = join(programs, 'pgbell-doctor');

export let scratch;
export let site;
export let directory; // of the sockets
export let services = []; // the workers, and the streams
let upstreams;
export let owner;
let recipe; // nginx's
export let nginx;

export async function startPatient() {
	scratch = await mkdtemp(join(tmpdir(), 'pgbell-doctor-'));
	await chmod(scratch, 0o755);
	site = await startSite();
	// As from PostgreSQL 15 on: a site that is well is so with 14 too.
	for (const database of ['template1', site.env.PGDATABASE])
		await run('psql', ['-X', '-q', '-c', 'revoke create on schema public from public'], { env: { ...process.env, ...site.env, PGDATABASE: database, PGUSER: 'postgres' } });
	owner = await stat(join(site.state, 'pg'));
	directory = join(site.state, 'sockets');
	recipe = await readFile(join(root, 'deploy/nginx/pgbell.conf'), 'utf8');
	const options = {
		units: join(root, 'deploy/systemd'), bin: programs, directory, owner, logs: join(site.state, 'log'),
		environment: { PGHOST: site.env.PGHOST, PGPORT: site.env.PGPORT, PGBELL_HEARTBEAT_S: '1' },
	};
	services = [await startService('pgbell-api', { ...options, count: 2 }), await startService('pgbell-stream', options)];
	await services[1].heard(/^READY=1/);
	upstreams = { api: join(directory, 'api.sock'), stream: join(directory, 'stream.sock') };
	nginx = await startShipped('nginx');
	await waitFor('health', async () => (await request(`${nginx.url}/api/health`)).status === 200); // ready is before it has heard itself
}

export async function stopPatient() {
	for (const it of [nginx, ...services])
		await it?.stop();
	await site?.stop();
	await rm(scratch, { recursive: true, force: true });
}

// The shipped configuration, which change() may change.
function startShipped(name, change = (text) => text, { log = 'access_log access.log pgbell;', http = '' } = {}) {
	return startNginx({
		directory: join(site.state, name), upstreams, server: `${log} ${change(recipe)}`,
		http: `include ${root}/deploy/nginx/http.conf; ${http}`,
	});
}

export const environment = () => ({ PATH: process.env.PATH, ...site.env, PGBELL_HEARTBEAT_S: '1' });

// What it finds: { status, find(check) → the worst finding of that check }.
export async function examine({ args = [], env = {}, command = [] } = {}) {
	const words = [...command, doctor, '--json', '--sockets', directory, ...args];
	const { stdout, stderr, code = 0 } = await run(words[0], words.slice(1), { env: { ...environment(), ...env } }).catch((error) => error);
	assert.equal(stderr, '');
	const { findings } = JSON.parse(stdout);
	const severity = ['ok', 'skipped', 'warning', 'failure'];
	return {
		status: code,
		findings,
		find: (check) => findings.filter((it) => it.check === check).sort((a, b) => severity.indexOf(b.verdict) - severity.indexOf(a.verdict))[0],
	};
}

// It finds this, and says why it matters and what to change; and finds nothing else wrong.
export async function expectFinding(check, verdict, message, options = {}) {
	const { find, findings, status } = await examine(options);
	const finding = find(check);
	assert.equal(finding?.verdict, verdict, JSON.stringify(finding ?? findings));
	assert.match(finding.message, message);
	assert.ok(finding.why.length > 20 && finding.change.length > 5);
	assert.equal(status, findings.some((it) => it.verdict === 'failure') ? 2 : 1);
	const others = findings.filter((it) => ['warning', 'failure'].includes(it.verdict) && it.check !== check && !options.also?.includes(it.check));
	assert.deepEqual(others, []);
	return finding;
}

export const outside = (server, ...args) => ['--url', server.url, '--log', join(server.directory, 'access.log'), ...args];

// Another web server in front of the same programs, for a while.
export async function behind(name, change, body, options) {
	const other = await startShipped(name, change, options);
	try {
		await body(other);
	} finally {
		await other.stop();
	}
}
