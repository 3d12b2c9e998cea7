// `make bench`: pgbell and what people would use instead, on the same work, in
// the same run.
//
//   QUICK=1        smaller sizes, fewer repetitions
//   WORKS='1 2'    only these works
//   REPEATS=5      how often each cell is measured
//
// Every work has a file in works/, every contender one in contenders/.  The
// contenders take turns within a repetition, each repetition begins with
// another one.  A contender that did not do the work ends the run.
//
// build/bench/results.jsonl   what was measured, a line each
// build/bench/results.md      min, median and max of it
// build/bench/*.svg           plots

import { appendFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { root } from '../lib/site.mjs';
import { Express } from './contenders/express.mjs';
import { Loop } from './contenders/loop.mjs';
import { Nchan } from './contenders/nchan.mjs';
import { Pgbell } from './contenders/pgbell.mjs';
import { plot } from './lib/plot.mjs';
import { tableOf } from './lib/table.mjs';
import { startWorld } from './lib/world.mjs';

const kind = process.env.QUICK ? 'quick' : 'full';
const repeats = Number(process.env.REPEATS ?? (process.env.QUICK ? 2 : 5));
const wanted = process.env.WORKS?.split(/\s+/).filter(Boolean);
const out = join(root, 'build/bench');
const began = Date.now();
const results = [];

const bench = {
	repeats,
	contenders: Object.fromEntries([new Pgbell(), new Loop(), new Nchan(), new Express()].map((it) => [it.name, it])),

	// measureOne(contender, isFirst) → { parameters, values }, for each of these, `repeats` times
	async alternate(names, measureOne) {
		const rounds = this.work.once ? 1 : repeats;
		for (let round = 0; round < rounds; round++) {
			for (let turn = 0; turn < names.length; turn++) {
				const name = names[(round + turn) % names.length];
				const { parameters, values } = await measureOne(this.contenders[name] ?? { name }, round === 0);
				await this.record({ work: this.work.number, contender: name, parameters, values });
			}
		}
	},

	async record(result) {
		results.push(result);
		await appendFile(join(out, 'results.jsonl'), `${JSON.stringify(result)}\n`);
		const figures = Object.entries(result.values).filter(([, value]) => value !== undefined)
			.map(([name, value]) => `${name} ${value.toPrecision(4)}`).slice(0, 3);
		const parameters = Object.entries(result.parameters).map(([name, value]) => `${name} ${value}`);
		say(`${result.work}. ${result.contender}, ${parameters.join(', ')}: ${figures.join(', ')}`);
	},
};

function say(text) {
	console.log(`${String(Math.round((Date.now() - began) / 1000)).padStart(5)} s  ${text}`);
}

async function readWorks() {
	const files = (await readdir(new URL('works/', import.meta.url))).sort();
	const works = await Promise.all(files.map(async (file) => ({ number: file[0], ...await import(`./works/${file}`) })));
	return works.filter(({ number }) => !wanted || wanted.includes(number));
}

async function measureAll(works) {
	for (const work of works) {
		bench.work = work;
		say(`— ${work.number}. ${work.title}`);
		await work.measure(bench, work.settings[kind]);
	}
}

await mkdir(out, { recursive: true });
await writeFile(join(out, 'results.jsonl'), '');
const works = await readWorks();
say(`${kind} run on ${cpus().length} × ${cpus()[0].model}, ${repeats} repetitions`);
bench.world = await startWorld();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
	process.once(signal, () => bench.world.stop().finally(() => process.exit(1)));
try {
	for (const contender of Object.values(bench.contenders))
		await contender.start(bench.world);
	await measureAll(works);
} finally {
	await Promise.allSettled(Object.values(bench.contenders).map((contender) => contender.stop()));
	await bench.world.stop();
}
await writeFile(join(out, 'results.md'), tableOf(works, results));
await plot(out, works, results);
console.log(`\n${tableOf(works, results)}`);
say(`written to ${out}`);
