// deploy/examples/mail: digests for those who are away, by a real mail server; each notification once, and
// none for what was read meanwhile or for who wants no more.

import assert from 'node:assert';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { findFreePort, root, startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';
import net from 'node:net';

const example = join(root, 'deploy/examples/mail');
const run = promisify(execFile);

let site, server, port, box, env;

before(async () => {
	site = await startSite({ apis: 1 });
	await site.superuser('create role mailer login');
	const owner = { ...process.env, ...site.env };
	await run('psql', ['-XqA', '-v', 'ON_ERROR_STOP=1', '-v', 'role=mailer', '-1', '-f', join(example, 'mail.sql')], { env: owner });
	box = await mkdtemp(join(tmpdir(), 'pgbell-mail-'));
	port = await findFreePort();
	server = spawn('/usr/bin/python3', ['-m', 'aiosmtpd', '-n', '-l', `127.0.0.1:${port}`, '-c', 'aiosmtpd.handlers.Mailbox', join(box, 'in')], { stdio: 'ignore' });
	await waitFor('the mail server', () => new Promise((resolve) => {
		const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
		socket.on('error', () => resolve(false));
	}));
	env = { ...owner, PGUSER: 'mailer', SITE: 'https://bell.example', FROM: 'bell@bell.example', SMTP: `127.0.0.1:${port}` };
});

after(async () => {
	server?.kill();
	await rm(box, { recursive: true, force: true });
	await site.stop();
});

const send = () => run(join(example, 'send-digests'), { env });

// The mails that have come since the last look, each as it is on the wire, in the order of their addresses.
async function mails() {
	const directory = join(box, 'in/new');
	const names = await readdir(directory).catch(() => []);
	const all = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
	await Promise.all(names.map((name) => rm(join(directory, name))));
	return all.sort((a, b) => to(a).localeCompare(to(b)));
}
const to = (mail) => mail.match(/^To: (.*)$/m)[1];

// Notifications that have been there for an hour.
async function notify(...rows) {
	for (const [user, kind, title] of rows)
		await site.sql(`insert into pgbell.notification (user_id, kind, data, created_at) values ($1, $2, jsonb_build_object('title', $3::text), now() - interval '1 hour')`,
			[user, kind, title]);
}

test('who is away gets one digest, whoever reads meanwhile none, however many mailers run', async () => {
	const people = Array.from({ length: 20 }, (_, i) => `p${String(i).padStart(2, '0')}`);
	for (const person of people)
		await site.sql('insert into mail.address (user_id, email) values ($1, $2)', [person, `${person}@example.org`]);
	for (const person of people)
		await notify([person, 'comment', 'first'], [person, 'answer', 'Grüße\r\nBcc: all@example.org']);
	await site.sql(`insert into pgbell.notification (user_id, kind) values ('p00', 'young')`);
	await site.sql(`update pgbell.notification set read_at = now() where user_id = 'p19'`);
	await Promise.all([send(), send(), send()]);
	const sent = await mails();
	assert.deepEqual(sent.map(to), people.slice(0, 19).map((person) => `${person}@example.org`));
	const [mail] = sent;
	assert.match(mail, /^Subject: 2 unread on bell\.example$/m);
	assert.match(mail, /^List-Unsubscribe: <https:\/\/bell\.example\/mail\/unsubscribe\?token=[0-9a-f-]{36}>$/m);
	assert.match(mail, /^List-Unsubscribe-Post: List-Unsubscribe=One-Click$/m);
	assert.match(mail, /^Auto-Submitted: auto-generated$/m);
	assert.match(mail, /comment first/);
	assert.doesNotMatch(mail, /^Bcc:/m, 'what somebody wrote makes no header');
	await send();
	assert.deepEqual(await mails(), [], 'once');
});

test('the next digest waits for the pause of the person', async () => {
	await notify(['p00', 'later', 'one'], ['p01', 'later', 'one']);
	await site.sql(`update mail.address set sent_at = now() - interval '2 hours', pause = case user_id when 'p00' then '1 day'::interval else '1 hour' end`);
	await send();
	const [mail, ...others] = await mails();
	assert.deepEqual([to(mail), others], ['p01@example.org', []]);
	assert.match(mail, /^Subject: later one$/m);
	await site.sql(`update mail.address set sent_at = now() - interval '2 days'`);
	await send();
	assert.deepEqual((await mails()).map(to), ['p00@example.org']);
});

test('a link in the mail ends it with one click, and by hand after a question', async () => {
	const [{ token }] = await site.sql(`select token::text from mail.address where user_id = 'p02'`);
	const visit = async (method, query) => (await run(join(example, 'unsubscribe.cgi'), { env: { ...env, REQUEST_METHOD: method, QUERY_STRING: query } })).stdout;
	assert.match(await visit('GET', `token=${token}`), /^Status: 200 OK\r\n.*<form method="post"/s);
	assert.deepEqual(await site.sql(`select is_muted from mail.address where user_id = 'p02'`), [{ is_muted: false }], 'looking at it is none');
	for (const query of ['', 'token=', `token=${token}'`, "token=' or true --", `token=${token.replace(/./g, '0')}`])
		assert.match(await visit('POST', query), /^Status: 404 /, query);
	assert.match(await visit('POST', `token=${token}`), /^Status: 200 OK/);
	await notify(['p02', 'unwanted', 'one'], ['p03', 'wanted', 'one']);
	await site.sql(`update mail.address set sent_at = null`);
	await send();
	assert.deepEqual((await mails()).map(to), ['p03@example.org']);
});

test('a link in the mail mutes a kind everywhere, where the owner lets people mute it', async () => {
	await site.sql(`insert into mail.address (user_id, email) values ('q', 'q@example.org')`);
	await notify(['q', 'new_like', 'one'], ['q', 'security', 'two'], ['q', 'other', 'three']);
	await run(join(example, 'send-digests'), { env: { ...env, MUTABLE: 'security new_like' } });
	const [text] = await mails();
	const [like, security, ...others] = [...text.matchAll(/^No more of .*\?(token=\S+&kind=\S+)$/gm)].map(([, query]) => query);
	assert.deepEqual([/kind=security$/.test(security), /kind=new_like$/.test(like), others], [true, true, []], text);
	const visit = async (method, query) => (await run(join(example, 'unsubscribe.cgi'), { env: { ...env, REQUEST_METHOD: method, QUERY_STRING: query } })).stdout;
	await site.sql(`select pgbell.allow_mutes('{security}')`);
	assert.match(await visit('POST', security), /^Status: 409 .*This cannot be muted/s);
	assert.match(await visit('GET', like), /^Status: 200 OK\r\n.*No more of “new like”</s);
	for (const query of [`${like}%00`, `${like}%0a`, `${like}${'k'.repeat(60)}`])
		assert.match(await visit('POST', query), /^Status: 404 /, query);
	assert.doesNotMatch(await visit('GET', `${like}<script>"&amp`), /<script/);
	assert.deepEqual(await site.sql('select from pgbell.mute'), [], 'nothing yet');
	assert.match(await visit('POST', like), /^Status: 200 OK/);
	assert.deepEqual(await site.sql('select user_id::text, kind::text, subject::text from pgbell.mute'), [{ user_id: 'q', kind: 'new_like', subject: null }]);
	await notify(['q', 'new_like', 'four'], ['q', 'other', 'five']);
	await site.sql(`update mail.address set sent_at = null where user_id = 'q'`);
	await send();
	assert.match((await mails())[0], /^Subject: other five$/m);
});

test('without a mail server nothing is claimed; the role of the mailer may do nothing else', async () => {
	await notify(['p04', 'kept', 'one']);
	await site.sql(`update mail.address set sent_at = null`);
	await assert.rejects(run(join(example, 'send-digests'), { env: { ...env, SMTP: '127.0.0.1:1' } }));
	await send();
	assert.deepEqual((await mails()).map(to), ['p04@example.org']);
	for (const sql of ['select * from mail.address', 'select * from pgbell.notification', "select pgbell.claim_unread()", "select pgbell.mute('p04', 'k')"])
		await assert.rejects(run('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-c', sql], { env }), /permission denied/, sql);
});
