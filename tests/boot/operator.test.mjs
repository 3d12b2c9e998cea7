// From the package to a bell that rings, by the package's README.Debian and nothing
// else, under a systemd that runs; and what an operator meets later.  Each test goes
// on where the one before it ended.

import assert from 'node:assert';
import { after, before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Tab } from '../lib/tab.mjs';
import { waitFor } from '../lib/wait.mjs';
import { awaitBoot, inside, listFiles, reboot, shell, show, statusOf } from './machine.mjs';
import { LONG_MS, askDoctor, follow, get, listen, openShop, putUpTheBell, ring, session, site, sql, step, units } from './shop.mjs';

let filesBefore;
let failedBefore; // units of Debian's own that find no modules of a kernel here, or the like

before(async () => {
	await awaitBoot();
	failedBefore = await listFailed();
	await inside('apt-get', 'install', '-q', '-y', 'nginx', 'postgresql'); // from its cache
	await openShop();
	filesBefore = await listFiles();
});

after(() => inside('journalctl', '--flush').catch(() => {}));

const listFailed = async () => (await inside('systemctl', 'list-units', '--failed', '--no-legend', '--plain'))
	.trim().split('\n').map((line) => line.split(' ')[0]).filter(Boolean).sort();
const listUnowned = async (paths) => (await shell(`for path in ${paths.map((path) => `'${path}'`).join(' ')}; do
	dpkg -S "$path" >/dev/null 2>&1 || dpkg -S "\${path#/usr}" >/dev/null 2>&1 || echo "$path"; done`)).trim().split('\n').filter(Boolean);
const mainPid = async (unit) => Number((await show(unit, 'MainPID')).MainPID);
const set = (name, value) => shell(`sed -i '/^#*${name}=/d' /etc/pgbell/pgbell.env; echo '${name}=${value}' >>/etc/pgbell/pgbell.env`);
const unset = (name) => shell(`sed -i '/^${name}=/d' /etc/pgbell/pgbell.env`);

// Streams and requests go on while something is done; nobody is refused, nothing is missed.
async function refusesNobodyWhile(action) {
	const tokens = await Promise.all(['una', 'duo', 'tre'].map(session));
	const tabs = tokens.map((token) => new Tab(site, token));
	await waitFor('the tabs', () => tabs.every((tab) => tab.rounds > 0), LONG_MS);
	const known = await Promise.all(tabs.map((tab) => tab.numbers.length));
	const statuses = [];
	const failures = [];
	let isOver = false;
	const fail = (error) => failures.push(error.code ?? error.message);
	const asking = Array.from({ length: 4 }, async () => {
		while (!isOver)
			await get('/api/notifications/unread-count', tokens[0]).then((answer) => statuses.push(answer.status), fail);
	});
	// nginx makes its own 200 of a stream that is refused, but not of these; 503 is said by a
	// process that has just begun.
	asking.push((async () => {
		while (!isOver)
			await get('/api/health').then(({ status }) => statuses.push(status === 503 ? 200 : status), fail);
	})());
	const opening = Array.from({ length: 4 }, async () => {
		while (!isOver) {
			await listen(tokens[1]).then(async (stream) => {
				statuses.push(stream.status);
				await Promise.race([stream.next('connected').catch(() => {}), stream.ended]);
				stream.close();
			}, fail);
		}
	});
	let count = 0;
	const ringing = (async () => {
		for (; !isOver; count++)
			for (const user of ['una', 'duo', 'tre'])
				await ring(user);
	})();
	await action();
	await waitFor('some more', () => sleep(500, true));
	isOver = true;
	await Promise.all([...asking, ...opening, ringing]);
	assert.ok(statuses.length > 20 && count > 1, `${statuses.length} answers, ${count} rings`);
	assert.deepEqual([...new Set(statuses)], [200]);
	assert.deepEqual(failures, []);
	await waitFor('the last event', () => tabs.every((tab, i) => tab.numbers.length - known[i] >= count), LONG_MS);
	for (const tab of tabs) {
		await tab.close();
		const start = tab.numbers[0];
		assert.deepEqual(tab.numbers, Array.from({ length: tab.numbers.length }, (_, i) => start + i));
		assert.deepEqual([...new Set(tab.statuses)], [200]);
	}
	return { answers: statuses.length, rings: count };
}

const UNITS = ['pgbell-api@.service', 'pgbell-stream.service', 'pgbell-api.socket', 'pgbell-stream.socket', 'pgbell-websocket.socket'];

// --- from the package to the bell ----------------------------------------------------

