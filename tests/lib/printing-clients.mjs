// Example clients that listen and print each event: each is started for a person of its own.

import assert from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { untilMetrics } from './metrics.mjs';
import { waitFor } from './wait.mjs';

export const notify = (site, user, text) =>
	site.sql(`insert into pgbell.notification (user_id, kind, data) values ($1, 'test', $2)`, [String(user.id), { text }]);

// A program that prints what it is told.
class Reader {
	out = '';
	err = '';

	constructor(words, token) {
		this.child = spawn(words[0], words.slice(1), { env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', PYTHONUNBUFFERED: '1', ...token && { TOKEN: token } }, stdio: ['ignore', 'pipe', 'pipe'] });
		this.child.stdout.setEncoding('utf8').on('data', (text) => { this.out += text; });
		this.child.stderr.setEncoding('utf8').on('data', (text) => { this.err += text; });
		this.exited = once(this.child, 'close');
	}

	until(pattern) {
		return waitFor(`${pattern} in what it prints`, () => {
			assert.equal(this.child.exitCode, null, `it ended: ${this.err}`);
			return pattern.test(this.out);
		});
	}

	async stop() {
		this.child.kill('SIGKILL');
		await this.exited;
	}
}

// Run one for a person of its own, whose stream is open then.
export async function follow(t, site, words) {
	const user = await site.signUp();
	await untilMetrics(site, (now) => now.get('pgbell_streams') === 0); // those of the test before are gone
	const reader = new Reader(words, user.token);
	t.after(() => reader.stop());
	await untilMetrics(site, (now) => {
		assert.equal(reader.child.exitCode, null, `it ended: ${reader.err}`);
		return now.get('pgbell_streams') === 1;
	});
	return { user, reader };
}

async function comesBack(site) {
	await site.waitUntilHealthy();
	await untilMetrics(site, (now) => now.get('pgbell_streams') === 1);
}

// The story of a good client, whose lines are "id data" of each notification.
export async function missesNothing(t, site, words) {
	const { user, reader } = await follow(t, site, [...words, site.url]);
	let count = 0;
	const rings = async (text) => {
		count++;
		await notify(site, user, text);
		await reader.until(new RegExp(`^${count} .*${text}`, 'm'));
	};
	await rings('Å and 🔔');
	await rings('two');
	for (const signal of ['SIGKILL', 'SIGTERM']) {
		const pid = await site.pid('pgbell-stream');
		process.kill(pid, signal);
		await waitFor('the next process', async () => await site.pid('pgbell-stream').catch(() => pid) !== pid);
		await rings(`behind ${signal}`);
		await comesBack(site);
		await rings(`after ${signal}`);
	}
	const printed = reader.out.trimEnd().split('\n').map((line) => [Number.parseInt(line, 10), JSON.parse(line.replace(/^\d+ /, '')).data.text]);
	assert.deepEqual(printed, ['Å and 🔔', 'two', 'behind SIGKILL', 'after SIGKILL', 'behind SIGTERM', 'after SIGTERM'].map((text, i) => [i + 1, text]));
	assert.equal((await site.api('DELETE', '/api/session', { token: user.token })).status, 204);
	await reader.exited;
	assert.match(reader.out + reader.err, /sign in again/);
}

// A good client of a visitor, who follows two topics: its lines are "id data" of what is published, and its
// id has the numbers of both.
export async function followsTopics(t, site, words) {
	const [first, second] = ['a', 'b/1'].map((name) => `public:${Math.random().toString(36).slice(2)}/${name}`);
	await untilMetrics(site, (now) => now.get('pgbell_streams') === 0); // those of the test before are gone
	const reader = new Reader([...words, site.url, first, second]);
	t.after(() => reader.stop());
	await comesBack(site);
	const publish = async (topic, text) => {
		await site.sql("select pgbell.publish($1, 'told', $2)", [topic, { text }]);
		await reader.until(new RegExp(`"${text}"`));
	};
	await publish(first, 'Å and 🔔');
	await publish(second, 'two');
	const pid = await site.pid('pgbell-stream');
	process.kill(pid, 'SIGKILL');
	await waitFor('the next process', async () => await site.pid('pgbell-stream').catch(() => pid) !== pid);
	await publish(first, 'behind it');
	await comesBack(site);
	await publish(second, 'after it');
	const printed = reader.out.trimEnd().split('\n').map((line) => {
		const { topic, seq, data } = JSON.parse(line.replace(/^\S+ /, ''));
		return [topic === first ? 1 : 2, seq, data.text];
	});
	const texts = ['Å and 🔔', 'two', 'behind it', 'after it'];
	assert.deepEqual(printed, texts.map((text, i) => [1 + i % 2, 1 + Math.floor(i / 2), text]));
	assert.match(reader.out, new RegExp(`^;${first}=2;${second}=2 `, 'm'), 'the last id has both numbers');
	await letNobodyFollow(site, [first, second], async () => {
		await reader.exited;
		assert.match(reader.out + reader.err, /sign in again/);
	});
}

async function letNobodyFollow(site, topics, meanwhile) {
	const [{ source }] = await site.sql("select pg_get_functiondef('pgbell.may_follow(text, text)'::regprocedure) as source");
	await site.sql("create or replace function pgbell.may_follow(user_id text, topic text) returns boolean language sql return false");
	try {
		await site.sql('select pgbell.ring_topics($1)', [topics]);
		await meanwhile();
	} finally {
		await site.sql(source);
	}
}

// Each event is there before the next one is.
export async function printsAtOnce(t, site, words, events = 4) {
	const { user, reader } = await follow(t, site, [...words, site.url]);
	for (let i = 1; i <= events; i++) {
		await notify(site, user, `Å ${i}`);
		await reader.until(new RegExp(`"Å ${i}".*\\nid: ${i}\\n`));
	}
}
