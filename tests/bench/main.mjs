// `make bench`: pgbell and what people would use instead, on the same work, in
// the same run.
//
//   QUICK=1        smaller sizes, fewer repetitions: six minutes
//   WORKS='1 2'    only these works
//   REPEATS=5      how often each cell is measured
//   KEEP=1         put what came out into tests/bench/results too
//
// Every work has a file in works/, every contender one in contenders/.  The
// contenders take turns within a repetition, each repetition begins with
// another one.  A contender that did not do the work ends the run.
//
// build/bench/results.jsonl has what was measured, a line each, behind a first
// one that says where; report.mjs makes the rest of it.

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../lib/site.mjs';
import { Express } from './contenders/express.mjs';
import { Loop } from './contenders/loop.mjs';
import { Nchan } from './contenders/nchan.mjs';
import { Pgbell } from './contenders/pgbell.mjs';
import { Pushpin } from './contenders/pushpin.mjs';
import { Sixteen } from './contenders/sixteen.mjs';
import { Unchunked } from './contenders/unchunked.mjs';
import { Bench } from './lib/bench.mjs';
import { describeMachine } from './lib/machine.mjs';
import { startWorld } from './lib/world.mjs';
import { keep, readWorks, report } from './report.mjs';

const kind = process.env.QUICK ? 'quick' : 'full';
const repeats = Number(process.env.REPEATS || (process.env.QUICK ? 2 : 5));
const wanted = (process.env.WORKS || '1 2 3 4 5 6 7 8 9 10').split(/\s+/);
const out = join(root, 'build/bench');
const file = join(out, 'results.jsonl');
const began = Date.now();

function say(text) {
	console.log(`${String(Math.round((Date.now() - began) / 1000)).padStart(5)} s  ${text}`);
}

// Seconds that a work takes on two quiet cores.
function estimate({ settings: { [kind]: { once_s: once = 0, round_s: round } } }) {
	return once + round * repeats;
}

function minutes(seconds) {
	return `about ${(seconds / 60).toFixed(1)} min`;
}

function findAbsent(contenders) {
	const absent = contenders.filter(({ needs }) => needs && !existsSync(needs));
	for (const { name, needs } of absent)
		say(`*** ${name.toUpperCase()} IS LEFT OUT: there is no ${needs}; its Debian package could not be had ***`);
	return absent;
}

async function measureAll(bench, works) {
	for (const [i, work] of works.entries()) {
		const rest = works.slice(i).map(estimate);
		say(`— ${work.number}. ${work.title}: ${minutes(rest[0])}, then ${minutes(rest.slice(1).reduce((a, b) => a + b, 0))} more`);
		await bench.measure(work, work.settings[kind]);
	}
}

const works = await readWorks(wanted);
const all = [new Pgbell(), new Loop(), new Nchan(), new Express(), new Express(2), new Pushpin(), new Sixteen(), new Unchunked()];
await mkdir(out, { recursive: true });
const machine = describeMachine();
await writeFile(file, `${JSON.stringify({ run: { kind, repeats, works: works.map(({ number }) => number), ...machine } })}\n`);
say(`${kind} run, ${repeats} repetitions, ${machine.machine}: ${minutes(20 + works.map(estimate).reduce((a, b) => a + b, 0))} if nothing else runs`);
const absent = findAbsent(all);
const contenders = all.filter((contender) => !absent.includes(contender));
const world = await startWorld({ canBeSlow: true });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
	process.once(signal, () => world.stop().finally(() => process.exit(1)));
try {
	for (const contender of contenders)
		await contender.start(world);
	await measureAll(new Bench({
		world, repeats, file, say, absent: absent.map(({ name }) => name),
		contenders: Object.fromEntries(contenders.map((it) => [it.name, it])),
	}), works);
} finally {
	await Promise.allSettled(contenders.map((contender) => contender.stop()));
	await world.stop();
}
console.log(`\n${await report(out)}`);
if (process.env.KEEP)
	await keep(out);
say(`written to ${out}`);
