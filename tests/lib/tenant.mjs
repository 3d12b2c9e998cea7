// A database as a hoster gives it: one role, which owns it and may make no other.
// From then on the site's programs and sql() work as that one and in that one.

import assert from 'node:assert';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './site.mjs';

export async function becomeTenant(site) {
	for (const role of ['pgbell_api', 'pgbell_stream'])
		await site.superuser(`alter role ${role} rename to ${role}_elsewhere`);
	await site.superuser('create role tenant login nosuperuser nocreaterole nocreatedb');
	await site.superuser('create database tenant owner tenant');
	site.env = { ...site.env, PGDATABASE: 'tenant', PGUSER: 'tenant' };
	execFileSync('psql', ['-X', '-q', '-f', join(root, 'sql/install.sql')], { env: { ...process.env, ...site.env }, stdio: 'pipe' });
	const client = await site.connect({ user: 'tenant' });
	site.sql = async (text, params) => (await client.query(text, params)).rows;
	const roles = await site.sql("select rolname, rolsuper from pg_roles where rolname !~ '^(pg_|postgres)' and pg_has_role(rolname, 'usage')");
	assert.deepEqual(roles, [{ rolname: 'tenant', rolsuper: false }]);
}
