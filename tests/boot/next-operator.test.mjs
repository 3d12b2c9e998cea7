// The next Debian, under a site that is in use: apt's full-upgrade with the PostgreSQL that was there,
// then pg_upgradecluster in both of its ways, and the package of that Debian.  Somebody listens all the
// while, and whatever is inserted she has in the end: told by number, or read anew where she was told to.
// Each test goes on where the one before it ended.

import assert from 'node:assert';
import { after, before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../lib/wait.mjs';
import { awaitBoot, inside, reboot, shell, show } from './machine.mjs';
import { LONG_MS, askDoctor, follow, get, listen, openShop, putUpTheBell, ring, session, sql, step, units } from './shop.mjs';

const PAUSE_MS = 500;
const OLD = 15; // bookworm's PostgreSQL

let reader;

// Comes back whatever happens, as the bell in a page does.
class Reader {
	ids = new Set();
	resets = 0;
	visits = 0;
	faults = [];
	#token;
	#last;
	#isOpen = true;
	#stream;
	#done;

	constructor(token) {
		this.#token = token;
		this.#done = this.#run();
	}

	async #run() {
		while (this.#isOpen) {
			await this.#listen().catch((error) => /AssertionError|TypeError|SyntaxError/.test(error.name) && this.faults.push(error.message));
			await sleep(PAUSE_MS);
		}
	}

	async #listen() {
		const stream = this.#stream = await listen(this.#token, this.#last);
		this.visits++;
		try {
			for (;;)
				await this.#take(await stream.next(undefined, LONG_MS));
		} finally {
			stream.close();
		}
	}

	async #take({ event, id, data }) {
		if (event === 'reset') {
			this.resets++;
			await this.#readList();
		} else if (event === 'new_notification') {
			assert.ok(!this.ids.has(data.id), `${data.id} once more`);
			this.ids.add(data.id);
		}
		this.#last = id ?? this.#last;
	}

	async #readList() {
		this.ids.clear();
		for (let path = '/api/notifications?limit=100'; path; ) {
			const { status, text } = await get(path, this.#token);
			assert.equal(status, 200);
			const body = JSON.parse(text);
			body.notifications.forEach(({ id }) => this.ids.add(id));
			path = body.next && `/api/notifications?limit=100&before=${body.next}`;
		}
	}

	close() {
		this.#isOpen = false;
		this.#stream?.close();
		return this.#done;
	}
}

// Somebody orders something all the time, as far as the database is there.
async function sellsWhile(action) {
	let isOver = false, count = 0;
	const selling = (async () => {
		for (; !isOver; await sleep(PAUSE_MS))
			await ring('4711', 'order.shipped').then(() => count++, () => {});
	})();
	await action();
	isOver = true;
	await selling;
	return count;
}

// All that is there, and nothing else.
const knowsAll = () => waitFor('the reader to have what there is', async () => {
	await waitFor('a ring', () => ring('4711').then(() => true, () => false), LONG_MS);
	const there = (await sql("select coalesce(string_agg(id::text, ',' order by id), '') from pgbell.notification where user_id = '4711'")).split(',').map(Number);
	const has = [...reader.ids].sort((one, other) => one - other);
	await sleep(PAUSE_MS);
	assert.deepEqual(reader.faults, []);
	return there.every((id) => reader.ids.has(id)) && has.every((id) => there.includes(id));
}, LONG_MS);

const settings = { env: 'DEBIAN_FRONTEND=noninteractive', options: '-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold' };
const apt = (words) => shell(`${settings.env} apt-get -q -y ${settings.options} ${words}`);
const version = async () => Number(await sql("select current_setting('server_version_num')::int / 10000"));
const clusters = async () => (await shell('pg_lsclusters -h')).trim().split('\n').map((line) => line.split(/\s+/).slice(0, 4).join(' '));

before(async () => {
	await awaitBoot();
	await openShop();
	await putUpTheBell();
	reader = new Reader(await session('4711'));
});
after(async () => {
	await reader?.close();
	await inside('journalctl', '--flush').catch(() => {});
});

step('the_bell_rings_before', async () => {
	assert.equal(await version(), OLD);
	await knowsAll();
	assert.equal(reader.resets, 0);
});

