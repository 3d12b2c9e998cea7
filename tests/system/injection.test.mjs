// What people and applications write comes out of the stream as it is, and
// can neither end a line of it nor begin a field, an event or a header.

import assert from 'node:assert';
import { after, before, test } from 'node:test';
import { readLog } from '../lib/logfmt.mjs';
import { requestRaw } from '../lib/raw.mjs';
import { startSite } from '../lib/site.mjs';

const STREAM = '/api/notifications/stream';
const HOSTILE = [
	'\r', '\n', '\r\n', '\n\n', '\r\r', '\u2028', '\u2029', '\u0085', '\v', '\f', '\x01', '\x1b[2J', '\x7f',
	'\nid: 9\nevent: reset\ndata: {}\n\n', '\r\nid: 9\r\ndata: x\r\n\r\n', '\ndata: x', '\nretry: 1\n', ':comment',
	'\n:comment\n', '\ufeff', 'id: 9\ndata:', 'data: ', '"}\n\ndata: {"', '\\n\\nid: 9', '\\u000aid: 9', '</script>',
	"'; drop table pgbell.event; --",
];
// What a user's id may be: whatever has no white space and no control character.
const USER_IDS = [
	'"', '\\', '\\"', '{}', '{"a"}', ',', 'NULL', 'null', "'", "''", '$1', '%s', 'a,b', '{a,b}', '\\\\', '"),("', '-1', '0',
	'1e9', 'ünï', '🔔', 'level=error', '"level=error', 'id:', 'a\u200bb', 'x'.repeat(128), '€'.repeat(42), '<b>', '../..',
	'data:', '1;2', '\ufeff', '\ufffd', '\u202e',
];

let site, alice;

before(async () => {
	site = await startSite({ env: { PGBELL_TOKENS: 'whole' } });
	alice = await site.signUp();
});
after(() => site.stop());

// The fields of an event stream, read line by line as the standard has it; throws at any other.
function readFields(text) {
	return text.split(/\r\n|\r|\n/).filter((line) => line !== '').map((line) => {
		const [, name, value] = /^(id|event|data|retry): (.*)$/s.exec(line) ?? [];
		assert.notEqual(name, undefined, `a strange line: ${JSON.stringify(line)}`);
		return [name, value];
	});
}

test('no text in a notification ends a line of the stream', async () => {
	const stream = await site.stream(alice.token);
	await stream.next('unread_count');
	const rows = HOSTILE.map((text) => ({ text, [text]: [text, { [`${text}k`]: text }] }));
	for (const row of rows)
		await site.sql(`insert into pgbell.notification (user_id, kind, data) values ($1, 'test', $2)`, [String(alice.id), row]);
	for (const [i, row] of rows.entries()) {
		const event = await stream.next('new_notification');
		assert.equal(event.id, String(i + 1));
		assert.deepEqual(event.data.data, row);
	}
	stream.close();
	const fields = readFields(stream.text);
	assert.deepEqual([...new Set(fields.filter(([name]) => name === 'event').map(([, value]) => value))].sort(),
		['connected', 'new_notification', 'unread_count']);
	assert.ok(fields.filter(([name]) => name === 'id').every(([, value]) => /^\d+$/.test(value)));
	assert.ok(fields.filter(([name]) => name === 'data').every(([, value]) => JSON.parse(value)));
	assert.match(fields[0].join(), /^retry,\d+$/);
	assert.equal(fields.filter(([name]) => name === 'retry').length, 1);
});

test('a kind is one line, or none at all', async () => {
	const stream = await site.stream(alice.token);
	await stream.next('unread_count');
	const taken = [];
	for (const kind of HOSTILE) {
		const inserted = site.sql(`insert into pgbell.notification (user_id, kind) values ($1, $2)`, [String(alice.id), kind]);
		await inserted.then(() => taken.push(kind), (error) => assert.equal(error.constraint, 'a kind has 1 to 64 characters, none of them a control one'));
	}
	assert.ok(taken.includes('\u2028') && taken.includes('\\n\\nid: 9') && !taken.some((kind) => /[\r\n]/.test(kind)));
	for (const kind of taken)
		assert.equal((await stream.next('new_notification')).data.kind, kind);
	stream.close();
	readFields(stream.text);
});

