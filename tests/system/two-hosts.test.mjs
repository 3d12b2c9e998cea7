// Two hosts, each a network namespace with its web server and both programs,
// and one PostgreSQL between them: a person with a tab on each sees the same,
// also while one of the hosts is cut off and when it is back.

import assert from 'node:assert';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chown, mkdir, open, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { notify } from '../lib/duties.mjs';
import { request } from '../lib/http.mjs';
import { become } from '../lib/owner.mjs';
import { root, startSite } from '../lib/site.mjs';
import { Tab } from '../lib/tab.mjs';
import { waitFor } from '../lib/wait.mjs';
import { programs } from '../lib/webserver.mjs';

const skip = canMakeNamespaces() ? false : 'needs root and network namespaces';
const run = promisify(execFile);
const number = skip ? 0 : findNumber(); // of the networks: 10.<number>.<host>.0/30
const PORT = 5432;

let site, hosts = [];

function canMakeNamespaces() {
	try {
		ip('netns', 'add', `pgbell-probe-${process.pid}`);
	} catch {
		return false;
	}
	try {
		ip('netns', 'exec', `pgbell-probe-${process.pid}`, 'true');
		return true;
	} catch {
		return false;
	} finally {
		ip('netns', 'del', `pgbell-probe-${process.pid}`);
	}
}

function ip(...words) {
	return execFileSync('ip', words, { stdio: 'pipe' });
}

// One of which the machine has no address, neither of its own nor of another run.
function findNumber() {
	const addresses = ip('-4', '-o', 'addr').toString();
	return Array.from({ length: 250 }, (_, i) => 1 + (process.pid + i) % 250).find((it) => !addresses.includes(` 10.${it}.`));
}

before(async () => {
	if (skip)
		return;
	site = await startSite({ apis: 1 });
	hosts = [new Host(1), new Host(2)];
	for (const host of hosts)
		host.connect();
	await listenOn(hosts.map((host) => host.gateway));
	await Promise.all(hosts.map((host) => host.start()));
}, { timeout: 120_000 });

after(async () => {
	try {
		await Promise.all(hosts.map((host) => host.stop()));
	} finally {
		await site?.stop();
	}
});

// PostgreSQL is where the site is, and takes the hosts' connections too.
async function listenOn(addresses) {
	const data = join(site.state, 'pg');
	await appendFile(join(data, 'postgresql.conf'), `\nlisten_addresses = '${addresses.join(',')}'\nport = ${PORT}\n`);
	await appendFile(join(data, 'pg_hba.conf'), `host all all 10.${number}.0.0/16 trust\n`);
	const before = await site.pid('postgres');
	process.kill(before, 'SIGINT');
	await waitFor('PostgreSQL on the network', async () => ![before, NaN].includes(await site.pid('postgres').catch(() => NaN)));
	await site.waitUntilHealthy();
}

class Host {
	#children = [];

	constructor(index) {
		this.name = `pgbell-${process.pid}-${index}`;
		this.link = `pb${process.pid}-${index}`;
		this.gateway = `10.${number}.${index}.1`;
		this.address = `10.${number}.${index}.2`;
		this.url = `http://${this.address}:8080`;
		this.directory = join(site.state, `host-${index}`);
	}

	connect() {
		ip('netns', 'add', this.name);
		ip('link', 'add', this.link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.name);
		ip('addr', 'add', `${this.gateway}/30`, 'dev', this.link);
		ip('link', 'set', this.link, 'up');
		for (const words of [['addr', 'add', `${this.address}/30`, 'dev', 'eth0'], ['link', 'set', 'eth0', 'up'], ['link', 'set', 'lo', 'up']])
			ip('-n', this.name, ...words);
	}

