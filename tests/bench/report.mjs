// What a run came to: tables, targets, growth and plots out of its
// results.jsonl.
//
//   node tests/bench/report.mjs [DIRECTORY]   build/bench, as `make bench` leaves it
//
// DIRECTORY/results.md   everything
// DIRECTORY/readme.md    a section for the README
// DIRECTORY/N.svg        plots of work N

import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { growthOf } from './lib/growth.mjs';
import { plotWork } from './lib/plot.mjs';
import { fits, markdown, show, summarize, tableOf } from './lib/table.mjs';
import { judge, rowOf } from './lib/targets.mjs';

const kept = fileURLToPath(new URL('results/', import.meta.url));
const CONTENDERS = ['pgbell', 'bare loop', 'nchan', 'express', 'express ×2', 'pushpin'];

// The works of these numbers.
export async function readWorks(numbers) {
	const directory = new URL('works/', import.meta.url);
	const numberOf = (name) => name.split('-')[0];
	const names = (await readdir(directory)).filter((name) => numbers.includes(numberOf(name))).sort((a, b) => numberOf(a) - numberOf(b));
	return Promise.all(names.map(async (name) => ({ number: numberOf(name), ...await import(new URL(name, directory)) })));
}

async function readRun(out) {
	const [{ run }, ...results] = (await readFile(join(out, 'results.jsonl'), 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line));
	const works = await readWorks(run.works);
	return {
		run, works: works.map((work) => {
			const own = results.filter((it) => it.work === work.number);
			return { ...work, given: work.settings[run.kind], results: own.filter(({ values }) => values), failures: own.filter(({ failure }) => failure) };
		}),
	};
}

// Write all of it; gives the text of results.md.
export async function report(out) {
	const { run, works } = await readRun(out);
	for (const name of (await readdir(out)).filter((it) => /\.(svg|dat)$/.test(it)))
		await rm(join(out, name));
	const plots = Object.fromEntries(works.map((work) => [work.number, plotWork(out, work, work.results)]));
	const text = [
		`# ${run.kind === 'full' ? 'A' : 'A quick'} run of \`${run.command}\``, '', whereOf(run), '',
		'## Targets', '', 'Ratios are taken within each repetition; median (min–max); the median decides.', '', targetsOf(works), '',
		'## How it grows', '', growthsOf(works), '',
		...works.map((work) => sectionOf(work, plots[work.number])),
	].join('\n');
	await writeFile(join(out, 'results.md'), text);
	await writeFile(join(out, 'readme.md'), readmeOf(run, works, plots));
	return text;
}

function whereOf({ date, machine, repeats, versions }) {
	const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', ');
	return `${date}, ${machine}; ${list}. Clients, writers and PostgreSQL share the machine with what is measured. ${repeats} repetitions, in which the contenders take turns: median (min–max).`;
}

function targetsOf(works) {
	const rows = works.flatMap(({ number, targets, given, results }) => targets(given).map((target) => rowOf(number, judge(target, results))));
	return markdown(['work', 'target', 'wanted', 'reached', 'met'], rows);
}

function growthsOf(works) {
	const rows = works.flatMap(({ number, growth = [], results }) => growth.map((it) => growthOf(it, results)).filter(Boolean).map((row) => [number, ...row]));
	return markdown(['work', 'of pgbell', 'N', 'median', 'exponent from each N to the next', 'than linear'], rows);
}

function sectionOf(work, plots) {
	return [
		`## ${work.number}. ${work.title}`, '', tableOf(work, work.results), '',
		...work.failures.map(({ contender, round, failure }) => `**${contender} did not do the work in repetition ${round + 1}: ${failure}**\n`),
		...work.notes.flatMap((note) => [note, '']),
		...plots.flatMap((name) => [`![${work.title}](${name})`, '']),
	].join('\n');
}

// Medians of what matters most, the targets, and the plots.
function readmeOf(run, works, plots) {
	const names = CONTENDERS.filter((name) => works.some(({ results }) => results.some(({ contender }) => contender === name)));
	const rows = works.flatMap(({ headlines, given, results }) => {
		const sums = summarize(results);
		return headlines(given).map(({ text, parameters, figure }) => [text, ...names.map((name) => {
			const row = sums.find((it) => it.contender === name && fits(it.parameters, parameters));
			return show(row?.figures[figure]?.[1]);
		})]);
	});
	return [
		'## Measured side by side', '', `\`${run.command}\`, ${whereOf(run)} Everything, with what each was set up to do: \`tests/bench/results/results.md\`.`, '',
		markdown(['median', ...names.map((name) => name.replace('express', 'Express'))], rows), '',
		targetsOf(works), '',
		...works.flatMap(({ number, title }) => plots[number].map((name) => `![${title}](tests/bench/results/${name})`)), '',
	].join('\n');
}

// Put it where it is kept with the sources.
export async function keep(out) {
	await mkdir(kept, { recursive: true });
	for (const name of (await readdir(out)).filter((it) => /^(results\.(md|jsonl)|readme\.md|\d+\.svg)$/.test(it)))
		await copyFile(join(out, name), join(kept, name));
}

if (process.argv[1] === fileURLToPath(import.meta.url))
	console.log(await report(process.argv[2] ?? fileURLToPath(new URL('../../build/bench', import.meta.url))));
