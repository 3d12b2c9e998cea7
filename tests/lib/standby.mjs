// A standby of a site's PostgreSQL, which can be promoted in its place.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { copyServer } from './backup.mjs';
import { waitFor } from './wait.mjs';

// A pg_promote() that waits has a snapshot; what is left to replay may wait for that as long as the standby lets queries hold it up.
export async function promote(client) {
	await client.query('select pg_promote(wait => false)');
	await waitFor('the promotion', async () => {
		const { rows } = await client.query('select pg_is_in_recovery() as goes_on');
		return !rows[0].goes_on;
	});
}

export class Standby {
	client; // of its superuser, once it answers

	#bin;
	#process;
	#ended;

	// In the directory host, which is made and has its socket; settings: { name: value }.
	static async start(site, host, settings = {}) {
		const standby = new Standby();
		[{ setting: standby.#bin }] = await site.superuser("select setting from pg_config where name = 'BINDIR'");
		const { uid, gid } = statSync(join(site.state, 'pg'));
		Object.assign(standby, { host, data: join(host, 'data'), user: { uid, gid }, settings });
		await mkdir(host, { mode: 0o755 });
		await chown(host, uid, gid);
		await copyServer(site, standby.data, { standby: true });
		await standby.run();
		return standby;
	}

	async run() {
		const settings = { unix_socket_directories: this.host, external_pid_file: '', listen_addresses: '', ...this.settings };
		const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
		this.#process = spawn('setpriv', ['--pdeathsig=INT', '--', join(this.#bin, 'postgres'), '-D', this.data, ...options], { ...this.user, stdio: 'ignore' });
		this.#ended = once(this.#process, 'exit');
		this.client = await waitFor('the standby', async () => {
			const client = new pg.Client({ host: this.host, database: 'pgbell', user: 'postgres' });
			client.on('error', () => {});
			return client.connect().then(() => client, () => null);
		});
	}

	// Whether it has replayed what was written up to now.
	async catchUp(site) {
		const [{ lsn }] = await site.superuser('select pg_current_wal_lsn() as lsn');
		await waitFor('the standby to have all', async () => {
			const { rows } = await this.client.query('select pg_last_wal_replay_lsn() >= $1::pg_lsn as has_all', [lsn]);
			return rows[0].has_all;
		});
	}

	promote() {
		return promote(this.client);
	}

	async stop() {
		await this.client?.end();
		this.#process?.kill('SIGINT'); // fast
		await this.#ended;
	}
}
