// `make install`, `make uninstall`, and what is built for them; the package is in package.test.mjs.

import assert from 'node:assert';
import { execFile, spawn } from 'node:child_process';
import { appendFile, chmod, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { root } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

const run = promisify(execFile);
const isRoot = process.getuid() === 0;

let scratch;

before(async () => {
	scratch = await mkdtemp(join(tmpdir(), 'pgbell-install-'));
	await chmod(scratch, 0o755);
});

after(() => rm(scratch, { recursive: true, force: true }));

const make = (...words) => run('make', ['-C', root, ...words], { env: { ...process.env, MAKEFLAGS: '' } });
const filesIn = async (directory) => (await run('find', ['.', '!', '-type', 'd'], { cwd: directory })).stdout.split('\n').filter(Boolean).map((file) => file.slice(1)).sort();

test('install_puts_everything_below_its_prefix', async () => {
	const destination = join(scratch, 'installed');
	await make('install', `DESTDIR=${destination}`, 'PREFIX=/usr');
	for (const file of ['bin/pgbell-api', 'bin/pgbell-stream', 'share/pgbell/sql/install.sql', 'share/pgbell/www/index.html',
		'share/pgbell/nginx/pgbell.conf', 'share/pgbell/pgbell.sql', 'lib/systemd/system/pgbell-stream.service'])
		await stat(join(destination, 'usr', file));
	await stat(join(destination, 'etc/pgbell/pgbell.env'));
});

test('another_prefix_keeps_its_settings_and_has_units_where_systemd_reads_them', async () => {
	const destination = join(scratch, 'opt');
	await make('install', `DESTDIR=${destination}`, 'PREFIX=/opt/pgbell');
	const files = await filesIn(destination);
	assert.ok(files.every((file) => /^\/opt\/pgbell\/|^\/etc\/systemd\/system\/pgbell/.test(file)), files);
	const read = (file) => readFile(join(destination, file), 'utf8');
	const unit = await read('etc/systemd/system/pgbell-stream.service');
	assert.match(unit, /^ExecStart=\/opt\/pgbell\/bin\/pgbell-stream$/m);
	assert.match(unit, /^EnvironmentFile=\/opt\/pgbell\/etc\/pgbell\/pgbell\.env$/m);
	assert.match(await read('opt/pgbell/share/pgbell/nginx/example.conf'), /include \/opt\/pgbell\/share\/pgbell\/nginx\/http\.conf;/);
	assert.match((await run(join(destination, 'opt/pgbell/bin/pgbell-doctor'), ['--help'])).stdout, /\(\/opt\/pgbell\/etc\/pgbell\/pgbell\.env, /);
	const { stdout } = await run('grep', ['-rIlE', '/usr/local|[^l]/etc/pgbell', destination]).catch((error) => error);
	assert.equal(stdout, '');
	await make('all'); // as it was
});

test('install_and_uninstall_touch_their_own_files_only', async () => {
	const destination = join(scratch, 'own');
	const foreign = { 'share/pgbell/nginx/mine.conf': 'root /usr/local/www;', 'lib/systemd/system/pgbell-backup.service': 'ExecStart=/usr/local/bin/backup' };
	for (const [file, text] of Object.entries(foreign)) {
		await mkdir(dirname(join(destination, 'usr', file)), { recursive: true });
		await writeFile(join(destination, 'usr', file), text);
	}
	const install = (...words) => make(...words, `DESTDIR=${destination}`, 'PREFIX=/usr');
	await install('install');
	await appendFile(join(destination, 'etc/pgbell/pgbell.env'), '# mine\n');
	// What an older release had and this one does not.
	await writeFile(join(destination, 'usr/share/pgbell/sql/old.sql'), '');
	await appendFile(join(destination, 'usr/share/pgbell/manifest'), '/usr/share/pgbell/sql/old.sql\n');
	await install('install');
	await assert.rejects(stat(join(destination, 'usr/share/pgbell/sql/old.sql')));
	assert.match(await readFile(join(destination, 'etc/pgbell/pgbell.env'), 'utf8'), /# mine\n$/);
	const before = await filesIn(destination);
	await assert.rejects(make('uninstall', `DESTDIR=${destination}`, 'PREFIX=/opt/other'), /nothing of pgbell is installed below .*\/opt\/other/);
	assert.deepEqual(await filesIn(destination), before);
	assert.match((await install('uninstall')).stdout, /left: .*pgbell\.env/);
	assert.deepEqual(await filesIn(destination), ['/etc/pgbell/pgbell.env', ...Object.keys(foreign).map((file) => `/usr/${file}`).sort()]);
	for (const [file, text] of Object.entries(foreign))
		assert.equal(await readFile(join(destination, 'usr', file), 'utf8'), text);
	await assert.rejects(stat(join(destination, 'usr/bin')), 'nor are empty directories left');
});

test('what_was_built_with_other_flags_is_built_again', async () => {
	const tree = join(scratch, 'flags'), object = 'build/release/cgi/api/main.o';
	await mkdir(tree);
	for (const part of ['Makefile', 'common', 'cgi', 'deploy', 'sql'])
		await cp(join(root, part), join(tree, part), { recursive: true });
	const build = async (...words) => (await run('make', ['-C', tree, object, ...words], { env: { ...process.env, MAKEFLAGS: '' } })).stdout;
	const says = async (text) => (await readFile(join(tree, object))).includes(text);
	await build();
	assert.doesNotMatch(await build(), / -c -o /);
	await build('VERSION=9.9.9');
	assert.ok(await says('9.9.9'));
	await build();
	assert.ok(!await says('9.9.9'));
});

test('by_hand_spawn_fcgi_gives_sockets_that_the_web_server_may_use', { skip: !isRoot && 'needs root' }, async () => {
	const { gid } = await ownerOf('www-data');
	for (const name of ['api', 'stream']) {
		const manual = await readFile(join(root, `deploy/man/pgbell-${name}.8`), 'utf8');
		const [, line] = /^# (.*spawn-fcgi(?:.*\\e\n)*.*)$/m.exec(manual);
		const socket = join(scratch, `${name}.sock`);
		const words = line.replaceAll('\\e\n', ' ').replace('-u shop', '-u nobody').replace(/\/run\/pgbell\/\w+\.sock/, socket).replace(/-- .*/, '-- /usr/bin/sleep 60').split(/\s+/);
		const child = spawn('env', words, { stdio: 'ignore' });
		try {
			await waitFor('the program, which comes behind the socket', async () => (await readFile(`/proc/${child.pid}/cmdline`, 'utf8')).startsWith('/usr/bin/sleep'));
			const found = await stat(socket);
			assert.deepEqual([found.gid, found.mode & 0o777], [gid, 0o660], words.join(' '));
		} finally {
			child.kill();
		}
	}
});

const ownerOf = async (account) => {
	const [, , uid, gid] = (await run('getent', ['passwd', account])).stdout.split(':');
	return { uid: Number(uid), gid: Number(gid) };
};
