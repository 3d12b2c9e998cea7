// The harness of `make bench`: a small run through real servers, and that it
// counts nothing which was not done.

import assert from 'node:assert';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Loop } from '../bench/contenders/loop.mjs';
import { Pgbell } from '../bench/contenders/pgbell.mjs';
import { Bench } from '../bench/lib/bench.mjs';
import { growthOf } from '../bench/lib/growth.mjs';
import { judge } from '../bench/lib/targets.mjs';
import { startWorld } from '../bench/lib/world.mjs';
import * as fanOut from '../bench/works/1-fan-out.mjs';
import { root } from '../lib/site.mjs';

const STREAMS = 100;
const EVERYBODY = ['pgbell', 'pgbell, no chunks', 'bare loop', 'nchan', 'express', 'express ×2', 'pushpin'];

let world, scratch;

before(async () => {
	scratch = await mkdtemp(join(tmpdir(), 'pgbell-bench-test-'));
	world = await startWorld({ people: 1, workers: 1, bin: join(root, 'build/checked') });
});
after(async () => {
	await world.stop();
	await rm(scratch, { recursive: true, force: true });
});

// Work 1 at its smallest with these contenders; gives what it wrote into its file.
async function tellAHundred(contenders, options) {
	const file = join(scratch, 'results.jsonl');
	await writeFile(file, '');
	const bench = new Bench({
		world, file, contenders: Object.fromEntries(contenders.map((it) => [it.name, it])),
		absent: EVERYBODY.filter((name) => !contenders.some((it) => it.name === name)), ...options,
	});
	try {
		for (const contender of contenders)
			await contender.start(world);
		await bench.measure({ ...fanOut, number: '1' }, { sizes: [STREAMS] });
	} finally {
		await Promise.all(contenders.map((contender) => contender.stop()));
	}
	return (await readFile(file, 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line));
}

test('a hundred clients are told everything by pgbell and by the bare loop, in turns, and it is written down', async () => {
	const results = await tellAHundred([new Pgbell(), new Loop()], { repeats: 2 });
	assert.deepEqual(results.map(({ work, round, contender, parameters }) => [work, round, contender, parameters]), [
		['1', 0, 'pgbell', { streams: STREAMS }], ['1', 0, 'bare loop', { streams: STREAMS }],
		['1', 1, 'bare loop', { streams: STREAMS }], ['1', 1, 'pgbell', { streams: STREAMS }],
	]);
	for (const { values } of results)
		assert.ok(values.deliveries_per_s > 0 && values.last_ms >= values.first_ms && values.cpu_us_server > 0, JSON.stringify(values));
});

// A server that has streams, and tells of an event those that it likes.
class Faulty {
	name = 'pgbell';
	#responses = [];
	#choose;

	constructor(choose) {
		this.#choose = choose;
	}

	async start() {
		this.server = http.createServer((request, response) => {
			response.writeHead(200, { 'content-type': 'text/event-stream' });
			response.write(': connected\n\n');
			this.#responses.push(response);
		});
		await new Promise((resolve) => { this.server.listen(0, '127.0.0.1', resolve); });
		this.port = this.server.address().port;
	}

	requestsOfOne(count) {
		return Array(count).fill('GET / HTTP/1.1\tHost: bench');
	}

	parts() {
		return { server: [process.pid] };
	}

	async tell(number) {
		for (const response of this.#choose(this.#responses))
			response.write(`data: {"n":${number},"at":0}\n\n`);
	}

	async stop() {
		this.server.closeAllConnections();
		await new Promise((resolve) => { this.server.close(resolve); });
	}
}

test('a contender that tells everybody is counted, whoever it is', async () => {
	assert.equal((await tellAHundred([new Faulty((all) => all)], { repeats: 1 })).length, 1);
});

test('a contender that leaves one client out ends the run', async () => {
	await assert.rejects(tellAHundred([new Faulty((all) => all.slice(1))], { repeats: 1, patience_s: 2 }), /of 100 events only \d+ came/);
});

test('a contender that tells one client twice instead of another ends the run', async () => {
	await assert.rejects(tellAHundred([new Faulty((all) => [all[1], ...all.slice(1)])], { repeats: 1 }), /stream 0 was not told what it should have been/);
});

test('a target is judged by the median of what was reached within each repetition', () => {
	const results = [[100, 200], [50, 40], [90, 100]].flatMap(([mine, theirs], round) => [
		{ round, contender: 'pgbell', parameters: { n: 1 }, values: { rate: mine } },
		{ round, contender: 'nchan', parameters: { n: 1 }, values: { rate: theirs } },
	]);
	const target = { text: 'rate', of: ['pgbell', { n: 1 }, 'rate'], to: ['nchan', {}, 'rate'] };
	assert.deepEqual(judge({ ...target, atLeast: 0.9 }, results), { text: 'rate', limit: '≥ 0.9', reached: [0.5, 0.9, 1.25], isMet: true });
	assert.equal(judge({ ...target, above: 0.9 }, results).isMet, false);
	assert.deepEqual(judge({ ...target, by: 'difference', atMost: -20 }, results).reached, [-100, -10, 10]);
	assert.throws(() => judge({ ...target, to: ['nchan', { n: 2 }, 'rate'], atLeast: 1 }, results), /nothing was measured for: rate/);
});

test('what grows faster than N is named', () => {
	const results = [[10, 1], [100, 10], [1000, 300]].map(([n, ms]) => ({ round: 0, contender: 'pgbell', parameters: { n }, values: { ms } }));
	assert.deepEqual(growthOf({ text: 'time', figure: 'ms', x: 'n' }, results), ['time', '10 → 100 → 1,000', '1 → 10 → 300', '1.00, 1.48', '**worse**']);
	assert.equal(growthOf({ text: 'time', figure: 'ms', x: 'n' }, results.slice(0, 2)).at(-1), 'no worse');
	assert.equal(growthOf({ text: 'time', figure: 'ms', x: 'n' }, results.slice(0, 1)), undefined);
});
