// A database that is found by a host name: pgbell-stream looks it up itself,
// because libpq would hold up every stream while it waits for an answer.

import assert from 'node:assert';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { programs, requestFastcgi } from '../lib/fastcgi.mjs';
import { startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

let site, alice, proxy;

// PostgreSQL of a site listens on a unix socket only; names want TCP.
before(async () => {
	site = await startSite({ apis: 1 });
	alice = await site.signUp();
	const socket = `${site.env.PGHOST}/.s.PGSQL.${site.env.PGPORT}`;
	proxy = net.createServer((client) => {
		const server = net.connect(socket);
		client.pipe(server).pipe(client);
		for (const end of [client, server])
			end.on('error', () => {}).on('close', () => { client.destroy(); server.destroy(); });
	});
	proxy.listen(0, '127.0.0.1');
	await once(proxy, 'listening');
});
after(async () => {
	proxy.close();
	await site.stop();
});

async function firstEvent(environment) {
	const child = spawn(join(programs, 'pgbell-stream'), {
		env: { PGDATABASE: site.env.PGDATABASE, PGUSER: 'pgbell_stream', PGPORT: String(proxy.address().port),
			// A name server that cannot be reached takes its time to say that a name is unknown.
			PGBELL_OPEN_WAIT_S: '60', REQUEST_METHOD: 'GET', REQUEST_URI: '/api/notifications/stream', HTTP_AUTHORIZATION: `Bearer ${alice.token}`, ...environment },
		stdio: ['ignore', 'pipe', 'ignore'],
	});
	const exited = once(child, 'exit');
	let text = '';
	child.stdout.on('data', (bytes) => { text += bytes; });
	await waitFor('the first event', () => text.includes('\n\n'), 60_000);
	child.kill('SIGTERM');
	assert.deepEqual(await exited, [0, null]);
	return text;
}

test('a name is looked up, also in a connection string, and one that is unknown leaves the others', async () => {
	const port = proxy.address().port;
	const environments = [
		{ PGHOST: 'localhost' },
		{ PGHOST: '127.0.0.1' },
		{ PGHOST: 'no-such-host.invalid,localhost' },
		{ PGHOST: 'localhost', PGBELL_LISTEN_URL: `postgresql://pgbell_stream@localhost:${port}/${site.env.PGDATABASE}` },
	];
	for (const environment of environments)
		assert.match(await firstEvent(environment), /^event: connected$/m, JSON.stringify(environment));
});

test('a host that swallows everything does not keep us from the next', async () => {
	const swallowed = new Set();
	const hole = net.createServer((client) => swallowed.add(client.on('error', () => {})));
	hole.listen(0, '127.0.0.1');
	await once(hole, 'listening');
	const ports = `${hole.address().port},${proxy.address().port}`;
	for (const hosts of ['127.0.0.1,127.0.0.1', '127.0.0.1,localhost'])
		assert.match(await firstEvent({ PGHOST: hosts, PGPORT: ports, PGBELL_CONNECT_TIMEOUT_S: '1' }), /^event: connected$/m);
	assert.ok(swallowed.size >= 4, 'each connection began with the first host');
	swallowed.forEach((client) => client.destroy());
	hole.close();
});

// The helper thread counts as a process of the user; root has no such limit.
test('a lookup for which no thread is to be had is made later', async () => {
	const program = await open(join(programs, 'pgbell-stream'));
	const nobody = process.getuid() === 0 ? ['setpriv', '--reuid=65534', '--clear-groups'] : [];
	const child = spawn('env', [...nobody, 'prlimit', '--nproc=1:', '/proc/self/fd/3'], {
		env: { PATH: process.env.PATH, PGDATABASE: site.env.PGDATABASE, PGUSER: 'pgbell_stream', PGHOST: 'localhost', PGPORT: String(proxy.address().port),
			REQUEST_METHOD: 'GET', REQUEST_URI: '/api/notifications/stream', HTTP_AUTHORIZATION: `Bearer ${alice.token}`,
			PGBELL_CONNECT_TIMEOUT_S: '1', PGBELL_OPEN_WAIT_S: '60', PGBELL_CGI_LIFETIME_S: '0', ASAN_OPTIONS: 'detect_leaks=0' },
		stdio: ['ignore', 'pipe', 'pipe', program.fd],
	});
	const exited = once(child, 'exit');
	let log = '', text = '';
	child.stderr.on('data', (bytes) => { log += bytes; });
	child.stdout.on('data', (bytes) => { text += bytes; });
	const died = exited.then((how) => assert.fail(`ended with ${how}: ${log}`));
	const see = async (stream, holds) => {
		while (!holds())
			await Promise.race([once(stream, 'data', { signal: AbortSignal.timeout(20_000) }), died]);
	};
	await see(child.stderr, () => /event=database_lost .*timed out/.test(log));
	await promisify(execFile)('env', [...nobody, 'sh', '-c', 'prlimit --pid "$0" --nproc="$(prlimit --nproc --output=SOFT --noheadings --raw):"', String(child.pid)]);
	await see(child.stdout, () => /^event: connected$/m.test(text));
	child.kill('SIGTERM');
	await assert.rejects(died, /ended with 0,:/);
	await program.close();
});

const mayUnshare = spawnSync('unshare', ['--mount', 'true']).status === 0;

// A lookup that blocked would do so for more than two minutes, longer than the test may take.
test('a name server that does not answer holds nobody up', { timeout: 60_000, skip: !mayUnshare && 'wants a mount namespace' }, async () => {
	const directory = await mkdtemp(join(tmpdir(), 'pgbell-name-'));
	const silent = createSocket('udp4');
	const address = `127.${1 + process.pid % 250}.${(process.pid >> 8) % 250}.53`; // of this run alone
	silent.bind(53, address);
	await once(silent, 'listening');
	const asked = once(silent, 'message');
	await writeFile(join(directory, 'resolv.conf'), `nameserver ${address}\noptions timeout:30 attempts:5\n`);
	await writeFile(join(directory, 'nsswitch.conf'), 'hosts: files dns\n');
	const listen = `use IO::Socket::UNIX; use POSIX qw(dup2);
		my $socket = IO::Socket::UNIX->new(Local => shift, Listen => 64) or die "$!"; dup2(fileno $socket, 0); exec @ARGV`;
	const child = spawn('unshare', ['--mount', 'sh', '-c', `mount --bind "$1/resolv.conf" /etc/resolv.conf &&
		mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf && exec perl -e "$2" "$1/socket" "$3"`,
	'sh', directory, listen, join(programs, 'pgbell-stream')], {
		env: { PATH: process.env.PATH, PGHOST: 'database.example', PGBELL_CONNECT_TIMEOUT_S: '60', PGBELL_OPEN_WAIT_S: '1' }, stdio: 'ignore',
	});
	const exited = once(child, 'exit');
	try {
		await asked; // the lookup is under way and stays so
		for (let i = 0; i < 20; i++) {
			const answer = await requestFastcgi(join(directory, 'socket'), { REQUEST_URI: '/api/health' });
			assert.equal(answer.status, 503);
		}
	} finally {
		child.kill('SIGTERM');
		silent.close();
		await rm(directory, { recursive: true });
	}
	assert.deepEqual(await exited, [0, null], 'stopped while it was looking up');
});
