// `make deb`: lintian has nothing to say, what is installed runs from where it is
// installed, and removal leaves nothing but data and settings.

import assert from 'node:assert';
import { execFile } from 'node:child_process';
import { chown, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { request } from '../lib/http.mjs';
import { startNginx } from '../lib/nginx.mjs';
import { root, startSite } from '../lib/site.mjs';
import { openStream } from '../lib/sse.mjs';
import { readEnvironment, startService } from '../lib/units.mjs';
import { waitFor } from '../lib/wait.mjs';

const execute = promisify(execFile);
const run = (command, args, options = {}) => execute(command, args, { maxBuffer: 1 << 26, ...options });
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, LC_ALL: 'C.UTF-8', MAKEFLAGS: '', MAKELEVEL: '' };
const results = join(root, 'build/deb');

let scratch;
let installed; // the root directory that the package is installed in
let units; // /lib/systemd/system below it, or since Debian 13 /usr/lib/systemd/system
let version;
let site;

before(async () => {
	[, version] = /^VERSION = (.*)$/m.exec(await readFile(join(root, 'Makefile'), 'utf8'));
	scratch = await mkdtemp(join(tmpdir(), 'pgbell-package-'));
	await run('chmod', ['755', scratch]);
	installed = join(scratch, 'root');
	await run('make', ['-C', root, 'deb'], { env });
	for (const directory of ['info', 'updates', 'triggers'])
		await mkdir(join(installed, 'var/lib/dpkg', directory), { recursive: true });
	for (const file of ['status', 'available'])
		await writeFile(join(installed, 'var/lib/dpkg', file), '');
	await dpkg('--install', join(results, `pgbell_${version}_${(await run('dpkg', ['--print-architecture'])).stdout.trim()}.deb`));
	const [unit] = (await files()).filter((file) => file.endsWith('/pgbell-stream.service'));
	units = dirname(unit);
});

after(async () => {
	await site?.stop();
	await rm(scratch, { recursive: true, force: true });
});

// Into a root of its own that holds nothing else: no dependency, no shell of its own.
const dpkg = (...args) => run('dpkg', [`--root=${installed}`, '--log=/dev/null', '--force-depends', '--force-not-root', '--force-script-chrootless', ...args], { env });

const files = async () => (await run('find', ['.', '(', '-type', 'f', '-o', '-type', 'l', ')', '-not', '-path', './var/lib/dpkg/*'], { cwd: installed }))
	.stdout.split('\n').filter(Boolean).map((file) => file.slice(1)).sort();

test('lintian_has_nothing_to_say', async () => {
	const changes = (await readdir(results)).find((name) => name.endsWith('.changes'));
	const { stdout } = await run('lintian', ['--pedantic', '--display-info', '--display-experimental', join(results, changes)], { env });
	assert.equal(stdout, '');
});

test('the_package_has_the_version_of_the_programs', async () => {
	const { stdout } = await run(join(installed, 'usr/bin/pgbell-stream'), ['--version']);
	assert.equal(stdout, `pgbell-stream ${version}\n`);
});

test('everything_is_where_a_debian_user_looks', async () => {
	const found = new Set(await files());
	for (const file of ['/usr/bin/pgbell-api', '/usr/bin/pgbell-stream', '/usr/bin/pgbell-doctor', '/etc/pgbell/pgbell.env',
		`${units}/pgbell-api@.service`, `${units}/pgbell-stream.socket`,
		'/usr/share/pgbell/sql/install.sql', '/usr/share/pgbell/www/index.html', '/usr/share/pgbell/nginx/pgbell.conf',
		'/usr/share/doc/pgbell/README.Debian', '/usr/share/doc/pgbell/README.md.gz', '/usr/share/doc/pgbell/deploy/README.md.gz', '/usr/share/doc/pgbell/sql/README.md.gz',
		'/usr/share/doc/pgbell/examples/example.conf',
		'/usr/share/doc/pgbell/examples/adopt/adopt.sql.gz', '/usr/share/man/man8/pgbell-api.8.gz', '/usr/share/man/man8/pgbell-stream.8.gz',
		'/usr/share/man/man8/pgbell-doctor.8.gz', '/usr/share/man/man5/pgbell.env.5.gz'])
		assert.ok(found.delete(file) || found.delete(file.replace(/\.gz$/, '')), `${file} is missing`);
});

test('no_file_speaks_of_another_place', async () => {
	const { stdout } = await run('grep', ['-rlE', `/usr/local|/build/|${root}/`, join(installed, 'usr/share/pgbell'), join(installed, 'usr/share/doc/pgbell/examples'), join(installed, units), join(installed, 'etc')])
		.catch((error) => error);
	assert.equal(stdout, '');
});