	async start() {
		const { uid, gid } = await stat(join(site.state, 'pg'));
		await mkdir(this.directory);
		await chown(this.directory, uid, gid);
		this.words = ['netns', 'exec', this.name, 'setpriv', ...become({ uid, gid }), '--pdeathsig=TERM', '--'];
		const recipe = join(root, 'deploy/nginx');
		await writeFile(join(this.directory, 'nginx.conf'), `
			daemon off; pid nginx.pid; error_log stderr; worker_processes 1;
			events { worker_connections 100; }
			http {
				include /etc/nginx/mime.types;
				include ${recipe}/http.conf;
				access_log access.log pgbell;
				${['client_body', 'fastcgi', 'proxy', 'scgi', 'uwsgi'].map((it) => `${it}_temp_path tmp-${it};`).join(' ')}
				upstream pgbell_api { server unix:${this.directory}/api.sock; }
				upstream pgbell_stream { server unix:${this.directory}/stream.sock; }
				server {
					listen ${this.address}:8080;
					root ${root}/deploy/www;
					include ${recipe}/pgbell.conf;
				}
			}`);
		const database = { PGHOST: this.gateway, PGPORT: String(PORT), PGDATABASE: 'pgbell', PGBELL_CANARY_S: '1', PGBELL_CONNECT_TIMEOUT_S: '2' };
		await this.#run('stream', ['spawn-fcgi', '-n', '-s', 'stream.sock', '--', join(programs, 'pgbell-stream')], { ...database, PGUSER: 'pgbell_stream' });
		await this.#run('api', ['spawn-fcgi', '-n', '-s', 'api.sock', '--', join(programs, 'pgbell-api')], { ...database, PGUSER: 'pgbell_api' });
		await this.#run('nginx', ['/usr/sbin/nginx', '-p', `${this.directory}/`, '-c', 'nginx.conf', '-e', 'stderr'], {});
		await this.waitUntil(200);
	}

	async #run(name, words, env) {
		const log = await open(join(site.state, 'log', `${this.name.slice(-1)}-${name}.log`), 'a');
		const child = spawn('ip', [...this.words, ...words], { cwd: this.directory, stdio: ['ignore', log.fd, log.fd],
			env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', ...env } });
		this.#children.push({ child, exited: once(child, 'exit') });
		await log.close();
	}

	// As seen on the host itself, whatever its network does.
	waitUntilKnown(status) {
		return waitFor(`health ${status} within ${this.name}`, async () => {
			const asked = ['netns', 'exec', this.name, 'curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', `${this.url}/api/health`];
			return (await run('ip', asked).catch(({ stdout }) => ({ stdout }))).stdout === String(status);
		});
	}

	waitUntil(status) {
		return waitFor(`health ${status} on ${this.url}`,
			() => request(`${this.url}/api/health`).then((answer) => answer.status === status, () => false));
	}

	// Its network to everybody else.
	cut() {
		ip('link', 'set', this.link, 'down');
	}

	join() {
		ip('link', 'set', this.link, 'up');
	}

	async stop() {
		for (const { child, exited } of this.#children.reverse()) {
			child.kill('SIGTERM');
			await exited;
		}
		ip('netns', 'del', this.name);
	}
}

test('a person with a tab on each of two hosts sees the same, also when one was cut off', { skip, timeout: 120_000 }, async () => {
	const [here, there] = hosts;
	const on = (host) => ({ url: host.url });
	const alice = await site.signUp();
	const tabs = hosts.map((host) => new Tab(on(host), alice.token));
	await waitFor('both tabs', () => tabs.every((tab) => tab.rounds > 0));

	await notify(site, alice);
	// PostgreSQL was started again since the installation, so that the first number is not 1.
	const [{ seq: first }] = await site.sql('select seq::float8 from pgbell.inbox where address = $1', [String(alice.id)]);
	await waitFor('the first event on both', () => tabs.every((tab) => tab.numbers.at(-1) === first));

	// What is done on one host is seen on the other.
	const readOn = async (host, id) => assert.equal((await request(`${host.url}/api/notifications/${id}/read`,
		{ method: 'PUT', headers: { authorization: `Bearer ${alice.token}` } })).status, 200);
	const [{ id }] = await site.sql('select id from pgbell.notification where user_id = $1', [String(alice.id)]);
	const seen = hosts.map((host) => new Tab(on(host), alice.token, first));
	await readOn(there, id);
	await waitFor('the reading on both', () => [...tabs, ...seen].every((tab) => tab.last === String(first + 1)));

	there.cut();
	for (let i = 0; i < 5; i++)
		await notify(site, alice);
	await waitFor('the events on the host that is left', () => tabs[0].numbers.at(-1) === first + 6);
	await there.waitUntilKnown(503);
	assert.equal(tabs[1].numbers.at(-1), first);
	assert.equal((await request(`${here.url}/api/health`)).status, 200);

	there.join();
	await waitFor('the events on the host that is back', () => tabs[1].numbers.at(-1) === first + 6);
	await there.waitUntil(200);
	await notify(site, alice);
	await waitFor('one event more on both', () => tabs.every((tab) => tab.numbers.at(-1) === first + 7));
	for (const tab of tabs)
		assert.deepEqual(tab.numbers, [0, 2, 3, 4, 5, 6, 7].map((i) => first + i));
	await Promise.all([...tabs, ...seen].map((tab) => tab.close()));
});
