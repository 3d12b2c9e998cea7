// Plots of how a figure grows: an SVG for each work that names one.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './processes.mjs';
import { summarize } from './table.mjs';

export async function plot(out, works, results) {
	for (const { number, title, plot: axes } of works.filter((work) => work.plot))
		await plotOne(out, { number, title, ...axes }, summarize(results.filter(({ work }) => work === number)));
}

async function plotOne(out, { number, title, x, y }, rows) {
	const names = [...new Set(rows.filter(({ figures }) => figures[y]).map(({ contender }) => contender))];
	const blocks = names.map((name) => rows
		.filter(({ contender, figures }) => contender === name && figures[y])
		.sort((a, b) => a.parameters[x] - b.parameters[x])
		.map(({ parameters, figures }) => [parameters[x], figures[y][1], figures[y][0], figures[y][2]].join(' ')));
	const data = join(out, `${number}.dat`);
	await writeFile(data, blocks.map((lines) => lines.join('\n')).join('\n\n\n'));
	const series = names.map((name, i) => `'${data}' index ${i} using 1:2:3:4 with yerrorlines lw 2 pt 7 ps 0.4 title '${name}'`);
	run('gnuplot', [], {
		input: `
			set terminal svg size 720,420 font 'sans-serif,12' background 'white'
			set output '${join(out, `${number}-${y}.svg`)}'
			set title '${title.replaceAll("'", '’')}'
			set xlabel '${x}'
			set ylabel '${y.replaceAll('_', ' ')}' noenhanced
			set logscale x
			set yrange [0:*]
			set key outside right
			set grid
			plot ${series.join(', ')}
		`,
	});
}
