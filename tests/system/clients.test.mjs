// Clients in other languages: each has an event when it comes, which is shown by
// the order of things (the next one is inserted when the one before has been
// printed, and nothing else is sent that could push it); and the examples of
// deploy/examples/clients miss nothing and get nothing twice while pgbell-stream
// is killed and restarted, and stop when their session has ended.

import assert from 'node:assert';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { untilMetrics } from '../lib/metrics.mjs';
import { nodeReaders } from '../lib/readers.mjs';
import { root, startSite } from '../lib/site.mjs';
import { waitFor } from '../lib/wait.mjs';

const EVENTS = 4;
const PYTHON3 = '/usr/bin/python3'; // which Debian's packages are for

let site;

before(async () => {
	site = await startSite({ env: { PGBELL_RETRY_MS: '200', PGBELL_DRAIN_S: '0' } });
});
after(() => site.stop());

const notify = (user, text) =>
	site.sql(`insert into pgbell.notification (user_id, kind, data) values ($1, 'test', $2)`, [String(user.id), { text }]);

// A program that prints what it is told.
class Reader {
	out = '';
	err = '';

	constructor(words, token) {
		this.child = spawn(words[0], words.slice(1), { env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', TOKEN: token, PYTHONUNBUFFERED: '1' }, stdio: ['ignore', 'pipe', 'pipe'] });
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
async function follow(t, words) {
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

// --- the examples -------------------------------------------------------------

const example = (name) => join(root, 'deploy/examples/clients', name);

const examples = {
	'Node.js': [process.execPath, example('node.mjs')],
	'requests of Python': [PYTHON3, example('python-requests.py')],
	'urllib of Python': [PYTHON3, example('python-urllib.py')],
	'aiohttp of Python': [PYTHON3, example('python-aiohttp.py')],
	'PHP': ['php', example('php.php')],
	'curl': ['bash', example('curl.sh')],
};

async function comesBack() {
	await site.waitUntilHealthy();
	await untilMetrics(site, (now) => now.get('pgbell_streams') === 1);
}

for (const [name, words] of Object.entries(examples)) {
	test(`the example for ${name} rings at once, misses nothing while pgbell-stream is killed and restarted, and ends with its session`, async (t) => {
		const { user, reader } = await follow(t, [...words, site.url]);
		let count = 0;
		const rings = async (text) => {
			count++;
			await notify(user, text);
			await reader.until(new RegExp(`^${count} .*${text}`, 'm'));
		};
		await rings('Å and 🔔');
		await rings('two');
		for (const signal of ['SIGKILL', 'SIGTERM']) {
			const pid = await site.pid('pgbell-stream');
			process.kill(pid, signal);
			await waitFor('the next process', async () => await site.pid('pgbell-stream').catch(() => pid) !== pid);
			await rings(`behind ${signal}`);
			await comesBack();
			await rings(`after ${signal}`);
		}
		const printed = reader.out.trimEnd().split('\n').map((line) => [Number.parseInt(line, 10), JSON.parse(line.replace(/^\d+ /, '')).data.text]);
		assert.deepEqual(printed, ['Å and 🔔', 'two', 'behind SIGKILL', 'after SIGKILL', 'behind SIGTERM', 'after SIGTERM'].map((text, i) => [i + 1, text]));
		assert.equal((await site.api('DELETE', '/api/session', { token: user.token })).status, 204);
		await reader.exited;
		assert.match(reader.out + reader.err, /sign in again/);
	});
}

// --- others, each as its users write it -------------------------------------------

const HEAD = 'import os, sys\nurl, headers = sys.argv[1] + "/api/notifications/stream", {"Authorization": "Bearer " + os.environ["TOKEN"]}\n';

const others = {
	'tornado of Python': [PYTHON3, '-c', `${HEAD}
import asyncio
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
def take(chunk):
    sys.stdout.write(chunk.decode())
async def listen():
    await AsyncHTTPClient().fetch(HTTPRequest(url, headers=headers, streaming_callback=take, request_timeout=0))
asyncio.run(listen())`],
	'httpx of Python': [PYTHON3, '-c', `${HEAD}
import httpx
with httpx.stream("GET", url, headers=headers, timeout=75) as answer:
    for line in answer.iter_lines():
        print(line.rstrip("\\n"))`],
	'requests of Python, with its own encoding': [PYTHON3, '-c', `${HEAD}
import requests
with requests.get(url, headers=headers, stream=True, timeout=75) as answer:
    assert answer.encoding == "utf-8", answer.encoding
    for line in answer.iter_lines(decode_unicode=True):
        print(line)`],
	'LWP of Perl': ['perl', '-e', `use LWP::UserAgent; $| = 1;
LWP::UserAgent->new->get("$ARGV[0]/api/notifications/stream", Authorization => "Bearer $ENV{TOKEN}", ':content_cb' => sub { print $_[0] });`],
	'HTTP::Tiny of Perl': ['perl', '-e', `use HTTP::Tiny; $| = 1;
HTTP::Tiny->new(timeout => 75)->get("$ARGV[0]/api/notifications/stream", { headers => { Authorization => "Bearer $ENV{TOKEN}" }, data_callback => sub { print $_[0] } });`],
	'curl of PHP': ['php', '-r', `$curl = curl_init($argv[1] . '/api/notifications/stream');
curl_setopt($curl, CURLOPT_HTTPHEADER, ['Authorization: Bearer ' . getenv('TOKEN')]);
curl_setopt($curl, CURLOPT_WRITEFUNCTION, function ($curl, $bytes) { echo $bytes; return strlen($bytes); });
curl_exec($curl);`, '--'],
};

for (const [name, words] of Object.entries(others)) {
	test(`an event is there when it comes: ${name}`, async (t) => {
		const { user, reader } = await follow(t, [...words, site.url]);
		for (let i = 1; i <= EVENTS; i++) {
			await notify(user, `Å ${i}`);
			await reader.until(new RegExp(`"Å ${i}".*\\nid: ${i}\\n`));
		}
	});
}

for (const [name, open] of Object.entries(nodeReaders)) {
	test(`an event is there when it comes: ${name}`, async (t) => {
		const user = await site.signUp();
		const told = [];
		const close = await open(`${site.url}/api/notifications/stream?token=${user.token}`, (type, id, data) => told.push([type, id, data]));
		t.after(close);
		await waitFor('its opening', () => told.length === 1);
		for (let i = 1; i <= EVENTS; i++) {
			await notify(user, `Å ${i}`);
			const [type, id, data] = await waitFor('the event', () => told[i]);
			assert.deepEqual([type, id, JSON.parse(data).data.text], ['new_notification', String(i), `Å ${i}`]);
		}
	});
}
