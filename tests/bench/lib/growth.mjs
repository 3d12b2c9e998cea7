// How a figure of pgbell grows with N: the exponent from each N to the next,
// 1 being linear.

import { fits, show, summarize } from './table.mjs';

const LINEAR = 1.15; // what is measured has some spread

// { text, figure, x, where, times }: times: the figure is for one of N.  Gives a row, or nothing where there is one N.
export function growthOf({ text, figure, x, where = {}, times = false }, results) {
	const points = summarize(results.filter(({ contender, parameters, values }) =>
		contender === 'pgbell' && fits(parameters, where) && figure in values && parameters[x] > 0))
		.map(({ parameters, figures }) => [parameters[x], figures[figure][1] * (times ? parameters[x] : 1)])
		.filter(([, value]) => value > 0)
		.sort(([a], [b]) => a - b);
	if (points.length < 2)
		return undefined;
	const steps = points.slice(1).map(([n, value], i) => Math.log(value / points[i][1]) / Math.log(n / points[i][0]));
	return [
		text,
		points.map(([n]) => n.toLocaleString('en')).join(' → '),
		points.map(([, value]) => show(value)).join(' → '),
		steps.map((step) => step.toFixed(2)).join(', '),
		steps.some((step) => step > LINEAR) ? '**worse**' : 'no worse',
	];
}
