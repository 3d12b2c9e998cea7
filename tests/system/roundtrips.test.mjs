// What PostgreSQL is asked, by its own log of statements.

import assert from 'node:assert';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

let site, alice;

before(async () => {
	// A floor and a canary far apart: what is counted here is the doorbell's doing.
	site = await startSite({ apis: 1, env: { PGBELL_FLOOR_S: '3600', PGBELL_CANARY_S: '3600', PGBELL_TRIM_S: '0' } });
	alice = await site.signUp();
	await site.superuser(`alter system set log_statement = 'all'`);
	await site.superuser(`alter system set log_line_prefix = '[%a] '`);
	await site.superuser('select pg_reload_conf()');
	let seen; // each server process takes the settings up between two statements
	do
		seen = await logged('pgbell-api', () => site.api('GET', '/api/session', { token: alice.token }));
	while (seen.length === 0);
});
after(() => site.stop());

// The statements of this program that PostgreSQL logs while work() goes on; so many are waited for.
async function logged(program, work, least = 0) {
	const file = join(site.state, 'log', 'postgres.log');
	const from = (await readFile(file, 'utf8')).length;
	await work();
	return waitFor(`${least} statements`, async () => {
		const statements = (await readFile(file, 'utf8')).slice(from).split('\n')
			.filter((line) => line.startsWith(`[${program}] LOG:`) && /statement:|execute /.test(line));
		return statements.length >= least && statements;
	});
}

test('a REST request is one statement, also one that changes something and rings', async () => {
	const { token } = alice;
	const [{ id }] = await site.sql(`insert into pgbell.notification (user_id, kind) values ($1, 'test') returning id`, [String(alice.id)]);
	const requests = [
		['GET', '/api/notifications/unread-count'],
		['GET', '/api/notifications?limit=20'],
		['PUT', `/api/notifications/${id}/read`],
		['PUT', '/api/notifications/read-all'],
		['GET', '/api/notifications/events?after=0'],
		['GET', '/api/session'],
		['POST', '/api/questions', { title: 'How many?', body: 'Round trips, that is.' }],
		['DELETE', `/api/notifications/${id}`],
	];
	for (const [method, path, body] of requests) {
		const statements = await logged('pgbell-api', async () => {
			const answer = await site.api(method, path, { token, body });
			assert.ok(answer.status < 300, `${method} ${path}: ${answer.status}`);
		}, 1);
		assert.equal(statements.length, 1, `${method} ${path}:\n${statements.join('\n')}`);
	}
});

test('an event to a stream that was idle is one statement', async () => {
	const stream = await site.stream(alice.token);
	await stream.next('unread_count');
	// An opening is followed by a read and a look at its session, which may come between the first events.
	const ring = () => logged('pgbell-stream reader', async () => {
		await site.sql(`insert into pgbell.notification (user_id, kind) values ($1, 'test')`, [String(alice.id)]);
		await stream.next('new_notification');
	}, 1);
	let statements = await ring();
	for (let tries = 1; tries < 5 && statements.length > 1; tries++)
		statements = await ring();
	assert.equal(statements.length, 1, statements.join('\n'));
	assert.match(statements[0], /pgbell\.events_after/);
	stream.close();
});