test('what people write to each other comes out as they wrote it', async () => {
	const bob = await site.signUp('bob "the" <b>\\');
	const texts = HOSTILE.filter((text) => /[^\s]/.test(text) && !/[\x01-\x09\x0b-\x1f\x7f\u0085\u2028\u2029\ufeff]/.test(text));
	const stream = await site.stream(alice.token);
	await stream.next('unread_count');
	for (const text of texts) {
		const title = text.replace(/\n/g, ' ').trim();
		const { body } = await site.api('POST', '/api/questions', { token: alice.token, body: { title, body: text } });
		await site.api('POST', `/api/questions/${body.id}/answers`, { token: bob.token, body: { body: text } });
		const { data } = await stream.next('new_notification');
		assert.equal(data.kind, 'answer');
		assert.ok(JSON.stringify(data.data).includes(JSON.stringify(title)), JSON.stringify(data));
	}
	assert.ok(texts.length > 8);
	stream.close();
	readFields(stream.text);
});

// --- sessions of an application's own ---------------------------------------------------

// The token is what the application says of the person, in hexadecimal.
async function replaceAuthenticate() {
	await site.sql(`create or replace function pgbell.authenticate(token text)
		returns table (user_id text, session_id text, expires_at timestamptz) language sql stable
		security definer set search_path = pgbell, pg_temp
		as $$ select t, null::text, null::timestamptz from (select convert_from(decode(token, 'hex'), 'UTF8') as t) d $$`);
}

const tokenOf = (user) => Buffer.from(user).toString('hex');

test('whatever a person is called, their stream is theirs', async () => {
	await replaceAuthenticate();
	const streams = new Map(await Promise.all(USER_IDS.map(async (user) => [user, await site.stream(tokenOf(user))])));
	for (const [user, stream] of streams)
		assert.equal((await stream.next('connected')).data.user_id, user);
	await site.sql(`insert into pgbell.notification (user_id, kind, data)
		select u, 'test', jsonb_build_object('for', u) from unnest($1::text[]) u`, [USER_IDS]);
	for (const [user, stream] of streams) {
		assert.deepEqual((await stream.next('new_notification')).data.data, { for: user });
		stream.close();
		readFields(stream.text);
	}
	const again = await Promise.all(USER_IDS.map((user) => site.stream(tokenOf(user), { lastEventId: 0 })));
	for (const [i, stream] of again.entries()) {
		assert.deepEqual((await stream.next('new_notification')).data.data, { for: USER_IDS[i] });
		stream.close();
	}
});

// An id that begins so might be a topic's address, and is nobody's.
const isNobodys = (name) => /^[\u0001-\u0020]/.test(name);

test('a name that an application should never give breaks nothing', async () => {
	const names = [' ', 'a b', '\u0001public:a', ...HOSTILE.filter((text) => !USER_IDS.includes(text)), 'x'.repeat(5000), 'bearer\r\nX-Injected: yes'];
	for (const name of names) {
		const answer = await requestRaw(site.port, {
			target: STREAM, headers: [['Authorization', `Bearer ${tokenOf(name).slice(0, 512)}`]], until: /event: unread_count\ndata: .*\n\n/,
		});
		assert.equal(answer.status, isNobodys(name) ? 401 : 200, JSON.stringify(name));
		assert.equal(answer.headers['x-injected'], undefined);
		if (isNobodys(name))
			continue;
		const fields = readFields(answer.text);
		assert.deepEqual(fields.map(([field]) => field), ['retry', 'event', 'data', 'id', 'event', 'data'], answer.text);
		assert.deepEqual([fields[3][1], fields[1][1], fields[4][1]], ['0', 'connected', 'unread_count']);
	}
	const stream = await site.stream(tokenOf('a\nid: 9'));
	assert.equal((await stream.next('connected')).data.user_id, 'a\nid: 9');
	stream.close();
});

test('the log tells of each of them in one line', async () => {
	const opened = (await readLog(site, 'pgbell-stream')).filter(({ event }) => event === 'stream_opened').map(({ user }) => user);
	for (const user of [...USER_IDS, ...HOSTILE.filter((text) => !/[\r\n]$/.test(text) && !isNobodys(text))])
		assert.ok(opened.includes(user), JSON.stringify(user));
});
