// A copy of a site's PostgreSQL while it runs, made by the functions that the server has for
// it: pg_basebackup refuses a server that is newer than itself, and not every
// distribution of a server has one.

import { execFile } from 'node:child_process';
import { appendFile, chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { chownSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

// What a copy must not have, or makes anew ("Backing Up the Data Directory" in PostgreSQL's manual).
const OWN = ['postmaster.pid', 'postmaster.opts', 'pg_wal/*', 'pg_replslot/*', 'pg_dynshmem/*', 'pg_notify/*', 'pg_serial/*',
	'pg_snapshots/*', 'pg_stat_tmp/*', 'pg_subtrans/*', 'pgsql_tmp*'];

// Into the directory data, which is made, for the one to whom the site's belongs.  A standby
// follows the site when it is started; else it is a server of its own.
export async function copyServer(site, data, { standby = false } = {}) {
	const client = await site.connect({ user: 'postgres' });
	const { rows: [{ source, names }] } = await client.query(`select current_setting('data_directory') as source,
		case when current_setting('server_version_num')::int >= 150000 then 'pg_backup' else 'pg' end as names`);
	const [start, stop] = names === 'pg' ? ["pg_start_backup('copy', true, false)", 'pg_stop_backup(false)'] : ["pg_backup_start('copy', true)", 'pg_backup_stop()'];
	await mkdir(data);
	await client.query(`select ${start}`);
	await copyFiles(source, data, OWN);
	const { rows: [{ labelfile }] } = await client.query(`select labelfile from ${stop}`);
	await client.end();
	await copyFiles(join(source, 'pg_wal'), join(data, 'pg_wal'), ['archive_status/*']);

	const { uid, gid } = await stat(source);
	const own = async (name, text) => {
		await writeFile(join(data, name), text, { mode: 0o600 });
		chownSync(join(data, name), uid, gid);
	};
	await own('backup_label', labelfile);
	if (standby) {
		await own('standby.signal', '');
		await appendFile(join(data, 'postgresql.auto.conf'), `primary_conninfo = 'host=''${site.env.PGHOST}'' port=${site.env.PGPORT} user=postgres'\n`);
	}
	chownSync(data, uid, gid);
	await chmod(data, 0o700);
}

// A file that changes or goes away meanwhile (tar's status 1) is mended from the log.
function copyFiles(from, to, except) {
	const pack = 'tar -C "$1" "${@:3}" --warning=no-file-changed --warning=no-file-removed -cf - .';
	const script = `${pack} | tar -C "$2" -xpf -; status=("\${PIPESTATUS[@]}"); [ "\${status[0]}" -le 1 ] && exit "\${status[1]}"`;
	return run('bash', ['-c', script, 'copy', from, to, '--anchored', ...except.map((name) => `--exclude=./${name}`)]);
}