// debhelper writes into these scripts too; tests/booted-root sees what they do.
test('an_upgrade_stops_nothing_before_it_is_unpacked', async () => {
	const info = join(installed, 'var/lib/dpkg/info');
	const scripts = (await readdir(info)).filter((name) => /^pgbell\.(preinst|prerm)$/.test(name));
	assert.ok(scripts.includes('pgbell.prerm'));
	for (const name of scripts) {
		const text = await readFile(join(info, name), 'utf8');
		for (const [, condition] of text.matchAll(/^if (.*)\n\t.* stop /gm))
			assert.match(condition, /"\$1" = remove/, name);
		assert.doesNotMatch(text, /= upgrade\b/, name);
	}
});

test('the_man_pages_are_sound', async () => {
	const pages = (await readdir(join(root, 'deploy/man'))).map((name) => join(root, 'deploy/man', name));
	assert.ok(pages.length >= 4);
	const { stdout } = await run('mandoc', ['-T', 'lint', ...pages]).catch((error) => error);
	const said = stdout.split('\n').filter((line) => line !== '' && !/referenced manual not found/.test(line)); // not installed here
	assert.deepEqual(said, []);
});

test('it_rings_from_its_installed_paths', async () => {
	site = await startSite(); // for its PostgreSQL
	await site.superuser('create role shopkeeper login');
	await site.superuser('create database shop owner shopkeeper');
	const owner = await stat(join(site.state, 'pg'));
	const database = { ...env, ...site.env, PGDATABASE: 'shop', PGUSER: 'shopkeeper' };
	await run('psql', ['-X', '-q', '-v', 'qa=off', '-f', join(installed, 'usr/share/pgbell/sql/install.sql')], { env: database });

	const settings = join(scratch, 'pgbell.env');
	const shipped = await readFile(join(installed, 'etc/pgbell/pgbell.env'), 'utf8');
	assert.deepEqual(readEnvironment(shipped), { PGDATABASE: 'pgbell' });
	await writeFile(settings, shipped.replace('PGDATABASE=pgbell', 'PGDATABASE=shop'));
	const options = {
		units: join(installed, units), bin: join(installed, 'usr/bin'), directory: join(site.state, 'package'), owner,
		environmentFile: settings, environment: { PGHOST: site.env.PGHOST, PGPORT: site.env.PGPORT },
	};
	const services = [];
	try {
		services.push(await startService('pgbell-api', { ...options, count: 2 }), await startService('pgbell-stream', options));
		const [api, stream] = services;
		await stream.heard(/^READY=1/);
		const share = join(installed, 'usr/share/pgbell');
		const nginx = await startNginx({
			directory: join(site.state, 'package/nginx'), upstreams: { api: api.socket, stream: stream.socket },
			http: `include ${share}/nginx/http.conf;`,
			server: `root ${share}/www; include ${share}/nginx/page.conf; include ${share}/nginx/pgbell.conf;`,
		});
		services.push(nginx);
		await rings(nginx.url, database);
	} finally {
		for (const service of services.reverse())
			await service.stop();
	}
});

async function rings(url, database) {
	const sql = async (text) => (await run('psql', ['-X', '-At', '-c', text], { env: database })).stdout.trim();
	const token = await sql("select token from pgbell.create_session('4711')");
	assert.equal((await request(`${url}/`)).status, 200, 'the page');
	await waitFor('health', async () => (await request(`${url}/api/health`)).status === 200); // ready is before it has heard itself
	const stream = await openStream(`${url}/api/notifications/stream`, { headers: { authorization: `Bearer ${token}` } });
	await stream.next('connected');
	await sql(`insert into pgbell.notification (user_id, kind, data) values ('4711', 'order.shipped', '{"order": 12}')`);
	assert.equal((await stream.next('new_notification')).data.kind, 'order.shipped');
	const list = await request(`${url}/api/notifications`, { headers: { authorization: `Bearer ${token}` } });
	assert.equal(JSON.parse(list.text).unread_count, 1);
	stream.close();
}

test('removal_leaves_settings_and_purging_nothing', async () => {
	await dpkg('--remove', 'pgbell');
	const left = (await files()).filter((file) => !file.startsWith('/var/lib/systemd/')); // which units are enabled
	assert.deepEqual(left, ['/etc/pgbell/pgbell.env']);
	await dpkg('--purge', 'pgbell');
	assert.deepEqual(await files(), []);
});
