// An application with sessions of its own, which answers what ours never would; and an upgrade of
// the functions under a running stream process.

import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { startSite } from '../lib/site.mjs';

let site;

// The token is "<user>:<when the session ends>"; the session has no end that anybody could look up.
before(async () => {
	site = await startSite();
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

test('a token that authenticate stumbles over keeps nobody else out', async () => {
	const streams = await Promise.all(['ann.null', 'dan.no-such-time', 'eva.null'].map((token) => site.stream(token)));
	await streams[0].next('connected');
	await streams[2].next('connected');
	await streams[1].ended; // told to come back
	assert.deepEqual(streams[1].events.map((event) => event.event), []);
	streams.forEach((stream) => stream.close());
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
		grant execute on function pgbell.open_streams to pgbell_stream`);
	await opens('ann.null');
});
