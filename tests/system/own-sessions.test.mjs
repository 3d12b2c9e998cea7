// An application with sessions of its own, which answers what ours never would; and an upgrade of
// the functions under a running stream process.

import assert from 'node:assert';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readLog } from '../lib/logfmt.mjs';
import { startSite } from '../lib/site.mjs';

let site;

// The token is "<user>:<when the session ends>"; the session has no end that anybody could look up.
before(async () => {
	site = await startSite({ env: { PGBELL_TOKENS: 'whole' } });
	await site.sql(`create or replace function pgbell.authenticate(token text)
		returns table (user_id text, session_id text, expires_at timestamptz) language sql stable
		security definer set search_path = pgbell, pg_temp
		as $$ select split_part(token, '.', 1), null::text,
			nullif(split_part(token, '.', 2), 'null')::timestamptz $$`);
});
after(() => site.stop());

async function opens(token) {
	const stream = await site.stream(token);
	assert.equal(stream.status, 200);
	const { data } = await stream.next('connected');
	assert.equal(data.user_id, token.split('.')[0]);
	await site.sql("select pgbell.notify($1, 'test')", [data.user_id]);
	await stream.next('new_notification');
	stream.close();
}

test('a session may end never, or further away than any clock counts', async () => {
	await opens('ann.null');
	await opens('ben.infinity');
	await opens('cem.294276-12-31');
});

test('a token that authenticate stumbles over is refused and keeps nobody else out', async () => {
	const raising = 'dan.no-such-time-and-no-secret-of-mine';
	const streams = await Promise.all(['ann.null', raising, 'eva.null', raising, 'fay.null'].map((token) => site.stream(token)));
	assert.deepEqual(streams.map((stream) => stream.status), [200, 401, 200, 401, 200]);
	for (const i of [0, 2, 4])
		await streams[i].next('connected');
	streams.forEach((stream) => stream.close());
	const refused = await site.api('GET', '/api/notifications', { token: raising });
	assert.equal(refused.status, 401);
	assert.ok(!JSON.stringify(refused.body).includes('no-such'));
	assert.equal((await site.api('GET', '/api/notifications', { token: 'ann.null' })).status, 200);
	for (const program of ['pgbell-stream', 'pgbell-api']) {
		const line = (await readLog(site, program)).find(({ event }) => event === 'authenticate_raised');
		assert.deepEqual([line.level, line.message], ['warning', 'pgbell.authenticate() raised 22007 for a token, which is refused']);
	}
	for (const file of await readdir(join(site.state, 'log')))
		assert.ok(!(await readFile(join(site.state, 'log', file), 'utf8')).includes('no-such-time'), file);
});

test('tokens of other frameworks reach authenticate as these wrote them', async () => {
	// express-session's, Rails', Laravel's and Python's cookies; the last part is for us to see.
	for (const [written, whole] of [['s%3Aann.null', 's:ann.null'], ['ann%3D%3D--.null', 'ann==--.null'], ['eyJ%2Bann%3D.null', 'eyJ+ann=.null'],
		['"ann/=.null"', 'ann/=.null'], [`${'j'.repeat(4000)}.null`, `${'j'.repeat(4000)}.null`]]) {
		if (whole.length > 1000)
			await site.sql('alter domain pgbell.user_id drop constraint if exists user_id_check');
		const cookie = `pgbell_session=${written}`;
		const stream = await site.stream(undefined, { headers: { cookie } });
		assert.equal((await stream.next('connected')).data.user_id, whole.split('.')[0]);
		stream.close();
		assert.equal((await site.api('GET', '/api/notifications/unread-count', { cookie })).status, 200);
	}
});

test('whole, what begins like a hash is no token', async () => {
	const [{ token }] = await site.sql("select 'sha256:' || encode(sha256('ann.null'), 'hex') as token");
	assert.equal((await site.stream(token)).status, 401);
	assert.equal((await site.api('GET', '/api/notifications', { token })).status, 401);
	assert.equal((await site.api('GET', '/api/notifications', { cookie: `pgbell_session=${token}; pgbell_session=ann.null` })).status, 200);
});

test('so does one that is told a hash, and what a call itself gets wrong is told as ever', async () => {
	const hashed = await startSite();
	try {
		const [ann, eva] = [await hashed.signUp(), await hashed.signUp()];
		await hashed.sql(`create function public.find(hash text) returns text language plpgsql stable as $$ begin
			if hash = 'sha256:' || encode(sha256('no-token-of-hers'), 'hex') then raise exception 'not %', hash using errcode = 'P0002'; end if;
			return hash; end $$`);
		await hashed.sql(`create or replace function pgbell.authenticate(token text)
			returns table (user_id text, session_id text, expires_at timestamptz) language sql stable
			security definer set search_path = pgbell, pg_temp
			as $$ select s.user_id::text, s.id::text, s.expires_at from pgbell.session s where s.token_hash = decode(substr(public.find(token), 8), 'hex') $$`);
		const refused = await hashed.api('GET', '/api/notifications', { token: 'no-token-of-hers' });
		assert.deepEqual([refused.status, refused.body.detail], [401, 'Sign in first.']);
		assert.match(refused.headers['www-authenticate'], /^Bearer/);
		assert.equal((await hashed.api('PUT', '/api/notifications/1/read', { token: 'no-token-of-hers' })).status, 401);
		const line = (await readLog(hashed, 'pgbell-api')).find(({ event }) => event === 'authenticate_raised');
		assert.equal(line.message, 'pgbell.authenticate() raised P0002 for a token, which is refused');
		assert.equal((await hashed.api('GET', '/api/notifications', { token: ann.token })).status, 200);
		assert.equal((await hashed.api('GET', '/api/notifications', { cookie: `pgbell_session=no-token-of-hers; pgbell_session=${eva.token}` })).status, 200);
		assert.equal((await hashed.api('PUT', '/api/notifications/1/read', { token: ann.token })).status, 404);
		await hashed.sql('alter table pgbell.ticket add constraint none check (false)');
		assert.equal((await hashed.api('POST', '/api/session/ticket', { token: ann.token })).status, 422, 'the call itself');
	} finally {
		await hashed.stop();
	}
});

test('streams open after an upgrade that changed what open_streams returns', async () => {
	await opens('ann.null');
	await site.sql(`
		alter function pgbell.open_streams(text[], text[], bigint[]) rename to open_streams_before;
		create function pgbell.open_streams(tokens text[], tickets text[], afters bigint[])
		returns table (ord bigint, user_id text, session_id text, expires_at timestamptz,
			is_operator boolean, seq bigint, unread_count bigint, reset text) language sql security definer
		set search_path = pgbell, pg_temp
		as $$ select ord, user_id, session_id, expires_at, is_operator, seq, unread_count, reset
			from pgbell.open_streams_before(tokens, tickets, afters) $$;
		grant execute on function pgbell.open_streams(text[], text[], bigint[]) to pgbell_stream`);
	await opens('ann.null');
});