step('apt_installs_it_with_all_that_it_needs_and_starts_nothing', async () => {
	await inside('apt-get', 'install', '-q', '-y', '/var/tmp/pgbell.deb');
	assert.match(await inside('dpkg-query', '-W', '-f', '${Package} ${Status}\n', 'pgbell', 'libnss-systemd'), /^(\S+ install ok installed\n){2}$/);
	assert.equal(await inside('systemctl', 'list-units', '--all', '--no-legend', '--plain', 'pgbell*'), '');
	const states = await inside('systemctl', 'list-unit-files', '--no-legend', 'pgbell*.s*');
	const units = states.trim().split('\n').map((line) => line.split(/\s+/));
	assert.deepEqual(units.map(([name, state]) => `${name} ${state}`).sort(), UNITS.map((name) => `${name} disabled`).sort());
});

step('the_readme_leads_to_a_bell_that_rings', async () => {
	await putUpTheBell();
	const token = await session('4711');
	// An old worker of nginx takes connections for a moment after a reload.
	const stream = await waitFor('a stream', async () => {
		const it = await listen(token);
		return it.status === 200 && it;
	}, LONG_MS);
	await stream.next('connected');
	await ring('4711', 'order.shipped');
	assert.equal((await stream.next('new_notification')).data.kind, 'order.shipped');
	stream.close();
	assert.equal((await get('/')).text, 'it sells\n');
});

step('the_doctor_finds_nothing', async () => {
	const said = await askDoctor();
	assert.match(said, /^\d+ ok, 0 skipped, 0 warnings, 0 failures\n$/m, said);
});

step('settings_that_the_doctor_may_not_read_are_a_finding', async () => {
	await inside('chmod', '600', '/etc/pgbell/pgbell.env');
	const said = await shell('sudo -u postgres pgbell-doctor').catch((error) => error.stdout);
	assert.match(said, /^FAILURE +host.settings +cannot read \/etc\/pgbell\/pgbell.env: Permission denied$/m);
});

// --- the units -------------------------------------------------------------------------

step('nothing_was_refused_or_ignored_by_systemd', async () => {
	assert.deepEqual(await listFailed(), failedBefore);
	const log = await inside('journalctl', '--no-pager', '-o', 'cat', '-p', 'warning', '-u', 'pgbell-*');
	assert.equal(log.replace(/^-- .*\n/gm, ''), '');
	for (const unit of units)
		assert.deepEqual(await show(unit, 'ActiveState', 'SubState', 'NRestarts', 'Result'),
			{ ActiveState: 'active', SubState: 'running', NRestarts: '0', Result: 'success' });
});

step('the_programs_have_no_rights_but_what_they_need', async () => {
	for (const unit of units) {
		const pid = await mainPid(unit);
		const status = await statusOf(pid);
		assert.match(status.CapEff + status.CapPrm + status.CapBnd + status.CapAmb, /^0{64}$/, unit);
		assert.deepEqual([status.NoNewPrivs, status.Seccomp], ['1', '2'], unit);
		assert.ok(Number(status.Seccomp_filters) > 3);
		const [uid] = status.Uid.split('\t');
		assert.ok(Number(uid) >= 61184 && Number(uid) <= 65519, `${unit} has uid ${uid}`);
		assert.equal((await inside('getent', 'passwd', uid)).split(':')[0], unit.includes('stream') ? 'pgbell_stream' : 'pgbell_api');
		// What it sees: in its own mounts, with root's rights, still nothing can be written.
		const seen = (text) => inside('nsenter', `--target=${pid}`, '--mount', 'sh', '-c', text);
		for (const place of ['/etc', '/usr', '/var/lib', '/run/pgbell', '/sys', '/proc/sys/kernel'])
			await assert.rejects(seen(`touch ${place}/written`), /Read-only|No such|Permission denied/, `${unit} ${place}`);
		assert.equal(await seen('ls -A /home; ls -A /root; ls -A /tmp'), '');
		await assert.rejects(seen('ls /dev/mem'), /No such file/);
	}
});

step('settings_of_the_file_hold_after_a_restart', async () => {
	await set('PGBELL_HEARTBEAT_S', 1);
	await inside('systemctl', 'restart', 'pgbell.target');
	const stream = await listen(await session('ann'));
	await stream.next('heartbeat', 3000);
	await stream.next('heartbeat', 3000);
	stream.close();
});

step('a_setting_that_is_refused_is_a_sentence_in_the_journal_and_no_start', async () => {
	await set('PGBELL_CANARY_S', 'soon');
	await assert.rejects(inside('systemctl', 'restart', 'pgbell-stream'));
	assert.match(await inside('journalctl', '-n', '30', '--no-pager', '-o', 'cat', '-u', 'pgbell-stream'), /PGBELL_CANARY_S is "soon"/);
	await unset('PGBELL_CANARY_S');
	const waiting = listen(await session('ann')); // the socket stays
	await inside('systemctl', 'restart', 'pgbell-stream');
	const stream = await waiting;
	assert.equal(stream.status, 200);
	stream.close();
});

