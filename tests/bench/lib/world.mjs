// What the contenders share: a site of `make run` with the release build, whose
// PostgreSQL serves all of them, each with a database of its own.

import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { root, startSite } from '../../lib/site.mjs';
import { slowable } from './disk.mjs';
import { familyOf } from './processes.mjs';

export const PEOPLE = 10_000; // u1 … u10000; and "one", who has many streams
export const HEARTBEAT_S = 30; // everybody's
export const PAD = 'x'.repeat(60); // an event is about 250 bytes

// people: so many have a session; workers: of pgbell-api, as many as are shipped, and of the bare worker; bin: where the
// programs are; canBeSlow: the disk, see disk.mjs
export async function startWorld({ people = PEOPLE, workers = 4, bin = join(root, 'build'), canBeSlow = false } = {}) {
	process.env.PGBELL_BIN = bin;
	const scratch = await mkdtemp(join(tmpdir(), 'pgbell-bench-'));
	await chmod(scratch, 0o711); // PostgreSQL looks into it
	const site = await startSite({ apis: workers, env: {
		PGBELL_LOG_LEVEL: 'warning', PGBELL_MAX_STREAMS_PER_USER: '20000', PGBELL_HEARTBEAT_S: String(HEARTBEAT_S), ...canBeSlow && slowable(scratch),
	} });
	const world = new World(site, scratch, workers);
	await world.prepare(people);
	return world;
}

class World {
	#clients = new Map();

	constructor(site, scratch, workers) {
		Object.assign(this, { site, scratch, workers });
	}

	// Databases: pgbell; bench_alone, the same where nobody listens; bench_express.
	async prepare(count) {
		for (const database of ['bench_alone', 'bench_express'])
			await this.site.superuser(`create database ${database} owner pgbell_owner`);
		this.psql('bench_alone', '-f', join(root, 'sql/install.sql'));
		// What the example application lets people do is not what the others have.
		for (const database of ['pgbell', 'bench_alone'])
			this.psql(database, '-c', 'drop trigger if exists leave_muted_out on pgbell.notification');
		this.psql('bench_express', '-f', join(root, 'tests/bench/express/schema.sql'));
		const people = await this.query('pgbell', `
			select i, s.token from generate_series(1, $1) i, pgbell.create_session('u' || i) s order by i`, [count]);
		this.tokens = people.map((row) => row.token);
		[{ token: this.tokenOfOne }] = await this.query('pgbell', `select token from pgbell.create_session('one')`);
	}

	environment(database, user = 'pgbell_owner') {
		return { ...this.site.env, PGDATABASE: database, PGUSER: user };
	}

	psql(database, ...args) {
		const env = { ...process.env, ...this.environment(database), PGOPTIONS: '-c client_min_messages=warning' };
		const { status, stderr } = spawnSync('psql', ['-X', '-q', '-o', '/dev/null', '-v', 'ON_ERROR_STOP=1', ...args], { env, encoding: 'utf8' });
		if (status !== 0)
			throw new Error(stderr);
	}

	// Rows, over one connection a database.
	async query(database, text, values) {
		if (!this.#clients.has(database)) {
			const { PGHOST, PGPORT } = this.site.env;
			const client = new pg.Client({ host: PGHOST, port: Number(PGPORT), database, user: 'pgbell_owner' });
			this.#clients.set(database, client);
			await client.connect();
		}
		return (await this.#clients.get(database).query(text, values)).rows;
	}

	async postgresPids() {
		return familyOf(Number(await readFile(join(this.site.state, 'run/postgres.pid'), 'utf8')));
	}

	async stop() {
		for (const client of this.#clients.values())
			await client.end();
		await this.site.stop();
		await rm(this.scratch, { recursive: true, force: true });
	}
}