step('apts_full_upgrade_loses_nothing_and_keeps_the_package_and_its_cluster', async (t) => {
	const sold = await sellsWhile(() => apt('full-upgrade'));
	t.diagnostic(`${sold} sold meanwhile, ${reader.visits} streams, ${reader.resets} resets, ${(await clusters()).join('; ')}`);
	assert.match(await shell('cat /etc/debian_version; dpkg-query -W -f \'${Status}\\n\' pgbell'), /install ok installed/);
	assert.equal(await version(), OLD);
	await knowsAll();
	assert.equal(reader.resets, 0);
	for (const unit of units)
		assert.equal((await show(unit, 'ActiveState')).ActiveState, 'active', unit);
});

step('its_programs_run_with_the_libraries_of_the_next', async () => {
	await inside('systemctl', 'restart', 'pgbell.target');
	await knowsAll();
	const said = await askDoctor();
	assert.match(said, /^\d+ ok, 0 skipped, 0 warnings, 0 failures\n$/m, said);
});

const upgradeCluster = (method) => shell(`pg_upgradecluster -m ${method} ${OLD} main >/var/tmp/${method}.log 2>&1 || { tail -n 40 /var/tmp/${method}.log >&2; exit 1; }`);

async function becomesTheNext(t, method) {
	const before = reader.resets;
	const sold = await sellsWhile(() => upgradeCluster(method));
	assert.ok(await version() > OLD, (await clusters()).join('; '));
	await knowsAll();
	t.diagnostic(`${sold} sold meanwhile, ${reader.visits} streams so far, ${reader.resets - before} resets, ${(await clusters()).join('; ')}`);
	assert.equal(await sql('select count(*) from pgbell.check_consistency()'), '0');
	const said = await askDoctor();
	assert.match(said, /^\d+ ok, 0 skipped, 0 warnings, 0 failures\n$/m, said);
}

step('pg_upgradecluster_by_a_dump', async (t) => {
	const [next] = (await clusters()).map((line) => line.split(' ')).filter(([number]) => Number(number) > OLD);
	if (next) // the package of the next has made one
		await shell(`pg_dropcluster --stop ${next[0]} ${next[1]}`);
	await becomesTheNext(t, 'dump');
});

step('back_to_the_old_cluster_the_reader_is_told_to_read_anew', async () => {
	const before = reader.resets;
	const [next] = (await clusters()).map((line) => line.split(' ')).filter(([number]) => Number(number) > OLD);
	await shell(`pg_dropcluster --stop ${next[0]} main
		sed -i 's/^port = .*/port = 5432/' /etc/postgresql/${OLD}/main/postgresql.conf
		echo auto >/etc/postgresql/${OLD}/main/start.conf
		systemctl daemon-reload
		systemctl start postgresql@${OLD}-main`);
	await knowsAll();
	assert.equal(await version(), OLD);
	assert.ok(reader.resets > before);
});

step('pg_upgradecluster_by_pg_upgrade', (t) => becomesTheNext(t, 'upgrade'));

step('the_package_of_the_next_takes_the_place_of_the_one_before', async () => {
	const before = reader.resets;
	await sellsWhile(() => apt('install /var/tmp/pgbell-next.deb'));
	await follow(/PGDATABASE=shop/);
	await shell('sudo -u shop psql -q -d shop -v qa=off -f /usr/share/pgbell/sql/install.sql >/dev/null');
	await knowsAll();
	assert.equal(reader.resets, before);
	for (const unit of [...units, 'pgbell-api.socket', 'pgbell-stream.socket'])
		assert.deepEqual(await show(unit, 'ActiveState', 'UnitFileState'), { ActiveState: 'active', UnitFileState: 'enabled' }, unit);
	assert.doesNotMatch((await show('pgbell-stream.service', 'FragmentPath')).FragmentPath, /^\/lib/);
	const said = await askDoctor();
	assert.match(said, /^\d+ ok, 0 skipped, 0 warnings, 0 failures\n$/m, said);
});

step('the_machine_that_is_booted_again_rings_by_itself', async () => {
	await reboot();
	await waitFor('health', async () => await get('/api/health').then(({ status }) => status === 200, () => false), LONG_MS);
	await knowsAll();
});
