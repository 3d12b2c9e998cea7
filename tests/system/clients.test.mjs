// Clients in other languages: each has an event when it comes, which is shown by
// the order of things (the next one is inserted when the one before has been
// printed, and nothing else is sent that could push it); and the examples of
// deploy/examples/clients miss nothing and get nothing twice while pgbell-stream
// is killed and restarted, and stop when their session has ended.

import assert from 'node:assert';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { followsTopics, missesNothing, notify, printsAtOnce } from '../lib/printing-clients.mjs';
import { nodeReaders } from '../lib/readers.mjs';
import { root, startSite } from '../lib/site.mjs';
import { PATIENCE_MS, waitFor } from '../lib/wait.mjs';

const EVENTS = 4;
const PYTHON3 = '/usr/bin/python3'; // which Debian's packages are for

let site;

before(async () => {
	site = await startSite({ env: { PGBELL_RETRY_MS: '200', PGBELL_DRAIN_S: '0' } });
});
after(() => site.stop());

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

for (const [name, words] of Object.entries(examples))
	test(`the example for ${name} rings at once, misses nothing while pgbell-stream is killed and restarted, and ends with its session`, (t) => missesNothing(t, site, words));

test('an example that is not told which site says how it is called', () => {
	for (const [name, words] of Object.entries(examples)) {
		for (const told of [[], [''], ['example.org']]) {
			const { status, stdout, stderr } = spawnSync(words[0], [...words.slice(1), ...told], { encoding: 'utf8', timeout: PATIENCE_MS });
			assert.equal(status, 2, `${name}: ${stderr}`);
			assert.match(stdout + stderr, /^usage: TOKEN=\.\.\. .*https:\/\/example\.org.*\n$/, name);
			assert.equal(stdout, '', name);
		}
	}
});

for (const name of ['Node.js', 'urllib of Python', 'curl'])
	test(`the example for ${name} follows topics for nobody in particular, and misses nothing while pgbell-stream is killed`, (t) =>
		followsTopics(t, site, examples[name]));

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

for (const [name, words] of Object.entries(others))
	test(`an event is there when it comes: ${name}`, (t) => printsAtOnce(t, site, words));

for (const [name, open] of Object.entries(nodeReaders)) {
	test(`an event is there when it comes: ${name}`, async (t) => {
		const user = await site.signUp();
		const told = [];
		const close = await open(`${site.url}/api/notifications/stream?token=${user.token}`, (type, id, data) => told.push([type, id, data]));
		t.after(close);
		await waitFor('its opening', () => told.length === 1);
		for (let i = 1; i <= EVENTS; i++) {
			await notify(site, user, `Å ${i}`);
			const [type, id, data] = await waitFor('the event', () => told[i]);
			assert.deepEqual([type, id, JSON.parse(data).data.text], ['new_notification', String(i), `Å ${i}`]);
		}
	});
}
