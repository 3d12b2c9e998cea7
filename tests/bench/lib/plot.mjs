// Plots of how figures grow: an SVG for each work that names some, two
// panels a row.  On white, so that they can be read in light and in dark.

import { join } from 'node:path';
import { run } from './processes.mjs';
import { fits, summarize } from './table.mjs';

const PANEL = [400, 300]; // so that two are as wide as a README
const COLOURS = {
	pgbell: '#0b62c4', 'bare loop': '#777777', nchan: '#1a8a3c', express: '#d1570c', 'express ×2': '#8c4a1d', pushpin: '#8e3fbf',
	'bare listener': '#777777', 'pgbench alone': '#777777',
};

// The names of the files that were written into that directory.
export function plotWork(out, { number, title, plots = [] }, results) {
	const panels = plots.map((panel) => panelOf(panel, results)).filter(Boolean);
	if (panels.length === 0)
		return [];
	const name = `${number}.svg`;
	const rows = Math.ceil(panels.length / 2);
	run('gnuplot', [], {
		input: `
			set encoding utf8
			set terminal svg size ${2 * PANEL[0]},${rows * PANEL[1] + 30} font 'sans-serif,12' background 'white' noenhanced
			set output '${join(out, name)}'
			set multiplot layout ${rows},2 title '${escape(`${number}. ${title}`)}' font ',14'
			set key bottom outside center horizontal samplen 1.5 font ',11'
			set grid lc rgb '#dddddd'
			set border lc rgb '#444444'
			${panels.join('\n')}
			unset multiplot
		`,
	});
	return [name];
}

function escape(text) {
	return text.replaceAll("'", '’');
}

// Lines of gnuplot; nothing where there is one N only.  `level` is drawn as a line across, `also` as one more series.
function panelOf({ y, x, where = {}, text, log = false, level, also }, results) {
	const rows = summarize(results).filter(({ figures }) => figures[y]);
	const largest = Math.max(...rows.map(({ parameters }) => parameters[x === 'streams' ? 'people' : 'streams'] ?? 0));
	const wanted = Object.fromEntries(Object.entries(where).map(([name, value]) => [name, value === 'largest' ? largest : value]));
	const shown = rows.filter(({ contender, parameters }) => parameters[x] > 0 &&
		(fits(parameters, wanted) || (also && contender === also[0] && fits(parameters, also[1]))));
	if (new Set(shown.map(({ parameters }) => parameters[x])).size < 2)
		return undefined;
	const names = [...new Set(shown.map(({ contender }) => contender))];
	const blocks = names.map((name) => shown.filter(({ contender }) => contender === name)
		.sort((a, b) => a.parameters[x] - b.parameters[x])
		.map(({ parameters, figures }) => [parameters[x], figures[y][1], figures[y][0], figures[y][2]].join(' ')).join('\n'));
	const series = names.map((name, i) => `$${y} index ${i} using 1:2:3:4 with yerrorlines pt 7 ps 0.5 ${lineOf(name)} title '${escape(name)}'`);
	const across = level && rows.find(({ contender, parameters }) => contender === level[0] && fits(parameters, level[1]));
	if (across)
		series.push(`${across.figures[y][1]} with lines dashtype 2 ${lineOf(level[0])} title '${escape(level[0])}'`);
	return [
		`$${y} << END`, blocks.join('\n\n\n'), 'END',
		`set title '${escape(text)}, by ${x}'`, 'set logscale x', axisOf(shown.map(({ parameters }) => parameters[x])),
		log ? 'set logscale y' : 'unset logscale y', `set yrange [${log ? '*' : '0'}:*]`, `set format y '${shown.some(({ figures }) => figures[y][2] >= 10_000) ? '%.0s%c' : '%g'}'`,
		`plot ${series.join(', ')}`,
	].join('\n');
}

function axisOf(values) {
	return `set xrange [${Math.min(...values) / 1.3}:${Math.max(...values) * 1.3}]; set xtics (${[...new Set(values)].map((value) => `'${value < 1000 ? value : `${value / 1000}k`}' ${value}`).join(', ')})`;
}

function lineOf(name) {
	return `lw ${name === 'pgbell' ? 3 : 2} lc rgb '${COLOURS[name] ?? '#000000'}'`;
}