step('a_stream_process_that_stands_still_is_started_again_by_its_watchdog', async () => {
	const token = await session('dan');
	const tab = new Tab(site, token);
	await waitFor('the tab', () => tab.rounds === 1);
	const [pid, restarts] = [await mainPid('pgbell-stream.service'), Number((await show('pgbell-stream.service', 'NRestarts')).NRestarts)];
	await shell(`kill -STOP ${pid}`);
	await ring('dan', 'while it stood');
	await waitFor('the next process', async () => ![0, pid].includes(await mainPid('pgbell-stream.service')), LONG_MS);
	assert.equal(Number((await show('pgbell-stream.service', 'NRestarts')).NRestarts), restarts + 1);
	await waitFor('the event', () => tab.numbers.length === 1, LONG_MS);
	await tab.close();
	assert.match(await inside('journalctl', '--no-pager', '-o', 'cat', '-u', 'pgbell-stream'), /Watchdog timeout/);
});

step('a_restart_refuses_nobody', async (t) => {
	const said = await refusesNobodyWhile(async () => {
		for (let i = 0; i < 5; i++) {
			await inside('systemctl', 'restart', 'pgbell-stream');
			await sleep(500);
		}
		await inside('systemctl', 'restart', 'pgbell.target');
	});
	t.diagnostic(JSON.stringify(said));
});

step('programs_that_are_stopped_are_started_by_the_first_request', async () => {
	const token = await session('eve');
	await inside('systemctl', 'stop', 'pgbell.target'); // the stream process sees off its streams meanwhile
	for (const unit of units)
		await waitFor(`${unit} to stop`, async () => (await show(unit, 'ActiveState')).ActiveState === 'inactive');
	assert.equal((await get('/api/notifications', token)).status, 200);
	const stream = await listen(token);
	await stream.next('connected');
	stream.close();
	await inside('systemctl', 'start', ...units);
});

step('an_upgrade_of_the_package_refuses_nobody', async (t) => {
	const pid = await mainPid('pgbell-stream.service');
	const said = await refusesNobodyWhile(() => inside('apt-get', 'install', '--reinstall', '-q', '-y', '/var/tmp/pgbell.deb'));
	t.diagnostic(JSON.stringify(said));
	assert.notEqual(await mainPid('pgbell-stream.service'), pid);
	assert.match(await inside('cat', '/etc/pgbell/pgbell.env'), /^PGDATABASE=shop$/m);
});

step('a_machine_that_is_booted_again_rings_by_itself', async () => {
	await reboot();
	await waitFor('health', async () => await get('/api/health').then(({ status }) => status === 200, () => false), LONG_MS);
	for (const unit of units)
		assert.equal((await show(unit, 'ActiveState')).ActiveState, 'active', unit);
	const stream = await listen(await session('4711'));
	await stream.next('connected');
	await ring('4711', 'after the night');
	assert.equal((await stream.next('new_notification')).data.kind, 'after the night');
	stream.close();
});

// --- the end -----------------------------------------------------------------------------

step('removal_leaves_data_and_settings_and_purging_nothing_but_data', async () => {
	await shell(`rm /etc/nginx/conf.d/pgbell.conf; sed -i '/pgbell/d' /etc/nginx/sites-available/default; nginx -t; systemctl reload nginx`);
	await inside('apt-get', 'remove', '-q', '-y', 'pgbell');
	assert.equal(await inside('systemctl', 'list-units', '--no-legend', '--plain', 'pgbell*'), '');
	assert.equal(await inside('find', '/run/pgbell', '-type', 's').catch(() => ''), '');
	assert.deepEqual((await listFiles()).filter((path) => /pgbell/.test(path) && !/^\/(etc|var\/lib)\/systemd\//.test(path)), ['/etc/pgbell', '/etc/pgbell/pgbell.env']);
	await inside('apt-get', 'purge', '-q', '-y', 'pgbell');
	await inside('apt-get', 'autoremove', '--purge', '-q', '-y');
	// apt lets libraries stay that another package (systemd) recommends or suggests.
	const left = (await listFiles()).filter((path) => !filesBefore.includes(path) && !path.startsWith('/var/lib/systemd/'));
	assert.deepEqual(await listUnowned(left), []);
	assert.equal(await inside('bash', '-c', 'ls -d /run/pgbell /etc/pgbell || true'), '');
	assert.ok(Number(await sql('select count(*) from pgbell.notification')) > 10);
	await follow(/drop schema/);
	assert.deepEqual(await listFailed(), failedBefore);
});
